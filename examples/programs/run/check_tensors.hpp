#pragma once
// A file of weights, held against the options in it, before a few bytes of these can ask for gigabytes.

#include <string>

#include "examples/programs/models/expected_tensors.hpp"

namespace programs {

/// Throws a UserError where a tensor of the model is missing from the file, in which `prefix` stands before the names,
/// or has another shape there. `hint` ends the message.
void check_tensors(const xtape::nn::TensorFile& file, const std::string& prefix, const ExpectedTensors& expected,
                   const std::string& hint);

}  // namespace programs
