#include "docs/reference/example.hpp"

EXAMPLE("scan, ScanOptions") {
  // A running product, and its logarithm at each step.
  const auto step = [](const auto& product, const auto& x) {
    const auto next = product * x;
    return std::pair(next, log(next));
  };
  const xt::xarray<double> factors{1, 2, 4};
  const auto [last, logs] = scan(step)(Var<double>(1.0), factors);
  std::cout << last << " " << logs;  // 8.0 [0.         0.69314718 2.07944154]
  // Two steps run again at a time.
  const auto of_pairs = scan(step, ScanOptions{.segment = 2});
  std::cout << of_pairs(Var<double>(1.0), factors).first;  // 8.0
}

EXAMPLE("odeint, OdeOptions, OdeMethod, OdeAdjoint") {
  const auto decay = [](const auto& y, double, const auto& rate) {
    return -rate * y;
  };
  const xt::xarray<double> times{0, 1, 2};
  const OdeOptions options{.method = OdeMethod::kRungeKutta4,
                           .adjoint = OdeAdjoint::kContinuous,
                           .steps = 100};
  std::cout << odeint(decay, options)(8.0, times,
                                      Var<double>(std::log(2.0)));  // [8. 4. 2.]
  const OdeOptions loose{
      .relative_tolerance = 1e-3, .absolute_tolerance = 1e-3, .max_steps = 100};
  const auto near = odeint(decay, loose)(8.0, times, Var<double>(std::log(2.0)));
  std::cout << (abs(near - xt::xarray<double>{8, 4, 2}) < 0.01);  // [1. 1. 1.]
}

EXAMPLE("while_loop, WhileOptions") {
  // Heron's method, as long as it takes.
  const auto far = [](const auto& x, const auto& a) {
    return abs(x * x - a) > 1e-15;
  };
  const auto nearer = [](const auto& x, const auto& a) { return 0.5 * (x + a / x); };
  const auto root_of = [&](const auto& a) {
    return while_loop(far, nearer, WhileOptions{.max_steps = 100})(1.0, a);
  };
  std::cout << root_of(Var<double>(4.0)) << " " << grad(root_of)(4.0);  // 2.0 0.25
}
