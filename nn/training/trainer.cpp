#include "nn/training/trainer.hpp"

#include "autodiff/text.hpp"
#include "nn/files/checkpoint.hpp"
#include "nn/optim/gradients.hpp"
#include "nn/training/forward_state.hpp"
#include "nn/training/interrupt.hpp"
#include "nn/training/module_modes.hpp"
#include "nn/training/trainer_options.hpp"
#include "nn/training/trainer_state.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <iomanip>
#include <ostream>
#include <sstream>
#include <system_error>
#include <unordered_set>

namespace xtape::nn {
namespace {

constexpr const char *kLoss = "loss", *kValidationLoss = "validation_loss", *kGradientNorm = "gradient_norm";

class Stopwatch {
 public:
  double seconds() const { return std::chrono::duration<double>(Clock::now() - start_).count(); }

 private:
  using Clock = std::chrono::steady_clock;
  Clock::time_point start_ = Clock::now();
};

/// A signal came while something was measured.
struct InterruptedMeasure {};

/// Calls a function at the end of a scope, however it is left.
template <class F>
class AtEnd {
 public:
  explicit AtEnd(F f) : f_(std::move(f)) {}
  ~AtEnd() { f_(); }
  AtEnd(const AtEnd&) = delete;
  AtEnd& operator=(const AtEnd&) = delete;

 private:
  F f_;
};

}  // namespace

template <class T>
class Trainer<T>::Run {
 public:
  Run(Module<T>& model, Optimizer<T>& optimizer, Random& rng, TrainerOptions options)
      : model_(model), optimizer_(optimizer), rng_(rng), options_(std::move(options)) {
    detail::check(options_);
    if (options_.ema) ema_.emplace(optimizer.parameters(), *options_.ema);
    if (options_.plateau) plateau_.emplace(optimizer.learning_rate(), *options_.plateau);
    if (options_.early_stopping) stopping_.emplace(model, *options_.early_stopping);
  }

  void measure(std::string name, std::function<double()> value) {
    if (!value) throw Error("[Trainer::measure] a function expected, got an empty one");
    if (measures(name)) throw Error("[Trainer::measure] " + text::quoted(name) + " is measured already");
    TrainingRecord record;
    record.metrics[name] = 0;
    (void)to_json_line(record);  // throws where the name cannot stand in a log
    measures_.emplace_back(std::move(name), std::move(value));
  }

  void validate(std::function<bool(const detail::BatchVisitor<T>&)> walk) {
    measure(kValidationLoss, [this, walk = std::move(walk)] {
      constexpr std::uint64_t kStream = 0x76616c6964617465;  // "validate" in ASCII: other numbers than in training
      Random rng(rng_.state().key ^ kStream);
      const auto interruptible = [&](const detail::BatchVisitor<T>& visit) {
        return walk([&](const LossFunction<T>& loss, double samples) {
          if (interrupted()) throw InterruptedMeasure();
          return visit(loss, samples);
        });
      };
      return detail::mean_loss(detail::LossSource<T>{interruptible, {}, {}}, rng);
    });
  }

  TrainingResult fit(const detail::LossSource<T>& source) {
    std::optional<InterruptGuard> guard;
    if (options_.stop_on_signals) guard.emplace();
    const AtEnd mode([before = detail::ModuleModes<T>(model_)] { before.restore(); });
    if (!begun_) begin();
    if (!model_.training()) model_.train();
    modes_.emplace(model_);
    if (at_.position) source.seek(*at_.position);
    at_.position = source.position();
    try {
      return result(train(source));
    } catch (const NotFiniteError& error) {
      throw NotFiniteError("[Trainer] epoch " + std::to_string(at_.epochs.size() + 1) + ", after " +
                               std::to_string(optimizer_.state().step) + " steps: " + error.what() + kept_checkpoint(),
                           error.cause());
    }
  }

  const std::vector<TrainingRecord>& epochs() const { return at_.epochs; }

 private:
  /// Whether epochs are left, and then trains them.
  Ending train(const detail::LossSource<T>& source) {
    for (;;) {
      if (stopping_ && stopping_->ended()) return finish(Ending::kStoppedEarly);
      if (at_.epochs.size() >= options_.epochs) return finish(Ending::kDone);
      if (!at_.trained) {
        if (const auto ending = train_epoch(source)) return stop(*ending);
      }
      try {
        finish_epoch();
      } catch (const InterruptedMeasure&) {
        return stop(Ending::kInterrupted);
      }
      const bool goes_on = !options_.on_epoch || options_.on_epoch(at_.epochs.back());
      save();
      if (!goes_on) return Ending::kStopped;
      if (interrupted()) return Ending::kInterrupted;
    }
  }

