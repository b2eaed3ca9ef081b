#pragma once
// Derivatives of what is defined by an equation: solutions of linear systems, roots, fixed points, minima. They come
// from the implicit function theorem, at the solution alone, however many iterations it took to get there.
//
// M. Blondel et al., "Efficient and modular implicit differentiation", NeurIPS 2022 (arXiv:2105.15183).

#include "autodiff/transforms/structure.hpp"

#include <cstddef>
#include <functional>
#include <memory>
#include <utility>
#include <vector>

namespace xtape {

/// How linear systems are solved: by matrix-vector products alone.
struct LinearSolveOptions {
  bool symmetric = false;  ///< and positive definite: by conjugate gradients; else by GMRES
  /// Of the residual, relative to the right side. 0: 1e-12, in float32 1e-6; or, where rounding ends GMRES before that,
  /// 1e-9 and 1e-4.
  double tolerance = 0;
  std::size_t max_iterations = 1000;  ///< products with the matrix
  std::size_t restart = 50;  ///< vectors that GMRES keeps before it begins anew; it ends where that gains nothing
};

/// How equations are solved.
struct RootOptions {
  double tolerance = 0;              ///< of the last step, relative to 1 + |x|; 0: 1e-12, in float32 1e-6
  std::size_t max_iterations = 100;  ///< steps
  LinearSolveOptions linear = {};    ///< of the systems within, those of derivatives included
};

namespace detail {

/// f(x, parts of theta).
template <class T>
using Equation = std::function<Var<T>(const Var<T>& x, const VarList<T>& theta)>;

enum class Solver { kLinear, kRoot, kFixedPoint, kMinimum };

/// The solution, from x on (kLinear: whose right side is x).
template <class T>
Var<T> solve_equation(Solver solver, const Equation<T>& f, const RootOptions& options, const Var<T>& x,
                      const VarList<T>& theta);

extern template Var<float> solve_equation(Solver, const Equation<float>&, const RootOptions&, const Var<float>&,
                                          const VarList<float>&);
extern template Var<double> solve_equation(Solver, const Equation<double>&, const RootOptions&, const Var<double>&,
                                           const VarList<double>&);

// f of Vars and structures of them, as a function of the parts.
template <class V, class F, class... X>
Equation<typename V::value_type> equation(F f, const X&... theta) {
  using T = typename V::value_type;
  return [f = std::make_shared<const F>(std::move(f)), like = skeletons<V>(theta...)](
             const V& x, const std::vector<V>& parts) -> V {
    std::vector<V> all{x};
    all.insert(all.end(), parts.begin(), parts.end());
    const auto y = call_with_parts<V>(*f, all, std::tuple_cat(std::tuple<V>(x), like));
    static_assert(Operand<decltype(y)>, "xtape: the function of an equation gives one Var, of the unknown's shape");
    return Var<T>(as_number<V>(y));
  };
}

template <class F>
auto solved_by(Solver solver, F f, const RootOptions& options) {
  return [solver, f = std::move(f), options](const auto& x, const auto&... theta) {
    using V = common_var_of<std::remove_cvref_t<decltype(x)>, std::remove_cvref_t<decltype(theta)>...>;
    static_assert(Operand<std::remove_cvref_t<decltype(x)>>, "xtape: the unknown of an equation is one array");
    return solve_equation<typename V::value_type>(solver, equation<V>(f, theta...), options, as_number<V>(x),
                                                  parts_of<V>(theta...));
  };
}

}  // namespace detail

/// linear_solve(a)(b, theta...): the x with a(x, theta...) = b, for an `a` that is linear in its first argument: a
/// matrix that nobody forms. By conjugate gradients or GMRES, on products a(v, theta...) alone. Differentiable in b and
/// in theta, which may be structures, to any order: with λ = A⁻ᵀ g, db = λ and dθ = -λᵀ (∂A/∂θ) x. Throws NumericError
/// where the iteration does not converge, as for a singular matrix, and ShapeError where a(x) has not x's shape.
template <class A>
auto linear_solve(A a, const LinearSolveOptions& options = {}) {
  return detail::solved_by(detail::Solver::kLinear, std::move(a), {.linear = options});
}

/// root(f)(x0, theta...): an x with f(x, theta...) = 0, by Newton's method from x0, its linear systems by GMRES on
/// products with the Jacobian. Differentiable in theta to any order: dx = -(∂f/∂x)⁻¹ (∂f/∂θ) dθ. x0 only says which
/// root, and its gradient is 0. Throws NumericError where there is no convergence, or the Jacobian is singular.
template <class F>
auto root(F f, const RootOptions& options = {}) {
  return detail::solved_by(detail::Solver::kRoot, std::move(f), options);
}

/// fixed_point(f)(x0, theta...): an x with f(x, theta...) = x, by iteration from x0. Differentiable in theta as a root
/// is; so is what it throws.
template <class F>
auto fixed_point(F f, const RootOptions& options = {}) {
  return detail::solved_by(detail::Solver::kFixedPoint, std::move(f), options);
}

/// minimize(f)(x0, theta...): a local minimum x of f(x, theta...), one number, by Newton's method with conjugate
/// gradients and a line search from x0. Differentiable in theta to any order, through the condition that the gradient
/// in x is 0. Throws NumericError where that does not come to a minimum, as from a maximum or a saddle, or not in as
/// many steps.
template <class F>
auto minimize(F f, const RootOptions& options = {}) {
  return detail::solved_by(detail::Solver::kMinimum, std::move(f), options);
}

}  // namespace xtape
