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
