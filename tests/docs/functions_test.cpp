// docs/functions.md names every public function: those that the headers declare, and every operation of the typelists.

#include "autodiff/autodiff.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <regex>
#include <set>
#include <string>
#include <vector>

namespace xtape {
namespace {

namespace fs = std::filesystem;

std::string text_of(const fs::path& path) {
  std::ifstream file(path);
  return std::string(std::istreambuf_iterator<char>(file), {});
}

std::vector<fs::path> headers() {
  const fs::path root = XTAPE_SOURCE_DIR;
  std::vector<fs::path> found{root / "autodiff/array.hpp", root / "nn/losses.hpp"};
  for (const char* folder : {"autodiff/ops", "autodiff/transforms", "nn/distributions"}) {
    for (const auto& entry : fs::directory_iterator(root / folder)) {
      if (entry.path().extension() == ".hpp") found.push_back(entry.path());
    }
  }
  return found;
}

// The functions that a header declares outside of namespaces of its own, such as detail and op.
std::set<std::string> public_functions(const fs::path& header) {
  static const std::regex declaration(
      R"(^(?:  requires .*? )?(?:inline |constexpr )*([A-Za-z_][\w:]*(?:<[^()]*>)?) ([a-z]\w*)\()");
  std::ifstream file(header);
  std::set<std::string> found;
  std::ptrdiff_t depth = 0, inner = -1;  // of braces, and where a namespace of its own began
  for (std::string line; std::getline(file, line);) {
    std::smatch match;
    if (inner < 0 && line.starts_with("namespace ") && line != "namespace xtape {" && line != "namespace xtape::nn {") {
      inner = depth;
    } else if (inner < 0 && std::regex_search(line, match, declaration)) {
      found.insert(match[2]);
    }
    depth += std::count(line.begin(), line.end(), '{') - std::count(line.begin(), line.end(), '}');
    if (depth <= inner) inner = -1;
  }
  return found;
}

// What the library needs to say derivatives, and users do not call.
const std::set<std::string> kInternal{"bessel_i",      "bessel_ie",   "gaussian",      "power_slope",
                                      "sinc_slope",    "hypot_slope", "arctan2_slope", "quotient_slope",
                                      "sigmoid_slope", "sum_to",      "convolution",   "convolution_with_bias",
                                      "resample",      "fourier"};

bool names(const std::string& page, const std::string& function) {
  for (const char* before : {"`", ":", ".", " "}) {
    for (const char* after : {"(", "<T>("}) {
      if (page.find(before + function + after) != page.npos) return true;
    }
  }
  return false;
}

TEST(FunctionsPage, NamesWhatTheHeadersDeclare) {
  const std::string page = text_of(fs::path(XTAPE_SOURCE_DIR) / "docs/functions.md");
  std::set<std::string> all;
  for (const fs::path& header : headers()) {
    for (const std::string& function : public_functions(header)) {
      EXPECT_TRUE(names(page, function)) << function << " of " << header << " is not on docs/functions.md";
      all.insert(function);
    }
  }
  // That they are found at all, whatever their declarations look like.
  for (const char* known :
       {"zeros", "size_of", "add", "pow", "where", "map_sum", "var", "log_softmax", "dot", "reshape", "concatenate",
        "split", "one_hot", "hvp", "checkpoint_sequential", "check_gradient", "mse", "kl_standard_normal"}) {
    EXPECT_TRUE(all.contains(known)) << known;
  }
}

template <class... Listed>
std::set<std::string> names_of(TypeList<Listed...>) {
  return {Listed::op::name...};
}

TEST(FunctionsPage, NamesEveryOperation) {
  const std::string page = text_of(fs::path(XTAPE_SOURCE_DIR) / "docs/functions.md");
  std::set<std::string> operations = names_of(ElementwiseOps{});
  operations.merge(names_of(StructuralOps{}));
  EXPECT_GT(operations.size(), 40u);
  for (const std::string& operation : operations) {
    EXPECT_TRUE(kInternal.contains(operation) || names(page, operation)) << operation;
  }
}

}  // namespace
}  // namespace xtape
