#include "docs/reference/example.hpp"

EXAMPLE("Parameter") {
  const nn::Parameter<double> w(std::vector{1.0, 2.0});
  std::cout << w << " " << to_string(w.shape());  // [1. 2.] (2,)
  std::cout << w.shape(0) << " " << w.size();     // 2 2
  // On a tape it is a variable.
  Tape<double> tape;
  const Var<double> loss = sum(square(w));
  std::cout << tape.gradient(loss, w);  // [2. 4.]
  std::cout << w.var();                 // [1. 2.]
  // Its value changes outside.
  w.set(xt::xarray<double>{5, 6});
  w.mutable_data()[0] = 4;
  std::cout << w.value();  // [4. 6.]
}

struct Line : nn::Module<double> {
  nn::Parameter<double> slope{std::vector{2.0}}, offset{std::vector{1.0}};
  Line() {
    add("slope", slope);
    add("offset", offset);
  }
  Var<double> operator()(const Var<double>& x) const { return slope * x + offset; }
};
EXAMPLE("Module, NamedParameter") {
  const Line line;
  std::cout << line(3);                                                    // [7.]
  std::cout << line.parameters().size() << " " << line.parameter_count();  // 2 2
  for (const nn::NamedParameter<double>& named : line.named_parameters()) {
    std::cout << named.name << " " << named.parameter
              << " ";  // slope [2.] offset [1.]
  }
}

EXAMPLE("Buffer, Counter, StoredArray") {
  const nn::Buffer<double> mean(std::vector{1.0, 2.0});
  mean.set(xt::xarray<double>{3, 4});
  std::cout << mean + 1.0;  // [4. 5.]
  const nn::StoredArray<double>& stored = mean;
  std::cout << stored.value();  // [3. 4.]
  const nn::Counter batches;
  batches.set(batches.value() + 1);
  std::cout << batches.value() << " " << batches.array();  // 1 1
}

// Counts its calls, and keeps the largest number that it saw.
struct Scaled : nn::Module<double> {
  Line line;
  nn::Buffer<double> largest;
  nn::Counter calls;
  Scaled() {
    add("largest", largest);
    add("calls", calls);
    add("line", line);
  }
  Var<double> operator()(const Var<double>& x) const {
    return located([&] {  // messages about shapes begin with its name
      if (training()) {
        largest.set(maximum(largest, max(abs(x))).value());
        calls.set(calls.value() + 1);
      }
      return line(x / largest);
    });
  }
  std::string description() const override { return "to 1"; }
  Random* generator() const override { return nullptr; }
};
EXAMPLE("Module, NamedState") {
  Scaled model;
  std::cout << model(std::vector{1.0, 4.0});  // [1.5 3. ]
  model.eval();
  std::cout << model(8.0) << " " << model.training();  // [5.] 0
  for (const nn::NamedState<double>& named : model.state()) {
    const bool trained = named.parameter() != nullptr;
    std::cout << named.name << to_string(named.shape()) << trained
              << " ";  // largest()0 calls()0 line.slope(1,)1 line.offset(1,)1
  }
  std::cout << std::holds_alternative<nn::Buffer<double>>(
      model.state()[0].kept);                                    // 1
  std::cout << model.state()[0].other_names.size();              // 0
  std::cout << (model.state()[0].key() == model.largest.key());  // 1
  std::cout << model.generators().size();                        // 0
  std::cout << model.line.path() << " " << model.line.kind();    // line Line
  // What is frozen is a constant, and not among the parameters.
  model.freeze("line.slope");
  std::cout << model.line.slope.frozen();  // 1
  std::cout << model.parameter_count() << " of "
            << model.total_parameter_count();  // 1 of 2
  std::cout << model;                          // Scaled(to 1), 1 parameter, 1 frozen
                                               //   largest () buffer
                                               //   calls () counter
                                               //   line: Line, 1 parameter, 1 frozen
                                               //     slope (1,) frozen
                                               //     offset (1,)
  model.unfreeze();
  model.line.offset.set_frozen(true);
  model.train();
  std::cout << model.parameter_count();  // 1
}

EXAMPLE("clone") {
  Random rng(1);
  const nn::Linear<float> layer(2, 1, rng);
  const std::unique_ptr<nn::Linear<float>> copy = nn::clone(layer, 2, 1, rng);
  std::cout << (copy->weight().value() == layer.weight().value());  // 1
  copy->weight().set(zeros<float>({1, 2}));
  std::cout << (copy->weight().value() == layer.weight().value());  // 0
}

EXAMPLE("copy_parameters") {
  Random rng(1);
  nn::Linear<float> from(2, 1, rng), to(2, 1, rng);
  nn::copy_parameters(from, to);
  std::cout << (to.weight().value() == from.weight().value());  // 1
}

EXAMPLE("copy_shared_parameters") {
  Random rng(1);
  const nn::Mlp<float> shallow({4, 3}, rng);
  nn::Mlp<float> deep({4, 3, 2}, rng);
  // The first layer is copied; the second stays as it was.
  const std::vector<std::string> left = nn::copy_shared_parameters(shallow, deep);
  std::cout << left[0] << " " << left[1];  // 1.weight 1.bias
}
