#pragma once
// The tensors of a model that is not there yet.

#include <cstddef>
#include <string>
#include <vector>

#include "nn/files/tensor_file.hpp"

namespace programs {

using ExpectedTensors = std::vector<xtape::nn::ExpectedTensor>;

/// Those of an nn::Linear of this name, and of an nn::Mlp.
void expect_linear(ExpectedTensors& tensors, const std::string& name, std::size_t in, std::size_t out);
void expect_mlp(ExpectedTensors& tensors, const std::string& name, const std::vector<std::size_t>& sizes);

}  // namespace programs
