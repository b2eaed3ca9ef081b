#pragma once
// xtape: automatic differentiation over xtensor arrays.
//
//   auto f = [](const auto& x) { return sum(log(1.0 + square(x))); };
//   auto [value, gradient] = value_and_grad(f)(xt::xarray<double>{1, 2, 3});

#include "autodiff/core/print.hpp"
#include "autodiff/core/tape.hpp"
#include "autodiff/errors.hpp"
#include "autodiff/ops/all.hpp"
#include "autodiff/random.hpp"
#include "autodiff/transforms/check_gradient.hpp"
#include "autodiff/transforms/checkpoint.hpp"
#include "autodiff/transforms/custom.hpp"
#include "autodiff/transforms/grad.hpp"
#include "autodiff/transforms/implicit.hpp"
#include "autodiff/transforms/jacobian.hpp"
#include "autodiff/transforms/odeint.hpp"
#include "autodiff/transforms/ravel.hpp"
#include "autodiff/transforms/scan.hpp"
#include "autodiff/transforms/sparse.hpp"
#include "autodiff/transforms/vectorize.hpp"
#include "autodiff/transforms/vmap.hpp"
#include "autodiff/version.hpp"
