#include "docs/reference/example.hpp"

EXAMPLE("Adam, AdamOptions, OptimizerState") {
  const nn::Parameter<double> w(std::vector{3.0, -2.0});
  const nn::AdamOptions options{
      .learning_rate = 0.5, .beta1 = 0.5, .beta2 = 0.75, .epsilon = 1e-12};
  nn::Adam<double> adam({w}, options);
  for (int step = 0; step < 2; ++step) {
    Tape<double> tape;
    adam.step({tape.gradient(sum(square(w)), w)});
    std::cout << w << " ";  // [ 2.5 -1.5] [ 2.01080041 -1.01887478]
  }
  const nn::OptimizerState<double> state = adam.state();
  std::cout << state.step << " " << state.slots.at("first")[0] << " "
            << state.slots.at("second")[0];  // 2 [ 4.  -2.5] [13.    5.25]
  std::cout << state.learning_rates.size();  // 0
  // Another optimizer goes on from there.
  nn::Adam<double> resumed({w}, adam.options());
  resumed.set_state(state);
  std::cout << resumed.state().step;  // 2
  // A penalty on the weights, and the largest mean of squares so far.
  nn::Adam<double> other({w}, {.weight_decay = 0.1, .amsgrad = true});
  std::cout << other.state().slots.size();  // 3
}

EXAMPLE("Optimizer, OptimizerSlot") {
  struct Momentum : nn::Optimizer<double> {
    Momentum(std::vector<nn::Parameter<double>> parameters, double rate)
        : Optimizer("Momentum") {
      const nn::OptimizerSlot velocity{
          .name = "velocity", .start = 0, .is_square = false};
      add_parameters(std::move(parameters), rate, {velocity});
    }
    void update(const std::vector<Array<double>>& gradients) override {
      std::cout << "step " << steps() << " ";
      if (!has_slot("velocity")) return;
      for (std::size_t k = 0; k < gradients.size(); ++k) {
        Array<double>& v = slot("velocity")[k];
        v = 0.9 * v + gradients[k];
        const double rate = learning_rate(group_of(k));
        parameters()[k].set(parameters()[k].value() - rate * v);
      }
    }
  };
  const nn::Parameter<double> w(std::vector{3.0, -2.0});
  Momentum optimizer({w}, 0.5);
  optimizer.step({Array<double>{2, 2}});  // step 1
  optimizer.set_learning_rate(0.25);
  optimizer.step({Array<double>{0, 0}});  // step 2
  std::cout << w;                         // [ 1.55 -3.45]
  std::cout << optimizer.name() << " " << optimizer.groups() << " "
            << optimizer.slots()[0].name;  // Momentum 1 velocity
}

EXAMPLE("GroupedOptimizer, Sgd, SgdOptions") {
  const nn::Parameter<double> w(std::vector{1.0}), b(std::vector{1.0});
  nn::Sgd<double> sgd({w}, {.learning_rate = 0.5, .weight_decay = 0.1});
  const nn::SgdOptions nesterov{
      .learning_rate = 0.25, .momentum = 0.9, .dampening = 0, .nesterov = true};
  nn::GroupedOptimizer<double, nn::SgdOptions>& grouped = sgd;
  grouped.add_group({b}, nesterov);
  sgd.step({Array<double>{1}, Array<double>{1}});
  std::cout << w << " " << b;            // [0.45] [0.525]
  std::cout << sgd.options(1).momentum;  // 0.9
  std::cout << sgd.group_of(1);          // 1
  // The first group stays, b goes on with its momentum.
  sgd.set_learning_rate(0, 0);
  sgd.step({Array<double>{1}, Array<double>{1}});
  std::cout << w << " " << b;  // [0.45] [-0.1525]
}

EXAMPLE("AdamW, AdamWOptions") {
  const nn::Parameter<double> w(std::vector{1.0});
  const nn::AdamWOptions options{.learning_rate = 0.5,
                                 .beta1 = 0.9,
                                 .beta2 = 0.99,
                                 .epsilon = 0,
                                 .weight_decay = 0.5,
                                 .amsgrad = true};
  nn::AdamW<double>({w}, options).step({Array<double>{4}});
  std::cout << w;  // [0.25]
}

EXAMPLE("RmsProp, RmsPropOptions") {
  const nn::Parameter<double> w(std::vector{1.0});
  const nn::RmsPropOptions options{.learning_rate = 0.5,
                                   .smoothing = 0.75,
                                   .epsilon = 0,
                                   .weight_decay = 0,
                                   .momentum = 0.9,
                                   .centered = false};
  nn::RmsProp<double>({w}, options).step({Array<double>{4}});
  std::cout << w;  // [0.]
}

EXAMPLE("Adagrad, AdagradOptions") {
  const nn::Parameter<double> w(std::vector{1.0});
  const nn::AdagradOptions options{.learning_rate = 1,
                                   .rate_decay = 0,
                                   .weight_decay = 0,
                                   .initial_sum = 9,
                                   .epsilon = 0};
  nn::Adagrad<double>({w}, options).step({Array<double>{4}});
  std::cout << w;  // [0.2]
}

EXAMPLE("Lion, LionOptions") {
  const nn::Parameter<double> w(std::vector{1.0, 1.0});
  const nn::LionOptions options{
      .learning_rate = 0.25, .beta1 = 0.9, .beta2 = 0.99, .weight_decay = 0.5};
  nn::Lion<double>({w}, options).step({Array<double>{1e-3, -9}});
  std::cout << w;  // [0.625 1.125]
}
