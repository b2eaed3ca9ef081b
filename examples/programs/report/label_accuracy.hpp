#pragma once
// How much codes say of labels.

#include <cstdint>

#include "autodiff/array.hpp"

namespace programs {

/// Codes and the labels of the images that they belong to: (n, latent) and (n), labels from 0 on.
struct LabelledCodes {
  xtape::Array<float> codes;
  xtape::Array<std::int64_t> labels;
};

/// The share of `test` whose labels a linear classifier finds, softmax(W z + b), trained on `train` by at most
/// 200 iterations of L-BFGS on its cross-entropy (with a trace of weight decay, so that there is a minimum). Codes are
/// scaled to variance 1 first.
double linear_label_accuracy(const LabelledCodes& train, const LabelledCodes& test, std::size_t classes);

}  // namespace programs
