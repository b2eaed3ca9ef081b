#pragma once
// Linear algebra, on matrices that are made of the arguments so that they are well conditioned; against plain loops in
// long double. What LAPACK leaves open, signs of vectors, is squared away.

#include "tests/autodiff/ops/plain_matrix.hpp"
#include "tests/autodiff/ops/product_cases.hpp"

#include <algorithm>

namespace xtape::tests {

/// f of every matrix of a stack; f gives a matrix, of which `rank` dimensions count: a matrix, a row, a number.
template <class F>
std::function<Array<double>(const Arrays&)> of_each_matrix(const F& f, std::size_t rank = 2) {
  return [f, rank](const Arrays& x) {
    const Shape shape = shape_of(x[0]);
    const std::size_t m = shape[shape.size() - 2], n = shape.back();
    Shape to(shape.begin(), shape.end() - 2);
    const std::size_t count = size_of(to);
    const Plain like = f(plain_identity(m, n));
    if (rank == 2) to.push_back(like.m);
    if (rank >= 1) to.push_back(like.n);
    Array<double> y = empty<double>(to);
    for (std::size_t i = 0; i < count && y.size() > 0; ++i) {
      Plain a(m, n);
      if (m * n > 0) std::copy_n(x[0].data() + i * m * n, m * n, a.x.begin());
      const Plain result = f(a);
      const std::size_t size = rank == 2 ? result.x.size() : rank == 1 ? result.n : 1;
      std::copy_n(result.x.begin(), size, y.data() + i * size);
    }
    return y;
  };
}

/// The matrices of which the ops are tested: x with `scale`, and `first`, `first + step`, ... added to the diagonal.
struct Conditioned {
  double scale, first, step = 0;
  auto operator()(const auto& x) const {
    const std::size_t m = x.shape(-2), n = x.shape(-1);
    return scale * x + diagonal(m, n);
  }
  Plain operator()(Plain a) const {
    for (long double& x : a.x) x *= scale;
    for (std::size_t i = 0; i < std::min(a.m, a.n); ++i) a(i, i) += first + step * double(i);
    return a;
  }
  Array<double> diagonal(std::size_t m, std::size_t n) const {
    Array<double> d = zeros<double>({m, n});
    for (std::size_t i = 0; i < std::min(m, n); ++i) d(i, i) = first + step * double(i);
    return d;
  }
};

inline const std::vector<Shape>& square_shapes() {
  static const std::vector<Shape> shapes{{1, 1}, {3, 3}, {2, 3, 3}, {2, 1, 2, 2}, {10, 10}, {0, 3, 3}, {2, 0, 0}};
  return shapes;
}
inline const std::vector<Shape>& matrix_shapes() {
  static const std::vector<Shape> shapes{{1, 1},    {3, 3},    {4, 2}, {2, 4}, {2, 3, 2},
                                         {2, 2, 3}, {0, 2, 2}, {2, 0}, {0, 2}};
  return shapes;
}

/// One function of one stack of matrices, of many shapes.
template <class F, class R>
void add_cases(StructuralCases& to, const std::string& title, const std::vector<Shape>& shapes, const F& f,
               const R& reference, std::size_t rank = 2) {
  for (const Shape& shape : shapes) {
    to.push_back({title, {shape}, function_of<1>(f), of_each_matrix(reference, rank)});
  }
}

/// Matrices turned.
template <class V>
V flipped_last(const V& x) {
  std::vector<std::ptrdiff_t> order;
  for (std::size_t d = 0; d + 2 < x.dimension(); ++d) order.push_back(std::ptrdiff_t(d));
  order.insert(order.end(), {-1, -2});
  return transpose(x, Axes(order));
}
/// The lower triangle counts; the derivative is that for symmetric matrices.
template <class V>
V symmetric(const V& x) {
  return 0.5 * (x + flipped_last(x));
}
inline Plain symmetric(const Plain& a) {
  Plain y = turned(a);
  for (std::size_t i = 0; i < y.x.size(); ++i) y.x[i] = 0.5L * (y.x[i] + a.x[i]);
  return y;
}

inline StructuralCases cases(const op::Cholesky&) {
  StructuralCases result;
  const Conditioned good{0.5, 4};
  add_cases(
      result, "cholesky", square_shapes(), [good](const auto& x) { return cholesky(symmetric(good(x))); },
      [good](const Plain& a) { return cholesky_of(symmetric(good(a))); });
  add_cases(
      result, "cholesky of the upper triangle", {{3, 3}, {2, 2, 2}},
      [good](const auto& x) { return cholesky(symmetric(good(x)), true); },
      [good](const Plain& a) { return turned(cholesky_of(symmetric(good(a)))); });
  add_cases(
      result, "cho_logdet", {{3, 3}, {2, 2, 2}, {0, 0}},
      [good](const auto& x) { return cho_logdet(cholesky(symmetric(good(x)))); },
      [good](const Plain& a) {
        Plain y(1, 1);
        inverse_of(symmetric(good(a)), &y(0, 0));
        y(0, 0) = std::log(y(0, 0));
        return y;
      },
      0);
  return result;
}

inline const std::vector<std::pair<Shape, Shape>>& equations() {
  static const std::vector<std::pair<Shape, Shape>> shapes{
      {{3, 3}, {3}},       {{3, 3}, {3, 2}},    {{2, 3, 3}, {2, 3, 1}},
      {{2, 3, 3}, {3, 2}}, {{3, 3}, {2, 3, 2}}, {{2, 1, 3, 3}, {1, 2, 3, 1}},
      {{1, 1}, {1, 1}},    {{0, 3, 3}, {3, 2}}, {{10, 10}, {10, 2}},
      {{3, 3}, {3, 40}},   {{3, 3}, {3, 0}},    {{0, 0}, {0, 2}}};
  return shapes;
}
/// inverse(a) b in plain loops, of a as `read` makes it.
template <class Read>
std::function<Array<double>(const Arrays&)> plain_solution(const Read& read) {
  return [read](const Arrays& x) {
    return naive_matmul(of_each_matrix([read](const Plain& a) { return inverse_of(read(a)); })({x[0]}), x[1]);
  };
}

inline StructuralCases cases(const op::SolveTriangular&) {
  StructuralCases result;
  const Conditioned good{0.5, 3};
  for (const auto& [a, b] : equations()) {
    for (int bits = 0; bits < 8; ++bits) {
      const TriangularOptions read{(bits & 1) != 0, (bits & 2) != 0, (bits & 4) != 0};
      result.push_back(
          {"solve_triangular of options " + std::to_string(bits),
           {a, b},
           function_of<2>([good, read](const auto& x, const auto& y) { return solve_triangular(good(x), y, read); }),
           plain_solution([good, read](const Plain& whole) {
             Plain t = good(whole);
             for (std::size_t i = 0; i < t.n; ++i) {
               if (read.unit_diagonal) t(i, i) = 1;
               for (std::size_t j = 0; j < t.n; ++j) {
                 if (read.lower ? j > i : j < i) t(i, j) = 0;
               }
             }
             return read.transposed ? turned(t) : t;
           })});
    }
    result.push_back(
        {"cho_solve",
         {a, b},
         function_of<2>([good](const auto& x, const auto& y) { return cho_solve(cholesky(symmetric(good(x))), y); }),
         plain_solution([good](const Plain& whole) { return symmetric(good(whole)); })});
  }
  return result;
}

inline StructuralCases cases(const op::Solve&) {
  StructuralCases result;
  const Conditioned good{0.5, 3};
  for (const auto& [a, b] : equations()) {
    result.push_back({"solve",
                      {a, b},
                      function_of<2>([good](const auto& x, const auto& y) { return solve(good(x), y); }),
                      plain_solution(good)});
  }
  // Rows are exchanged where the diagonal is small.
  result.push_back({"solve with exchanges",
                    {{3, 3}, {3, 2}},
                    function_of<2>([](const auto& x, const auto& y) {
                      return solve(0.25 * x + Array<double>{{0, 3, 0}, {0, 0, 3}, {3, 0, 0}}, y);
                    }),
                    plain_solution([](Plain a) {
                      for (long double& x : a.x) x *= 0.25L;
                      a(0, 1) += 3;
                      a(1, 2) += 3;
                      a(2, 0) += 3;
                      return a;
                    })});
  return result;
}

inline StructuralCases cases(const op::Inverse&) {
  StructuralCases result;
  const Conditioned good{0.5, 3};
  add_cases(
      result, "inv", square_shapes(), [good](const auto& x) { return inv(good(x)); },
      [good](const Plain& a) { return inverse_of(good(a)); });
  add_cases(
      result, "matrix_power of -2", {{3, 3}, {2, 2, 2}}, [good](const auto& x) { return matrix_power(good(x), -2); },
      [good](const Plain& a) { return inverse_of(good(a) * good(a)); });
  return result;
}

inline Plain determinant_of(const Plain& a) {
  Plain y(1, 1);
  inverse_of(a, &y(0, 0));
  return y;
}
inline StructuralCases cases(const op::Determinant&) {
  StructuralCases result;
  const Conditioned good{0.5, 1.5};
  add_cases(
      result, "det", square_shapes(), [good](const auto& x) { return det(good(x)); },
      [good](const Plain& a) { return determinant_of(good(a)); }, 0);
  return result;
}
inline StructuralCases cases(const op::SignAndLogDeterminant&) {
  StructuralCases result;
  const Conditioned good{0.5, -3};
  add_cases(
      result, "slogdet", square_shapes(),
      [good](const auto& x) {
        const auto [sign, logarithm] = slogdet(good(x));
        return sign * logarithm;
      },
      [good](const Plain& a) {
        Plain y = determinant_of(good(a));
        y(0, 0) = (y(0, 0) < 0 ? -1 : 1) * std::log(std::abs(y(0, 0)));
        return y;
      },
      0);
  return result;
}

template <class F>
StructuralCases eigenvalue_cases(const F& f) {
  StructuralCases result;
  const Conditioned apart{0.25, 1, 3};
  add_cases(
      result, "eigenvalues", square_shapes(), [apart, f](const auto& x) { return f(symmetric(apart(x))); },
      [apart](const Plain& a) {
        const Plain w = eigen_of(symmetric(apart(a))).first;
        Plain values(1, w.n);
        for (std::size_t i = 0; i < w.n; ++i) values(0, i) = w(i, i);
        return values;
      },
      1);
  return result;
}
inline StructuralCases cases(const op::EigenvaluesOnly&) {
  return eigenvalue_cases([](const auto& x) { return eigvalsh(x); });
}
inline StructuralCases cases(const op::Eigh&) {
  StructuralCases result = eigenvalue_cases([](const auto& x) { return eigh(x)[0]; });
  const Conditioned apart{0.25, 1, 3};
  add_cases(
      result, "squares of eigenvectors", square_shapes(),
      [apart](const auto& x) { return square(eigh(symmetric(apart(x)))[1]); },
      [apart](const Plain& a) { return squares(eigen_of(symmetric(apart(a))).second); });
  add_cases(
      result, "a function of a matrix", square_shapes(),
      [apart](const auto& x) {
        const auto [w, v] = eigh(symmetric(apart(x)));
        return matmul(v * expand_dims(1.0 / (1.0 + w), -2), flipped_last(v));
      },
      [apart](const Plain& a) {
        Plain one_more = symmetric(apart(a));
        for (std::size_t i = 0; i < one_more.n; ++i) one_more(i, i) += 1;
        return inverse_of(one_more);
      });
  return result;
}

template <class F>
StructuralCases singular_value_cases(const F& f) {
  StructuralCases result;
  const Conditioned apart{0.25, 2, 2};
  add_cases(
      result, "singular values", matrix_shapes(), [apart, f](const auto& x) { return f(apart(x)); },
      [apart](const Plain& a) {
        const bool tall = a.m >= a.n;
        const Plain b = apart(a), w = eigen_of(tall ? turned(b) * b : b * turned(b), true).first;
        Plain values(1, w.n);
        for (std::size_t i = 0; i < w.n; ++i) values(0, i) = std::sqrt(w(i, i));
        return values;
      },
      1);
  return result;
}
inline StructuralCases cases(const op::SingularValuesOnly&) {
  return singular_value_cases([](const auto& x) { return svdvals(x); });
}
inline StructuralCases cases(const op::Svd&) {
  StructuralCases result = singular_value_cases([](const auto& x) { return svd(x)[1]; });
  const Conditioned apart{0.25, 2, 2};
  const auto first_columns = [](const Plain& v, std::size_t k) {
    Plain y(v.m, k);
    for (std::size_t i = 0; i < v.m; ++i) std::copy_n(&v.x[i * v.n], k, y.x.begin() + std::ptrdiff_t(i * k));
    return y;
  };
  add_cases(
      result, "squares of left singular vectors", matrix_shapes(),
      [apart](const auto& x) { return square(svd(apart(x))[0]); },
      [apart, first_columns](const Plain& a) {
        const Plain b = apart(a);
        return squares(first_columns(eigen_of(b * turned(b), true).second, std::min(a.m, a.n)));
      });
  add_cases(
      result, "squares of right singular vectors", matrix_shapes(),
      [apart](const auto& x) { return square(svd(apart(x))[2]); },
      [apart, first_columns](const Plain& a) {
        const Plain b = apart(a);
        return turned(squares(first_columns(eigen_of(turned(b) * b, true).second, std::min(a.m, a.n))));
      });
  add_cases(
      result, "the matrix again", matrix_shapes(),
      [apart](const auto& x) {
        const auto [u, s, vh] = svd(apart(x));
        return matmul(u * expand_dims(s, -2), vh);
      },
      apart);
  add_cases(
      result, "the matrix again, of full matrices", matrix_shapes(),
      [apart](const auto& x) {
        const auto [u, s, vh] = svd(apart(x), true);
        const Range first(0, std::ptrdiff_t(s.shape(-1)));
        const auto left = xtape::apply(detail::make_slice_along("svd", u.shape(), -1, first), u);
        const auto right = xtape::apply(detail::make_slice_along("svd", vh.shape(), -2, first), vh);
        return matmul(left * expand_dims(s, -2), right);
      },
      apart);
  return result;
}

inline StructuralCases cases(const op::Qr&) {
  StructuralCases result;
  const Conditioned good{0.5, 3};
  add_cases(
      result, "squares of q", matrix_shapes(), [good](const auto& x) { return square(qr(good(x))[0]); },
      [good](const Plain& a) { return squares(qr_of(good(a)).first); });
  add_cases(
      result, "squares of r", matrix_shapes(), [good](const auto& x) { return square(qr(good(x))[1]); },
      [good](const Plain& a) { return squares(qr_of(good(a)).second); });
  add_cases(
      result, "the matrix again", matrix_shapes(),
      [good](const auto& x) {
        const auto [q, r] = qr(good(x));
        return matmul(q, r);
      },
      good);
  return result;
}

inline StructuralCases cases(const op::PseudoInverse&) {
  StructuralCases result;
  const Conditioned good{0.5, 3};
  add_cases(
      result, "pinv", matrix_shapes(), [good](const auto& x) { return pinv(good(x)); },
      [good](const Plain& a) {
        const Plain b = good(a), t = turned(b);
        return a.m >= a.n ? inverse_of(t * b) * t : t * inverse_of(b * t);
      });
  return result;
}

inline StructuralCases cases(const op::MatrixExponential&) {
  StructuralCases result;
  for (const double scale : {0.5, 3.0}) {  // without squaring, and with
    const Conditioned of{scale, -2};
    add_cases(
        result, "expm", scale < 1 ? square_shapes() : std::vector<Shape>{{1, 1}, {2, 3, 3}},
        [of](const auto& x) { return expm(of(x)); }, [of](const Plain& a) { return exponential_of(of(a)); });
  }
  return result;
}

}  // namespace xtape::tests