  /// The rest of an epoch; how the run ends in it, if it does.
  std::optional<Ending> train_epoch(const detail::LossSource<T>& source) {
    modes_->restore();  // whatever a callback has left
    clear_group();
    const Stopwatch watch;
    const double seconds_before = at_.seconds;
    std::optional<Ending> ending;
    const auto close_group = [&] {
      at_.seconds = seconds_before + watch.seconds();
      ending = step(source.position());
    };
    try {
      const bool whole = source.walk([&](const LossFunction<T>& loss, double samples) {
        if (options_.accumulate > 1 && batches_ == 0) group_start_.emplace(model_, rng_);
        add(finite_gradients<T>(model_, optimizer_.parameters(), loss, rng_), samples);
        if (batches_ == options_.accumulate) close_group();
        return !ending;
      });
      if (at_.samples + group_samples_ == 0) {
        throw Error("[Trainer] at least one batch in an epoch expected, got none");
      }
      at_.trained = whole;
      if (whole && batches_ > 0) close_group();
    } catch (...) {
      if (group_start_) {  // of a step that was not made: the next fit takes its batches again
        group_start_->state.restore();
        rng_ = group_start_->rng;
        at_.trained = false;
      }
      clear_group();
      throw;
    }
    at_.position = source.position();
    return ending;
  }

  void clear_group() {
    group_start_.reset();
    accumulator_ = {};
    batches_ = 0;
    group_loss_ = group_samples_ = 0;
  }

  /// One batch of those that become a step.
  void add(LossAndGradients<T> value, double samples) {
    ++batches_;
    group_loss_ += double(value.loss) * samples;
    group_samples_ += samples;
    if (options_.accumulate == 1) {
      gradients_ = std::move(value.gradients);
    } else {
      accumulator_.add(std::move(value.gradients), samples);
    }
  }

  /// The step itself; how the run ends after it, if it does.
  std::optional<Ending> step(const LoaderPosition& position) {
    TrainingRecord record;
    if (options_.accumulate > 1) {
      gradients_ = accumulator_.take();
      const std::string cause = "the sum of gradients over " + std::to_string(batches_) + " batches has overflowed";
      if (!all_finite(gradients_)) throw NotFiniteError(cause, cause);
    }
    if (options_.clip_norm) record.metrics[kGradientNorm] = clip_by_global_norm(gradients_, *options_.clip_norm);
    if (options_.learning_rate) optimizer_.set_learning_rate(options_.learning_rate(optimizer_.state().step));
    optimizer_.step(gradients_);
    gradients_.clear();
    group_start_.reset();
    at_.position = position;
    if (ema_) ema_->update();
    at_.loss_sum += group_loss_;
    at_.samples += group_samples_;
    record.epoch = at_.epochs.size() + 1;
    record.step = optimizer_.state().step;
    record.loss = group_loss_ / group_samples_;
    record.learning_rate = optimizer_.learning_rate();
    record.seconds = at_.seconds;
    group_loss_ = group_samples_ = 0;
    batches_ = 0;
    if (log_ && options_.log_every > 0 && record.step % options_.log_every == 0) log_->write(record);
    std::optional<Ending> ending;
    if (options_.on_step && !options_.on_step(record)) ending = Ending::kStopped;
    if (interrupted()) ending = Ending::kInterrupted;
    if (!ending && options_.checkpoint_every > 0 && record.step % options_.checkpoint_every == 0) save();
    return ending;
  }

  /// What comes after an epoch's last step: measures, early stopping, the rate, lines.
  void finish_epoch() {
    TrainingRecord record;
    record.is_epoch = true;
    record.epoch = at_.epochs.size() + 1;
    record.step = optimizer_.state().step;
    record.loss = at_.loss_sum / at_.samples;
    record.learning_rate = optimizer_.learning_rate();
    record.seconds = at_.seconds;
    {
      model_.eval();
      if (ema_) ema_->swap();
      const AtEnd back([this] {
        if (ema_) ema_->swap();
        modes_->restore();
      });
      for (const auto& [name, value] : measures_) record.metrics[name] = value();
      if (stopping_) stopping_->update(monitored(record));
      if (plateau_) watch_plateau(monitored(record));
    }
    if (options_.progress != nullptr) print(record, at_.samples / at_.seconds);
    if (log_) log_->write(record);
    at_.epochs.push_back(std::move(record));
    at_.loss_sum = at_.samples = at_.seconds = 0;
    at_.trained = false;
  }

