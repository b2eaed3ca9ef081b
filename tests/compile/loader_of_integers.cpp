// error: xtape::nn::DataLoader: samples are floating-point numbers. convert them
#include "nn/nn.hpp"

auto loader(const xt::xarray<int>& x) {
  return xtape::nn::DataLoader(x);
}