// What they are measured with.
namespace xtape::benchmarks {

/// Of positive definite matrices, n by n: small and large, and many small ones. f(a, b); `flop` for n = 1.
template <class F>
OpSamples square_samples(const F& f, double flop, bool with_right_side = false) {
  OpSamples result;
  for (const Shape& shape : {Shape{10, 10}, Shape{100, 100}, Shape{1000, 1000}, Shape{1000, 4, 4}}) {
    const std::size_t n = shape.back();
    const auto apply = [f](std::span<const Var<float>> x) { return f(x[0], x.back()); };
    OpSample sample{"", extents(shape), {shape}, apply, flop * double(n) * double(size_of(shape))};
    sample.definite = true;
    if (with_right_side) sample.shapes.push_back(shape);
    result.push_back(sample);
  }
  return result;
}
inline OpSamples samples(const op::Cholesky&) {
  return square_samples([](const auto& a, const auto&) { return cholesky(a); }, 1 / 3.0);
}
inline OpSamples samples(const op::SolveTriangular&) {
  return square_samples([](const auto& a, const auto& b) { return solve_triangular(a, b, {.lower = true}); }, 1, true);
}
inline OpSamples samples(const op::Solve&) {
  return square_samples([](const auto& a, const auto& b) { return solve(a, b); }, 8 / 3.0, true);
}
inline OpSamples samples(const op::Inverse&) {
  return square_samples([](const auto& a, const auto&) { return inv(a); }, 2);
}
inline OpSamples samples(const op::Determinant&) {
  return square_samples([](const auto& a, const auto&) { return det(a); }, 2 / 3.0);
}
inline OpSamples samples(const op::SignAndLogDeterminant&) {
  return square_samples([](const auto& a, const auto&) { return slogdet(a)[1]; }, 2 / 3.0);
}
// The signs of vectors are LAPACK's choice.
inline OpSamples samples(const op::Eigh&) {
  return square_samples([](const auto& a, const auto&) { return abs(eigh(a)[1]); }, 9);
}
inline OpSamples samples(const op::EigenvaluesOnly&) {
  return square_samples([](const auto& a, const auto&) { return eigvalsh(a); }, 4 / 3.0);
}
inline OpSamples samples(const op::SingularValuesOnly&) {
  return square_samples([](const auto& a, const auto&) { return svdvals(a); }, 8 / 3.0);
}
inline OpSamples samples(const op::Svd&) {
  return square_samples([](const auto& a, const auto&) { return abs(svd(a)[0]); }, 20);
}
inline OpSamples samples(const op::Qr&) {
  return square_samples([](const auto& a, const auto&) { return qr(a)[0]; }, 8 / 3.0);
}
inline OpSamples samples(const op::PseudoInverse&) {
  return square_samples([](const auto& a, const auto&) { return pinv(a); }, 22);
}
inline OpSamples samples(const op::MatrixExponential&) {
  return square_samples([](const auto& a, const auto&) { return expm(a); }, 16);
}

}  // namespace xtape::benchmarks
