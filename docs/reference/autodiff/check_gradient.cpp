#include "docs/reference/example.hpp"

EXAMPLE("check_gradient, GradientReport") {
  const auto f = [](const auto& x) { return tanh(x) / x; };
  const GradientReport report = check_gradient(f, xt::xarray<double>{0.5, 2});
  std::cout << report.ok();                         // 1
  std::cout << (report.first_order_error < 1e-8);   // 1
  std::cout << (report.second_order_error < 1e-6);  // 1
  // What is wrong; and how far floats are from doubles, of which there are none here.
  std::cout << "'" << report.message << "' " << report.float32_error;  // '' 0
}

EXAMPLE("GradientCheckOptions") {
  // First derivatives alone, along tangents of another seed.
  const auto f = [](const auto& x) { return exp(x); };
  const GradientCheckOptions first{.order = 1, .tolerance = 1e-7, .seed = 2};
  std::cout << check_gradient(first, f, xt::xarray<double>{0, 1}).ok();  // 1
  const GradientReport third =
      check_gradient({.order = 3}, f, xt::xarray<double>{0, 1});
  std::cout << (third.higher_order_error < 1e-6);  // 1
  const GradientCheckOptions coarse{.second_tolerance = 1e-4,
                                    .float32_tolerance = 1e-3};
  std::cout << check_gradient(coarse, f, xt::xarray<float>{0, 1}).ok();  // 1
}
