#pragma once
// What the families' own files need: the members of Factorized, and what their laws say of parameters. For .cpp files.
//
// A law is a struct of formulas in terms of xtape's functions:
//
//   struct LaplaceLaw {
//     static constexpr const char* name = "Laplace";
//     static constexpr ParameterDomain parameters[] = {{"mu", Domain::kReal}, {"scale", Domain::kPositive}};
//     struct LogProb : Operation<"Laplace::log_prob"> {...};      // fused: on numbers, given x and the parameters
//     static auto mean(const auto& mu, const auto& scale);        // on Vars; broadcast to the whole shape afterwards
//     static auto variance(...);
//     static auto entropy(...);                                   // of those that have them
//     static auto cdf(const auto& x, const auto& mu, const auto& scale);
//     template <class T>
//     static Var<T> sample(Random& rng, const Shape& shape, const Var<T>& mu, const Var<T>& scale);
//   };

#include "nn/distributions/factorized.hpp"
#include "nn/distributions/operands.hpp"

#include <algorithm>
#include <limits>
#include <numeric>
#include <span>
#include <vector>

namespace xtape::nn {

namespace detail {

/// Which numbers a parameter may be.
enum class Domain {
  kReal,         ///< any; NaN is left to what is computed of it
  kPositive,     ///< above 0, and finite
  kNonNegative,  ///< 0 or above
  kCount         ///< 0, 1, 2, ...
};

struct ParameterDomain {
  const char* name;
  Domain domain;
};

/// Throws DataError where an element is outside of the domain. A variable of vmap is not looked at.
template <class T>
void check_domain(const char* family, const ParameterDomain& parameter, const Var<T>& x);
extern template void check_domain(const char*, const ParameterDomain&, const Var<float>&);
extern template void check_domain(const char*, const ParameterDomain&, const Var<double>&);

inline constexpr double kInfinity = std::numeric_limits<double>::infinity();
inline constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

/// Whether x is none of 0, 1, 2, ...; of NaN that is not known, and a density of it is NaN.
auto is_no_count(const auto& x) {
  return x < 0.0 || x > floor(x) || x == kInfinity;
}

/// e^-s, finite for every s: 0 times it is 0.
template <class T>
Var<T> inverse_scale(const Var<T>& s) {
  return exp(minimum(-s, sizeof(T) == 4 ? 88.0 : 709.0));
}

/// Uniform numbers in (0, 1).
template <class T>
Var<T> open_uniform(Random& rng, const Shape& shape) {
  return maximum(Var<T>(rng.uniform<T>(shape)), sizeof(T) == 4 ? 0x1p-25 : 0x1p-54);
}

/// The dimensions of both, one behind the other: of `leading` draws.
Shape joined(const Shape& leading, const Shape& shape);

/// What the shapes of parameters broadcast to.
Shape shape_of_draw(const char* family, const std::vector<const Shape*>& shapes);

/// Throws ShapeError unless the last `event_dims` dimensions of operands fit without being stretched; the first of
/// `operands` is the data, where it has that role.
void check_event_shapes(const char* operation, std::size_t event_dims, std::span<const DensityOperand> operands);

/// f(x...), summed over the dimensions of an event in the same pass.
template <class F, class T, std::size_t N>
Var<T> summed_over_event(F f, std::size_t event_dims, const std::array<Var<T>, N>& x) {
  return std::apply(
      [&](const auto&... v) {
        if (event_dims == 0) return Var<T>(map(f, v...));
        return sum_last(Var<T>(map_sum(f, v...)), event_dims - 1);
      },
      x);
}

/// How many dimensions are an event of two distributions together: numbers count for each of the other's.
std::size_t common_event_dims(const char* operation, const Shape& p, std::size_t p_event_dims, const Shape& q,
                              std::size_t q_event_dims);

/// A divergence given by a formula of all parameters of p and then those of q.
template <class F, class P, class PLaw, class Q, class QLaw, class T, std::size_t N, std::size_t M>
Var<T> divergence(F f, const Factorized<P, PLaw, std::array<Var<T>, N>>& p,
                  const Factorized<Q, QLaw, std::array<Var<T>, M>>& q) {
  std::array<Var<T>, N + M> all;
  std::copy_n(p.parameters().begin(), N, all.begin());
  std::copy_n(q.parameters().begin(), M, all.begin() + N);
  const std::size_t event_dims = common_event_dims(F::name, p.shape(), p.event_dims(), q.shape(), q.event_dims());
  std::vector<DensityOperand> operands;
  for (std::size_t k = 0; k < N; ++k) {
    operands.push_back({PLaw::parameters[k].name, all[k].shape(), k == 0 ? Role::kLocation : Role::kScale});
  }
  for (std::size_t k = 0; k < M; ++k) {
    operands.push_back({QLaw::parameters[k].name, all[N + k].shape(), k == 0 ? Role::kLocation : Role::kScale});
  }
  check_event_shapes(F::name, event_dims, operands);
  return summed_over_event(f, event_dims, all);
}

/// What the parameters broadcast to.
template <class Law, class Parameters>
Shape shape_of_parameters(const Parameters& parameters) {
  std::vector<const Shape*> shapes;
  for (const auto& parameter : parameters) shapes.push_back(&parameter.shape());
  return shape_of_draw(Law::name, shapes);
}

}  // namespace detail

template <class Family, class Law, class Parameters>
Factorized<Family, Law, Parameters>::Factorized(Parameters parameters)
    : Factorized(parameters, detail::shape_of_parameters<Law>(parameters)) {}

template <class Family, class Law, class Parameters>
Factorized<Family, Law, Parameters>::Factorized(Parameters parameters, Shape shape)
    : EventDims<Family>(Law::name, 0, shape.empty() ? 0 : 1),
      parameters_(std::move(parameters)),
      shape_(std::move(shape)) {
  constexpr std::size_t N = std::tuple_size_v<Parameters>;
  static_assert(std::size(Law::parameters) == N);
  for (std::size_t k = 0; k < N; ++k) detail::check_domain(Law::name, Law::parameters[k], parameters_[k]);
  std::apply(
      [](const auto&... p) {
        if constexpr (requires { Law::check(p...); }) Law::check(p...);
      },
      parameters_);
}

template <class Family, class Law, class Parameters>
auto Factorized<Family, Law, Parameters>::log_prob(const Var<T>& x) const -> Var<T> {
  using F = typename Law::LogProb;
  constexpr std::size_t N = std::tuple_size_v<Parameters>;
  std::array<Var<T>, N + 1> all{x};
  std::copy_n(parameters_.begin(), N, all.begin() + 1);
  std::vector<detail::DensityOperand> operands{{"x", x.shape(), detail::Role::kData}};
  for (std::size_t k = 0; k < N; ++k) {
    operands.push_back(
        {Law::parameters[k].name, parameters_[k].shape(), k == 0 ? detail::Role::kLocation : detail::Role::kScale});
  }
  detail::check_event_shapes(F::name, this->event_dims(), operands);
  if constexpr (requires { Law::check_data(x); }) Law::check_data(x);
  return detail::summed_over_event(F{}, this->event_dims(), all);
}

template <class Family, class Law, class Parameters>
auto Factorized<Family, Law, Parameters>::sample(Random& rng, const Shape& leading) const -> Var<T> {
  const Shape whole = detail::joined(leading, shape_);
  return std::apply([&](const auto&... p) { return Law::template sample<T>(rng, whole, p...); }, parameters_);
}

template <class Family, class Law, class Parameters>
auto Factorized<Family, Law, Parameters>::mean() const -> Var<T> {
  return broadcast_to(Var<T>(std::apply([](const auto&... p) { return Law::mean(p...); }, parameters_)), shape_);
}

template <class Family, class Law, class Parameters>
auto Factorized<Family, Law, Parameters>::variance() const -> Var<T> {
  return broadcast_to(Var<T>(std::apply([](const auto&... p) { return Law::variance(p...); }, parameters_)), shape_);
}

template <class Family, class Law, class Parameters>
auto Factorized<Family, Law, Parameters>::entropy() const -> Var<T> {
  if constexpr (
      requires(Var<T> p) { Law::entropy(p); } || requires(Var<T> p) { Law::entropy(p, p); } ||
      requires(Var<T> p) { Law::entropy(p, p, p); }) {
    const Var<T> each =
        broadcast_to(Var<T>(std::apply([](const auto&... p) { return Law::entropy(p...); }, parameters_)), shape_);
    return this->event_dims() == 0 ? each : Var<T>(sum(each, detail::last_axes(this->event_dims())));
  } else {
    throw Error(std::string("[") + Law::name + "::entropy] has no closed form");
  }
}

template <class Family, class Law, class Parameters>
auto Factorized<Family, Law, Parameters>::cdf(const Var<T>& x) const -> Var<T> {
  if constexpr (
      requires(Var<T> p) { Law::cdf(x, p); } || requires(Var<T> p) { Law::cdf(x, p, p); } ||
      requires(Var<T> p) { Law::cdf(x, p, p, p); }) {
    // At infinity 0 and 1 with no slope, and no law needs to care.
    const Var<T> end = abs(x) == detail::kInfinity, inside = where(end, 0.5, x);
    const Var<T> of_law = std::apply([&](const auto&... p) { return Var<T>(Law::cdf(inside, p...)); }, parameters_);
    return where(end, stop_gradient(x) > 0.0, of_law);
  } else {
    throw Error(std::string("[") + Law::name + "::cdf] has no closed form");
  }
}

}  // namespace xtape::nn
