#include "autodiff/transforms/implicit.hpp"

#include "autodiff/core/tape.hpp"
#include "autodiff/kernels/krylov.hpp"
#include "autodiff/ops/all.hpp"
#include "autodiff/random.hpp"
#include "autodiff/text.hpp"
#include "autodiff/transforms/custom.hpp"
#include "autodiff/transforms/grad.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace xtape::detail {

namespace {

using kernels::add_scaled, kernels::MatrixProduct, kernels::norm;

template <class T>
double tolerance_of(double asked) {
  return asked > 0 ? asked : std::same_as<T, float> ? 1e-6 : 1e-12;
}

template <class T>
VarList<T> joined(const Var<T>& first, const VarList<T>& rest) {
  VarList<T> all{first};
  all.insert(all.end(), rest.begin(), rest.end());
  return all;
}
template <class T>
VarList<T> without_first(const VarList<T>& all) {
  return VarList<T>(all.begin() + 1, all.end());
}

// A square matrix by its products: the Jacobian in x of f(x, theta), or its transpose. Its parameters are {x,
// theta...}; where f is linear in x, its value is the product.
template <class T>
struct JacobianMap {
  Equation<T> f;
  bool linear = false, transpose = false;

  JacobianMap transposed() const { return {f, linear, !transpose}; }

  Var<T> value(const char* operation, const Var<T>& x, const VarList<T>& theta) const {
    const Var<T> y = f(x, theta);
    if (y.shape() == x.shape()) return y;
    throw ShapeError(text::bracketed(operation) + "the function must give what has the unknown's shape " +
                     to_string(x.shape()) + ", got shape " + to_string(y.shape()));
  }

  // For constant parameters: recorded once, for any number of products.
  MatrixProduct<T> at(const char* operation, const VarList<T>& parameters) const {
    const VarList<T> theta = without_first(parameters);
    if (linear && !transpose) {
      return [this, operation, theta](const Array<T>& v) { return value(operation, Var<T>(v), theta).value(); };
    }
    Tape<T> tape;
    LiveTapes<T>::refuse_closed_over(*tape.record(), operation, LiveTapes<T>::Gives::kOneOperation);
    Var<T> source = tape.watch(parameters[0]), target = seen(*tape.record(), value(operation, source, theta));
    if (!transpose) {
      const Var<T> cotangent = tape.watch(zeros<T>(target.shape()));
      target = recorded_gradients<T>(*tape.record(), target, cotangent, std::span<const Var<T>>(&source, 1))[0];
      source = cotangent;
    }
    return [record = tape.record(), source, target](const Array<T>& v) {
      if (!record->owns(target)) return zeros<T>(source.shape());
      const NodeIndex to = source.node();
      return gradients_of<T>(*record, {&target, 1}, {&v, 1}, {&to, 1}, true)[0];
    };
  }

  // By recorded operations.
  Var<T> product(const char* operation, Record<T>& record, const Var<T>& v, const VarList<T>& parameters) const {
    const VarList<T> theta = without_first(parameters);
    if (linear && !transpose) return value(operation, v, theta);
    const Var<T> x = own_leaf(operation, record, parameters[0]), y = value(operation, x, theta);
    const std::span<const Var<T>> in_x(&x, 1);
    if (transpose) return recorded_gradients<T>(record, y, v, in_x)[0];
    const Var<T> cotangent = record.leaf(share(zeros<T>(y.shape())));
    const Var<T> pulled = recorded_gradients<T>(record, y, cotangent, in_x)[0];
    return recorded_gradients<T>(record, sum(pulled * v), Var<T>(T(1)), std::span<const Var<T>>(&cotangent, 1))[0];
  }

