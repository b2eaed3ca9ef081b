#pragma once
// Derivatives of plain functions: they take arrays and give arrays, or take Vars and give Vars, which is how orders
// nest. Where a function takes structures of arrays, derivatives are such structures.

#include "autodiff/core/tape.hpp"
#include "autodiff/ops/all.hpp"
#include "autodiff/transforms/structure.hpp"

#include <optional>
#include <span>
#include <tuple>
#include <unordered_map>
#include <utility>
#include <vector>

namespace xtape {

/// A value and its gradient; with several arguments `gradient` is a tuple in their order.
template <class V, class G>
struct ValueAndGradient {
  V value;
  G gradient;
};
/// The same with what the function gave beside its value.
template <class V, class G, class A>
struct ValueGradientAndAux {
  V value;
  G gradient;
  A aux;
};
template <class G, class A>
struct GradientAndAux {
  G gradient;
  A aux;
};

/// grad(f, has_aux): f gives a pair, of its value and something else.
struct HasAux {};
inline constexpr HasAux has_aux;
/// grad(f, argnums<0, 2>): with respect to these of the arguments. The others are handed to f as they are, whatever
/// they are.
template <std::size_t... I>
struct ArgNums {};
template <std::size_t... I>
inline constexpr ArgNums<I...> argnums;

namespace detail {

/// Throws ShapeError unless `shape`, a function's result's, is that of one number.
void check_scalar(const char* operation, const Shape& shape);

// A variable of its own, of which the tape knows what it is computed from.
template <class T>
Var<T> own_leaf(const char* operation, Record<T>& record, const Var<T>& v) {
  return record.leaf(v.shared(), LiveTapes<T>::of(v, operation) != nullptr ? v.node() : kConstant);
}
// The parts of the arguments as such, so that a derivative is with respect to the argument alone.
template <class T, class... X>
VarList<T> own_leaves(const char* operation, Record<T>& record, const X&... x) {
  VarList<T> leaves;
  leaves.reserve(sizeof...(x));
  const auto add = [&](const auto& part, const Place&) {
    leaves.push_back(own_leaf<T>(operation, record, as_number<Var<T>>(part)));
  };
  for_each_part(add, x...);
  return leaves;
}

// The parts of the arguments as they are; of parameters the values alone where these are `constants`.
template <class T, class... X>
VarList<T> points_of(const char* operation, bool constants, const X&... x) {
  VarList<T> points;
  const auto add = [&](const auto& part, const Place&) {
    if (Handle<decltype(part)> && constants) {
      points.push_back(stop_gradient(part));
    } else {
      points.push_back(as_number<Var<T>>(part));
      if (LiveTapes<T>::of(points.back(), operation) == nullptr) points.back() = points.back().constant();
    }
  };
  for_each_part(add, x...);
  return points;
}

[[noreturn]] void refuse_shared_parameter();

/// While it lives, the parameters of modules that are arguments are the leaves which derivatives are taken with respect
/// to, and others what they are anyway.
template <class T>
class OwnParameters final : public KeyedLeaves<T> {
 public:
  explicit OwnParameters(Record<T>& record) : record_(record) {}
  ~OwnParameters() {
    if (!own_.empty()) record_.redirect_leaves(before_);
  }
  OwnParameters(const OwnParameters&) = delete;
  OwnParameters& operator=(const OwnParameters&) = delete;

  /// Throws Error for a parameter that another argument has as well: whose derivative would it be?
  void add(std::uint64_t key, const Var<T>& leaf) {
    if (!own_.emplace(key, leaf).second) refuse_shared_parameter();
    if (own_.size() == 1) before_ = record_.redirect_leaves(this);
  }
  Var<T> leaf_for(std::uint64_t key, const SharedValue<T>& value) override {
    if (const auto found = own_.find(key); found != own_.end()) return found->second;
    record_.redirect_leaves(before_);
    const Var<T> leaf = record_.leaf_for(key, value);
    record_.redirect_leaves(this);
    return leaf;
  }
  const Var<T>* argument(std::uint64_t key) const override {
    if (const auto found = own_.find(key); found != own_.end()) return &found->second;
    return before_ == nullptr ? nullptr : before_->argument(key);
  }

