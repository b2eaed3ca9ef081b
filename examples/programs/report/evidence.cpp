#include "examples/programs/report/evidence.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "autodiff/errors.hpp"
#include "examples/programs/command_line/text.hpp"
#include "nn/inference/importance.hpp"

namespace programs {
namespace {

using xtape::Array;
using xtape::Random;

std::string text_of(double value, int decimals) {
  return std::isfinite(value) ? fixed(value, decimals) : "unknown";
}

/// Each image with its pixels in an order of its own.
Array<float> shuffled(const Array<float>& x, Random& rng) {
  Array<float> result = x;
  const std::size_t pixels = x.shape(1);
  for (std::size_t i = 0; i < x.shape(0); ++i) {
    const std::vector<std::size_t> order = rng.permutation(pixels);
    for (std::size_t p = 0; p < pixels; ++p) result(i, p) = x(i, order[p]);
  }
  return result;
}

}  // namespace

Evidence estimate_evidence(const std::string& images, const Array<float>& x, std::size_t samples,
                           const LogWeights& log_weights, Random& rng) {
  constexpr std::size_t kAtOnce = 50;  // codes an image, which with their pictures have to fit into the cache
  xtape::nn::ImportanceSampler sampler;
  while (sampler.count() < samples) sampler.add(log_weights(x, std::min(kAtOnce, samples - sampler.count()), rng));
  Evidence mean{images};
  double squares = 0;
  const auto n = static_cast<double>(x.shape(0));
  for (const xtape::nn::LogEvidence& one : sampler.result()) {
    mean.log_prob += one.log_prob / n;
    squares += one.log_prob * one.log_prob / n;
    mean.sampling_error += one.standard_error / n;
    mean.effective_samples += one.effective_sample_size / n;
  }
  const double variance = std::max(0.0, squares - mean.log_prob * mean.log_prob);
  mean.standard_error = std::sqrt(variance / (n - 1));
  return mean;
}

std::vector<Evidence> compare_evidence(const Dataset& data, const EvidencePlan& plan, const LogWeights& log_weights) {
  Random rng(plan.seed);
  const Array<float> test = data.test.first<float>(plan.images);
  std::vector<std::pair<std::string, Array<float>>> sets{{"test images", test},
                                                         {"the same, pixels shuffled", shuffled(test, rng)},
                                                         {"noise", rng.uniform<float>(xtape::shape_of(test))}};
  for (const std::string name : {"mnist", "fashion-mnist", "digits"}) {
    if (!is_installed(name) || is_same_data(name, data.source)) continue;
    const Dataset other = load_dataset(name);
    if (other.test.pixels() != data.test.pixels()) continue;
    sets.emplace_back("test images of " + other.name, other.test.first<float>(plan.images));
    break;
  }
  std::vector<Evidence> evidence;
  for (const auto& [name, x] : sets) {
    try {
      evidence.push_back(
          estimate_evidence(name, plan.outcomes ? plan.outcomes(x, rng) : x, plan.samples, log_weights, rng));
    } catch (const xtape::NumericError&) {  // images as no one trained on may be beyond all numbers
      constexpr double kUnknown = std::numeric_limits<double>::quiet_NaN();
      evidence.push_back({name, kUnknown, kUnknown, kUnknown, kUnknown});
    }
  }
  return evidence;
}

void add_evidence(const Dataset& data, EvidencePlan plan, const LogWeights& log_weights, Story& story) {
  plan.images = std::min(plan.images, data.test.size());
  const std::vector<Evidence> evidence = compare_evidence(data, plan, log_weights);
  story.figures.push_back({"Estimated ln p(x) of test images" + (plan.how.empty() ? "" : ", " + plan.how), "log_prob",
                           evidence.front().log_prob});
  story.tables.push_back(to_table(evidence, plan));
}

Table to_table(const std::vector<Evidence>& evidence, const EvidencePlan& plan) {
  Table table{"Estimated ln p(x), nats, of " + with_commas(plan.images) + " images each" +
                  (plan.how.empty() ? "" : ", " + plan.how + ",") + " from " + with_commas(plan.samples) + " codes",
              {"images", "ln p(x)", "standard error", "of the sampling", "effective samples"},
              {}};
  for (const Evidence& e : evidence)
    table.rows.push_back({e.images, text_of(e.log_prob, 2), text_of(e.standard_error, 2), text_of(e.sampling_error, 2),
                          text_of(e.effective_samples, 1)});
  return table;
}

}  // namespace programs
