// A soap film by Newton's method: a Hessian of 2,401 rows from some ten products.
//
// Sought is the surface of least area over a square whose edges are those of Scherk's surface u = ln(cos y / cos x),
// which is minimal. A height has second derivatives with its neighbours' alone: hessian_pattern finds which, once, and
// sparse_hessian takes one product with the Hessian for all heights of a colour. Newton's steps are solutions of linear
// systems, by products with that matrix. Prints the gradient's norm before each step, at last below 1e-10; how many
// entries the Hessian has and how many products it took; and how far the film is from Scherk's surface, as the square
// of the grid's width: below 1e-4.

#include <autodiff/autodiff.hpp>

#include <cmath>
#include <iostream>

using namespace xtape;

int main() {
  const std::size_t n = 49;  // heights within, a side
  const double width = 2.0 / double(n + 1);
  Array<double> scherk = zeros<double>({n + 2, n + 2}), edges = scherk;
  for (std::size_t i = 0; i < n + 2; ++i) {
    for (std::size_t j = 0; j < n + 2; ++j) {
      scherk(i, j) = std::log(std::cos(double(i) * width - 1) / std::cos(double(j) * width - 1));
      if (i == 0 || j == 0 || i == n + 1 || j == n + 1) edges(i, j) = scherk(i, j);
    }
  }

  // The area over the square's cells, of slopes that are the means of those on a cell's two sides.
  const auto area = [&](const auto& within) {
    const auto u = edges + pad(within, 1);
    const auto down = diff(u, 1, 0) / width, across = diff(u, 1, 1) / width;
    const auto y = slice(down, {{}, {0, -1}}) + slice(down, {{}, {1, {}}});
    const auto x = slice(across, {{0, -1}}) + slice(across, {{1, {}}});
    return sum(sqrt(1 + (square(x) + square(y)) / 4)) * (width * width);
  };

  Array<double> film = zeros<double>({n, n});
  // At a plane some entries are 0 that are not elsewhere.
  const SparsityPattern pattern = hessian_pattern(area)(Random(1).normal({n, n}));
  const auto hessian_at = sparse_hessian(area, pattern, {.check = true});
  std::size_t products = 0;
  for (int step = 1; step <= 20; ++step) {
    const auto [value, gradient] = value_and_grad(area)(film);
    const double size = norm(Var<double>(gradient)).item();
    std::cout << "step " << step << ": area " << value << ", |gradient| " << size << "\n";
    if (size < 1e-10) break;
    // Its arrays, h.pattern.starts(), h.pattern.columns() and h.values, are what other solvers take, too.
    const SparseMatrix<double> h = hessian_at(film);
    products = h.sweeps;
    const auto times = [&](const auto& v) { return matmul(h, v); };
    const auto newton = linear_solve(times, {.symmetric = true})(ravel(Var<double>(gradient)));
    film -= reshape(newton, {n, n}).value();
  }

  const Var<double> off = edges + pad(Var<double>(film), 1) - scherk;
  std::cout << "entries " << pattern.nnz() << " of " << pattern.rows() * pattern.cols() << ", products " << products
            << "\n";
  std::cout << "largest difference from Scherk's surface " << max(abs(off)).item() << "\n";
}
