#include "examples/programs/report/label_accuracy.hpp"

#include <algorithm>
#include <utility>

#include "autodiff/autodiff.hpp"
#include "nn/layers/linear.hpp"
#include "nn/losses.hpp"
#include "nn/optim/minimize.hpp"

namespace programs {

using xtape::Array;
using xtape::Var;

double linear_label_accuracy(const LabelledCodes& train, const LabelledCodes& test, std::size_t classes) {
  constexpr float kDecay = 1e-5f, kLeast = 1e-12f;  // the least variance, so that none is divided by 0
  constexpr std::size_t kIterations = 200;
  xtape::Random rng(0);
  const xtape::nn::Linear<float> classifier(train.codes.shape(1), classes, rng);
  const Var<float> codes(train.codes), centre = mean(codes, 0), scale = sqrt(var(codes, 0) + kLeast);
  const Var<float> z = (codes - centre) / scale;
  xtape::nn::minimize<float>(
      classifier.parameters(),
      [&] {
        xtape::Tape<float> tape;
        const Var<float> weight = classifier.weight().var();
        const Var<float> loss =
            xtape::nn::nll_loss(log_softmax(classifier(z), -1), train.labels) + kDecay * sum(square(weight));
        return std::pair(static_cast<double>(loss.item()), tape.gradient(loss, classifier.parameters()));
      },
      {.max_iterations = kIterations, .change_tolerance = 1e-6});
  const Array<float> scores = classifier((test.codes - centre) / scale).value();
  std::size_t right = 0;
  for (std::size_t i = 0; i < scores.shape(0); ++i) {
    const float* row = scores.data() + i * classes;
    right += std::max_element(row, row + classes) - row == test.labels(i) ? 1 : 0;
  }
  return static_cast<double>(right) / static_cast<double>(scores.shape(0));
}

}  // namespace programs
