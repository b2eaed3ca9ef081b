#include "examples/programs/models/expected_tensors.hpp"

#include <string_view>

namespace programs {

void expect_linear(ExpectedTensors& tensors, const std::string& name, std::size_t in, std::size_t out) {
  constexpr std::string_view kFloat = xtape::nn::dtype_of<float>();
  tensors.push_back({name + ".weight", {out, in}, kFloat});
  tensors.push_back({name + ".bias", {out}, kFloat});
}

void expect_mlp(ExpectedTensors& tensors, const std::string& name, const std::vector<std::size_t>& sizes) {
  for (std::size_t layer = 0; layer + 1 < sizes.size(); ++layer)
    expect_linear(tensors, name + "." + std::to_string(layer), sizes[layer], sizes[layer + 1]);
}

}  // namespace programs
