#include "examples/programs/run/linear_autoencoder.hpp"

#include <algorithm>
#include <utility>

#include "autodiff/autodiff.hpp"
#include "examples/programs/command_line/memory.hpp"
#include "examples/programs/command_line/program.hpp"

namespace programs {
namespace {

// Of L-BFGS at most: after the first number the model is at its optimum.
constexpr std::size_t kIterations = 500, kQuickIterations = 20;

}  // namespace

void settle_linear(TrainingOptions& options, const OptionParser& parser) {
  if (parser.given("hidden") && options.hidden > 0)
    throw UserError("--linear has no hidden layers; leave --hidden out, or make it 0");
  options.hidden = 0;
}

void check_linear_memory(const Dataset& data) {
  constexpr double kArrays = 14;  // of pixels x pixels at the same time, as measured
  check_memory_for_covariances(data.train.pixels(), kArrays, data.source);
}

void refine_linear(const Autoencoder& model, const std::function<xtape::nn::LinearDenoising()>& make_problem,
                   const Trainer::Loss& test_loss, const Run& run, Trainer& trainer, Story& story) {
  attempt("the optimum", [&] {
    const xtape::nn::LinearDenoising problem = make_problem();
    const auto objective = [&] {
      xtape::Tape<float> tape;
      const xtape::Var<float> error = problem.error(model.encoder().layer(0), model.decoder().layer(0));
      return std::pair(static_cast<double>(error.item()), tape.gradient(error, model.parameters()));
    };
    trainer.refine(objective, test_loss, run.options.quick ? kQuickIterations : kIterations);
    write_model(run, trainer);
    const std::size_t most = std::min(run.options.latent, run.data.train.pixels());
    story.figures = {{"Squared error on the training images", "error", trainer.epochs().back().train_loss, 4},
                     {"The least possible", "optimum", problem.optimum(most), 4}};
  });
}

}  // namespace programs
