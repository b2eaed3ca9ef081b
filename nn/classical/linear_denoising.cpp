#include "nn/classical/linear_denoising.hpp"

#include "autodiff/text.hpp"
#include "nn/classical/eigen.hpp"

#include <cmath>
#include <string>

namespace xtape::nn {

namespace {

double trace_of(const Array<double>& square) {
  double sum = 0;
  for (std::size_t i = 0; i < square.shape(0); ++i) sum += square(i, i);
  return sum;
}

template <class T>
Var<T> constant(const Array<double>& numbers) {
  return Var<T>(Array<T>(xt::cast<T>(numbers)));
}

}  // namespace

LinearDenoising LinearDenoising::masking(const Moments& clean, double rate) {
  if (!(rate >= 0 && rate <= 1)) {
    throw Error("[LinearDenoising] a rate in [0, 1] expected, got " + text::number(rate));
  }
  LinearDenoising problem;
  const double kept = 1 - rate;
  problem.clean_ = clean;
  problem.corrupted_ = {clean.mean * kept, clean.covariance * (kept * kept)};
  problem.cross_ = clean.covariance * kept;
  for (std::size_t i = 0; i < clean.mean.size(); ++i) {
    problem.corrupted_.covariance(i, i) += rate * kept * (clean.covariance(i, i) + clean.mean(i) * clean.mean(i));
  }
  return problem;
}

LinearDenoising LinearDenoising::gaussian(const Moments& clean, double sigma) {
  if (!(sigma >= 0 && std::isfinite(sigma))) {
    throw Error("[LinearDenoising] a finite sigma >= 0 expected, got " + text::number(sigma));
  }
  LinearDenoising problem;
  problem.clean_ = problem.corrupted_ = clean;
  problem.cross_ = clean.covariance;
  for (std::size_t i = 0; i < clean.mean.size(); ++i) problem.corrupted_.covariance(i, i) += sigma * sigma;
  return problem;
}

double LinearDenoising::optimum(std::size_t q) const {
  const std::size_t d = clean_.mean.size();
  if (q > d) {
    throw Error("[LinearDenoising] at most " + std::to_string(d) + " numbers a sample expected, got " +
                std::to_string(q));
  }
  // B = C V λ^-½ with A = V λ Vᵀ has B Bᵀ = C A⁻¹ Cᵀ. Where a number never varies, A has no inverse, and C is zero too.
  const detail::Eigen of_a = detail::eigen_of(corrupted_.covariance);
  Array<double> scale = zeros<double>({d});
  for (std::size_t i = 0; i < d; ++i) {
    if (of_a.values(i) > 1e-12 * of_a.values(0)) scale(i) = 1 / std::sqrt(of_a.values(i));
  }
  const Var<double> b = matmul(Var<double>(cross_), transpose(Var<double>(of_a.vectors))) * scale;
  const detail::Eigen explained = detail::eigen_of(Var<double>(matmul(b, transpose(b))).value());
  double sum = 0;
  for (std::size_t i = 0; i < q; ++i) sum += explained.values(i);
  return trace_of(clean_.covariance) - sum;
}

template <class T>
Var<T> LinearDenoising::error(const Linear<T>& encoder, const Linear<T>& decoder) const {
  const Var<T> f = encoder.weight().var(), g = decoder.weight().var();  // (q, d), (d, q)
  const Var<T> explained = sum(matmul(transpose(g), constant<T>(cross_)) * f);
  const Var<T> spread =
      sum(matmul(matmul(f, constant<T>(corrupted_.covariance)), transpose(f)) * matmul(transpose(g), g));
  const Var<T> bias = constant<T>(clean_.mean) - decoder(encoder(constant<T>(corrupted_.mean)));
  return T(trace_of(clean_.covariance)) - T(2) * explained + spread + sum(square(bias));
}

template Var<float> LinearDenoising::error(const Linear<float>&, const Linear<float>&) const;
template Var<double> LinearDenoising::error(const Linear<double>&, const Linear<double>&) const;

}  // namespace xtape::nn
