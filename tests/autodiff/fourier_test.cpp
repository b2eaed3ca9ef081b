// Fourier transforms against PyTorch (tests/golden/make_fourier.py), and what mistakes say.

#include "autodiff/autodiff.hpp"
#include "tests/golden.hpp"
#include "tests/testing.hpp"

#include <gtest/gtest.h>

#include <functional>
#include <map>
#include <string>
#include <vector>

namespace xtape::tests {
namespace {

using V = Var<double>;

TEST(GoldenFourier, ValuesAndDerivativesToSecondOrderAgree) {
  const Golden golden("fourier");
  const std::map<std::string, std::function<V(const V&)>> cases{{"fft", [](const V& x) { return fft(x); }},
                                                                {"fft_longer", [](const V& x) { return fft(x, 9, 0); }},
                                                                {"ifft_shorter", [](const V& x) { return ifft(x, 5); }},
                                                                {"rfft_even", [](const V& x) { return rfft(x); }},
                                                                {"rfft_odd", [](const V& x) { return rfft(x, {}, 0); }},
                                                                {"irfft_even", [](const V& x) { return irfft(x); }},
                                                                {"irfft_odd", [](const V& x) { return irfft(x, 7); }},
                                                                {"irfft_one", [](const V& x) { return irfft(x, 1); }},
                                                                {"fft2", [](const V& x) { return fft2(x); }},
                                                                {"ifft2", [](const V& x) { return ifft2(x); }},
                                                                {"rfft2", [](const V& x) { return rfft2(x); }},
                                                                {"irfft2", [](const V& x) { return irfft2(x, 5); }}};
  for (const auto& [name, f] : cases) {
    const auto array = [&golden, &title = name](const char* what) { return golden[title + what]; };
    Tape<double> tape;
    const V x = tape.watch(array(".x")), y = f(x);
    EXPECT_TRUE(close(y.value(), array(".y"))) << name;
    const V value = sum(array(".c") * y * y * y);
    const V slope = recorded_gradients<double>(*tape.record(), value, V(1.0), std::vector<V>{x})[0];
    const V along = sum(slope * array(".v"));
    EXPECT_TRUE(close(tape.gradient(value, x, {.retain = true}), array(".g"))) << name;
    EXPECT_TRUE(close(tape.gradient(along, x), array(".h"))) << name;
  }
}

// A transform and back, of a length whose largest prime is long, in both precisions.
template <class T>
void expect_there_and_back(std::size_t n, double tolerance) {
  const Array<T> x = Random(1).normal<T>({2, n});
  EXPECT_TRUE(close(irfft(rfft(x), n).value(), x, tolerance)) << n;
}

TEST(Fourier, OfItsInverseIsWhatWasThere) {
  for (const std::size_t n : {1, 2, 3, 64, 1009, 2018, 10007, 3 * 61, 4096}) {
    expect_there_and_back<double>(n, 1e-14);
    expect_there_and_back<float>(n, 1e-6);
  }
}

TEST(Fourier, SaysWhatDoesNotFit) {
  const auto of = [](const Shape& shape) { return ones<double>(shape); };
  const std::size_t huge = std::size_t(-1);
  const std::vector<std::pair<std::function<void()>, std::string>> mistakes{
      {[=] {
         fft(of({3, 4}));
       },
       "[fft] a complex array (..., 2) of real and imaginary parts expected, got (3, 4)"},
      {[=] { ifft(of({})); }, "[ifft] a complex array"},
      {[=] { fft(of({2})); }, "[fft] axis -1"},
      {[=] {
         fft(of({0, 2}));
       },
       "[fft] at least one element along axis 0 expected, got (0, 2)"},
      {[=] { rfft(of({3}), 0); }, "[rfft] a transform of at least one element"},
      {[=] { rfft(of({3}), huge); }, "[rfft] a transform of at least one element"},
      {[=] { rfft(of({3}), {}, 1); }, "[rfft] axis 1"},
      {[=] {
         irfft(of({1, 2}));
       },
       "[irfft] a transform of at least one element and less than 2^60 expected, got 0"},
      {[=] {
         fft2(of({3, 2}));
       },
       "[fft2] axis -2"}};
  for (const auto& [mistake, expected] : mistakes) {
    const std::string message = message_of<ShapeError>(mistake);
    EXPECT_EQ(message.substr(0, expected.size()), expected) << message;
  }
}

}  // namespace
}  // namespace xtape::tests
