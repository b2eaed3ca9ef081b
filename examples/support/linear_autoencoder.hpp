#pragma once
// What the programs ae and dae do alike with --linear.

#include "examples/models/autoencoder.hpp"
#include "examples/support/results.hpp"
#include "examples/support/training.hpp"
#include "nn/classical/linear_denoising.hpp"

namespace examples {

/// A linear model has no hidden layers: sets their width to 0, and throws a UserError where the user wants some.
void settle_linear(TrainingOptions& options, const OptionParser& parser);

/// Takes the model to its optimum, the noise integrated exactly, and adds to the story how close it came.
void refine_linear(const Autoencoder& model, const xtape::nn::LinearDenoising& problem, const Trainer::Loss& test_loss,
                   const Run& run, Trainer& trainer, Story& story);

}  // namespace examples
