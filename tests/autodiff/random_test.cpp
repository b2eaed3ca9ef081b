// The generator: published vectors, the distributions, and that the same seed gives the same bits in every way.

#include "autodiff/autodiff.hpp"

#include "autodiff/errors.hpp"
#include "tests/draws.hpp"
#include "tests/threads.hpp"

#include "tests/testing.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>
#include <map>
#include <numbers>
#include <numeric>
#include <set>
#include <string>
#include <vector>

namespace xtape {
namespace {

constexpr std::uint64_t kLargest = ~std::uint64_t{0};

template <class T>
std::vector<T> values(const Array<T>& array) {
  return {array.data(), array.data() + array.size()};
}

template <class T>
Shape shape1(T extent) {
  return Shape{std::size_t(extent)};
}

std::array<std::uint32_t, 4> block_at(const Random::State& start, std::uint64_t index) {
  const std::uint64_t low = start.counter[0] + index, high = start.counter[1] + (low < index ? 1 : 0);
  return philox4x32({std::uint32_t(low), std::uint32_t(low >> 32), std::uint32_t(high), std::uint32_t(high >> 32)},
                    {std::uint32_t(start.key), std::uint32_t(start.key >> 32)});
}

/// Mean, variance and fourth standardised moment of a sample.
struct Moments {
  double mean = 0, variance = 0, kurtosis = 0;
};

template <class T>
Moments moments(const std::vector<T>& sample) {
  Moments m;
  const double n = double(sample.size());
  for (const T x : sample) m.mean += double(x) / n;
  double fourth = 0;
  for (const T x : sample) {
    const double d = double(x) - m.mean;
    m.variance += d * d / n;
    fourth += d * d * d * d / n;
  }
  m.kurtosis = fourth / (m.variance * m.variance);
  return m;
}

double normal_cdf(double x) {
  return 0.5 * std::erfc(-x / std::sqrt(2.0));
}

// The vectors for philox4x32-10 in the file kat_vectors of Random123 (D. E. Shaw Research).
TEST(Philox, PublishedVectors) {
  using Block = std::array<std::uint32_t, 4>;
  constexpr std::uint32_t ones = 0xffffffff;
  EXPECT_EQ(philox4x32({0, 0, 0, 0}, {0, 0}), (Block{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}));
  EXPECT_EQ(philox4x32({ones, ones, ones, ones}, {ones, ones}),
            (Block{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}));
  EXPECT_EQ(philox4x32({0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}, {0xa4093822, 0x299f31d0}),
            (Block{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}));
}

// Every number against the block function, over more blocks than are made at once, and over a carry of the counter.
TEST(Random, NumbersComeFromTheirBlocks) {
  const Random::State states[] = {{7, {0, 0}},
                                  {0xfedcba9876543210, {kLargest - 150, 5}},
                                  {kLargest, {kLargest - 3, kLargest}},
                                  {1, {0xfffffff0, 9}}};
  for (const Random::State& start : states) {
    const std::size_t n = 1234;
    Random random = Random::from_state(start);
    const auto floats = random.uniform<float>(shape1(n));
    Random random2 = Random::from_state(start);
    const auto doubles = random2.uniform<double>(shape1(n));
    Random random3 = Random::from_state(start);
    const auto normals = random3.normal<double>(shape1(n));
    Random random4 = Random::from_state(start);
    const auto normal_floats = random4.normal<float>(shape1(n));
    for (std::size_t i = 0; i < n; ++i) {
      ASSERT_EQ(floats(i), std::ldexp(float(block_at(start, i / 4)[i % 4] >> 8), -24)) << i;
      const auto w = block_at(start, i / 2);
      const std::uint64_t bits[] = {w[0] | std::uint64_t(w[1]) << 32, w[2] | std::uint64_t(w[3]) << 32};
      ASSERT_EQ(doubles(i), std::ldexp(double(bits[i % 2] >> 11), -53)) << i;

      const double radius = std::sqrt(-2 * std::log((double(bits[0] >> 11) + 0.5) * 0x1p-53));
      const double angle = double(std::int64_t(bits[1]) >> 11) * 0x1p-52 * std::numbers::pi;
      ASSERT_NEAR(normals(i), radius * (i % 2 == 0 ? std::cos(angle) : std::sin(angle)), 1e-13) << i;

      const auto v = block_at(start, i / 4);
      const double float_radius = std::sqrt(-2 * std::log((double(v[i / 2 % 2 * 2]) + 0.5) * 0x1p-32));
      const double float_angle = double(std::int32_t(v[i / 2 % 2 * 2 + 1])) * 0x1p-31 * std::numbers::pi;
      // Where u is within 2^-24 of 1, a float holds it no better, and the radius is off by up to sqrt(2^-24).
      ASSERT_NEAR(double(normal_floats(i)), float_radius * (i % 2 == 0 ? std::cos(float_angle) : std::sin(float_angle)),
                  float_radius < 0.02 ? 3e-4 : 3e-6)
          << i;
    }
  }
}

TEST(Random, SameSeedSameNumbersOtherSeedOthers) {
  Random a(7), b(7), c(8);
  const auto from_a = values(a.normal<float>({3, 5})), from_b = values(b.normal<float>({3, 5}));
  EXPECT_EQ(from_a, from_b);
  EXPECT_NE(from_a, values(c.normal<float>({3, 5})));
  EXPECT_NE(from_a, values(a.normal<float>({3, 5}))) << "the stream moves on";
}

TEST(Random, ACopyContinuesTheSameStream) {
  Random a(3);
  a.normal<float>({7});
  Random b = a;
  EXPECT_EQ(values(a.uniform<double>({9})), values(b.uniform<double>({9})));
  EXPECT_EQ(a.state(), b.state());
}

TEST(Random, StateRoundTripIsExact) {
  Random a(0x123456789abcdef0);
  a.normal<float>({101});
  a.permutation(17);
  a.bits();
  const Random::State saved = a.state();
  Random b = Random::from_state(saved);
  EXPECT_EQ(b.state(), saved);
  for (int repeat = 0; repeat < 3; ++repeat) {
    EXPECT_EQ(values(a.normal<float>({5, 7})), values(b.normal<float>({5, 7})));
    EXPECT_EQ(a.bits(), b.bits());
    EXPECT_EQ(a.permutation(50), b.permutation(50));
    EXPECT_EQ(values(a.uniform<double>({3})), values(b.uniform<double>({3})));
    EXPECT_EQ(a.below(1000), b.below(1000));
    EXPECT_EQ(a.fork().state(), b.fork().state());
  }
  EXPECT_EQ(a.state(), b.state());
}

TEST(Random, ADrawTakesItsBlocksAndNoMore) {
  const auto blocks_of = [](auto draw) {
    Random random(1);
    draw(random);
    return random.state().counter[0];
  };
  EXPECT_EQ(blocks_of([](Random& r) { r.uniform<float>({0}); }), 0u);
  EXPECT_EQ(blocks_of([](Random& r) { r.uniform<float>(Shape{}); }), 1u);
  EXPECT_EQ(blocks_of([](Random& r) { r.uniform<float>({4}); }), 1u);
  EXPECT_EQ(blocks_of([](Random& r) { r.normal<float>({5}); }), 2u);
  EXPECT_EQ(blocks_of([](Random& r) { r.normal<double>({5}); }), 3u);
  EXPECT_EQ(blocks_of([](Random& r) { r.bits(); }), 1u);
  Random carry = Random::from_state({1, {kLargest, 41}});
  carry.bits();
  EXPECT_EQ(carry.state(), (Random::State{1, {0, 42}}));
}

template <class T>
void expect_any_split_gives_the_same_bits() {
  const auto whole_uniform = values(Random(5).uniform<T>({24, 100}));
  const auto whole_normal = values(Random(5).normal<T>({24, 100}));
  EXPECT_EQ(whole_uniform, values(Random(5).uniform<T>({2400})));
  EXPECT_EQ(whole_normal, values(Random(5).normal<T>({2, 3, 4, 100})));
  for (const std::size_t part : {4u, 8u, 60u, 96u, 100u, 480u, 800u}) {
    Random uniform(5), normal(5);
    std::vector<T> uniforms, normals;
    while (uniforms.size() < 2400) {
      for (const T x : values(uniform.uniform<T>({part}))) uniforms.push_back(x);
      for (const T x : values(normal.normal<T>({part}))) normals.push_back(x);
    }
    EXPECT_EQ(uniforms, whole_uniform) << part;
    EXPECT_EQ(normals, whole_normal) << part;
  }
  for (std::size_t n = 1; n < 200; ++n) {  // any prefix, wherever the last block is cut
    const auto prefix = values(Random(5).normal<T>({n}));
    ASSERT_TRUE(std::equal(prefix.begin(), prefix.end(), whole_normal.begin())) << n;
  }
}

TEST(Random, AnySplitGivesTheSameBits) {
  expect_any_split_gives_the_same_bits<float>();
  expect_any_split_gives_the_same_bits<double>();
}

TEST(Random, AnyNumberOfThreadsGivesTheSameBits) {
  const Shape shape{100003};  // several parts a thread, the last one cut inside of a block
  std::vector<std::vector<float>> normals, draws;
  std::vector<std::vector<double>> uniforms;
  for (const std::size_t count : {1u, 2u, 3u, 7u}) {
    const tests::Threads threads(count);
    Random random(11);
    normals.push_back(values(random.normal<float>(shape)));
    uniforms.push_back(values(random.uniform<double>(shape)));
    draws.push_back(values(random.bernoulli(full<float>(shape, 0.25f))));
  }
  for (std::size_t i = 1; i < normals.size(); ++i) {
    EXPECT_EQ(normals[i], normals[0]);
    EXPECT_EQ(uniforms[i], uniforms[0]);
    EXPECT_EQ(draws[i], draws[0]);
  }
}

template <class T>
void expect_standard_normal(std::uint64_t seed) {
  const std::size_t n = 400000;
  const auto sample = values(Random(seed).normal<T>({n}));
  const Moments m = moments(sample);
  const double root = std::sqrt(double(n));
  EXPECT_LT(std::abs(m.mean), 4 / root);
  EXPECT_LT(std::abs(m.variance - 1), 4 * std::sqrt(2.0) / root);
  EXPECT_LT(std::abs(m.kurtosis - 3), 4 * std::sqrt(24.0) / root);
  EXPECT_LT(kolmogorov_smirnov(sample, normal_cdf), 1.95);
  for (const std::size_t lag :
       {1u, 2u, 3u, 4u, 512u}) {  // within a pair, a block, and from one set of blocks to the next
    double correlation = 0;
    for (std::size_t i = lag; i < n; ++i) correlation += double(sample[i]) * double(sample[i - lag]) / double(n);
    EXPECT_LT(std::abs(correlation), 4 / root) << lag;
  }
  const auto beyond_3 = double(std::count_if(sample.begin(), sample.end(), [](T x) { return std::abs(x) > T(3); }));
  const double expected = 2 * normal_cdf(-3) * double(n);
  EXPECT_LT(std::abs(beyond_3 - expected), 4 * std::sqrt(expected));
}

TEST(Random, NormalNumbersAreNormal) {
  for (const std::uint64_t seed : {1u, 2u, 3u}) {
    expect_standard_normal<float>(seed);
    expect_standard_normal<double>(seed);
  }
}

template <class T>
void expect_uniform(std::uint64_t seed) {
  const std::size_t n = 400000;
  const auto sample = values(Random(seed).uniform<T>({n}, T(-2), T(6)));
  EXPECT_GE(*std::min_element(sample.begin(), sample.end()), T(-2));
  EXPECT_LT(*std::max_element(sample.begin(), sample.end()), T(6));
  const Moments m = moments(sample);
  EXPECT_LT(std::abs(m.mean - 2), 4 * std::sqrt(64.0 / 12 / double(n)));
  EXPECT_LT(std::abs(m.variance * 12 / 64 - 1), 4 * std::sqrt((1.8 - 1) / double(n)));
  EXPECT_LT(std::abs(m.kurtosis - 1.8), 0.01);
  EXPECT_LT(kolmogorov_smirnov(sample, [](double x) { return (x + 2) / 8; }), 1.95);
}

TEST(Random, UniformNumbersAreUniform) {
  for (const std::uint64_t seed : {1u, 2u, 3u}) {
    expect_uniform<float>(seed);
    expect_uniform<double>(seed);
  }
}

// The blocks of key 1 whose first word is the least, the greatest, or has the greatest upper 24 bits; found by search.
constexpr std::uint64_t kBlockOfLeastWord = 91093890, kBlockOfGreatestWord = 1711450034;
constexpr std::uint64_t kBlockOfGreatest24Bits = 8418514;

// On every machine: a product and a sum, each rounded.
TEST(Random, UniformNumbersHaveTheSameBitsWithAnyInstructionSet) {
  const Array<double> u = Random(7).uniform({4000}), x = Random(7).uniform({4000}, -80.0, 80.0);
  const Array<float> v = Random(7).uniform<float>({4000}), y = Random(7).uniform<float>({4000}, -0.3f, 1.0f);
  for (std::size_t i = 0; i < u.size(); ++i) {
    volatile double product = u(i) * 160;  // so that no compiler makes one operation of both
    volatile float small = v(i) * (1.0f - -0.3f);
    ASSERT_EQ(x(i), product + -80.0) << i;
    ASSERT_EQ(y(i), small + -0.3f) << i;
  }
}

// 1 + (1 - 2^-24) rounds to 2: such a draw would leave the half-open interval, were it not held back.
TEST(Random, TheUpperBoundIsNeverReached) {
  ASSERT_EQ(block_at({1, {0, 0}}, kBlockOfGreatest24Bits)[0] >> 8, 0xffffffu);
  Random random = Random::from_state({1, {kBlockOfGreatest24Bits, 0}});
  EXPECT_EQ(random.uniform<float>({1}, 1.0f, 2.0f)(0), std::nextafter(2.0f, 0.0f));
  random = Random::from_state({1, {kBlockOfGreatest24Bits, 0}});
  EXPECT_EQ(random.uniform<float>({1}, -3.0f, -2.0f)(0), std::nextafter(-2.0f, -3.0f));
  const float next = std::nextafter(1.0f, 2.0f);
  for (const float x : values(random.uniform<float>({1000}, 1.0f, next))) EXPECT_EQ(x, 1.0f);
  for (const double x : values(random.uniform<double>({100}, 3.0, 3.0))) EXPECT_EQ(x, 3.0);
}

TEST(Random, NormalNumbersAreFiniteAtTheEndsOfTheRange) {
  ASSERT_EQ(block_at({1, {0, 0}}, kBlockOfLeastWord)[0], 0u);
  ASSERT_EQ(block_at({1, {0, 0}}, kBlockOfGreatestWord)[0], 0xffffffffu);
  const auto least = Random::from_state({1, {kBlockOfLeastWord, 0}}).normal<float>({2});
  EXPECT_NEAR(std::hypot(least(0), least(1)), std::sqrt(2 * 33 * std::numbers::ln2_v<float>), 1e-5f);
  const auto greatest = Random::from_state({1, {kBlockOfGreatestWord, 0}}).normal<float>({2});
  EXPECT_EQ(std::hypot(greatest(0), greatest(1)), 0.0f);
}

TEST(Random, BernoulliDrawsFollowTheirProbabilities) {
  const std::size_t n = 100000;
  for (const float p : {0.0f, 0.01f, 0.3f, 0.999f, 1.0f}) {
    const auto draws = values(Random(4).bernoulli(full<float>({n}, p)));
    double sum = 0;
    for (const float x : draws) {
      ASSERT_TRUE(x == 0.0f || x == 1.0f);
      sum += double(x);
    }
    EXPECT_LE(std::abs(sum - double(n) * double(p)), 4 * std::sqrt(double(n) * double(p) * (1 - double(p)))) << p;
  }
  const auto drawn = Random(4).bernoulli(full<double>({2, 3, 4}, 0.5));
  EXPECT_EQ(to_string(shape_of(drawn)), "(2, 3, 4)");
}

TEST(Random, BernoulliTakesAnyArray) {
  const std::vector<float> p{0, 0.25f, 0.5f, 1};
  const auto expected = values(Random(4).bernoulli(array_of<float>(p)));
  EXPECT_EQ(values(Random(4).bernoulli(p)), expected);
  const xt::xarray<float> container{0, 0.25f, 0.5f, 1};
  EXPECT_EQ(values(Random(4).bernoulli(container)), expected);
  EXPECT_EQ(values(Random(4).bernoulli(container * 1.0f)), expected);
  EXPECT_EQ(values(Random(4).bernoulli(Var<float>(container))), expected);
  static_assert(std::same_as<decltype(Random(4).bernoulli(std::vector<double>{0.5})), Array<double>>);
}

TEST(Random, UniformTakesEndsOfAnyTypes) {
  const auto expected = values(Random(4).uniform({5}, -1.0, 2.0));
  EXPECT_EQ(values(Random(4).uniform({5}, -1, 2)), expected);
  EXPECT_EQ(values(Random(4).uniform({5}, -1, 2.0)), expected);
  EXPECT_EQ(values(Random(4).uniform({5}, -1.0, 2.0f)), expected);
  const auto floats = values(Random(4).uniform({5}, -1.0f, 2.0f));
  EXPECT_EQ(values(Random(4).uniform<float>({5}, -1, 2)), floats);
  EXPECT_EQ(values(Random(4).uniform({5}, -1, 2.0f)), floats);
}

TEST(Random, MistakesAreToldAndDrawNothing) {
  Random random(1);
  const Random::State before = random.state();
  const double infinity = std::numeric_limits<double>::infinity(), nan = std::nan("");
  EXPECT_THROW(random.uniform<double>({2}, 1.0, 0.0), Error);
  EXPECT_THROW(random.uniform<double>({2}, 0.0, infinity), Error);
  EXPECT_THROW(random.uniform<double>({2}, nan, 1.0), Error);
  EXPECT_THROW(random.uniform<float>({2}, -3e38f, 3e38f), Error);
  EXPECT_THROW(random.below(0), Error);
  for (const double wrong : {-0.1, 1.5, nan, infinity}) {
    Array<double> p = full<double>({3, 2}, 0.5);
    p(1, 1) = wrong;
    const std::string message = message_of<Error>([&] { random.bernoulli(p); });
    EXPECT_NE(message.find("[Random::bernoulli]"), std::string::npos);
    EXPECT_NE(message.find("element 3 of shape (3, 2)"), std::string::npos) << message;
  }
  EXPECT_NE(message_of<Error>([&] { random.bernoulli(full<double>({1}, -1e-9)); }).find("got -1e-09"),
            std::string::npos);
  EXPECT_EQ(random.state(), before);
}

TEST(Random, BelowIsUniformAndInRange) {
  Random random(21);
  for (const std::uint64_t count : {1ull, 2ull, 3ull, 10ull, 1000ull, 1ull << 32, (1ull << 63) + 1, ~0ull}) {
    for (int i = 0; i < 100; ++i) ASSERT_LT(random.below(count), count);
  }
  std::array<double, 6> seen{};
  for (int i = 0; i < 60000; ++i) ++seen[random.below(6)];
  double chi_square = 0;
  for (const double count : seen) chi_square += (count - 10000) * (count - 10000) / 10000;
  EXPECT_LT(chi_square, 20.5) << "5 degrees of freedom, p = 0.001";
}

TEST(Random, PermutationHasEveryNumberOnce) {
  for (const std::size_t n : {0u, 1u, 2u, 3u, 100u, 60000u}) {
    Random random(n);
    auto order = random.permutation(n);
    ASSERT_EQ(order.size(), n);
    if (n == 60000) {
      EXPECT_FALSE(std::is_sorted(order.begin(), order.end()));
    }
    std::sort(order.begin(), order.end());
    for (std::size_t i = 0; i < n; ++i) ASSERT_EQ(order[i], i);
  }
}

TEST(Random, AllOrdersOfFourAreAlike) {
  Random random(17);
  std::map<std::vector<std::size_t>, double> seen;
  const double draws = 48000;
  for (int i = 0; i < int(draws); ++i) ++seen[random.permutation(4)];
  ASSERT_EQ(seen.size(), 24u);
  double chi_square = 0;
  for (const auto& [order, count] : seen) chi_square += (count - draws / 24) * (count - draws / 24) / (draws / 24);
  EXPECT_LT(chi_square, 49.7) << "23 degrees of freedom, p = 0.001";
  EXPECT_GT(chi_square, 7.5) << "too even to be random: p = 0.001";
}

TEST(Random, ForksAreStreamsOfTheirOwn) {
  Random parent(7), same(7);
  Random first = parent.fork(), second = parent.fork();
  EXPECT_EQ(first.state(), same.fork().state()) << "a fork depends on the parent's state alone";
  std::set<double> seen;
  for (Random* random : {&parent, &first, &second}) {
    for (const double x : values(random->uniform<double>({1000}))) seen.insert(x);
  }
  EXPECT_EQ(seen.size(), 3000u);
  Random a = parent.fork(), b = parent.fork();
  const auto x = values(a.normal<double>({100000})), y = values(b.normal<double>({100000}));
  EXPECT_LT(std::abs(std::inner_product(x.begin(), x.end(), y.begin(), 0.0)) / 100000, 4 / std::sqrt(100000.0));
}

// Consecutive seeds and counters differ by one bit: half of the bits of what they give must differ.
TEST(Random, OneBitOfTheSeedChangesHalfOfTheBits) {
  double changed = 0;
  const int pairs = 4000;
  for (std::uint64_t seed = 0; seed < pairs; ++seed) {
    changed += std::popcount(Random(seed).bits() ^ Random(seed ^ (std::uint64_t{1} << (seed % 64))).bits());
  }
  EXPECT_LT(std::abs(changed / pairs - 32), 4 * 4 / std::sqrt(double(pairs)));
}

}  // namespace
}  // namespace xtape
