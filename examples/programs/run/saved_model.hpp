#pragma once
// A model that an earlier run left in its output folder.

#include <string>

#include "examples/programs/command_line/options.hpp"
#include "examples/programs/report/results.hpp"
#include "examples/programs/run/check_tensors.hpp"
#include "nn/files/safetensors.hpp"

namespace programs {

/// model.safetensors in the --out folder, and the options that it was trained with.
class SavedModel {
 public:
  /// Locks the folder, and takes over the run's options, but for its seed. Throws a UserError where a run is in the
  /// folder, there is no such file, it is damaged or of another program, or the user typed an option that contradicts
  /// it.
  SavedModel(const std::string& model, OptionParser& parser, const TrainingOptions& options);

  /// A set with one black image of the size of those that it was trained on.
  const xtape::nn::ImageSet& like() const { return like_; }

  /// The text that its program saved with it; empty where there is none of this name.
  std::string note(const std::string& key) const;

  /// Throws a UserError where the file does not hold these tensors: to be called before a model of its options is made.
  void check(const ExpectedTensors& tensors) const;

  /// The weights of a part of the model, and nothing else of the file. Throws a UserError where they do not fit.
  void load(const std::string& name, xtape::nn::Module<float>& part) const;
  /// All of them.
  void load(xtape::nn::Module<float>& whole) const;

  /// Writes a picture beside the model, and says where. Throws xtape::DataError where it cannot be written.
  void write(const Picture& picture) const;

 private:
  std::string folder_;
  FolderLock lock_;
  xtape::nn::TensorFile file_;
  xtape::nn::ImageSet like_;
};

}  // namespace programs
