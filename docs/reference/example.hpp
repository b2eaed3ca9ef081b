#pragma once
// An example of the reference: code that its page shows below the entries which it
// names, and that tests/docs runs. What a statement prints stands in the comment
// behind it, and goes on in the comments below that; other remarks have lines of
// their own above the code that they are about.
//
//   EXAMPLE("slice, Range") {
//     const xt::xarray<double> x{{1, 2}, {3, 4}};
//     std::cout << slice(x, {-1});  // [3. 4.]
//   }

#include "nn/nn.hpp"

#include <array>
#include <cmath>
#include <functional>
#include <iostream>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

namespace xtape::docs {

struct Example {
  const char* file;
  int line;
  void (*run)();
};

inline std::vector<Example>& examples() {
  static std::vector<Example> all;
  return all;
}
inline bool add(const Example& example) {
  examples().push_back(example);
  return true;
}

}  // namespace xtape::docs

using namespace xtape;

#define EXAMPLE(names) XTAPE_EXAMPLE(__COUNTER__)
#define XTAPE_EXAMPLE(number) XTAPE_NUMBERED_EXAMPLE(number)
#define XTAPE_NUMBERED_EXAMPLE(number)                    \
  static void example_##number();                         \
  [[maybe_unused]] static const bool kAdded##number =     \
      docs::add({__FILE__, __LINE__, &example_##number}); \
  static void example_##number()