 private:
  static Var<T> seen(const Record<T>& record, const Var<T>& y) { return record.owns(y) ? y : y.constant(); }
};

[[noreturn]] void refuse(const char* operation, const std::string& what) {
  throw NumericError(text::bracketed(operation) + what);
}

template <class T>
Array<T> solve(const char* operation, const MatrixProduct<T>& a, const Array<T>& b, const LinearSolveOptions& options) {
  const double tolerance = tolerance_of<T>(options.tolerance);
  // As tight as the default is, rounding may end GMRES before it gets there: of an ill-conditioned matrix.
  const double good_enough = options.tolerance > 0 ? tolerance : std::same_as<T, float> ? 1e-4 : 1e-9;
  Array<T> x = zeros<T>(shape_of(b));
  const kernels::KrylovResult result =
      options.symmetric ? kernels::conjugate_gradients<T>(a, b, x, tolerance, options.max_iterations)
                        : kernels::gmres<T>(a, b, x, tolerance, options.max_iterations, options.restart);
  if (result.converged || (result.stuck && result.residual <= good_enough)) return x;
  const char* const why = result.indefinite   ? "; the matrix is not positive definite"
                          : options.symmetric ? "; is the matrix singular, or not positive definite?"
                          : result.stuck      ? "; is the matrix singular, or `restart` too small for it?"
                                              : "; more `max_iterations` may help";
  refuse(operation, std::string(options.symmetric ? "conjugate gradients" : "GMRES") + " did not converge: after " +
                        std::to_string(result.products) + " products the residual is " + text::number(result.residual) +
                        " of the right side, at most " + text::number(tolerance) + " expected" + why);
}

// The gradient of -λᵀ value(record, theta) in theta, where λ and `others` are given.
template <class T, class ValueOf>
VarList<T> slopes_of(const char* operation, const Var<T>& adjoint, const VarList<T>& theta, VarList<T> others,
                     const ValueOf& value) {
  others.push_back(adjoint);
  others.insert(others.end(), theta.begin(), theta.end());
  return on_tape_of<T>(operation, others, [&](Record<T>& record) {
    const VarList<T> own = own_leaves<T>(operation, record, theta);
    const Var<T> along = -sum(adjoint * value(record, own));
    return recorded_gradients<T>(record, along, Var<T>(T(1)), std::span<const Var<T>>(own));
  });
}

// The x with a(parameters) x = b, as one node: λ = a⁻ᵀ g is such an x itself, so that every order has its node.
template <class T>
Var<T> solution(const char* operation, const JacobianMap<T>& a, const LinearSolveOptions& options, const Var<T>& b,
                const VarList<T>& parameters) {
  const ListFunction<T> f = [&](const VarList<T>& x) -> VarList<T> {
    return {Var<T>(solve<T>(operation, a.at(operation, without_first(x)), x[0].value(), options))};
  };
  const DerivativeRule<T> rule = [operation, a, options](const VarList<T>& g, const VarList<T>& y,
                                                         const VarList<T>& x) {
    const VarList<T> given = without_first(x);
    const Var<T> adjoint = solution(operation, a.transposed(), options, g[0], given);
    const auto product = [&](Record<T>& record, const VarList<T>& own) {
      return a.product(operation, record, y[0], own);
    };
    return joined(adjoint, slopes_of<T>(operation, adjoint, given, {g[0], y[0]}, product));
  };
  return apply_custom<T>(operation, Custom::kEquation, f, rule, joined(b, parameters))[0];
}

// `find(x0, theta)`, a solution of f(x, theta) = 0, as one node.
template <class T, class Find>
Var<T> implicit_node(const char* operation, const Equation<T>& f, const LinearSolveOptions& options,
                     const Var<T>& start, const VarList<T>& theta, const Find& find) {
  const ListFunction<T> value = [&](const VarList<T>& x) -> VarList<T> {
    return {Var<T>(find(x[0].value(), without_first(x)))};
  };
  const JacobianMap<T> jacobian{f};
  const DerivativeRule<T> rule = [operation, jacobian, options](const VarList<T>& g, const VarList<T>& y,
                                                                const VarList<T>& x) {
    const VarList<T> given = without_first(x);
    const Var<T> adjoint = solution(operation, jacobian.transposed(), options, g[0], joined(y[0], given));
    const auto value_of = [&](Record<T>&, const VarList<T>& own) { return jacobian.value(operation, y[0], own); };
    return joined(Var<T>(zeros<T>(y[0].shape())), slopes_of<T>(operation, adjoint, given, {g[0], y[0]}, value_of));
  };
  return apply_custom<T>(operation, Custom::kEquation, value, rule, joined(start, theta))[0];
}

// Newton's method for f = 0, with steps halved until the residual falls.
template <class T>
Array<T> newton(const char* operation, const Equation<T>& f, const RootOptions& options, Array<T> x,
                const VarList<T>& theta) {
  const JacobianMap<T> jacobian{f};
  const double tolerance = tolerance_of<T>(options.tolerance);
  Array<T> residual = jacobian.value(operation, Var<T>(x), theta).value();
  double size = norm(residual), step_size = 0;
  for (std::size_t i = 0; i < options.max_iterations; ++i) {
    if (size == 0) return x;
    if (!std::isfinite(size)) refuse(operation, "the function is not finite after " + std::to_string(i) + " steps");
    Array<T> step = solve<T>(operation, jacobian.at(operation, joined(Var<T>(x), theta)), residual, options.linear);
    double scale = 1;
    Array<T> next, there;
    for (int halvings = 0; halvings < 30; ++halvings, scale /= 2) {
      next = x;
      add_scaled(next, -scale, step);
      there = jacobian.value(operation, Var<T>(next), theta).value();
      if (norm(there) < size) break;
    }
    step_size = norm(step);  // in full: one that was halved away says nothing of how close the root is
    const bool better = norm(there) < size;
    if (better) {
      x = next;
      residual = there;
      size = norm(there);
    }
    if (better && step_size <= tolerance * (1 + norm(x))) return x;
    if (!better && step_size <= std::sqrt(tolerance) * (1 + norm(x))) return x;  // as close as rounding lets it come
    if (!better) {
      refuse(operation, "Newton's method found no point with a smaller |f| than " + text::number(size) + " after " +
                            std::to_string(i) + " steps; is there a root, and a derivative?");
    }
  }
  refuse(operation, "Newton's method did not converge in " + std::to_string(options.max_iterations) +
                        " steps: |f| is " + text::number(size) + " and the last step " + text::number(step_size) +
                        "; a better start or more `max_iterations` may help");
}

template <class T>
Array<T> iterate(const char* operation, const Equation<T>& f, const RootOptions& options, Array<T> x,
                 const VarList<T>& theta) {
  const JacobianMap<T> map{f};
  const double tolerance = tolerance_of<T>(options.tolerance);
  double change = 0;
  for (std::size_t i = 0; i < options.max_iterations; ++i) {
    Array<T> next = map.value(operation, Var<T>(x), theta).value();
    Array<T> difference = next;
    add_scaled(difference, -1, x);
    change = norm(difference);
    x = std::move(next);
    if (!std::isfinite(change)) {
      refuse(operation, "the iteration is not finite after " + std::to_string(i + 1) +
                            " steps; where it is no "
                            "contraction, take root");
    }
    if (change <= tolerance * (1 + norm(x))) return x;
  }
  refuse(operation, "the iteration did not converge in " + std::to_string(options.max_iterations) +
                        " steps: the last one is " + text::number(change) + ", at most " + text::number(tolerance) +
                        " (1 + |x|) expected; where it is no contraction, take root");
}

// The gradient of f in x, as an equation.
template <class T>
Equation<T> slope_of(const char* operation, const Equation<T>& f) {
  return [operation, f](const Var<T>& x, const VarList<T>& theta) {
    VarList<T> inputs = joined(x, theta);
    return on_tape_of<T>(operation, inputs, [&](Record<T>& record) -> VarList<T> {
      const Var<T> own = own_leaf(operation, record, x), y = f(own, theta);
      if (y.size() != 1) {
        throw ShapeError(text::bracketed(operation) + "the function must give one number, got shape " +
                         to_string(y.shape()));
      }
      return recorded_gradients<T>(record, y, Var<T>(ones<T>(y.shape())), std::span<const Var<T>>(&own, 1));
    })[0];
  };
}

// Throws NumericError where the matrix has a direction of negative curvature among those that conjugate gradients find:
// what is stationary there is no minimum.
template <class T>
void check_curvature(const char* operation, const MatrixProduct<T>& hessian, const Array<T>& x) {
  Random rng(1);
  Array<T> right = rng.normal<T>(shape_of(x)), found = zeros<T>(shape_of(x));
  if (!kernels::conjugate_gradients<T>(hessian, right, found, 1e-3, 50).indefinite) return;
  refuse(operation, "the iteration came to a maximum or a saddle, where the gradient is 0 as well; begin elsewhere");
}

// Newton's method with conjugate gradients, along directions of descent.
//
// J. Nocedal, S. Wright, "Numerical Optimization", 2nd edition, Springer 2006, algorithm 7.1.
template <class T>
Array<T> descend(const char* operation, const Equation<T>& f, const RootOptions& options, Array<T> x,
                 const VarList<T>& theta) {
  const JacobianMap<T> gradient_of{slope_of<T>(operation, f)};
  const double tolerance = tolerance_of<T>(options.tolerance);
  const auto value = [&](const Array<T>& at) { return double(f(Var<T>(at), theta).item()); };
  const auto hessian_at = [&](const Array<T>& at) { return gradient_of.at(operation, joined(Var<T>(at), theta)); };
  double size = 0, last_length = std::numeric_limits<double>::infinity();
  for (std::size_t i = 0; i < options.max_iterations; ++i) {
    const Array<T> gradient = gradient_of.value(operation, Var<T>(x), theta).value();
    const double before = value(x), reach = 1 + norm(x);
    size = norm(gradient);
    if (!std::isfinite(before) || !std::isfinite(size)) {
      refuse(operation, "the function or its gradient is not finite after " + std::to_string(i) + " steps");
    }
    const MatrixProduct<T> hessian = hessian_at(x);
    if (size == 0) {
      check_curvature<T>(operation, hessian, x);
      return x;
    }
    Array<T> step = zeros<T>(shape_of(x));
    const auto solved = kernels::conjugate_gradients<T>(hessian, gradient, step, 1e-3, options.linear.max_iterations);
    // Only of a step of Newton's does the length say how far the minimum is.
    const bool is_newton = solved.converged;
    if (!(kernels::dot(gradient, step) > 0)) {  // no curvature along the gradient: go some way
      step = gradient;
      for (std::size_t k = 0; k < step.size(); ++k) step.data()[k] = T(double(gradient.data()[k]) / size * 0.1 * reach);
    }
    const double slope = kernels::dot(gradient, step);
    double scale = 1;
    Array<T> next;
    bool falls = false;
    for (int halvings = 0; halvings < 40 && !falls; ++halvings, scale /= 2) {
      next = x;
      add_scaled(next, -scale, step);
      falls = value(next) <= before - 1e-4 * scale * slope;
    }
    const double length = norm(step);
    const bool close = is_newton && length <= std::sqrt(tolerance) * reach;
    // Where rounding hides the fall, Newton's step is right all the same; where steps no longer shrink, it was the
    // last.
    if (!falls && !close) {
      refuse(operation, "no step makes the function less after " + std::to_string(i) +
                            " steps, where the gradient's norm is " + text::number(size));
    }
    if (!falls) {
      next = x;
      add_scaled(next, -1, step);
    }
    x = std::move(next);
    if (is_newton && (length <= tolerance * reach || (close && (!falls || length > 0.5 * last_length)))) {
      check_curvature<T>(operation, hessian, x);
      return x;
    }
    last_length = length;
  }
  refuse(operation, "the iteration did not converge in " + std::to_string(options.max_iterations) +
                        " steps: the gradient's norm is " + text::number(size));
}

}  // namespace

