#pragma once
// The program vae, run fast enough for tests.

#include <string>
#include <utility>
#include <vector>

#include "tests/examples/example_program.hpp"

namespace testing_support {

/// Its estimates of ln p(x) take few codes, and find an other data set that is small.
struct VaeExample : ExampleProgram {
  VaeExample() : ExampleProgram("vae") { write_tiny_data(folder / "mnist", 20, 20); }

  static std::vector<std::string> small(std::vector<std::string> more = {}, const std::string& batch_size = "64") {
    more.insert(more.end(), {"--evidence-samples", "20", "--evidence-images", "10"});
    return ExampleProgram::small(std::move(more), batch_size);
  }
};

}  // namespace testing_support
