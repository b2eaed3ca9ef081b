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
#include <vector>

namespace xtape::nn {

/// What belongs to a training run besides weights and optimizer.
struct TrainingState {
  std::string model;        ///< the model's name: a checkpoint of another one is refused
  Random::State random;     ///< of the run's generator
  LoaderPosition position;  ///< of the loader of the training data, with the epoch
  Metadata notes;           ///< the program's own: options, losses so far, ... as text
};

/// Writes weights, the states of the generators that parts of the model draw from, the optimizer's state and `state`
/// into one safetensors file, whole or not at all. `optimizer` may be
/// any, of parameters of the model, all or some; `more` is what else the run has by names of its own: averages of
/// weights, the best ones. Throws DataError for a path that cannot be written, text that is not UTF-8 and names that
/// come twice, ShapeError for an optimizer of other parameters.
template <class T>
void save_checkpoint(const std::filesystem::path& path, const Module<T>& model, const Optimizer<T>& optimizer,
                     const TrainingState& state, const std::vector<NamedState<T>>& more = {});

/// Puts model and optimizer into the state of the checkpoint and returns the rest. From there on, a run on the same
/// machine with the same options and number of threads gives the same bits as one that was not interrupted, if its
/// generator continues from `random` and its loader from `position`. `more` gets the values that were saved under the
/// same names; where there is none, what the file has of it is passed over.
///
/// Throws one DataError, and changes nothing, for a file that is missing or malformed or no checkpoint, has another
/// version, is of another model than `model_name`, or one whose parts draw from other generators, or with another
/// optimizer, lacks a piece, or has weights of other
/// names, shapes or element type; for more steps of the optimizer than anybody can have done (2^53); and, unless
/// `options` allow them, for numbers that are not finite and means of squares below 0, naming tensor and element.
/// Throws ShapeError for an optimizer of other parameters.
template <class T>
TrainingState load_checkpoint(const std::filesystem::path& path, std::string_view model_name, Module<T>& model,
                              Optimizer<T>& optimizer, const LoadOptions& options = {},
                              const std::vector<NamedState<T>>& more = {});

/// The state alone, for programs that make their model from its notes; the tensors are not read. Throws DataError as
/// `load_checkpoint` does, but for the model's name, its weights and the optimizer.
TrainingState read_training_state(const std::filesystem::path& path, const SafetensorsLimits& limits = {});

#define XTAPE_EXTERN(T)                                                                                     \
  extern template void save_checkpoint(const std::filesystem::path&, const Module<T>&, const Optimizer<T>&, \
                                       const TrainingState&, const std::vector<NamedState<T>>&);            \
  extern template TrainingState load_checkpoint(const std::filesystem::path&, std::string_view, Module<T>&, \
                                                Optimizer<T>&, const LoadOptions&, const std::vector<NamedState<T>>&);
XTAPE_EXTERN(float)
XTAPE_EXTERN(double)
#undef XTAPE_EXTERN

}  // namespace xtape::nn
