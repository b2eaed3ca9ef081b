// softmax, log_softmax and logsumexp of lines with an infinite element or NaN, on every path of their kernels.

#include "autodiff/autodiff.hpp"
#include "tests/sanitized.hpp"
#include "tests/testing.hpp"

#include <cmath>
#include <limits>
#include <vector>

namespace xtape {
namespace {

struct Place {
  Shape shape;
  std::ptrdiff_t axis;
};

// Short and long rows, rows that no cache holds, columns few and many, one matrix and several.
const std::vector<Place>& places() {
  static const std::vector<Place> all{{{2}, 0},        {{3, 2}, 1},     {{3, 17}, -1},     {{5, 511}, 1},
                                      {{5, 513}, 1},   {{3, 5000}, 1},  {{2, 20000}, 1},   {{2, 3}, 0},
                                      {{9, 40}, 0},    {{700, 3}, 0},   {{65, 300}, 0},    {{70, 5003}, 0},
                                      {{40000, 3}, 0}, {{4, 30, 6}, 1}, {{2, 100, 40}, 1}, {{2, 300, 500}, 1}};
  return all;
}

template <class T>
struct Lines {
  std::size_t outer = 1, length, inner = 1;
  Lines(const Place& place) {
    const Shape& shape = place.shape;
    const std::size_t axis = std::size_t(place.axis < 0 ? place.axis + std::ptrdiff_t(shape.size()) : place.axis);
    length = shape[axis];
    for (std::size_t d = 0; d < axis; ++d) outer *= shape[d];
    for (std::size_t d = axis + 1; d < shape.size(); ++d) inner *= shape[d];
  }
  std::size_t count() const { return outer * inner; }
  std::size_t at(std::size_t line, std::size_t l) const { return (line / inner * length + l) * inner + line % inner; }
};

template <class T>
struct Results {
  Array<T> softmax, log_softmax, logsumexp, d_softmax, d_log_softmax, d_logsumexp;
};

template <class T>
Results<T> run(const Array<T>& x, std::ptrdiff_t axis) {
  Tape<T> tape;
  const Var<T> v = tape.watch(x);
  const Var<T> s = softmax(v, axis), l = log_softmax(v, axis), e = logsumexp(v, axis);
  // Sums of what is not finite seed it all the same.
  return {s.value(),
          l.value(),
          e.value(),
          tape.gradient(sum(3.0 * s), v),
          tape.gradient(sum(3.0 * l), v),
          tape.gradient(sum(3.0 * e), v)};
}

template <class T>
void expect_lines(const Place& place, T bad, bool all) {
  // Of the lines beside: what is subtracted before exp may be another number.
  constexpr double kRounding = 200 * double(std::numeric_limits<T>::epsilon());
  Random rng(8);
  const Lines<T> lines(place);
  const Array<T> clean = rng.normal<T>(place.shape);
  Array<T> x = clean;
  // Every third line, from the first.
  for (std::size_t line = 0; line < lines.count(); line += 3) {
    const std::size_t one = (line * 7919) % lines.length;
    for (std::size_t l = 0; l < lines.length; ++l) {
      if (all || l == one) x.data()[lines.at(line, l)] = bad;
    }
  }
  const Results<T> got = run(x, place.axis), before = run(clean, place.axis);
  const bool none = std::isnan(bad) || bad > 0 || all;  // no distribution
  const std::string what = to_string(place.shape) + " of " + std::to_string(bad);
  std::size_t wrong = 0;
  const auto expect = [&](bool holds) { wrong += holds ? 0 : 1; };
  const auto expected = [](T value, T e) { return std::isnan(e) ? std::isnan(value) : value == e; };
  for (std::size_t line = 0; line < lines.count(); ++line) {
    const bool hit = line % 3 == 0;
    const T lse = got.logsumexp.data()[line];
    if (!hit) expect(std::abs(lse - before.logsumexp.data()[line]) <= T(kRounding) * (1 + std::abs(lse)));
    if (hit && none) expect(expected(lse, bad));
    if (hit && !none) expect(std::isfinite(lse) || lines.length == 1);
    for (std::size_t l = 0; l < lines.length; ++l) {
      const std::size_t i = lines.at(line, l);
      const T element = x.data()[i], s = got.softmax.data()[i], ls = got.log_softmax.data()[i];
      if (!hit) {
        const auto near = [&](T value, T e) { return std::abs(value - e) <= T(kRounding) * (1 + std::abs(e)); };
        expect(near(s, before.softmax.data()[i]) && near(ls, before.log_softmax.data()[i]));
        expect(near(got.d_logsumexp.data()[i], before.d_logsumexp.data()[i]));
        expect(near(got.d_log_softmax.data()[i], before.d_log_softmax.data()[i]));
      } else if (none) {
        expect(std::isnan(s) && std::isnan(ls));
        expect(std::isnan(got.d_softmax.data()[i]) && std::isnan(got.d_log_softmax.data()[i]));
        const T d = got.d_logsumexp.data()[i];
        if (std::isnan(bad)) {
          expect(std::isnan(d));
        } else if (bad > 0) {
          expect(std::isinf(element) ? std::isnan(d) : d == 0);
        } else {
          expect(d == 0);
        }
      } else if (std::isinf(element)) {
        expect(s == 0 && ls == bad && got.d_softmax.data()[i] == 0 && got.d_logsumexp.data()[i] == 0);
      } else {
        expect(std::isfinite(s) && std::isfinite(ls) && std::isfinite(got.d_log_softmax.data()[i]));
      }
    }
  }
  EXPECT_EQ(wrong, 0u) << what << (all ? " all along" : "");
}

template <class T>
class SoftmaxEnds : public ::testing::Test {};
using Precisions = ::testing::Types<float, double>;
TYPED_TEST_SUITE(SoftmaxEnds, Precisions);

TYPED_TEST(SoftmaxEnds, AreNanAllAlongALineWithoutADistribution) {
  using T = TypeParam;
  const T infinity = std::numeric_limits<T>::infinity(), nan = std::numeric_limits<T>::quiet_NaN();
  for (const Place& place : places()) {
    for (const T bad : {infinity, -infinity, nan}) {
      expect_lines<T>(place, bad, false);
      if (place.shape.size() < 3 && (!kSanitized || size_of(place.shape) < 20000)) expect_lines<T>(place, bad, true);
    }
  }
}

TYPED_TEST(SoftmaxEnds, OfInfinityBesideLargeNumbers) {
  using T = TypeParam;
  const T infinity = std::numeric_limits<T>::infinity();
  const Array<T> x{T(1e30), infinity, T(-1e30), -infinity};
  const Array<T> shares = softmax(x).value(), logarithms = log_softmax(x).value();
  for (const T share : shares) EXPECT_TRUE(std::isnan(share));
  for (const T logarithm : logarithms) EXPECT_TRUE(std::isnan(logarithm));
  EXPECT_EQ(logsumexp(x).item(), infinity);
}

}  // namespace
}  // namespace xtape
