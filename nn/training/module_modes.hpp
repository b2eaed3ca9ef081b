#pragma once
// Whether each part of a model is in training, to put it back.

#include "nn/module.hpp"

#include <utility>
#include <vector>

namespace xtape::nn::detail {

/// The modes of a module and all of its parts, as they were when this was made. The module has to outlive it.
template <class T>
class ModuleModes {
 public:
  explicit ModuleModes(Module<T>& module) { collect(module); }
  void restore() const {
    for (const auto& [place, training] : modes_) place->training = training;
  }

 private:
  using Place = typename Module<T>::Place;
  void collect(Module<T>& module) {
    modes_.emplace_back(module.place_.get(), module.training());
    for (const auto& [name, part] : module.parts_) collect(*part);
  }

  std::vector<std::pair<Place*, bool>> modes_;
};

}  // namespace xtape::nn::detail
