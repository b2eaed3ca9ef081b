#include "docs/reference/example.hpp"

EXAMPLE("minimize, Minimum, MinimizeMethod") {
  const auto rosenbrock = [](const auto& x) {
    return square(1 - x(0)) + 100 * square(x(1) - square(x(0)));
  };
  const xt::xarray<double> start{-1, 2};
  for (const auto method : {nn::MinimizeMethod::kLbfgs, nn::MinimizeMethod::kNewtonCg,
                            nn::MinimizeMethod::kTrustRegion}) {
    const nn::Minimum<double> m = nn::minimize(rosenbrock, start, {.method = method});
    std::cout << (std::abs(m.x(0) - 1) < 1e-6) << m.success();  // 111111
  }
  const nn::Minimum<double> m = nn::minimize(rosenbrock, start);
  std::cout << m.message();  // the gradient is as small as asked for
  std::cout << (m.value < 1e-12) << (m.gradient <= 1e-8) << " "
            << m.products;  // 11 0
}

EXAMPLE("Objective, MinimizeOptions, MinimizeResult, MinimizeEnd") {
  const nn::Parameter<double> w(std::vector{-1.0, 2.0});
  const nn::Objective<double> rosenbrock = [&] {
    Tape<double> tape;
    const Var<double> x = w.var();
    const Var<double> f = square(1 - x(0)) + 100 * square(x(1) - square(x(0)));
    return std::pair(f.item(), std::vector{tape.gradient(f, w)});
  };
  const nn::MinimizeResult result = nn::minimize<double>({w}, rosenbrock);
  std::cout << (result.value < 1e-12) << " "
            << (std::abs(w.value()(0) - 1) < 1e-6);         // 1 1
  std::cout << (result.end == nn::MinimizeEnd::kGradient);  // 1
  std::cout << (result.evaluations >= result.iterations);   // 1
  // It ends sooner where told to.
  const nn::MinimizeOptions options{.method = nn::MinimizeMethod::kLbfgs,
                                    .max_iterations = 2,
                                    .history = 5,
                                    .gradient_tolerance = 1e-3,
                                    .change_tolerance = 1e-6,
                                    .sufficient_decrease = 1e-3,
                                    .curvature = 0.8,
                                    .radius = 1,
                                    .max_radius = 100};
  w.set(xt::xarray<double>{-1, 2});
  const nn::MinimizeResult early = nn::minimize<double>({w}, rosenbrock, options);
  std::cout << (early.end == nn::MinimizeEnd::kIterations);  // 1
}
