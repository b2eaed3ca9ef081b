#include "examples/programs/run/check_tensors.hpp"

#include "autodiff/array.hpp"
#include "autodiff/text.hpp"
#include "examples/programs/command_line/program.hpp"

namespace programs {

void check_tensors(const xtape::nn::TensorFile& file, const std::string& prefix, const ExpectedTensors& expected,
                   const std::string& hint) {
  for (const auto& [name, shape, dtype] : expected) {
    const xtape::nn::TensorView* const tensor = file.find(prefix + name);
    if (tensor != nullptr && tensor->shape == shape) continue;
    throw UserError(xtape::text::path(file.path()) + " does not fit its own options: " + name + " of shape " +
                    xtape::to_string(shape) + " expected, got " +
                    (tensor == nullptr ? "none" : xtape::to_string(tensor->shape)) + hint);
  }
}

}  // namespace programs
