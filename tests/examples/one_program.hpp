#pragma once
// Any of the programs, called in the way that all of them understand.

#include <algorithm>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "tests/examples/example_program.hpp"

namespace testing_support {

/// The names of all programs, from examples/programs/.
inline std::vector<std::string> names_of_programs() {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(XTAPE_SOURCE_DIR "/examples/programs"))
    if (entry.path().extension() == ".cpp") names.push_back(entry.path().stem().string());
  std::sort(names.begin(), names.end());
  return names;
}

struct OneProgram : ExampleProgram {
  explicit OneProgram(const std::string& name) : ExampleProgram(name) {}

  /// What makes it train a small model in no time.
  std::vector<std::string> small_model(std::vector<std::string> more, const std::string& batch_size = "64") const {
    if (called == "vae") more.insert(more.end(), {"--evidence-samples", "20", "--evidence-images", "10"});
    if (called != "ppca") return small(std::move(more), batch_size);
    more.insert(more.end(),
                {"--data", "tiny", "--latent", "3", "--batch-size", batch_size, "--threads", "1", "--iterations", "5"});
    return more;
  }
  Outcome train(std::vector<std::string> more) const { return run_program(small_model(std::move(more))); }
};

}  // namespace testing_support
