#pragma once
// Checkpoints: all that a training run needs to go on as if it had never stopped.

#include "autodiff/random.hpp"
#include "nn/data/data_loader.hpp"
#include "nn/files/tensor_file.hpp"
#include "nn/module.hpp"
#include "nn/optim/optimizer.hpp"

#include <filesystem>
#include <string>
#include <string_view>

namespace xtape::nn {

/// What belongs to a training run besides weights and optimizer.
struct TrainingState {
  std::string model;        ///< the model's name: a checkpoint of another one is refused
  Random::State random;     ///< of the run's generator
  LoaderPosition position;  ///< of the loader of the training data, with the epoch
  Metadata notes;           ///< the program's own: options, losses so far, ... as text
};

/// Writes weights, the optimizer's state and `state` into one safetensors file, whole or not at all. `optimizer` may be
/// any, of parameters of the model, all or some. Throws DataError for a path that cannot be written or text that is not
/// UTF-8, ShapeError for an optimizer of other parameters.
template <class T>
void save_checkpoint(const std::filesystem::path& path, const Module<T>& model, const Optimizer<T>& optimizer,
                     const TrainingState& state);

/// Puts model and optimizer into the state of the checkpoint and returns the rest. From there on, a run on the same
/// machine with the same options and number of threads gives the same bits as one that was not interrupted, if its
/// generator continues from `random` and its loader from `position`.
///
/// Throws one DataError, and changes nothing, for a file that is missing or malformed or no checkpoint, has another
/// version, is of another model than `model_name` or with another optimizer, lacks a piece, or has weights of other
/// names, shapes or element type; for more steps of the optimizer than anybody can have done (2^53); and, unless
/// `options` allow them, for numbers that are not finite and means of squares below 0, naming tensor and element.
/// Throws ShapeError for an optimizer of other parameters.
template <class T>
TrainingState load_checkpoint(const std::filesystem::path& path, std::string_view model_name, Module<T>& model,
                              Optimizer<T>& optimizer, const LoadOptions& options = {});

/// The state alone, for programs that make their model from its notes; the tensors are not read. Throws DataError as
/// `load_checkpoint` does, but for the model's name, its weights and the optimizer.
TrainingState read_training_state(const std::filesystem::path& path, const SafetensorsLimits& limits = {});

extern template void save_checkpoint(const std::filesystem::path&, const Module<float>&, const Optimizer<float>&,
                                     const TrainingState&);
extern template void save_checkpoint(const std::filesystem::path&, const Module<double>&, const Optimizer<double>&,
                                     const TrainingState&);
extern template TrainingState load_checkpoint(const std::filesystem::path&, std::string_view, Module<float>&,
                                              Optimizer<float>&, const LoadOptions&);
extern template TrainingState load_checkpoint(const std::filesystem::path&, std::string_view, Module<double>&,
                                              Optimizer<double>&, const LoadOptions&);

}  // namespace xtape::nn
