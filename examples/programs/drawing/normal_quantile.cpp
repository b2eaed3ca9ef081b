#include "examples/programs/drawing/normal_quantile.hpp"

#include <cmath>
#include <stdexcept>
#include <string>

#include "autodiff/text.hpp"

namespace programs {

// M. Wichura, "Algorithm AS 241: the percentage points of the normal distribution", Applied Statistics 37, 1988:
// rational approximations of PPND7, around the middle, of the tails and of the far tails.
double normal_quantile(double probability) {
  if (!(probability > 0 && probability < 1))
    throw std::invalid_argument("a quantile needs a probability between 0 and 1, got " +
                                xtape::text::number(probability));
  const double q = probability - 0.5;
  if (std::abs(q) <= 0.425) {
    const double r = 0.180625 - q * q;
    return q * (((5.9109374720e1 * r + 1.5929113202e2) * r + 5.0434271938e1) * r + 3.3871327179) /
           (((6.7187563600e1 * r + 7.8757757664e1) * r + 1.7895169469e1) * r + 1.0);
  }
  double r = std::sqrt(-std::log(q < 0 ? probability : 1 - probability)), size = 0;
  if (r <= 5) {
    r -= 1.6;
    size = (((1.7023821103e-1 * r + 1.3067284816) * r + 2.7568153900) * r + 1.4234372777) /
           ((1.2021132975e-1 * r + 7.3700164250e-1) * r + 1.0);
  } else {
    r -= 5;
    size = (((1.7337203997e-2 * r + 4.2868294337e-1) * r + 3.0812263860) * r + 6.6579051150) /
           ((1.2258202635e-2 * r + 2.4197894225e-1) * r + 1.0);
  }
  return std::copysign(size, q);
}

}  // namespace programs
