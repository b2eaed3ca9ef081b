#pragma once
// Modules that several tests are about.

#include "nn/nn.hpp"

namespace xtape::nn {

struct Scale : Module<double> {
  Parameter<double> factor{Array<double>{1, 2}};
  Scale() { add("factor", factor); }
};

struct Block : Module<double> {
  Linear<double> inner;
  Parameter<double> own{Array<double>(3.0)};
  Block(std::size_t in, std::size_t out, Random& rng) : inner(in, out, rng) {
    add("inner", inner);
    add("own", own);
  }
};

struct Model : Module<double> {
  Block second, first;
  explicit Model(Random& rng, std::size_t width = 4) : second(width, 2, rng), first(3, width, rng) {
    add("first", first);
    add("second", second);
  }
};

/// Adds whatever it is told to.
struct Free : Module<double> {
  using Module<double>::add;
};

}  // namespace xtape::nn
