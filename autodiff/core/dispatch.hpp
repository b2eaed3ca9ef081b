#pragma once
// What an operation's operands become together. Every operation, element-wise or not, of xtape or of a user, goes
// through `common_number` and `as_number`: a Var if one operand is, else an Active (inside vectorize), else a Dual
// (inside map), else a Batch or a Scalar (inside a kernel).

#include "autodiff/core/active.hpp"
#include "autodiff/core/dual.hpp"
#include "autodiff/core/var.hpp"
#include "autodiff/kernels/simd.hpp"

namespace xtape {

template <class>
inline constexpr bool kIsVar = false;
template <class T>
inline constexpr bool kIsVar<Var<T>> = true;
template <class>
inline constexpr bool kIsDual = false;
template <class S, std::size_t M, ChainRule kRule>
inline constexpr bool kIsDual<Dual<S, M, kRule>> = true;
template <class>
inline constexpr bool kIsBatch = false;
template <class T>
inline constexpr bool kIsBatch<Batch<T>> = true;

/// Stands for a value that the op did not save: using it does not compile.
struct Unsaved {};

template <class A>
concept NotSaved = std::derived_from<std::remove_cvref_t<A>, Unsaved>;
template <class A>
concept AnyVar = kIsVar<std::remove_cvref_t<A>>;
/// A Var, or what stands for one: a parameter of a module.
template <class A>
concept Variable = AnyVar<A> || Handle<A>;
/// What derivatives are computed with: a Var, and what functions given to `map` and derivatives of operations run on.
template <class A>
concept Number = Variable<A> || kIsActive<std::remove_cvref_t<A>> || kIsDual<std::remove_cvref_t<A>> ||
    kIsBatch<std::remove_cvref_t<A>> || kIsScalar<std::remove_cvref_t<A>> || NotSaved<A>;
/// A number that code may branch on, whose conditions are joined by C++'s own operators.
template <class A>
concept Branching = kIsActive<std::remove_cvref_t<A>>;
/// A number of C++'s own types.
template <class A>
concept Arithmetic = std::is_arithmetic_v<std::remove_cvref_t<A>>;
/// What an operation takes: a Var, a parameter, a number, an xtensor expression, a vector of numbers.
template <class A>
concept Operand = Number<A> || Arithmetic<A> || ArrayLike<A>;

/// Operands of one operation of which at least one is a Number: the constraint that makes xtape's operators better
/// matches than xtensor's, which take any two types.
template <class... A>
concept Operands = (Number<A> || ...) && (Operand<A> && ...);
/// Operands of which at least one is an array or a Var: for functions that xtensor does not have.
template <class... A>
concept ArrayOperands = ((Number<A> || ArrayLike<A>) || ...) && (Operand<A> && ...);
/// A single one of them.
template <class A>
concept ArrayOperand = ArrayOperands<A>;

namespace detail {

/// How many derivatives an active number carries, one of another.
template <class>
inline constexpr int kDepth = 0;
template <class V>
inline constexpr int kDepth<Active<V>> = 1 + kDepth<V>;
template <class V>
inline constexpr int kDepth<Truth<V>> = 1 + kDepth<V>;

template <class A>
consteval int rank_of() {
  if (Variable<A>) return 100;
  if (kIsActive<A>) return 3 + kDepth<A>;
  if (kIsDual<A>) return 3;
  if (kIsBatch<A> || kIsScalar<A>) return 2;
  return ArrayLike<A> ? 1 : 0;
}

template <class A, class... Rest>
struct CommonNumber {
  using type = A;
};
template <class A, class B, class... Rest>
struct CommonNumber<A, B, Rest...> : CommonNumber<std::conditional_t<(rank_of<A>() >= rank_of<B>()), A, B>, Rest...> {};

// Arrays alone become a Var of their element type; integers and booleans count as double, as in NumPy.
template <class A>
struct NumberOf {
  using type = A;
};
template <Expression A>
struct NumberOf<A> {
  using type = Var<std::conditional_t<std::same_as<typename A::value_type, float>, float, double>>;
};
template <Sequence A>
struct NumberOf<A> {
  using type = Var<std::conditional_t<std::same_as<typename Nested<A>::Element, float>, float, double>>;
};
template <Handle A>
struct NumberOf<A> {
  using type = Var<typename A::value_type>;
};
template <class V>
struct NumberOf<Truth<V>> {
  using type = Active<V>;
};

template <class A>
struct VarOf : NumberOf<A> {};
template <Arithmetic A>
struct VarOf<A> {
  using type = Var<std::conditional_t<std::same_as<A, float>, float, double>>;
};

}  // namespace detail

template <class... A>
using common_number = typename detail::NumberOf<typename detail::CommonNumber<std::remove_cvref_t<A>...>::type>::type;

/// The Var type that the arguments of a function become: that of a Var among them, else of the first array's elements,
/// else of the first number.
template <class... A>
using common_var = typename detail::VarOf<common_number<A...>>::type;

/// `a` as an N: itself, or a constant. Constants take the precision of the Var that they meet.
template <class N, class A>
decltype(auto) as_number(const A& a) {
  if constexpr (NotSaved<A>) {
    static_assert(kNever<A>, "xtape: a vjp may only read what its op saves; add kInput or kOutput to the op's `saves`");
    return N();
  } else if constexpr (std::same_as<N, A>) {
    return (a);
  } else if constexpr (kIsActive<N> && std::derived_from<A, N>) {
    return static_cast<const N&>(a);
  } else if constexpr (kIsActive<N> && kIsActive<A>) {
    return N(as_number<typename N::Value>(a));
  } else if constexpr (std::same_as<N, Active<A>>) {
    return N(a);
  } else if constexpr ((kIsActive<N> && Variable<A>) || (kIsVar<N> && kIsActive<A>)) {
    static_assert(kNever<A>,
                  "xtape::vectorize: the function may not close over a Var; pass it to the function as an argument");
    return N();
  } else if constexpr (kIsVar<N> && kIsVar<A>) {
    static_assert(kNever<A>,
                  "xtape: Var<float> and Var<double> do not mix in one operation; "
                  "pass one as a constant with .value()");
    return N();
  } else if constexpr (Handle<A> && kIsVar<N>) {
    return N(as_number<N>(a.var()));
  } else if constexpr (!kIsVar<N> && Variable<A>) {
    static_assert(kNever<A>, "xtape::map: the function may not close over a Var; pass it to map as an argument");
    return N();
  } else if constexpr (kIsVar<N> && (kIsBatch<A> || kIsDual<A>)) {
    static_assert(kNever<A>, "xtape::map: the function may not close over a Var; pass it to map as an argument");
    return N();
  } else if constexpr (kIsDual<N> && kIsBatch<A>) {
    return N(a);
  } else if constexpr (kIsVar<N>) {
    return N(a);
  } else {
    static_assert(Arithmetic<A>,
                  "xtape: the function of map or vectorize may not close over an array; pass it as an argument");
    return N(static_cast<typename N::value_type>(a));
  }
}

/// `a` as the Var, batch or dual that it is alone: an array becomes a constant.
template <class A>
decltype(auto) as_own_number(const A& a) {
  return as_number<common_number<A>>(a);
}

/// The same for a function of whole arrays, which has no place in map.
template <class A>
decltype(auto) as_own_var(const A& a) {
  static_assert(kIsVar<common_number<A>> || NotSaved<A>,
                "xtape::map: the function may only use element-wise operations");
  return as_own_number(a);
}

}  // namespace xtape
