#pragma once
// Trainer: the loop over epochs with what every run needs.

#include "nn/optim/ema.hpp"
#include "nn/optim/schedules.hpp"
#include "nn/training/batches.hpp"
#include "nn/training/early_stopping.hpp"
#include "nn/training/training_log.hpp"

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <iosfwd>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace xtape::nn {

/// The learning rate of a step t = 0, 1, ...
using LearningRateFunction = std::function<double(std::uint64_t)>;

/// What is told of a step or an epoch; false stops the run.
using TrainingCallback = std::function<bool(const TrainingRecord&)>;

/// What a Trainer does beside training; nothing of it unless it is asked for.
struct TrainerOptions {
  std::size_t epochs = 10;  ///< in all: of a resumed run those before it count

  /// The rate of each step, t being the number that the optimizer has done, for all of its groups.
  LearningRateFunction learning_rate = {};
  std::optional<double> clip_norm = {};  ///< the largest norm of all gradients together
  std::size_t accumulate = 1;            ///< batches whose gradients become one step, weighted by their samples
  std::optional<EmaOptions> ema = {};    ///< measures, and ends with, averages of the weights

  std::optional<EarlyStoppingOptions> early_stopping = {};  ///< ends where `monitor` becomes no better
  /// Multiplies the rates of all groups where `monitor` becomes no better (of an early stopping to which larger is
  /// better, its negative): ReduceOnPlateau. Not together with `learning_rate`.
  std::optional<PlateauOptions> plateau = {};
  /// A measure's name, or "loss"; unless given, "validation_loss" after `validate`, else "loss".
  std::string monitor = {};

  std::ostream* progress = nullptr;  ///< gets a line after each epoch
  std::filesystem::path log = {};    ///< gets a line of JSON after each epoch: see TrainingLog
  std::uint64_t log_every = 0;       ///< and after as many steps; 0: after epochs alone

  std::filesystem::path checkpoint = {};  ///< saved after each epoch, and where a run is stopped
  std::uint64_t checkpoint_every = 0;     ///< and after as many steps; 0: after epochs alone
  bool resume = false;                    ///< goes on from the checkpoint where there is one
  std::string name = "model";             ///< of the model in the checkpoint, which others are refused by

  bool stop_on_signals = true;    ///< as InterruptGuard has them
  TrainingCallback on_step = {};  ///< is called after each step
  /// After each epoch, before its checkpoint is saved: what it changes of model, optimizer and generator is saved with
  /// the epoch. If the run is killed, or this throws, the epoch is done again, and this called again.
  TrainingCallback on_epoch = {};
};

/// How a run has ended.
enum class Ending {
  kDone,          ///< all epochs
  kStoppedEarly,  ///< early stopping
  kStopped,       ///< on_step or on_epoch
  kInterrupted,   ///< a signal
};

/// What a run came to.
struct TrainingResult {
  Ending ending = Ending::kDone;
  int signal = 0;                                ///< that has interrupted it
  std::uint64_t steps = 0;                       ///< of the optimizer, in all
  std::vector<TrainingRecord> epochs = {};       ///< all that are complete, those before a resume among them
  std::optional<std::uint64_t> best_epoch = {};  ///< the one that early stopping has kept, counted from 1

  const char* message() const;  ///< how it has ended: "all epochs are done"
};

/// Trains a model, epoch after epoch:
///
///   nn::Trainer trainer(model, optimizer, rng, {.epochs = 10, .progress = &std::cout});
///   trainer.validate(held_out, loss);
///   const nn::TrainingResult result = trainer.fit(loader, loss);
///
/// where loss(batch, rng) is the mean loss of a batch and draws all its random numbers from the generator. Each step is
/// what a loop of one's own would do, in this order: finite_gradients, clip_by_global_norm, set_learning_rate,
/// optimizer.step, Ema::update. So a number that is not finite never reaches the weights; a run throws NotFiniteError
/// that names the operation, and the last checkpoint stays. The model is in train() while it is trained and in eval()
/// while it is measured; in the end it is as it was. Parts that are in eval() when `fit` is called, as a BatchNorm that
/// is kept as it is, stay in it, unless the whole model is.
///
/// A run that was stopped, in whatever way, or killed, and resumed from its checkpoint gives the same bits as one that
/// was not, if it is made with the same options, data and number of threads. On Ctrl-C and its like `fit` finishes the
/// step, saves and returns.
///
/// Model, optimizer, loader and generator stay the caller's own, and are at each moment where a loop of one's own would
/// have them: after `fit`, or a callback that stops it, such a loop may go on. At the end of a whole run the weights
/// are the best ones with early stopping, else the averages with `ema`; where it was stopped, those of the last step.
template <class T>
class Trainer {
 public:
  /// All but the options has to outlive it. `rng` gives the random numbers of training; those of what is measured are a
  /// stream of its own, the same after every epoch. Throws Error for options out of range.
  Trainer(Module<T>& model, Optimizer<T>& optimizer, Random& rng, TrainerOptions options = {});
  ~Trainer();
  Trainer(const Trainer&) = delete;
  Trainer& operator=(const Trainer&) = delete;

  /// Measures "validation_loss" after each epoch, the mean of loss(batch, rng) over `batches`, which have to outlive
  /// the trainer: their first epoch each time, after which a loader is put back to where it was.
  template <class Batches, class Loss>
  Trainer& validate(Batches& batches, Loss loss) {
    auto kept = std::make_shared<const Loss>(std::move(loss));
    auto source = detail::loss_source<T>(batches, *kept);
    return add_validation([kept, source = std::move(source)](const detail::BatchVisitor<T>& visit) {
      const LoaderPosition before = source.position();  // of a loader that is trained with too
      source.seek({});  // from the first batch on, wherever a walk was left, and the same order after every epoch
      const bool whole = source.walk(visit);
      source.seek(before);
      return whole;
    });
  }
  /// Measures something else after each epoch. Throws Error for a name that is there already.
  Trainer& measure(std::string name, std::function<double()> value);

  /// Trains until all epochs are done or the run is stopped; called again, goes on from there. `batches` is a
  /// DataLoader or any other range that gives an epoch each time it is walked through, the same one each time unless it
  /// has `position` and `seek`. Throws NotFiniteError, Error where an epoch has no batch and for parameters of the
  /// optimizer that are none of the model's, DataError for a checkpoint that does not fit and files that cannot be
  /// written, and what the loss throws: then model, optimizer and generator are as after the last step.
  template <class Batches, class Loss>
  TrainingResult fit(Batches&& batches, const Loss& loss) {
    return run(detail::loss_source<T>(batches, loss));
  }

  const std::vector<TrainingRecord>& epochs() const;  ///< those that are complete

 private:
  class Run;
  Trainer& add_validation(std::function<bool(const detail::BatchVisitor<T>&)> walk);
  TrainingResult run(const detail::LossSource<T>& source);

  std::unique_ptr<Run> run_;
};

extern template class Trainer<float>;
extern template class Trainer<double>;

}  // namespace xtape::nn