  /// Lowers the rates, each by the same factor, where the loss stands still.
  void watch_plateau(double value) {
    const bool larger_is_better = stopping_ && options_.early_stopping->larger_is_better;
    const double before = plateau_->state().rate, rate = (*plateau_)(larger_is_better ? -value : value);
    for (std::size_t group = 0; rate != before && group < optimizer_.groups(); ++group) {
      const double own = optimizer_.learning_rate(group);
      optimizer_.set_learning_rate(own == before ? rate : own * (rate / before), group);
    }
  }

  /// What early stopping and the rate look at.
  std::string monitor() const {
    if (!options_.monitor.empty()) return options_.monitor;
    return measures(kValidationLoss) ? kValidationLoss : kLoss;
  }
  double monitored(const TrainingRecord& record) const {
    const std::string name = monitor();
    return name == kLoss ? record.loss : record.metrics.at(name);
  }
  bool measures(const std::string& name) const {
    return std::any_of(measures_.begin(), measures_.end(), [&](const auto& measure) { return measure.first == name; });
  }

  void print(const TrainingRecord& record, double rate) const {
    std::ostringstream line;
    const std::string last = std::to_string(options_.epochs);
    line << "epoch " << std::setw(int(last.size())) << record.epoch << "/" << last << std::setprecision(5) << "  loss "
         << record.loss;
    for (const auto& [name, value] : record.metrics) line << "  " << name << " " << value;
    line << std::fixed << std::setprecision(1) << "  " << record.seconds << " s  " << std::setprecision(0) << rate
         << " samples/s";
    *options_.progress << line.str() << std::endl;
  }

  /// The end of a whole run. The checkpoint stays as it is, for a longer one to go on from.
  Ending finish(Ending ending) {
    if (stopping_ && stopping_->state().best) {
      stopping_->restore();
    } else if (ema_ && ema_->updates() > 0) {
      ema_->copy_to(optimizer_.parameters());
    }
    return ending;
  }

  Ending stop(Ending ending) {
    save();
    return ending;
  }

  TrainingResult result(Ending ending) const {
    TrainingResult result{ending, 0, optimizer_.state().step, at_.epochs, {}};
    if (ending == Ending::kInterrupted) result.signal = InterruptGuard::signal();
    if (stopping_ && stopping_->state().best) result.best_epoch = stopping_->state().best_update;
    return result;
  }

  bool interrupted() const { return options_.stop_on_signals && InterruptGuard::requested(); }

  /// The parameters that are trained are those of the model, which alone are saved.
  void check_parameters() const {
    std::unordered_set<std::uint64_t> keys;
    for (const NamedState<T>& named : model_.state()) keys.insert(named.key());
    const std::vector<Parameter<T>>& trained = optimizer_.parameters();
    for (std::size_t k = 0; k < trained.size(); ++k) {
      if (keys.contains(trained[k].key())) continue;
      throw Error("[Trainer] an optimizer of the model's own parameters expected, number " + std::to_string(k) +
                  ", of shape " + to_string(trained[k].shape()) + ", is none of them");
    }
  }

  /// Once, when training begins: resumes if that is asked for, and opens the log.
  void begin() {
    if (monitor() != kLoss && !measures(monitor())) {
      throw Error("[Trainer] monitor: the name of something that is measured expected, got " + text::quoted(monitor()));
    }
    if (!options_.checkpoint.empty()) detail::check_folder(options_.checkpoint);
    check_parameters();
    std::error_code ignored;
    const bool resumed = options_.resume && std::filesystem::exists(options_.checkpoint, ignored);
    if (plateau_) plateau_->set_state({.rate = optimizer_.learning_rate()});
    if (resumed) load();
    if (resumed && !options_.log.empty()) {
      const auto is_before = [this, steps = optimizer_.state().step](const TrainingRecord& record) {
        return record.step <= steps && (!record.is_epoch || record.epoch <= at_.epochs.size());
      };
      log_.emplace(options_.log, is_before);
    } else if (!options_.log.empty()) {
      log_.emplace(options_.log);
    }
    begun_ = true;
  }

