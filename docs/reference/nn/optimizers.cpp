#include "docs/reference/example.hpp"

EXAMPLE("Adam, AdamOptions, AdamState") {
  const nn::Parameter<double> w(std::vector{3.0, -2.0});
  const nn::AdamOptions options{
      .learning_rate = 0.5, .beta1 = 0.5, .beta2 = 0.75, .epsilon = 1e-12};
  nn::Adam<double> adam({w}, options);
  for (int step = 0; step < 2; ++step) {
    Tape<double> tape;
    adam.step({tape.gradient(sum(square(w)), w)});
    std::cout << w << " ";  // [ 2.5 -1.5] [ 2.01080041 -1.01887478]
  }
  const nn::AdamState<double> state = adam.state();
  std::cout << state.step << " " << state.first[0] << " "
            << state.second[0];  // 2 [ 4.  -2.5] [13.    5.25]
  // Another optimizer goes on from there.
  nn::Adam<double> resumed({w}, adam.options());
  resumed.set_state(state);
  std::cout << resumed.state().step;  // 2
}

EXAMPLE("minimize, Objective, LbfgsOptions, LbfgsResult, LbfgsEnd") {
  const nn::Parameter<double> w(std::vector{-1.0, 2.0});
  const nn::Objective<double> rosenbrock = [&] {
    Tape<double> tape;
    const Var<double> x = w.var();
    const Var<double> f = square(1 - x(0)) + 100 * square(x(1) - square(x(0)));
    return std::pair(f.item(), std::vector{tape.gradient(f, w)});
  };
  const nn::LbfgsResult result = nn::minimize<double>({w}, rosenbrock);
  std::cout << (result.value < 1e-12) << " "
            << (std::abs(w.value()(0) - 1) < 1e-6);        // 1 1
  std::cout << (result.end == nn::LbfgsEnd::kGradient);    // 1
  std::cout << (result.gradient <= 1e-8);                  // 1
  std::cout << (result.evaluations >= result.iterations);  // 1
  // It ends sooner where told to.
  const nn::LbfgsOptions options{.max_iterations = 2,
                                 .history = 5,
                                 .gradient_tolerance = 1e-3,
                                 .change_tolerance = 1e-6,
                                 .sufficient_decrease = 1e-3,
                                 .curvature = 0.8};
  w.set(xt::xarray<double>{-1, 2});
  const nn::LbfgsResult early = nn::minimize<double>({w}, rosenbrock, options);
  std::cout << (early.end == nn::LbfgsEnd::kIterations);  // 1
}
