#pragma once
// vectorize: functions of single numbers, with their loops and branches, as one operation on arrays.

#include "autodiff/ops/activation.hpp"
#include "autodiff/ops/c_names.hpp"
#include "autodiff/transforms/custom.hpp"
#include "autodiff/transforms/number_runs.hpp"

#include <memory>
#include <tuple>
#include <type_traits>
#include <utility>

namespace xtape {

namespace detail {

/// The function over all rows of the arguments, recorded as one operation. `text` is the signature's.
template <class T>
VarList<T> vectorized(std::shared_ptr<const AnyFunctionOfNumbers<T>> f, const Signature& signature, const char* text,
                      VarList<T> x);

extern template VarList<float> vectorized(std::shared_ptr<const AnyFunctionOfNumbers<float>>, const Signature&,
                                          const char*, VarList<float>);
extern template VarList<double> vectorized(std::shared_ptr<const AnyFunctionOfNumbers<double>>, const Signature&,
                                           const char*, VarList<double>);

// Whether A is a number that code may branch on, or holds such.
template <class A>
inline constexpr bool kHoldsBranching = Branching<A>;
template <class A>
  requires(kIsContainer<A> && !Branching<A>)
inline constexpr bool kHoldsBranching<A> = kHoldsBranching<std::remove_cv_t<typename A::value_type>>;

// What the results of f become: a Var, or a tuple of them.
template <class T, class R>
auto results_as(VarList<T> list) {
  if constexpr (!kIsContainer<R> && requires { std::tuple_size<R>::value; }) {
    return [&list]<std::size_t... K>(std::index_sequence<K...>) {
      return std::make_tuple(std::move(list[K])...);
    }
    (std::make_index_sequence<std::tuple_size_v<R>>());
  } else {
    return std::move(list[0]);
  }
}

// What f gives for numbers S, where it takes what the signature says.
struct NotCalled {};
template <class F, class S, Signature kSignature, std::size_t... K>
consteval auto result_of_numbers(std::index_sequence<K...>) {
  constexpr bool kTakes =
      std::invocable<const F&, typename decltype(nested_numbers<S, kSignature.argument[K], 0>())::type...>;
  static_assert(kTakes,
                "xtape::vectorize: the function is called with numbers of a type of its own choosing (template <class "
                "S>, or auto), or with std::array and std::vector of these as the signature says, by value or const&, "
                "and is const itself");
  if constexpr (kTakes) {
    return std::type_identity<
        std::invoke_result_t<const F&, typename decltype(nested_numbers<S, kSignature.argument[K], 0>())::type...>>();
  } else {
    return std::type_identity<NotCalled>();
  }
}

// Whether a result R is made of numbers S.
template <class R, class S>
consteval bool gives_numbers() {
  if constexpr (std::is_void_v<R>) {
    return false;
  } else if constexpr (kIsContainer<R>) {
    return gives_numbers<typename R::value_type, S>();
  } else {
    return std::convertible_to<const R&, S>;
  }
}
template <class R, class S>
inline constexpr bool kGivesNumbers = gives_numbers<R, S>();
template <class R, class S>
  requires(!kIsContainer<R> && requires { std::tuple_size<R>::value; })
inline constexpr bool kGivesNumbers<R, S> = []<std::size_t... K>(std::index_sequence<K...>) {
  return sizeof...(K) > 0 && (gives_numbers<std::remove_cvref_t<std::tuple_element_t<K, R>>, S>() && ...);
}
(std::make_index_sequence<std::tuple_size_v<R>>());

template <Signature kSignature, class F, class... A>
auto call_vectorized(const F& f, const char* text, const A&... x) {
  static_assert(sizeof...(A) == kSignature.arguments,
                "xtape::vectorize: as many arguments expected as the signature has parts before ->");
  using V = common_var<A...>;
  using T = typename V::value_type;
  using S = Active<Scalar<T>>;
  using R = std::remove_cvref_t<typename decltype(result_of_numbers<F, S, kSignature>(
      std::index_sequence_for<A...>()))::type>;
  if constexpr (kGivesNumbers<R, S>) {
    auto function =
        std::make_shared<AnyFunctionOf<FunctionOfNumbers<F, kSignature>, T, 2>>(FunctionOfNumbers<F, kSignature>{f});
    return results_as<T, R>(vectorized<T>(std::move(function), kSignature, text, {V(as_number<V>(x))...}));
  } else {
    static_assert(
        std::same_as<R, NotCalled>,
        "xtape::vectorize: the function gives a number, an array or a vector of numbers, or a tuple of these");
  }
}

}  // namespace detail

/// vectorize(f)(x...): f, a function of single numbers that is generic in their type, for all elements of the
/// arguments, which broadcast, as NumPy's vectorize; recorded as one operation. f is code as one writes it for double:
/// it may loop, branch on values, call functions of its own and keep numbers in std::vector and std::array; its
/// elementary functions are found by argument-dependent lookup (exp(x), or `using std::exp` before it).
///
///   const auto collatz = vectorize([](auto x) { while (x > 1.0) x = x * 0.5; return x; });
///
/// With a signature, in NumPy's notation, f takes and gives arrays: vectorize<"(3),()->(3)">(f)(x, t) calls f with a
/// std::array of three numbers and a number for each row of x and each t; a name in place of an extent,
/// "(n),(n,m)->(m)", gives std::vectors, and is the same extent wherever it stands. Further dimensions in front are
/// broadcast. f gives a number, an array or a vector of numbers, or a tuple of these, of the same shapes for every row.
///
/// Each run of f is recorded on a tape of single numbers, 24 bytes an operation in double, which is swept at once: that
/// of a single row is kept until the sweep; of many rows f is run again in the sweep, as many rows at a time as a
/// register has lanes, on all threads, so it must give the same again. Rows that part ways at a branch are run one by
/// one. Differentiable twice.
///
/// Throws ShapeError where an argument has fewer dimensions than the signature says, an extent differs, or rows give
/// results of different shapes; TapeError where f keeps a number beyond its run; Error for a third derivative.
template <Text kSignature, class F>
auto vectorize(F f) {
  return [f = std::move(f)](const auto&... x) {
    static_assert(sizeof...(x) > 0, "xtape::vectorize: at least one argument expected");
    if constexpr ((detail::kHoldsBranching<std::remove_cvref_t<decltype(x)>> || ...)) {
      return f(x...);  // inside another run
    } else if constexpr (sizeof...(x) > 0) {
      return detail::call_vectorized<detail::parse_signature(kSignature.characters)>(f, kSignature.characters, x...);
    }
  };
}
template <class F>
auto vectorize(F f) {
  return [f = std::move(f)](const auto&... x) {
    static_assert(sizeof...(x) > 0, "xtape::vectorize: at least one argument expected");
    if constexpr ((Branching<decltype(x)> || ...)) {
      return f(x...);  // inside another run
    } else if constexpr (sizeof...(x) > 0) {
      return detail::call_vectorized<detail::numbers_signature(sizeof...(x))>(f, "", x...);
    }
  };
}

}  // namespace xtape