  /// What a checkpoint has beside model and optimizer.
  std::vector<NamedState<T>> more() const {
    std::vector<NamedState<T>> all;
    if (stopping_) {
      for (const NamedState<T>& named : stopping_->kept()) all.push_back({"best." + named.name, named.kept});
    }
    for (std::size_t k = 0; ema_ && k < ema_->averages().size(); ++k) {
      all.push_back({"ema." + std::to_string(k), Buffer<T>(ema_->averages()[k])});
    }
    return all;
  }

  void save() {
    if (options_.checkpoint.empty()) return;
    if (stopping_) at_.stopping = stopping_->state();
    if (plateau_) at_.plateau = plateau_->state();
    if (ema_) at_.ema_updates = ema_->updates();
    save_checkpoint(options_.checkpoint, model_, optimizer_,
                    {options_.name, rng_.state(), at_.position.value_or(LoaderPosition{}), at_.notes()}, more());
    saved_ = true;
  }

  void load() {
    const Metadata notes = read_training_state(options_.checkpoint).notes;
    detail::TrainerState at = detail::TrainerState::from_notes(notes, text::path(options_.checkpoint));
    const std::vector<NamedState<T>> rest = more();
    const TrainingState state = load_checkpoint(options_.checkpoint, options_.name, model_, optimizer_, {}, rest);
    at.position = state.position;
    if (stopping_) stopping_->set_state(at.stopping);
    if (plateau_) plateau_->set_state(at.plateau.value_or(PlateauState{.rate = optimizer_.learning_rate()}));
    if (ema_) {
      std::vector<Array<T>> averages;
      for (const NamedState<T>& named : rest) {
        if (named.name.starts_with("ema.")) averages.push_back(std::get<Buffer<T>>(named.kept).value());
      }
      ema_->set_averages(std::move(averages), at.ema_updates);
    }
    rng_ = Random::from_state(state.random);
    at_ = std::move(at);
    saved_ = true;
  }

  std::string kept_checkpoint() const {
    return saved_ ? "; the last checkpoint is kept in " + text::path(options_.checkpoint) : "";
  }

  Module<T>& model_;
  Optimizer<T>& optimizer_;
  Random& rng_;
  TrainerOptions options_;
  std::vector<std::pair<std::string, std::function<double()>>> measures_;
  std::optional<Ema<T>> ema_;
  std::optional<EarlyStopping<T>> stopping_;
  std::optional<ReduceOnPlateau> plateau_;
  std::optional<TrainingLog> log_;
  detail::TrainerState at_;
  std::optional<detail::ModuleModes<T>> modes_;  // in which the model is trained
  bool begun_ = false, saved_ = false;

  // Of the step that is being made.
  struct GroupStart {
    GroupStart(const Module<T>& model, const Random& now) : state(model), rng(now) {}
    detail::ForwardState<T> state;
    Random rng;
  };
  std::optional<GroupStart> group_start_;  // where more than one batch becomes a step
  GradientAccumulator<T> accumulator_;
  std::vector<Array<T>> gradients_;
  std::size_t batches_ = 0;
  double group_loss_ = 0, group_samples_ = 0;
};

template <class T>
Trainer<T>::Trainer(Module<T>& model, Optimizer<T>& optimizer, Random& rng, TrainerOptions options)
    : run_(std::make_unique<Run>(model, optimizer, rng, std::move(options))) {}

template <class T>
Trainer<T>::~Trainer() = default;

template <class T>
Trainer<T>& Trainer<T>::measure(std::string name, std::function<double()> value) {
  run_->measure(std::move(name), std::move(value));
  return *this;
}

template <class T>
Trainer<T>& Trainer<T>::add_validation(std::function<bool(const detail::BatchVisitor<T>&)> walk) {
  run_->validate(std::move(walk));
  return *this;
}

template <class T>
TrainingResult Trainer<T>::run(const detail::LossSource<T>& source) {
  return run_->fit(source);
}

template <class T>
const std::vector<TrainingRecord>& Trainer<T>::epochs() const {
  return run_->epochs();
}

template class Trainer<float>;
template class Trainer<double>;

}  // namespace xtape::nn
