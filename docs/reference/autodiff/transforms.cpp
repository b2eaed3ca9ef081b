#include "docs/reference/example.hpp"

EXAMPLE("value_and_grad, ValueAndGradient") {
  const auto f = [](const auto& x) { return sum(log(1 + x * x)); };
  const ValueAndGradient result = value_and_grad(f)(xt::xarray<double>{0, 1});
  std::cout << result.value << " " << result.gradient;  // 0.693147 [0. 1.]
  // Of several arguments a tuple; and the parts may be named at once.
  const auto g = [](const auto& a, const auto& b) { return a * a * b; };
  const auto [value, gradients] = value_and_grad(g)(3.0, 2.0);
  std::cout << value << " " << std::get<0>(gradients) << " "
            << std::get<1>(gradients);  // 18 12.0 9.0
}

EXAMPLE("grad") {
  const auto cube = [](const auto& x) { return x * x * x; };
  std::cout << grad(cube)(3.0);        // 27.0
  std::cout << grad(grad(cube))(3.0);  // 18.0
}

EXAMPLE("argnums, ArgNums") {
  const auto f = [](const auto& x, const std::string& name, const auto& y) {
    return sum(x * y) * double(name.size());
  };
  // The name is handed on as it is.
  const ArgNums<0> first = argnums<0>;
  std::cout << value_and_grad(f, first)(2.0, std::string("abc"), 2.0).value;  // 12
  std::cout << grad(f, argnums<0>)(xt::xarray<double>{1, 2}, std::string("abc"),
                                   2.0);  // [6. 6.]
}

EXAMPLE("has_aux, HasAux, ValueGradientAndAux, GradientAndAux") {
  const auto f = [](const auto& x) { return std::pair(sum(square(x)), x + 1); };
  const ValueGradientAndAux all =
      value_and_grad(f, has_aux)(xt::xarray<double>{1, 2});
  std::cout << all.value << " " << all.gradient << " "
            << all.aux;  // 5 [2. 4.] [2. 3.]
  const HasAux with_it = has_aux;
  const GradientAndAux result = grad(f, with_it)(xt::xarray<double>{1, 2});
  std::cout << result.gradient << " " << result.aux;  // [2. 4.] [2. 3.]
}

template <class A>
struct Pair {
  A a, b;
  friend auto members(Pair& pair) { return std::tie(pair.a, pair.b); }
};

EXAMPLE("HasMembers") {
  static_assert(HasMembers<Pair<Var<double>>>);
  const auto gradient =
      grad([](const auto& p) { return p.a * p.b; })(Pair<double>{2, 3});
  std::cout << gradient.a << " " << gradient.b;  // 3.0 2.0
}

EXAMPLE("ravel_structure, unravel_structure") {
  const Pair<xt::xarray<double>> p{{1, 2}, {3, 4, 5}};
  const Array<double> row = ravel_structure(p);
  std::cout << row;                                             // [1. 2. 3. 4. 5.]
  std::cout << unravel_structure(Array<double>(2 * row), p).a;  // [2. 4.]
}

EXAMPLE("HasParameters") {
  Random rng(1);
  const nn::Linear<double> layer(2, 1, rng);
  static_assert(HasParameters<nn::Linear<double>>);
  const auto gradient = grad([](const auto& m) {
    return sum(m(xt::xarray<double>{{1, 2}}));
  })(layer);
  std::cout << gradient.at("weight");  // [[1. 2.]]
}

EXAMPLE("vjp, ValueAndPullback") {
  const auto f = [](const auto& x) { return square(x); };
  const ValueAndPullback result = vjp(f)(xt::xarray<double>{1, 2, 3});
  std::cout << result.value;  // [1. 4. 9.]
  // It may be called any number of times.
  std::cout << result.pullback(xt::xarray<double>{1, 0, 0});   // [2. 0. 0.]
  std::cout << result.pullback(xt::xarray<double>{0, 1, -1});  // [ 0.  4. -6.]
}

EXAMPLE("jvp, ValueAndTangent") {
  // sin at 0, and its derivative in the direction 2.
  const ValueAndTangent result = jvp([](const auto& x) { return sin(x); })(0.0, 2.0);
  std::cout << result.value << " " << result.tangent;  // 0.0 2.0
}

EXAMPLE("linearize, ValueAndPushforward") {
  const ValueAndPushforward result =
      linearize([](const auto& x) { return x * x; })(3.0);
  std::cout << result.value << " " << result.pushforward(1.0) << " "
            << result.pushforward(0.5);  // 9.0 6.0 3.0
}

EXAMPLE("jacobian") {
  const auto f = [](const auto& x) { return x * x; };
  std::cout << jacobian(f)(xt::xarray<double>{1, 2});  // [[2. 0.]
                                                       //  [0. 4.]]
}

EXAMPLE("hessian") {
  const auto f = [](const auto& x) { return x(0) * x(0) * x(1); };
  std::cout << hessian(f)(xt::xarray<double>{3, 5});  // [[10.  6.]
                                                      //  [ 6.  0.]]
}

EXAMPLE("hvp") {
  const auto f = [](const auto& x) { return x(0) * x(0) * x(1); };
  const xt::xarray<double> x{3, 5}, direction{1, 0};
  std::cout << hvp(f)(x, direction);  // [10.  6.]
}