template <class T>
Var<T> solve_equation(Solver solver, const Equation<T>& f, const RootOptions& options, const Var<T>& x,
                      const VarList<T>& theta) {
  // As one node: the solution of zero(x, theta) = 0, which `solve` finds.
  const auto node = [&](const char* operation, const Equation<T>& zero, const LinearSolveOptions& linear, auto solve) {
    const auto find = [&](const Array<T>& start, const VarList<T>& given) {
      return solve(operation, f, options, start, given);
    };
    return implicit_node<T>(operation, zero, linear, x, theta, find);
  };
  LinearSolveOptions symmetric = options.linear;
  symmetric.symmetric = true;
  switch (solver) {
    case Solver::kLinear: {
      const Var<T> anywhere(zeros<T>(x.shape()));
      return solution<T>("linear_solve", {f, true}, options.linear, x, joined(anywhere, theta));
    }
    case Solver::kRoot:
      return node("root", f, options.linear, newton<T>);
    case Solver::kFixedPoint: {
      const Equation<T> difference = [f](const Var<T>& at, const VarList<T>& given) {
        return Var<T>(f(at, given) - at);
      };
      return node("fixed_point", difference, options.linear, iterate<T>);
    }
    case Solver::kMinimum:
      return node("minimize", slope_of<T>("minimize", f), symmetric, descend<T>);
  }
  throw Error("[root] no such solver");
}

template Var<float> solve_equation(Solver, const Equation<float>&, const RootOptions&, const Var<float>&,
                                   const VarList<float>&);
template Var<double> solve_equation(Solver, const Equation<double>&, const RootOptions&, const Var<double>&,
                                    const VarList<double>&);

}  // namespace xtape::detail
