#pragma once
// map: a function of xtape's element-wise functions as one operation, in one vectorised pass each way.

#include "autodiff/core/apply.hpp"

#include <tuple>

namespace xtape {

namespace detail {

// What errors call a function in map or map_sum: its own `name`, if it is a struct that has one.
template <class F>
consteval const char* name_of(const char* otherwise) {
  if constexpr (requires { F::name; }) {
    return F::name;
  } else {
    return otherwise;
  }
}

}  // namespace detail

namespace op {

/// y = f(x...), element by element; dx = g df/dx. While a tape records, f runs on dual numbers: value and all partial
/// derivatives in one pass; where these come out as NaN, once more with the guarded chain rule, so that `map` agrees
/// with the unfused function at infinite slopes. In a recorded sweep f runs on variables, swept back to its arguments
/// alone.
template <class F, std::size_t N>
struct Map {
  static constexpr const char* name = detail::name_of<F>("map");
  static constexpr unsigned saves = kInput;  // for the recorded sweep
  static constexpr bool keeps_partials = true, needs_tape = true;
  F f;

  template <class... S>
  auto eval(const S&... x) const {
    using Result = std::remove_cvref_t<decltype(f(x...))>;
    return as_number<common_number<S..., Result>>(f(x...));
  }

  /// {y, dy/dx...} on batches.
  template <class S>
  std::array<S, N + 1> eval_with_partials(const S& first, const std::convertible_to<S> auto&... rest) const {
    std::array<S, N + 1> result = along_duals<Dual<S, N>>(first, rest...);
    bool doubtful = false;
    for (std::size_t k = 1; k <= N; ++k) doubtful = doubtful || xsimd::any(xsimd::isnan(result[k].v));
    if (doubtful) [[unlikely]]
      result = guarded(first, rest...);
    return result;
  }

  template <class T>
  std::array<Var<T>, N> vjp(const Var<T>& g, const auto&, const std::convertible_to<Var<T>> auto&... x) const {
    return recorded(
        g, [](const auto& y) { return y; }, x...);
  }

 protected:
  // The sweep of whole(f(x...)). Each argument gets a leaf of its own, so that map(f, x, x) is not doubled and nothing
  // that f closes over leaks in.
  template <class V, class Whole, class... X>
  std::array<V, N> recorded(const V& g, const Whole& whole, const X&... x) const {
    using T = typename V::value_type;
    Record<T>& record = *LiveTapes<T>::innermost();
    const auto alias = [&record](const V& v) {
      return record.leaf(v.shared(), LiveTapes<T>::of(v, name) != nullptr ? v.node() : kConstant);
    };
    const std::array<V, N> arguments{alias(x)...};
    const V y = whole(as_number<V>(std::apply([this](const auto&... u) { return f(u...); }, arguments)));
    const std::vector<V> found = recorded_gradients<T>(record, y, g, arguments);
    std::array<V, N> result;
    std::copy_n(found.begin(), N, result.begin());
    return result;
  }

 private:
  template <class D, class S>
  std::array<S, N + 1> along_duals(const S& first, const std::convertible_to<S> auto&... rest) const {
    using T = typename S::value_type;
    std::size_t k = 0;
    const auto seeded = [&k](const S& value) {
      D dual(value);
      dual.d[k++] = S(T(1));
      return dual;
    };
    const std::array<D, N> arguments{seeded(first), seeded(rest)...};
    const D y = as_number<D>(std::apply([this](const auto&... u) { return f(u...); }, arguments));
    std::array<S, N + 1> result;
    result[0] = y.v;
    for (std::size_t m = 0; m < N; ++m) result[m + 1] = y.d[m];
    return result;
  }

  // Apart, so that the loop's registers are spent on the usual case.
  template <class S>
  [[gnu::noinline, gnu::cold]] std::array<S, N + 1> guarded(const S& first,
                                                            const std::convertible_to<S> auto&... rest) const {
    return along_duals<Dual<S, N, ChainRule::kGuarded>>(first, rest...);
  }
};

}  // namespace op

/// f(x...) element by element, with NumPy broadcasting, as one operation: one vectorised pass forward, one backward, no
/// temporaries. `f` is a generic lambda (`auto` parameters) of xtape's element-wise functions, operators and `where`,
/// and of numbers; it may not branch on its arguments, call std:: functions on them, or close over arrays or Vars (pass
/// those as arguments): the compiler says so. Differentiable to every order. Errors call it [map], or by the
/// `static constexpr const char* name` of a struct in the lambda's place.
///
///   auto z = map([](auto mu, auto s, auto e) { return mu + exp(s) * e; }, mu, log_sigma, epsilon);
template <class F, class... A>
  requires ArrayOperands<A...>
auto map(F f, const A&... x) {
  using N = common_number<A...>;
  if constexpr (kIsVar<N>) {
    return xtape::apply(op::Map<F, sizeof...(A)>{std::move(f)}, as_number<N>(x)...);
  } else {
    return as_number<N>(f(as_number<N>(x)...));  // inside another map
  }
}

}  // namespace xtape
