#pragma once
// What the programs ae and dae do alike with --linear.

#include <functional>

#include "examples/programs/models/autoencoder.hpp"
#include "examples/programs/report/results.hpp"
#include "examples/programs/run/training.hpp"
#include "nn/classical/linear_denoising.hpp"

namespace programs {

/// A linear model has no hidden layers: sets their width to 0, and throws a UserError where the user wants some.
void settle_linear(TrainingOptions& options, const OptionParser& parser);

/// The optimum of a linear model is that of covariances. Throws a UserError where there is not the memory for them.
void check_linear_memory(const Dataset& data);

/// Takes the model to its optimum, the noise integrated exactly, writes it and adds to the story how close it came.
/// Where that fails, the model stays as it was trained, and a line says why.
void refine_linear(const Autoencoder& model, const std::function<xtape::nn::LinearDenoising()>& make_problem,
                   const Trainer::Loss& test_loss, const Run& run, Trainer& trainer, Story& story);

}  // namespace programs
