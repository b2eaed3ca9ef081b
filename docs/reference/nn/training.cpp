#include "docs/reference/example.hpp"

EXAMPLE("Schedule, constant_rate, step_decay, multi_step, exponential_decay") {
  const std::vector<nn::Schedule> schedules{
      nn::constant_rate(8), nn::step_decay(8, 3, 0.5), nn::multi_step(8, {1, 4}, 0.5),
      nn::exponential_decay(8, 0.5)};
  for (const nn::Schedule& rate : schedules) {
    for (int step = 0; step < 5; ++step) std::cout << rate(step) << " ";
    std::cout << "\n";
  }  // 8 8 8 8 8
     // 8 8 8 4 4
     // 8 4 4 4 2
     // 8 4 2 1 0.5
}

EXAMPLE("cosine, warm_up") {
  const nn::Schedule rate = nn::warm_up(2, nn::cosine(1, 4, 0.5));
  for (int step = 0; step < 7; ++step) {
    std::cout << std::round(1e3 * rate(step)) / 1e3 << " ";
  }  // 0.5 1 1 0.927 0.75 0.573 0.5
  try {
    rate(7);
  } catch (const Error& error) {
    std::cout << error.what();  // [cosine] a step of at most 4 expected, got 5: the
                                // schedule is over; make it as long as the training
  }
}

EXAMPLE("one_cycle, OneCycleOptions") {
  const nn::OneCycleOptions options{
      .rise = 0.5, .start_divisor = 10, .end_divisor = 10};
  const nn::Schedule rate = nn::one_cycle(1, 6, options);
  for (int step = 0; step < 6; ++step) {
    std::cout << std::round(1e3 * rate(step)) / 1e3 << " ";
  }  // 0.1 0.55 1 0.753 0.258 0.01
}

EXAMPLE("ReduceOnPlateau, PlateauOptions, PlateauState") {
  const nn::PlateauOptions options{
      .factor = 0.5, .patience = 1, .threshold = 0.01, .cooldown = 0, .least = 0.3};
  nn::ReduceOnPlateau rate(1, options);
  for (const double loss : {5.0, 4.0, 4.5, 4.0, 4.0, 4.0}) {
    std::cout << rate(loss) << " ";
  }  // 1 1 1 0.5 0.5 0.3
  const nn::PlateauState state = rate.state();
  std::cout << state.rate << " " << state.best << " " << state.bad << " "
            << state.cooling;  // 0.3 4 0 0
  nn::ReduceOnPlateau resumed(1, options);
  resumed.set_state(state);
  std::cout << resumed(3);  // 0.3
}

EXAMPLE("global_norm, clip_by_global_norm, clip_by_value") {
  std::vector<Array<double>> gradients{{3, 0}, {-4}};
  std::cout << nn::global_norm(gradients);                 // 5
  std::cout << nn::clip_by_global_norm(gradients, 2.5);    // 5
  std::cout << std::round(1e3 * gradients[1](0)) / 1e3;    // -2
  std::cout << nn::clip_by_value(gradients, 1.75) << " ";  // 2
  std::cout << gradients[0](1) << " " << gradients[1](0);  // 0 -1.75
}

EXAMPLE("GradientAccumulator") {
  nn::GradientAccumulator<double> accumulated;
  // Of a batch of three, and of one sample.
  accumulated.add({Array<double>{1, 2}}, 3);
  accumulated.add({Array<double>{5, 6}}, 1);
  std::cout << accumulated.count();                 // 2
  std::cout << Var<double>(accumulated.take()[0]);  // [2. 3.]
}

EXAMPLE("Ema, EmaOptions") {
  const nn::Parameter<double> w(std::vector{0.0});
  const nn::EmaOptions options{.decay = 0.75};
  nn::Ema<double> average({w}, options);
  for (const double value : {1, 5}) {
    w.set({value});
    average.update();
  }
  std::cout << average.updates() << " "
            << Var<double>(average.averages()[0]);  // 2 [2.]
  average.swap();
  std::cout << w << average.swapped();  // [2.]1
  average.swap();
  std::cout << w;  // [5.]
  const nn::Parameter<double> other(std::vector{0.0});
  average.copy_to({other});
  std::cout << other;  // [2.]
  // Another one goes on from there.
  nn::Ema<double> resumed({w}, options);
  resumed.set_averages(average.averages(), average.updates());
  std::cout << resumed.updates();  // 2
}
