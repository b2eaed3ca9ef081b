// error: deleted .*copy_parameters
#include "nn/nn.hpp"

struct Model : xtape::nn::Module<float> {};
static_assert(!std::is_copy_constructible_v<Model> && !std::is_copy_assignable_v<Model>);
static_assert(!std::is_move_constructible_v<Model> && !std::is_move_assignable_v<Model>);

Model twin(const Model& model) {
  return model;
}