 private:
  Record<T>& record_;
  std::unordered_map<std::uint64_t, Var<T>> own_;
  KeyedLeaves<T>* before_ = nullptr;
};

// The same for an argument of a derivative: a module is given itself.
template <class V, class S>
decltype(auto) passed(const S& s, const V*& next, OwnParameters<typename V::value_type>* own) {
  if constexpr (HasParameters<S>) {
    const auto add = [&](const auto& parameter, const Place&) { own->add(parameter.key(), *next++); };
    structure_of<S>::visit(s, add, Place{});
    return (s);
  } else {
    return passed<V>(s, next);
  }
}
template <class V, class S>
using Passed = decltype(passed<V>(std::declval<const S&>(), std::declval<const V*&>(), nullptr));

template <class F, class V, class... X>
inline constexpr bool kCallableWith = std::is_invocable_v<const F&, const std::remove_reference_t<Passed<V, X>>&...>;

// What f gives for these arguments, or NotCallable.
struct NotCallable {};
template <class V, class F, class... X>
struct ResultOfCall {
  using type = NotCallable;
};
template <class V, class F, class... X>
  requires kCallableWith<F, V, X...>
struct ResultOfCall<V, F, X...> {
  using type = std::remove_cvref_t<std::invoke_result_t<const F&, const std::remove_reference_t<Passed<V, X>>&...>>;
};
template <class V, class F, class... X>
using result_of_call = typename ResultOfCall<V, F, X...>::type;

// f(x...) with the parts as Vars.
template <class V, class F, class... X>
result_of_call<V, F, X...> call_as_it_is(Record<typename V::value_type>& record, const F& f, std::span<const V> parts,
                                         const X&... x) {
  static_assert(kCallableWith<F, V, X...>,
                "xtape: the function that is differentiated cannot be called with these arguments: it takes as many "
                "Vars (or structures of them) as there are arguments, of their precision (write it with const auto& "
                "parameters), and is not mutable");
  if constexpr (kCallableWith<F, V, X...>) {
    OwnParameters<typename V::value_type> own(record);
    const V* next = parts.data();
    const std::tuple<Passed<V, X>...> arguments{passed<V>(x, next, &own)...};  // in order: they are in braces
    return std::apply([&f](const auto&... a) { return f(a...); }, arguments);
  } else {
    return {};
  }
}

// The same, of which the result is one array. Throws TapeError for a variable of a finished tape or of another
// thread's.
template <class V, class F, class... X>
V call(const char* operation, Record<typename V::value_type>& record, const F& f, std::span<const V> parts,
       const X&... x) {
  using Result = result_of_call<V, F, X...>;
  static_assert(Operand<Result> || std::same_as<Result, NotCallable>,
                "xtape: a function whose gradient or Hessian is taken returns one Var, array or number, not a pair, a "
                "tuple, a vector of Vars or nothing; for something beside it there is grad(f, has_aux), for several "
                "results jacobian, vjp and jvp");
  if constexpr (Operand<Result>) {
    const V y = as_number<V>(call_as_it_is<V>(record, f, parts, x...));
    static_cast<void>(LiveTapes<typename V::value_type>::of(y, operation));
    return y;
  } else {
    static_cast<void>(call_as_it_is<V>(record, f, parts, x...));
    return V();
  }
}

// A result as a tape of the library's own sees it: what belongs to a tape around the one that is active does not depend
// on f's arguments.
template <class T>
Var<T> seen_by(const Record<T>& record, const Var<T>& y) {
  return record.owns(y) ? y : y.constant();
}

/// The gradients of a function's result, one number, with respect to its arguments' parts.
template <class T>
std::vector<Array<T>> gradients_of_number(const char* operation, Tape<T>& tape, const Var<T>& y,
                                          const std::vector<Var<T>>& leaves);

/// A function's results, and derivatives, as variables.
template <class T>
struct Recorded {
  std::vector<Var<T>> values, derivatives;
};
// What body(record) gives on the innermost tape, where it can be differentiated in turn; or, where none is alive, on
// one of its own: constants go in, and constants come out.
template <class T, class Body>
Recorded<T> on_innermost_tape(const char* operation, const Body& body) {
  std::optional<Tape<T>> own;
  if (LiveTapes<T>::innermost() == nullptr) {
    own.emplace();
    LiveTapes<T>::refuse_closed_over(*own->record(), operation, LiveTapes<T>::Gives::kVariables);
  }
  Record<T>& record = *LiveTapes<T>::innermost();
  Recorded<T> result = body(record);
  // The slope of a linear function is a constant, but one that comes out of this tape: its own derivative is zero for
  // good, and not because something was mislaid.
  for (Var<T>& y : result.values) y = own ? y.constant() : y;
  for (Var<T>& d : result.derivatives) d = own ? d.constant() : record.owns(d) ? d : record.leaf(d.shared());
  return result;
}

// body(record), a list of derivatives, for the rule of an operation: where all `inputs` are constants, as in the first
// sweep, on a tape of its own; else on the innermost one, where the rule is recorded.
template <class T, class Body>
VarList<T> on_tape_of(const char* operation, const VarList<T>& inputs, const Body& body) {
  if (std::any_of(inputs.begin(), inputs.end(), [](const Var<T>& v) { return v.node() != kConstant; })) {
    return body(*LiveTapes<T>::innermost());
  }
  Tape<T> tape;
  LiveTapes<T>::refuse_closed_over(*tape.record(), operation, LiveTapes<T>::Gives::kOneOperation);
  VarList<T> result = body(*tape.record());
  for (Var<T>& v : result) v = v.constant();
  return result;
}

// The value and the gradients as variables on the active tape.
template <class T, class F, class... X>
Recorded<T> recorded_value_and_gradients(const char* operation, Record<T>& record, const F& f,
                                         std::span<const Var<T>> parts, const X&... x) {
  const Var<T> y = call<Var<T>>(operation, record, f, parts, x...);
  check_scalar(operation, y.shape());
  return {{y}, recorded_gradients<T>(record, y, Var<T>(ones<T>(y.shape())), parts)};
}

/// What a function gives beside its value, where it gives a pair.
struct NoAux {};
template <class Result>
struct AuxOf {
  using type = NoAux;
};
template <class Result>
  requires requires {
    requires std::tuple_size<Result>::value == 2;
  }
struct AuxOf<Result> {
  using type = std::tuple_element_t<1, Result>;
};

// The variables of a tape that ends become constants; of any where none is given.
template <class T, class A>
void leave_tape(const Record<T>* record, A& aux) {
  if constexpr (Structured<A> && !HasParameters<A>) {
    const auto leave = [record](auto& part, const Place&) {
      if constexpr (std::same_as<std::remove_cvref_t<decltype(part)>, Var<T>>) {
        if (record == nullptr || record->owns(part)) part = part.constant();
      }
    };
    structure_of<A>::visit(aux, leave, Place{});
  }
}

template <class G, class A>
GradientAndAux<G, A> gradient_and_aux(G gradient, A aux) {
  return {std::move(gradient), std::move(aux)};
}

/// Whether derivatives with respect to these are Vars.
template <class... X>
inline constexpr bool kGivesVars = any_is_variable(joined_parts<X...>{});

// Whether any of all arguments, structures or not, has Vars.
template <class X>
consteval bool has_variables() {
  if constexpr (Structured<X>) {
    return any_is_variable(typename structure_of<X>::List{});
  } else {
    return false;
  }
}

template <class... X>
inline constexpr bool kAnyVariables = (has_variables<std::remove_cvref_t<X>>() || ...);

template <bool kAux, bool kVars, class F, class... X>
auto value_and_grad_at(const F& f, const X&... x) {
  static_assert((Structured<X> && ...),
                "xtape: arguments that are differentiated are numbers, arrays, Vars, tuples, vectors and maps of them, "
                "structs with `members`, and modules; leave others out by grad(f, argnums<...>)");
  using V = common_var_of<X...>;
  using T = typename V::value_type;
  using Result = result_of_call<V, F, X...>;
  using Aux = typename AuxOf<Result>::type;
  static_assert(!kAux || !std::same_as<Aux, NoAux> || std::same_as<Result, NotCallable>,
                "xtape: with has_aux the function returns a pair, of its value and what is beside it");
  std::optional<Aux> aux;
  const auto value = [&](const auto&... a) requires std::is_invocable_v<const F&, decltype(a)...> {
    if constexpr (kAux) {
      auto both = f(a...);
      aux.emplace(std::move(std::get<1>(both)));
      return std::get<0>(std::move(both));
    } else {
      return f(a...);
    }
  };
  const auto result = [&](auto y, auto gradient) {
    if constexpr (kAux) {
      return ValueGradientAndAux<decltype(y), decltype(gradient), Aux>{std::move(y), std::move(gradient),
                                                                       std::move(*aux)};
    } else {
      return ValueAndGradient<decltype(y), decltype(gradient)>{std::move(y), std::move(gradient)};
    }
  };
  if constexpr (kVars) {
    Recorded<T> both = on_innermost_tape<T>("grad", [&](Record<T>& record) {
      return recorded_value_and_gradients<T>("grad", record, value, own_leaves<T>("grad", record, x...), x...);
    });
    if constexpr (kAux) {
      if (LiveTapes<T>::innermost() == nullptr) leave_tape<T>(nullptr, *aux);
    }
    return result(std::move(both.values[0]), put_together_each<V>(std::move(both.derivatives), x...));
  } else {
    Tape<T> tape;
    LiveTapes<T>::refuse_closed_over(*tape.record(), "grad");
    const std::vector<V> leaves = own_leaves<T>("grad", *tape.record(), x...);
    const V y = seen_by(*tape.record(), call<V>("grad", *tape.record(), value, leaves, x...));
    std::vector<Array<T>> gradients = gradients_of_number<T>("grad", tape, y, leaves);
    if constexpr (kAux) leave_tape<T>(tape.record().get(), *aux);
    return result(y.item(), put_together_each<Array<T>>(std::move(gradients), x...));
  }
}

// f as a function of the arguments I... alone, given others of `x` as they are: with(f', x_I...).
template <std::size_t... I, class F, class With, class... X>
auto of_some(ArgNums<I...>, const F& f, const With& with, const X&... x) {
  constexpr std::array<std::size_t, sizeof...(I)> kOnce{I...};
  static_assert(((I < sizeof...(X)) && ...), "xtape: argnums names an argument that is not there");
  static_assert(sizeof...(I) > 0, "xtape: argnums names at least one argument");
  static_assert(((std::size_t(std::count(kOnce.begin(), kOnce.end(), I)) == 1) && ...),
                "xtape: argnums names an argument twice");
  const std::tuple<const X&...> all(x...);
  const auto some = [&](const auto&... chosen) -> decltype(auto) {
    const std::tuple<decltype(chosen)...> given(chosen...);
    const auto argument = [&]<std::size_t k>(std::integral_constant<std::size_t, k>) -> const auto& {
      constexpr std::array<std::size_t, sizeof...(I)> kChosen{I...};
      constexpr std::size_t kPlace = std::size_t(std::find(kChosen.begin(), kChosen.end(), k) - kChosen.begin());
      if constexpr (kPlace < sizeof...(I)) {
        return std::get<kPlace>(given);
      } else {
        return std::get<k>(all);
      }
    };
    return [&]<std::size_t... K>(std::index_sequence<K...>)->decltype(auto) {
      return f(argument(std::integral_constant<std::size_t, K>())...);
    }
    (std::index_sequence_for<X...>{});
  };
  return with(some, std::get<I>(all)...);
}

}  // namespace detail

/// value_and_grad(f)(x...): f's value, and its gradient with respect to every argument. `f` takes Vars (write it with
/// `const auto&` parameters) and returns one number. Arrays give {T, Array<T>}, Vars {Var<T>, Var<T>}, and several
/// arguments a tuple of gradients. Numbers count as arrays of rank 0. Throws ShapeError if f does not return one
/// number.
///
/// An argument may be a structure: a tuple, a pair, a std::array, a std::vector, a std::map by name, a struct that
/// names its `members`, of arrays or of such; f is given the same of Vars, and its gradient is the same of gradients.
/// Of a module, which f is given itself, it is a std::map of gradients by the parameters' names.
///
///   value_and_grad(f, argnums<0, 2>)(x, y, z)    with respect to x and z alone; y may be anything (and
///                                                 if it is a Var, Vars come out)
///   value_and_grad(f, has_aux)(x)                f gives a pair: {value, gradient, aux}
///
/// Given arrays, the derivative is taken on a tape of its own, and is a constant to a tape around it: throws TapeError
/// where f then closes over variables of that tape or uses parameters, which would get no gradient. Inside another
/// derivative give it Vars, constant ones too: `grad(g)(Var<double>(array))` is differentiated with respect to
/// everything.
template <class F>
auto value_and_grad(F f) {
  return [f = std::move(f)](const auto&... x) {
    return detail::value_and_grad_at<false, detail::kAnyVariables<decltype(x)...>>(f, x...);
  };
}
template <class F>
auto value_and_grad(F f, HasAux) {
  return [f = std::move(f)](const auto&... x) {
    return detail::value_and_grad_at<true, detail::kAnyVariables<decltype(x)...>>(f, x...);
  };
}
template <class F, std::size_t... I>
auto value_and_grad(F f, ArgNums<I...> numbers) {
  return [f = std::move(f), numbers](const auto&... x) {
    const auto with = [](const auto& some, const auto&... chosen) {
      return detail::value_and_grad_at<false, detail::kAnyVariables<decltype(x)...>>(some, chosen...);
    };
    return detail::of_some(numbers, f, with, x...);
  };
}
template <class F, std::size_t... I>
auto value_and_grad(F f, HasAux, ArgNums<I...> numbers) {
  return [f = std::move(f), numbers](const auto&... x) {
    const auto with = [](const auto& some, const auto&... chosen) {
      return detail::value_and_grad_at<true, detail::kAnyVariables<decltype(x)...>>(some, chosen...);
    };
    return detail::of_some(numbers, f, with, x...);
  };
}

/// grad(f)(x...): the gradient alone. grad(grad-using function) nests to any order. With has_aux {gradient, aux}.
template <class F, class... Options>
  requires(!(std::same_as<Options, HasAux> || ...))
auto grad(F f, Options... options) {
  return [both = value_and_grad(std::move(f), options...)](const auto&... x) { return both(x...).gradient; };
}
template <class F, class... Options>
auto grad(F f, HasAux, Options... options) {
  return [all = value_and_grad(std::move(f), has_aux, options...)](const auto&... x) {
    auto result = all(x...);
    return detail::gradient_and_aux(std::move(result.gradient), std::move(result.aux));
  };
}

}  // namespace xtape
