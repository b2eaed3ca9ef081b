#include "examples/programs/run/training.hpp"

#include <cmath>
#include <cstdint>
#include <iostream>
#include <utility>

#include "autodiff/text.hpp"
#include "examples/programs/command_line/program.hpp"
#include "examples/programs/command_line/text.hpp"
#include "nn/files/checkpoint.hpp"

namespace programs {
namespace {

using xtape::Random;
namespace nn = xtape::nn;

class Stopwatch {
 public:
  double seconds() const { return std::chrono::duration<double>(Clock::now() - start_).count(); }

 private:
  using Clock = std::chrono::steady_clock;
  Clock::time_point start_ = Clock::now();
};

/// The test's random numbers are the same after every epoch, so that two epochs differ by what was learnt alone.
Random test_generator(std::uint64_t seed) {
  constexpr std::uint64_t kTest = 0x7465737400000000;  // "test" in ASCII: other numbers than in training
  return Random(seed ^ kTest);
}

/// What is made small, of a batch.
nn::LossFunction<float> objective_of(const Trainer::Loss& loss, const Trainer::Batch& batch) {
  return [&](Random& rng) { return loss(batch, rng).objective; };
}

}  // namespace

Trainer::Trainer(const Run& run, nn::Module<float>& model, const Random& rng, TrainerOptions options)
    : run_(run),
      model_(model),
      parameters_(model.parameters()),
      optimizer_(parameters_, {.learning_rate = run.options.learning_rate}),
      loader_(run.data.train, {.batch_size = run.options.batch_size, .shuffle = true, .seed = run.options.seed}),
      rng_(rng),
      options_(std::move(options)) {
  if (options_.transform) loader_.transform(options_.transform);
  if (!resumed()) return;
  history_ = run_.histories.at(options_.phase);
  resume();
}

void Trainer::train(const Loss& train_loss, const Loss& test_loss) {
  const InterruptGuard guard;
  ProgressBar bar(std::cout);
  pace_ = {std::chrono::steady_clock::now(), 0};
  if (resumed()) bar.print(what_is_left());
  while (history_.epochs.size() < run_.options.epochs) {
    if (!all_trained()) train_epoch(train_loss, bar);  // else the run was stopped in the test
    finish_epoch(test(test_loss), bar);
  }
  const std::string line =
      "stopped after training, before all results were written; to go on: " + run_.command_to_resume();
  end_on_interrupt(line);
  // A signal that came before that, but too late for the last batch.
  if (InterruptGuard::requested()) throw Interrupted(line, InterruptGuard::signal());
}

void Trainer::train_epoch(const Loss& loss, ProgressBar& bar) {
  const double seconds_before = history_.part.seconds;
  const Stopwatch watch;
  for (const Batch& batch : loader_) {
    step(loss, batch);
    history_.part.seconds = seconds_before + watch.seconds();
    bar.update(progress());
    stop_if_interrupted();
  }
}

/// One step of the optimizer.
void Trainer::step(const Loss& loss, const Batch& batch) {
  double shown = 0, kl = 0;
  const auto objective = [&](Random& rng) {
    const BatchLoss value = loss(batch, rng);
    shown = static_cast<double>(value.loss.item());
    if (value.kl) kl = static_cast<double>(value.kl->item());
    return value.objective;
  };
  try {
    nn::finite_step(model_, optimizer_, objective, rng_);
  } catch (const nn::NotFiniteError& error) {
    stop_not_finite(error.cause());
  }
  const auto images = static_cast<double>(batch.size());
  history_.part.loss_sum += shown * images;
  history_.part.kl_sum += kl * images;
  history_.part.images += batch.size();
  pace_.images += batch.size();
}

TestLoss Trainer::test(const Loss& loss) {
  return test_loss(run_, loss, options_.transform,
                   [&](const Batch& batch, const Random& before, const BatchLoss& value) {
                     if (!std::isfinite(value.loss.item()))
                       stop_not_finite(nn::first_not_finite<float>(objective_of(loss, batch), parameters_, before));
                     stop_if_interrupted();
                   });
}

void Trainer::finish_epoch(const TestLoss& test, ProgressBar& bar) {
  const auto images = static_cast<double>(history_.part.images);
  EpochRecord record{history_.epochs.size() + 1, history_.part.loss_sum / images, test.loss, history_.part.seconds};
  if (test.kl) record.train_kl = history_.part.kl_sum / images;
  record.test_kl = test.kl;
  history_.epochs.push_back(record);
  const double rate = static_cast<double>(history_.part.images) / history_.part.seconds;
  history_.part = {};
  save();
  bar.print(epoch_label(history_.epochs.size(), run_.options.epochs) + "  train " + fixed(record.train_loss, 2) +
            "  test " + fixed(record.test_loss, 2) + " " + options_.unit + "  " +
            fixed(history_.epochs.back().seconds, 1) + " s  " + with_commas(whole(rate)) + " images/s");
}

void Trainer::refine(const nn::Objective<float>& objective, const Loss& test_loss, std::size_t iterations) {
  const nn::MinimizeResult result =
      nn::minimize<float>(parameters_, objective, {.max_iterations = iterations, .change_tolerance = 1e-7});
  EpochRecord& last = history_.epochs.back();
  last.train_loss = result.value;
  last.test_loss = test(test_loss).loss;
  refined_ = true;
  std::cout << "L-BFGS, " << result.iterations << " iterations: train " << fixed(last.train_loss, 3) << "  test "
            << fixed(last.test_loss, 3) << " " << options_.unit << std::endl;
}

double Trainer::epochs_done() const {
  return static_cast<double>(history_.epochs.size()) +
         static_cast<double>(history_.part.images) / static_cast<double>(run_.data.train.size());
}

double Trainer::images_per_second() const {
  double seconds = 0;
  for (const EpochRecord& epoch : history_.epochs) seconds += epoch.seconds;
  return static_cast<double>(history_.epochs.size() * run_.data.train.size()) / seconds;
}

Progress Trainer::progress() const {
  Progress progress;
  progress.epoch = history_.epochs.size() + 1;
  progress.epochs = run_.options.epochs;
  progress.images = history_.part.images;
  progress.images_per_epoch = run_.data.train.size();
  progress.loss = history_.part.loss_sum / static_cast<double>(history_.part.images);
  progress.images_per_second = static_cast<double>(history_.part.images) / history_.part.seconds;
  const std::size_t images_left =
      (progress.epochs - history_.epochs.size()) * progress.images_per_epoch - history_.part.images;
  const std::chrono::duration<double> elapsed = std::chrono::steady_clock::now() - pace_.start;
  progress.seconds_left = elapsed.count() / static_cast<double>(pace_.images) * static_cast<double>(images_left);
  return progress;
}

void Trainer::resume() {
  const std::filesystem::path path = run_.out.path(checkpoint_file(options_.phase));
  try {
    const nn::TrainingState state = nn::load_checkpoint(path, run_.model, model_, optimizer_);
    if (state.position != position())
      throw xtape::DataError(xtape::text::path(path) + " is damaged: it is in two places of the data at once");
    loader_.seek(state.position);
    rng_ = Random::from_state(state.random);
  } catch (const xtape::DataError& error) {
    throw UserError(error.what() + std::string("; choose another --out, or start anew without --resume"));
  }
  last_checkpoint_ = "that was resumed";
}

/// Where the loader goes on, as the history has it.
nn::LoaderPosition Trainer::position() const {
  const std::uint64_t epoch = history_.epochs.size(), batch = history_.part.images / run_.options.batch_size;
  return all_trained() ? nn::LoaderPosition{epoch + 1, 0} : nn::LoaderPosition{epoch, batch};
}

void Trainer::save() {
  const std::string file = checkpoint_file(options_.phase);
  // What an earlier run left behind; its checkpoint of this phase is replaced below, whole.
  if (last_checkpoint_.empty() && options_.phase.empty()) run_.out.clear_except(file);
  nn::save_checkpoint(run_.out.path(file), model_, optimizer_,
                      {run_.model, rng_.state(), position(), run_.notes(history_)});
  last_checkpoint_ = history_.part.images > 0 ? where() : "after epoch " + std::to_string(history_.epochs.size());
}

void Trainer::stop_if_interrupted() {
  if (!InterruptGuard::requested()) return;
  save();
  throw Interrupted("stopped " + where() + "; saved " +
                        xtape::text::path(run_.out.path(checkpoint_file(options_.phase))) +
                        "; to go on: " + run_.command_to_resume(),
                    InterruptGuard::signal());
}

std::string Trainer::what_is_left() const {
  const std::size_t epochs = run_.options.epochs;
  if (history_.epochs.size() < epochs) return "going on " + where();
  return (epochs == 1 ? "the only epoch is" : "all " + with_commas(epochs) + " epochs are") + " done" +
         (run_.more_phases.empty() ? "; making the results anew (a larger --epochs trains on)" : "");
}

std::string Trainer::where() const {
  return "in epoch " + std::to_string(history_.epochs.size() + 1) + " after " + with_commas(history_.part.images) +
         " of " + with_commas(run_.data.train.size()) + " images";
}

void Trainer::stop_not_finite(const std::string& cause) const {
  const std::string kept = last_checkpoint_.empty() ? "no checkpoint was saved before"
                                                    : "the checkpoint " + last_checkpoint_ + " is kept in " +
                                                          xtape::text::path(run_.options.out);
  throw xtape::NumericError("the loss or a gradient is not finite " + where() + ": " + cause + "; " + kept +
                            "; try a smaller --learning-rate");
}

TestLoss test_loss(const Run& run, const Trainer::Loss& loss, const nn::Transform<float>& transform,
                   const Watch& watch) {
  Random rng = test_generator(run.options.seed);
  nn::DataLoader<float> loader(run.data.test, {.batch_size = run.options.batch_size, .seed = run.options.seed});
  if (transform) loader.transform(transform);
  TestLoss mean;
  for (const Trainer::Batch& batch : loader) {
    const Random before = rng;
    const BatchLoss value = loss(batch, rng);
    if (watch) watch(batch, before, value);
    const double share = static_cast<double>(batch.size()) / static_cast<double>(run.data.test.size());
    mean.loss += static_cast<double>(value.loss.item()) * share;
    if (value.kl) mean.kl = mean.kl.value_or(0) + static_cast<double>(value.kl->item()) * share;
  }
  return mean;
}

}  // namespace programs
