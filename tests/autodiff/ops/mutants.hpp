#pragma once
// Ops with one mistake each in their derivative, and the same ops without it.

#include "autodiff/ops/all.hpp"
#include "tests/autodiff/ops/functions.hpp"

namespace xtape::tests {

/// A constant inside of a derivative: a mistake that only the second order shows. What a SIMD register holds is one.
template <class S>
S detached(const S& x) {
  if constexpr (kIsVar<S>) {
    return x.constant();
  } else {
    return x;
  }
}

// --- Element-wise ---------------------------------------------------------------------------------------------------

enum class Mistake {
  kNone,
  kSign,
  kFactor,
  kSwappedArguments,
  kForgottenTerm,
  kForgottenCotangent,
  kForgottenArgument,
  kInputForOutput,
  kOutputForInput,
  kOtherBranch,
  kDetached,
  kDetachedInOneFactor,
};

/// a b.
template <Mistake mistake>
struct Product : Operation<"product", kInput> {
  template <class S>
  static S eval(const S& a, const S& b) {
    return a.v * b.v;
  }
  template <class S>
  static std::array<S, 2> vjp(const S& g, const auto&, const S& a, const S& b) {
    if constexpr (mistake == Mistake::kSwappedArguments) return {g * a, g * b};
    if constexpr (mistake == Mistake::kForgottenCotangent) return {b, a};
    if constexpr (mistake == Mistake::kForgottenArgument) return {g * b, 0.0 * g};
    if constexpr (mistake == Mistake::kDetachedInOneFactor) return {g * b, g * detached(a)};
    return {g * b, g * a};
  }
};

/// a / b.
template <Mistake mistake>
struct Quotient : Operation<"quotient", kInput> {
  template <class S>
  static S eval(const S& a, const S& b) {
    return a.v / b.v;
  }
  template <class S>
  static std::array<S, 2> vjp(const S& g, const auto&, const S& a, const S& b) {
    const S db = g * a / (b * b);
    return {g / b, mistake == Mistake::kSign ? db : -db};
  }
};

/// x³.
template <Mistake mistake>
struct Cube : Operation<"cube", kInput> {
  template <class S>
  static S eval(const S& x) {
    return x.v * x.v * x.v;
  }
  template <class S>
  static std::array<S, 1> vjp(const S& g, const auto&, const S& x) {
    if constexpr (mistake == Mistake::kFactor) return {2.0 * g * x * x};
    if constexpr (mistake == Mistake::kDetached) return {3.0 * g * detached(x) * x};
    return {3.0 * g * x * x};
  }
};

/// cosh x. Wrong: with the sign that the cosine's derivative has.
template <Mistake mistake>
struct CoshLike : Operation<"cosh_like", kInput> {
  template <class S>
  static S eval(const S& x) {
    return cosh(x);
  }
  template <class S>
  static std::array<S, 1> vjp(const S& g, const auto&, const S& x) {
    return {mistake == Mistake::kSign ? -(g * sinh(x)) : g * sinh(x)};
  }
};

/// ln(eᵃ + eᵇ). Wrong: each operand gets the other one's share.
template <Mistake mistake>
struct LogAddExpLike : Operation<"logaddexp_like", kInput> {
  template <class S>
  static S eval(const S& a, const S& b) {
    return logaddexp(a, b);
  }
  template <class S>
  static std::array<S, 2> vjp(const S& g, const auto&, const S& a, const S& b) {
    const S first = g * sigmoid(a - b), second = g * sigmoid(b - a);
    if constexpr (mistake == Mistake::kSwappedArguments) return {second, first};
    return {first, second};
  }
};

/// x sin x.
template <Mistake mistake>
struct XSinX : Operation<"x_sin_x", kInput> {
  template <class S>
  static S eval(const S& x) {
    return x * sin(x);
  }
  template <class S>
  static std::array<S, 1> vjp(const S& g, const auto&, const S& x) {
    if constexpr (mistake == Mistake::kForgottenTerm) return {g * sin(x)};
    return {g * (sin(x) + x * cos(x))};
  }
};

/// tanh x, and ln x: one derivative is written in the output, the other in the input.
template <Mistake mistake>
struct TanhLike : Operation<"tanh_like", kInput | kOutput> {
  template <class S>
  static S eval(const S& x) {
    return xsimd::tanh(x.v);
  }
  template <class S>
  static std::array<S, 1> vjp(const S& g, const S& y, const S& x) {
    if constexpr (mistake == Mistake::kInputForOutput) return {g * (1.0 - x * x)};
    return {g * (1.0 - y * y)};
  }
};
template <Mistake mistake>
struct LogLike : Operation<"log_like", kInput | kOutput> {
  template <class S>
  static S eval(const S& x) {
    return xsimd::log(x.v);
  }
  template <class S>
  static std::array<S, 1> vjp(const S& g, const S& y, const S& x) {
    if constexpr (mistake == Mistake::kOutputForInput) return {g / y};
    return {g / x};
  }
};

/// The larger of a and b.
template <Mistake mistake>
struct Larger : Operation<"larger", kInput> {
  template <class S>
  static S eval(const S& a, const S& b) {
    return xsimd::max(a.v, b.v);
  }
  template <class S>
  static std::array<S, 2> vjp(const S& g, const auto&, const S& a, const S& b) {
    const S to_a = mistake == Mistake::kOtherBranch ? b > a : a > b;
    return {g * to_a, g * (1.0 - to_a)};
  }
};

// --- Structural, each right or wrong --------------------------------------------------------------------------------

/// x w, a weight for each column. Wrong: the weights' gradient is that of the first row (a missing un-broadcast).
template <bool wrong>
struct ScaleColumns : Operation<"scale_columns", kInput> {
  template <class T>
  SharedValue<T> eval(const SharedValue<T>& x, const SharedValue<T>& w) const {
    return (Var<T>(x) * Var<T>(w)).shared();
  }
  template <class T>
  Var<T> vjp(std::size_t k, const Var<T>& g, const Unsaved&, const Var<T>& x, const Var<T>& w) const {
    if (k == 0) return g * w;
    return wrong ? slice(g * x, {{0, 1}}) : g * x;
  }
};

enum class MatmulMistake { kNone, kTransposedOperand, kDetachedOperand };

/// a b of square matrices.
template <MatmulMistake mistake>
struct SquareMatmul : Operation<"square_matmul", kInput> {
  template <class T>
  SharedValue<T> eval(const SharedValue<T>& a, const SharedValue<T>& b) const {
    return matmul(Var<T>(a), Var<T>(b)).shared();
  }
  template <class T>
  Var<T> vjp(std::size_t k, const Var<T>& g, const Unsaved&, const Var<T>& a, const Var<T>& b) const {
    if (k == 1) return matmul(transpose(a), g);
    if (mistake == MatmulMistake::kTransposedOperand) return matmul(g, b);
    return matmul(g, transpose(mistake == MatmulMistake::kDetachedOperand ? b.constant() : b));
  }
};

/// The sums of the rows of a square matrix. Wrong: the gradient is spread along the other axis.
template <bool wrong>
struct RowSums : Operation<"row_sums", kNothing> {
  template <class T>
  SharedValue<T> eval(const SharedValue<T>& x) const {
    return sum(Var<T>(x), 1).shared();
  }
  template <class T>
  Var<T> vjp(std::size_t, const Var<T>& g, const Unsaved&, const ShapeOnly& x) const {
    return broadcast_to(expand_dims(g, wrong ? 0 : 1), x.shape());
  }
};

/// The means of the columns. Wrong: divided by the number of columns.
template <bool wrong>
struct ColumnMeans : Operation<"column_means", kNothing> {
  template <class T>
  SharedValue<T> eval(const SharedValue<T>& x) const {
    return mean(Var<T>(x), 0).shared();
  }
  template <class T>
  Var<T> vjp(std::size_t, const Var<T>& g, const Unsaved&, const ShapeOnly& x) const {
    return broadcast_to(g / T(x.shape()[wrong ? 1 : 0]), x.shape());
  }
};

/// x[1:4] of five elements. Wrong: put back one place too early.
template <bool wrong>
struct MiddleSlice : Operation<"middle_slice", kNothing> {
  template <class T>
  SharedValue<T> eval(const SharedValue<T>& x) const {
    return slice(Var<T>(x), {{1, 4}}).shared();
  }
  template <class T>
  void add_into(const Shape&, T* dx, const Value<T>& g) const {
    for (std::size_t i = 0; i < 3; ++i) dx[(wrong ? 0 : 1) + i] += g.data()[i];
  }
};

/// The running sum. Wrong: its gradient is summed the same way.
template <bool wrong>
struct RunningSum : Operation<"running_sum", kNothing> {
  template <class T>
  SharedValue<T> eval(const SharedValue<T>& x) const {
    return cumsum(Var<T>(x), 0).shared();
  }
  template <class T>
  Var<T> vjp(std::size_t, const Var<T>& g, const Unsaved&, const ShapeOnly&) const {
    return wrong ? cumsum(g, 0) : flip(cumsum(flip(g), 0));
  }
};

/// The elements in order. Wrong: the gradient is put in order, not back.
template <bool wrong>
struct Ordered : Operation<"ordered", kInput> {
  template <class T>
  SharedValue<T> eval(const SharedValue<T>& x) const {
    return sort(Var<T>(x)).shared();
  }
  template <class T>
  Var<T> vjp(std::size_t, const Var<T>& g, const Unsaved&, const Var<T>& x) const {
    const Indices order = argsort(x);
    return wrong ? take(g, order) : index_add(0.0 * g, order, g);
  }
};

/// The diagonal of a square matrix. Wrong: put back on the one above.
template <bool wrong>
struct MainDiagonal : Operation<"main_diagonal", kNothing> {
  template <class T>
  SharedValue<T> eval(const SharedValue<T>& x) const {
    return diagonal(Var<T>(x)).shared();
  }
  template <class T>
  Var<T> vjp(std::size_t, const Var<T>& g, const Unsaved&, const ShapeOnly&) const {
    return wrong ? roll(diag(g), 1, 1) : diag(g);
  }
};

/// A vector with its second element replaced. Wrong: what was replaced gets its gradient all the same.
template <bool wrong>
struct SecondReplaced : Operation<"second_replaced", kNothing> {
  template <class T>
  SharedValue<T> eval(const SharedValue<T>& x, const SharedValue<T>& v) const {
    return at(Var<T>(x), {1}).set(Var<T>(v)).shared();
  }
  template <class T>
  Var<T> vjp(std::size_t k, const Var<T>& g, const Unsaved&, const ShapeOnly&, const ShapeOnly&) const {
    if (k == 1) return g(1);
    return wrong ? g : at(g, {1}).set(0.0);
  }
};

/// The dimensions turned by one place. Wrong: turned on instead of back.
template <bool wrong>
struct TurnAxes : Operation<"turn_axes", kNothing> {
  template <class T>
  SharedValue<T> eval(const SharedValue<T>& x) const {
    return transpose(Var<T>(x), {1, 2, 0}).shared();
  }
  template <class T>
  Var<T> vjp(std::size_t, const Var<T>& g, const Unsaved&, const ShapeOnly&) const {
    return wrong ? transpose(g, {1, 2, 0}) : transpose(g, {2, 0, 1});
  }
};

/// A convolution with a stride of 2. Wrong: its derivative with respect to the data has the kernel reversed.
template <bool wrong>
struct StridedConvolution : Operation<"strided_convolution", kInput> {
  template <class T>
  SharedValue<T> eval(const SharedValue<T>& x, const SharedValue<T>& w) const {
    return conv1d(Var<T>(x), Var<T>(w), {.stride = 2}).shared();
  }
  template <class T>
  Var<T> vjp(std::size_t k, const Var<T>& g, const Unsaved&, const Var<T>& x, const Var<T>& w) const {
    if (k == 0) return conv_transpose1d(g, wrong ? slice(w, {{}, {}, {{}, {}, -1}}) : w, {.stride = 2});
    const Var<T> windows = unfold(expand_dims(x, 2), {1, 3}, {.stride = 2});  // (batch, channels 3, places)
    return reshape(sum(matmul(g, transpose(windows, {0, 2, 1})), 0), {std::ptrdiff_t(w.shape()[0]), -1, 3});
  }
};

/// x[[2, 0, 2]] of three elements. Wrong: of the two gradients that meet in one place, only one gets there.
template <bool wrong>
struct TakeTwice : Operation<"take_twice", kNothing> {
  template <class T>
  SharedValue<T> eval(const SharedValue<T>& x) const {
    return take(Var<T>(x), std::vector<int>{2, 0, 2}).shared();
  }
  template <class T>
  void add_into(const Shape&, T* dx, const Value<T>& g) const {
    const std::size_t places[] = {2, 0, 2};
    for (std::size_t i = 0; i < (wrong ? 2 : 3); ++i) dx[places[i]] += g.data()[i];
  }
};

/// softmax of rows. Wrong: without the term that all elements of a row share.
template <bool wrong>
struct RowSoftmax : Operation<"row_softmax", kOutput> {
  template <class T>
  SharedValue<T> eval(const SharedValue<T>& x) const {
    return softmax(Var<T>(x)).shared();
  }
  template <class T>
  Var<T> vjp(std::size_t, const Var<T>& g, const Var<T>& y, const ShapeOnly&) const {
    return wrong ? g * y : y * (g - sum(g * y, -1, true));
  }
};

/// The inverse of x + 3. Wrong: the factors beside the cotangent are not transposed.
template <bool wrong>
struct ShiftedInverse : Operation<"shifted_inverse", kOutput> {
  template <class T>
  SharedValue<T> eval(const SharedValue<T>& x) const {
    Array<T> three = zeros<T>(x->shape());
    for (std::size_t i = 0; i < x->shape()[0]; ++i) three(i, i) = 3;
    return inv(Var<T>(x) + three).shared();
  }
  template <class T>
  Var<T> vjp(std::size_t, const Var<T>& g, const Var<T>& y, const ShapeOnly&) const {
    return wrong ? -multi_dot(y, g, y) : -multi_dot(transpose(y), g, transpose(y));
  }
};

enum class EntryMistake { kNone, kSlope, kNan, kCurvature };

/// x², whose derivative is wrong for element (2, 3) of (4, 5) alone: by 1 %, by being NaN, or only at second order.
template <EntryMistake mistake>
struct SquareButOne : Operation<"square_but_one", kInput> {
  template <class T>
  SharedValue<T> eval(const SharedValue<T>& x) const {
    return square(Var<T>(x)).shared();
  }
  template <class T>
  Var<T> vjp(std::size_t, const Var<T>& g, const Unsaved&, const Var<T>& x) const {
    Array<T> one = zeros<T>({4, 5});
    one(2, 3) = mistake == EntryMistake::kNan ? std::numeric_limits<T>::quiet_NaN() : T(1);
    const Var<T> there(one);
    if (mistake == EntryMistake::kSlope) return 2.0 * g * x * (1.0 + 0.01 * there);
    if (mistake == EntryMistake::kNan) return 2.0 * g * x + there;
    if (mistake == EntryMistake::kCurvature) return 2.0 * g * (x + there * (x.constant() - x));
    return 2.0 * g * x;
  }
};

}  // namespace xtape::tests
