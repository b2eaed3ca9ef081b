// The slopes of every element-wise op against its reference, at all exponents of every operand (and of the cotangent,
// where the op's entry says so): in the sweep, in the recorded sweep, and inside of map.

#include "tests/autodiff/ops/elementwise.hpp"
#include "tests/sanitized.hpp"

#include <gtest/gtest.h>

namespace xtape::tests {
namespace {

/// The partial derivatives by which `map` differentiates an op: all of its node but the pass over the elements, which
/// is that of any op, and costs most of what it takes to compile.
template <class T>
using Partials = std::vector<Array<T>> (*)(const std::vector<Array<T>>& x);

template <class T, class Op, std::size_t N>
std::vector<Array<T>> partials_in_map(const std::vector<Array<T>>& x) {
  constexpr std::size_t L = Batch<T>::size;
  const auto f = [](const auto&... u) { return apply(example(Op{}), u...); };
  const op::Map<decltype(f), N> mapped{f};
  std::vector<Array<T>> result(N, empty<T>({x[0].size()}));
  for (std::size_t i = 0; i < x[0].size(); i += L) {
    const std::size_t count = std::min(L, x[0].size() - i);
    const std::array<Batch<T>, N + 1> y = [&]<std::size_t... K>(std::index_sequence<K...>) {
      return mapped.eval_with_partials(Batch<T>::load_padded(x[K].data() + i, count)...);
    }
    (std::make_index_sequence<N>{});
    for (std::size_t k = 0; k < N; ++k) y[k + 1].store_up_to(result[k].data() + i, count);
  }
  return result;
}

/// An op with its partial derivatives inside of map.
struct SlopesCase {
  ElementwiseCase op;
  Partials<double> in_map64;
  Partials<float> in_map32;
};

void PrintTo(const SlopesCase& one, std::ostream* to) {
  *to << one.op.name;
}

template <class Op, std::size_t N>
SlopesCase slopes_case_of(Listed<Op, N> listed) {
  return {case_of(listed), &partials_in_map<double, Op, N>, &partials_in_map<float, Op, N>};
}
template <class... Listed>
std::vector<SlopesCase> slopes_cases_of(TypeList<Listed...>) {
  return {slopes_case_of(Listed{})...};
}

class ElementwiseSlopes : public testing::TestWithParam<SlopesCase> {};

std::string name_of(const testing::TestParamInfo<SlopesCase>& info) {
  return info.param.op.name;
}
INSTANTIATE_TEST_SUITE_P(Ops, ElementwiseSlopes, testing::ValuesIn(slopes_cases_of(ElementwiseOps{})), name_of);

constexpr std::size_t kDrawn = 9000, kCount = kSanitized ? kDrawn / 2 : kDrawn;

template <class T>
std::vector<Array<T>> swept(const detail::ErasedFunction<T>& f, const std::vector<Array<T>>& x, const Array<T>& g) {
  Tape<T> tape;
  std::vector<Var<T>> watched;
  for (const Array<T>& array : x) watched.push_back(tape.watch(array));
  return tape.gradient(std::vector<Var<T>>{f(watched)}, watched, {g});
}

template <class T>
std::vector<Array<T>> swept_recording(const detail::ErasedFunction<T>& f, const std::vector<Array<T>>& x,
                                      const Array<T>& g) {
  Tape<T> tape;
  std::vector<Var<T>> watched;
  for (const Array<T>& array : x) watched.push_back(tape.watch(array));
  const Var<T> y = f(watched);
  std::vector<Array<T>> result;
  for (const Var<T>& d : recorded_gradients<T>(*tape.record(), y, Var<T>(g), watched)) result.push_back(d.value());
  return result;
}

template <class T>
void expect_slopes(const ElementwiseCase& op, const std::vector<Array<T>>& x, const Array<T>& g,
                   const std::vector<Array<T>>& got, const char* how) {
  for (std::size_t i = 0; i < g.size(); ++i) {
    std::vector<long double> numbers;
    for (const Array<T>& operand : x) numbers.push_back(operand(i));
    const Slopes exact = op.slopes(numbers);
    if (op.finite_slopes && !std::isfinite(numbers[0])) continue;
    for (std::size_t k = 0; k < op.arity; ++k) {
      const bool tiny = op.tiny_slope_ulp > 0 && std::fabs(exact[k]) < 1024 * std::numeric_limits<T>::min();
      const long double terms = op.slope_terms == nullptr ? 0 : op.slope_terms(numbers) * std::fabs(g(i));
      ASSERT_LE(ulps(got[k](i), exact[k] * g(i), terms), tiny ? op.tiny_slope_ulp : op.slope_ulp)
          << op.name << "'s slope " << k << how << ", at " << numbers[0] << ", " << numbers.back() << " with cotangent "
          << g(i) << ": got " << got[k](i) << ", exact " << exact[k] * g(i);
    }
  }
}

template <class T>
void check_slopes(const ElementwiseCase& op, const detail::ErasedFunction<T>& f, Partials<T> in_map) {
  Random rng(19);
  std::vector<Array<T>> x;
  for (std::size_t k = 0; k < op.arity; ++k) {
    x.push_back(first_of(draw_all_exponents<T>(kDrawn, rng), kCount));
    const Array<T> moderate(draw({kDrawn}, {-3, 3}, rng));
    for (std::size_t i = k; i < kCount; i += 5) x[k](i) = moderate(i);
  }
  const Array<T> one = ones<T>({kCount});
  expect_slopes<T>(op, x, one, swept<T>(f, x, one), "");
  expect_slopes<T>(op, x, one, in_map(x), " inside of map");
  Array<T> g = op.any_cotangent ? first_of(draw_all_exponents<T>(kDrawn, rng), kCount) : one;
  for (T& value : g) {
    if (!std::isfinite(value)) value = 1;
  }
  expect_slopes<T>(op, x, g, swept<T>(f, x, g), " in the sweep");
  expect_slopes<T>(op, x, g, swept_recording<T>(f, x, g), " in the recorded sweep");
}

TEST_P(ElementwiseSlopes, AgreeWithTheReferenceAtAllExponents) {
  const auto& [op, in_map64, in_map32] = GetParam();
  if (op.slopes == nullptr) {
    EXPECT_TRUE(op.flat || op.golden || op.name.ends_with("_slope")) << op.name << " has no reference for its slopes";
    return;
  }
  check_slopes<double>(op, op.function.f64, in_map64);
  check_slopes<float>(op, op.function.f32, in_map32);
}

}  // namespace
}  // namespace xtape::tests
