#pragma once
// The training loop that the programs share: batches, Adam, the test after each epoch, progress, checkpoints, Ctrl-C.

#include <chrono>
#include <functional>
#include <string>
#include <vector>

#include "autodiff/autodiff.hpp"
#include "examples/support/progress.hpp"
#include "examples/support/run.hpp"
#include "nn/nn.hpp"

namespace examples {

/// Trains a model.
class Trainer {
 public:
  using Batch = xtape::nn::DataLoader<float>::Batch;
  /// The mean loss of a batch in nats per image. Draws all its random numbers from the generator.
  using Loss = std::function<xtape::Var<float>(const Batch&, xtape::Random&)>;

  /// `rng` goes on where the model's initialisation left it. Where the run is resumed, weights, optimizer, generator
  /// and position are those of the checkpoint; throws a UserError where that does not fit. `run` and `model` must
  /// outlive the trainer. `unit` is that of the loss, for the lines that are printed.
  Trainer(const Run& run, xtape::nn::Module<float>& model, const xtape::Random& rng,
          std::string unit = "nats per image");

  /// Trains up to the last epoch. After each, measures the test loss, prints a line and saves a checkpoint.
  ///
  /// On Ctrl-C, finishes the batch, saves a checkpoint and throws Interrupted, which says how to resume. A loss or a
  /// gradient that is not finite never reaches the weights: it throws xtape::NumericError, which names the operation
  /// that produced it, and the last checkpoint stays.
  void train(const Loss& train_loss, const Loss& test_loss);

  /// The mean of a loss over all training images, for `refine`.
  xtape::nn::Objective<float> over_all_images(const Loss& loss);

  /// Goes on from there to the minimum of an objective without noise, by at most `iterations` of L-BFGS: for models
  /// whose minimum is worth its digits. The last epoch's training loss is then that of the minimum; `test_loss`
  /// measures the other. Throws as `train` does.
  void refine(const xtape::nn::Objective<float>& objective, const Loss& test_loss, std::size_t iterations);

  const std::vector<EpochRecord>& epochs() const { return history_.epochs; }
  const xtape::nn::Module<float>& model() const { return model_; }
  /// Images trained on in a second, tests not counted.
  double images_per_second() const;

 private:
  /// How fast this process trains, tests included, to tell the time left.
  struct Pace {
    std::chrono::steady_clock::time_point start{};
    std::size_t images = 0;
  };

  void train_epoch(const Loss& loss, ProgressBar& bar);
  bool step(const Loss& loss, const Batch& batch);
  double test(const Loss& loss);
  void finish_epoch(double test_loss, ProgressBar& bar);
  bool all_trained() const { return history_.part.images == run_.data.train.size(); }
  Progress progress() const;
  std::string what_is_left() const;  ///< what a resumed run does
  std::string where() const;         ///< "in epoch 3 after 1,280 of 60,000 images"
  void resume();
  void save();
  void stop_if_interrupted();
  [[noreturn]] void stop_not_finite(const Loss& loss, const Batch& batch, const xtape::Random& before) const;

  const Run& run_;
  xtape::nn::Module<float>& model_;
  std::vector<xtape::nn::Parameter<float>> parameters_;
  xtape::nn::Adam<float> optimizer_;
  xtape::nn::DataLoader<float> loader_;
  xtape::Random rng_;
  History history_;
  std::string unit_;
  std::string last_checkpoint_;  // where training stood then; empty where this run has none yet
  Pace pace_;
};

}  // namespace examples
