#include "nn/training/batches.hpp"

#include "autodiff/text.hpp"

#include <cmath>
#include <string>

namespace xtape::nn::detail {

template <class T>
double mean_loss(const LossSource<T>& source, Random& rng) {
  double sum = 0, samples = 0;
  source.walk([&](const LossFunction<T>& loss, double size) {
    const Random before = rng;
    const double value = double(loss(rng).item());
    if (!std::isfinite(value)) {
      rng = before;  // itself, since layers may hold a reference to it
      const std::string cause = first_not_finite_again<T>(loss, {}, rng);
      throw NotFiniteError("[mean_loss] a finite loss expected, got " + text::number(value) + ": " + cause, cause);
    }
    sum += value * size;
    samples += size;
    return true;
  });
  if (samples == 0) throw Error("[mean_loss] at least one batch expected, got none");
  return sum / samples;
}

template double mean_loss(const LossSource<float>&, Random&);
template double mean_loss(const LossSource<double>&, Random&);

}  // namespace xtape::nn::detail
