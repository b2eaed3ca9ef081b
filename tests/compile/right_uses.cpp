// compiles
// What the other cases do wrong, done right.
#include "nn/nn.hpp"

using namespace xtape;

Var<float> leaky(const Var<float>& x, float slope) {
  return map([slope](auto v) { return where(v > 0.0f, v, slope * v); }, x);
}
Var<float> larger(const Var<float>& x, const xt::xarray<float>& y) {
  return map([](auto a, auto b) { return maximum(a, exp(b)); }, x, y);
}
Var<float> mixed(const Var<float>& x, const Var<double>& y) {
  return x * y.value();
}

struct Cube : Operation<"cube", kInput> {
  template <class S>
  static S eval(const S& x) {
    return x.v * x.v * x.v;
  }
  template <class S>
  static std::array<S, 1> vjp(const S& g, const auto&, const S& x) {
    return {3.0 * g * x * x};
  }
};

auto slopes(const xt::xarray<double>& x) {
  return jacobian([](const auto& v) { return apply<Cube>(v); })(x);
}

struct Model : nn::Module<float> {};
void copy(const Model& from, Model& to) {
  copy_parameters(from, to);
}
