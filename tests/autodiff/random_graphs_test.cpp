// Random expressions of all operations, up to twelve deep: first and second derivatives along random directions against
// difference quotients, and values and derivatives against PyTorch's. What each operation is right in by itself its
// neighbours on a tape must leave right: shared values, gradients that are handed on, written over or added into,
// views, parts.

#include "tests/autodiff/ops/graphs.hpp"
#include "tests/sanitized.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <set>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

namespace xtape::tests {
namespace {

using namespace graphs;

Point moved(const Point& x, const Point& v, double step) {
  Point result = x;
  for (std::size_t k = 0; k < x.size(); ++k) {
    for (std::size_t i = 0; i < x[k].size(); ++i) result[k].data()[i] += step * v[k].data()[i];
  }
  return result;
}
double value_at(const Expression& f, const Point& x) {
  return f(V(x[0]), V(x[1])).item();
}

/// A central quotient by Richardson's extrapolation, and how far the two that it is made of are apart: an error of
/// fourth order where the function is smooth, more where a kink lies between.
struct Quotient {
  double value, apart;
};
template <class F>
Quotient quotient(const F& f) {
  constexpr double kStep = 1e-3;
  const double wide = (f(kStep) - f(-kStep)) / (2 * kStep), narrow = (f(kStep / 2) - f(-kStep / 2)) / kStep;
  return {narrow + (narrow - wide) / 3, std::abs(narrow - wide)};
}

template <class... Listed>
void add_names(TypeList<Listed...>, std::set<std::string>& names) {
  (names.insert(Listed::op::name), ...);
}

constexpr int kGraphs = kSanitized ? 600 : 20000;

// Each operation by itself, along a line: each order against quotients of the one below.
TEST(EveryOperation, HasDerivativesToFourthOrder) {
  Random rng(34);
  for (const GraphOp& op : graph_ops()) {
    const Shape square{kSide, kSide};
    const auto draw = [&] { return rng.normal<double>(square); };
    const Expression f{draw(), {{&op, 0, 1}}};
    const V a(draw()), b(draw()), along_a(0.3 * draw()), along_b(0.3 * draw());
    const auto on_line = [&](const V& t) { return f(a + t * along_a, b + t * along_b); };
    for (const int order : {1, 2, 3, 4}) {
      const double got = derivative(order, on_line, 0.0).item();
      const Quotient expected = quotient([&](double t) { return derivative(order - 1, on_line, t).item(); });
      EXPECT_NEAR(got, expected.value, 1e-8 * (1 + std::abs(got))) << op.name << ", order " << order;
    }
  }
}

TEST(RandomGraphs, HaveTheDerivativesOfDifferenceQuotients) {
  Random rng(2026);
  std::set<std::string> names;
  int rough = 0;
  for (int graph = 0; graph < kGraphs; ++graph) {
    const Expression f = random_expression(rng);
    SCOPED_TRACE("graph " + std::to_string(graph) + ": " + graphs::to_string(f));
    const Shape square{kSide, kSide};
    const Point x{rng.normal<double>(square), rng.normal<double>(square)},
        v{rng.normal<double>(square), rng.normal<double>(square)};
    const Point g = gradient_at(f, x);
    const Derivatives by_record = derivatives_at(f, x, v);
    names.insert(by_record.names.begin(), by_record.names.end());
    const double scale = 1 + std::sqrt(inner(g, g) * inner(v, v));
    ASSERT_NEAR(inner(by_record.recorded, v), inner(g, v), 1e-10 * scale) << "the two sweeps";

    const Quotient slope = quotient([&](double step) { return value_at(f, moved(x, v, step)); });
    const Quotient curvature = quotient([&](double step) { return inner(gradient_at(f, moved(x, v, step)), v); });
    const double curved = 1 + std::sqrt(inner(by_record.product, by_record.product) * inner(v, v));
    if (!(slope.apart < 1e-4 * scale) || !(curvature.apart < 1e-4 * curved)) {
      ++rough;  // a kink lies between, or the function turns too fast for quotients
      continue;
    }
    ASSERT_NEAR(inner(g, v), slope.value, 1e-7 * scale + 5 * slope.apart);
    ASSERT_NEAR(inner(by_record.product, v), curvature.value, 1e-7 * curved + 5 * curvature.apart);
  }
  EXPECT_LT(rough, kGraphs / 20);
  std::set<std::string> all;
  for (const GraphOp& op : on_numbers()) all.insert(op.name);
  add_names(StructuralOps{}, all);
  for (const std::string& name : all) EXPECT_TRUE(names.contains(name)) << name << " is in no graph";
}

TEST(RandomGraphs, OnTwoThreadsAtOnceHaveTheBitsOfOne) {
  Random rng(2);
  std::vector<Expression> graphs;
  std::vector<Point> at, alone;
  for (int graph = 0; graph < 300; ++graph) {
    graphs.push_back(random_expression(rng));
    at.push_back({rng.normal<double>({kSide, kSide}), rng.normal<double>({kSide, kSide})});
    alone.push_back(gradient_at(graphs.back(), at.back()));
  }
  std::atomic<int> different{0};
  const auto all = [&] {
    for (std::size_t k = 0; k < graphs.size(); ++k) different += gradient_at(graphs[k], at[k]) != alone[k];
  };
  std::thread first(all), second(all);
  first.join();
  second.join();
  EXPECT_EQ(different, 0);
}

/// The operations that PyTorch has not, or not the derivative of.
const std::set<std::string> kOurs{"betainc", "gammainc", "gammaincc", "lambertw", "zeta"};

/// XTAPE_GRAPHS names another file of graphs than the stored one: scripts/golden --graphs makes it.
TEST(RandomGraphs, HaveTheValuesAndDerivativesOfPyTorch) {
  const char* const named = std::getenv("XTAPE_GRAPHS");
  std::ifstream file(named != nullptr ? named : XTAPE_GOLDEN_DIR "/graphs.txt");
  ASSERT_TRUE(file) << "no file of graphs";
  std::vector<Array<double>> matrices;
  std::set<std::string> names;
  std::size_t count = 0;
  double worst = 0;
  const auto expect = [&](double got, double right, double scale, const char* what) {
    EXPECT_NEAR(got, right, 1e-9 * scale) << what;
    worst = std::max(worst, std::abs(got - right) / scale);
  };
  for (std::string line; std::getline(file, line);) {
    std::istringstream words(line);
    std::string kind;
    words >> kind;
    if (kind == "matrix") {
      Array<double> numbers = empty<double>({kSide, kSide});
      for (double& x : numbers) words >> x;
      matrices.push_back(numbers);
    }
    if (kind == "graph") {
      SCOPED_TRACE(line.substr(0, line.find(':')));
      const auto matrix = [&] {
        std::size_t k = 0;
        words >> k;
        return matrices.at(k);
      };
      const Point x{matrix(), matrix()}, v{matrix(), matrix()};
      Expression f{matrix(), {}};
      std::string name;
      std::size_t first = 0, second = 0;
      while (words >> name && name != ":" && words >> first >> second) {
        f.steps.push_back({&graph_op(name), first, second});
        names.insert(name);
      }
      double value = 0, curvature = 0, largest = 0;
      Point g{empty<double>({kSide, kSide}), empty<double>({kSide, kSide})};
      words >> value >> curvature;
      for (Array<double>& part : g) {
        for (double& slope : part) {
          words >> slope;
          largest = std::max(largest, std::abs(slope));
        }
      }
      ASSERT_TRUE(words) << "a bad line";
      expect(value_at(f, x), value, 1 + std::abs(value), "the value");
      const Point fused = gradient_at(f, x);
      const Derivatives by_record = derivatives_at(f, x, v);
      for (std::size_t k = 0; k < 2; ++k) {
        for (std::size_t i = 0; i < kSide * kSide; ++i) {
          expect(fused[k].data()[i], g[k].data()[i], 1 + largest, "the gradient");
          expect(by_record.recorded[k].data()[i], g[k].data()[i], 1 + largest, "the recorded gradient");
        }
      }
      const Point& product = by_record.product;
      expect(inner(product, v), curvature, 1 + std::sqrt(inner(product, product) * inner(v, v)),
             "the second derivative");
      ASSERT_FALSE(HasFailure());
      ++count;
    }
  }
  EXPECT_GT(count, 0u);
  for (const GraphOp& op : named == nullptr ? graph_ops() : std::vector<GraphOp>()) {  // few graphs need not have all
    EXPECT_TRUE(names.contains(op.name) != kOurs.contains(op.name)) << op.name << " is in no graph, or PyTorch has it";
  }
  std::printf("%zu graphs, the largest relative difference %.1e\n", count, worst);
}

}  // namespace
}  // namespace xtape::tests
