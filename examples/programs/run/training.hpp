#pragma once
// The training loop that the programs share: batches, Adam, the test after each epoch, progress, checkpoints, Ctrl-C.

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "autodiff/autodiff.hpp"
#include "examples/programs/command_line/progress.hpp"
#include "examples/programs/run/run.hpp"
#include "nn/nn.hpp"

namespace programs {

/// What a batch comes to, a mean over its images.
struct BatchLoss {
  /// A loss without parts.
  BatchLoss(const xtape::Var<float>& whole) : objective(whole), loss(whole) {}
  /// A loss with a KL term, which may have another weight in what is made small.
  BatchLoss(const xtape::Var<float>& reconstruction, const xtape::Var<float>& divergence, double weight = 1)
      : objective(reconstruction + static_cast<float>(weight) * divergence),
        loss(weight == 1 ? objective : reconstruction + divergence),
        kl(divergence) {}

  xtape::Var<float> objective;          ///< what is made small
  xtape::Var<float> loss;               ///< what is shown: reconstruction and KL, unweighted
  std::optional<xtape::Var<float>> kl;  ///< of the loss, where it has such a part
};

/// How a model is trained, besides the run's options.
struct TrainerOptions {
  std::string unit = "nats per image";      ///< of the loss, for the lines that are printed
  std::string name = {};                    ///< of the model, for readers, where a program trains several
  std::string phase = {};                   ///< one of those that prepare_run was told of; the first by default
  xtape::nn::Transform<float> transform{};  ///< of training and of test images, if any
};

/// The means of a loss over the test images.
struct TestLoss {
  double loss = 0;
  std::optional<double> kl;  ///< of the loss, where it has such a part
};

/// Trains a model.
class Trainer {
 public:
  using Batch = xtape::nn::DataLoader<float>::Batch;
  /// The mean loss of a batch in nats per image. Draws all its random numbers from the generator.
  using Loss = std::function<BatchLoss(const Batch&, xtape::Random&)>;

  /// `rng` goes on where the model's initialisation left it. Where the run is resumed and the phase was begun, weights,
  /// optimizer, generator and position are those of the checkpoint; throws a UserError where that does not fit. `run`
  /// and `model` must outlive the trainer.
  Trainer(const Run& run, xtape::nn::Module<float>& model, const xtape::Random& rng, TrainerOptions options = {});

  /// Trains up to the last epoch. After each, measures the test loss, prints a line and saves a checkpoint.
  ///
  /// On Ctrl-C, finishes the batch, saves a checkpoint and throws Interrupted, which says how to resume; once training
  /// is over, Ctrl-C ends the process with that line. A loss or a
  /// gradient that is not finite never reaches the weights: it throws xtape::NumericError, which names the operation
  /// that produced it, and the last checkpoint stays.
  void train(const Loss& train_loss, const Loss& test_loss);

  /// Goes on from there to the minimum of an objective without noise, by at most `iterations` of L-BFGS: for models
  /// whose minimum is worth its digits. The last epoch's training loss is then that of the minimum; `test_loss`
  /// measures the other. The checkpoint stays that of the last epoch, so that a resumed run does the same again.
  void refine(const xtape::nn::Objective<float>& objective, const Loss& test_loss, std::size_t iterations);

  /// Passes over the training images so far: 2.5 in the middle of the third.
  double epochs_done() const;
  const std::vector<EpochRecord>& epochs() const { return history_.epochs; }
  const xtape::nn::Module<float>& model() const { return model_; }
  const std::string& name() const { return options_.name; }
  bool refined() const { return refined_; }
  /// Images trained on in a second, tests not counted.
  double images_per_second() const;

 private:
  /// How fast this process trains, tests included, to tell the time left.
  struct Pace {
    std::chrono::steady_clock::time_point start{};
    std::size_t images = 0;
  };

  void train_epoch(const Loss& loss, ProgressBar& bar);
  void step(const Loss& loss, const Batch& batch);
  TestLoss test(const Loss& loss);
  void finish_epoch(const TestLoss& test, ProgressBar& bar);
  bool resumed() const { return run_.histories.contains(options_.phase); }
  bool all_trained() const { return history_.part.images == run_.data.train.size(); }
  Progress progress() const;
  std::string what_is_left() const;  ///< what a resumed run does
  std::string where() const;         ///< "in epoch 3 after 1,280 of 60,000 images"
  xtape::nn::LoaderPosition position() const;
  void resume();
  void save();
  void stop_if_interrupted();
  [[noreturn]] void stop_not_finite(const std::string& cause) const;  ///< the operation that produced it

  const Run& run_;
  xtape::nn::Module<float>& model_;
  std::vector<xtape::nn::Parameter<float>> parameters_;
  xtape::nn::Adam<float> optimizer_;
  xtape::nn::DataLoader<float> loader_;
  xtape::Random rng_;
  History history_;
  TrainerOptions options_;
  std::string last_checkpoint_;  // where training stood then; empty where this run has none yet
  Pace pace_;
  bool refined_ = false;
};

/// What `Trainer::train` measures after an epoch, for any model. After each batch, `watch` sees it, the generator as it
/// was before, and what the batch came to.
using Watch = std::function<void(const Trainer::Batch&, const xtape::Random&, const BatchLoss&)>;
TestLoss test_loss(const Run& run, const Trainer::Loss& loss, const xtape::nn::Transform<float>& transform = {},
                   const Watch& watch = {});

}  // namespace programs
