// tape.summary() and to_dot(tape).

#include "autodiff/autodiff.hpp"
#include "tests/testing.hpp"

#include <algorithm>
#include <regex>
#include <set>
#include <sstream>

namespace xtape {
namespace {

using Floats = xt::xarray<float>;

const TapeSummary::Row& row(const TapeSummary& summary, const std::string& operation) {
  const auto place = std::find_if(summary.rows.begin(), summary.rows.end(),
                                  [&](const TapeSummary::Row& r) { return r.operation == operation; });
  if (place == summary.rows.end()) throw Error("no row " + operation);
  return *place;
}

// x: (10, 20), w: (20, 30): tanh saves its result and its slope, exp its output, matmul its inputs.
struct Program {
  Tape<float> tape;
  Var<float> x, w, h, y;
  explicit Program(const TapeOptions& options = {}) : tape(options) {
    x = tape.watch(Random(1).normal<float>({10, 20}));
    w = tape.watch(Random(2).normal<float>({20, 30}));
    h = tanh(matmul(x, w));
    y = sum(exp(h) + reshape(h, {30, 10}).value()(0, 0));
  }
};

TEST(Summary, CountsCallsAndBytes) {
  const Program p;
  const TapeSummary summary = p.tape.summary();
  EXPECT_EQ(row(summary, "variable").calls, 2u);
  EXPECT_EQ(row(summary, "variable").saved_bytes, 0u);
  EXPECT_EQ(row(summary, "matmul").saved_bytes, (10 * 20 + 20 * 30) * sizeof(float));
  EXPECT_EQ(row(summary, "tanh").saved_bytes, 2 * 10 * 30 * sizeof(float));
  EXPECT_EQ(row(summary, "exp").saved_bytes, 10 * 30 * sizeof(float));
  EXPECT_EQ(summary.total.calls, p.tape.size());
  EXPECT_EQ(summary.total.saved_bytes, (200 + 600 + 2 * 300 + 300) * sizeof(float));
  EXPECT_EQ(summary.rows[0].operation, "matmul") << "the most bytes first";
  EXPECT_FALSE(summary.timed);
  EXPECT_EQ(summary.total.forward_seconds, 0);
}

// An operand is kept where a derivative reads it that can be asked for: not one whose derivative alone would read it,
// and not what only a constant's derivative reads.
TEST(Summary, KeepsWhatADerivativeReads) {
  const Array<double> a = Random(1).uniform<double>({4, 4}, 1, 2), b = Random(2).uniform<double>({4, 4}, 1, 2);
  const auto saved = [&](const auto& f) {  // in elements, beside x + 1
    Tape<double> tape;
    const Var<double> x = tape.watch(a);
    const Var<double> y = f(x + 1.0);
    const std::size_t elements = tape.summary().total.saved_bytes / sizeof(double);
    const Array<double> found = tape.gradient(sum(y), x), wanted = [&] {
      Tape<double> all;  // where every operand is a variable
      const Var<double> u = all.watch(a), v = all.watch(b);
      return all.gradient(sum(f(u + 1.0)) + 0.0 * sum(v), u);
    }();
    EXPECT_TRUE(close(found, wanted));
    return elements;
  };
  EXPECT_EQ(saved([](const auto& x) { return x * 0.5; }), 1u);
  EXPECT_EQ(saved([](const auto& x) { return 0.5 * x; }), 1u);
  EXPECT_EQ(saved([](const auto& x) { return x / 3.0; }), 1u);
  EXPECT_EQ(saved([](const auto& x) { return 3.0 / x; }), 16u + 1u);
  EXPECT_EQ(saved([](const auto& x) { return x * x; }), 16u);
  EXPECT_EQ(saved([&](const auto& x) { return x * b; }), 16u);
  EXPECT_EQ(saved([](const auto& x) { return power(x, 3.0); }), 16u + 1u);
  EXPECT_EQ(saved([](const auto& x) { return power(2.0, x); }), 16u + 1u);  // the result, and 2
  EXPECT_EQ(saved([&](const auto& x) { return where(b > 1.5, x, 7.0); }), 16u);
  EXPECT_EQ(saved([](const auto& x) { return x + 2.0; }), 0u);
  EXPECT_EQ(saved([](const auto& x) { return mod(x, 2.0); }), 0u);
  EXPECT_EQ(saved([](const auto& x) { return fmod(x, 2.0); }), 0u);
  EXPECT_EQ(saved([&](const auto& x) { return linear_recurrence(Var<double>(b), x); }), 16u);
  EXPECT_EQ(saved([&](const auto& x) { return matmul(b, x); }), 16u);
  EXPECT_EQ(saved([&](const auto& x) { return matmul(x, b); }), 16u);
  EXPECT_EQ(saved([](const auto& x) { return matmul(x, x); }), 16u);
  const Array<double> bias = zeros<double>({4});
  EXPECT_EQ(saved([&](const auto& x) { return linear(x, b, bias); }), 16u);
  EXPECT_EQ(saved([&](const auto& x) { return linear(b, x, bias); }), 16u);
  EXPECT_EQ(saved([&](const auto& x) { return linear(b, b, x[0]); }), 0u);
}

// What several operations save, and what views share, is one buffer.
TEST(Summary, CountsSharedBuffersOnce) {
  Tape<double> tape;
  const Var<double> x = tape.watch(zeros<double>({8, 8}));
  const Var<double> a = sin(x), b = cos(x), c = reshape(x, {64}) * sin(reshape(x, {4, 16})).value()(0, 0);
  const Var<double> d = matmul(x, transpose(x));
  EXPECT_EQ(tape.summary().total.saved_bytes, (64 + 1) * sizeof(double));  // x, and the number
  EXPECT_EQ(row(tape.summary(), "sin").saved_bytes, 64 * sizeof(double));
  EXPECT_EQ(row(tape.summary(), "cos").saved_bytes, 0u);
}

TEST(Summary, CountsAllResultsThatAreKept) {
  Tape<double> tape;
  const Var<double> x = tape.watch(zeros<double>({3, 3}));
  const auto [w, v] = eigh(x);
  EXPECT_EQ(row(tape.summary(), "eigh").saved_bytes, (3 + 9) * sizeof(double));
}

TEST(Summary, IsEmptyAfterTheSweepUnlessRetained) {
  Program p;
  const std::size_t before = p.tape.summary().total.saved_bytes;
  p.tape.gradient(p.y, p.w, {.retain = true});
  EXPECT_EQ(p.tape.summary().total.saved_bytes, before);
  p.tape.gradient(p.y, p.w);
  EXPECT_EQ(p.tape.summary().total.saved_bytes, 0u);
  EXPECT_EQ(p.tape.summary().total.calls, p.tape.size());
}

TEST(Summary, MeasuresTimeAndKeepsTheBytesWhenAsked) {
  Program p({.profile = true});
  const std::size_t bytes = p.tape.summary().total.saved_bytes;
  EXPECT_GT(row(p.tape.summary(), "matmul").forward_seconds, 0);
  EXPECT_EQ(row(p.tape.summary(), "matmul").backward_seconds, 0);
  p.tape.gradient(p.y, p.w);
  const TapeSummary summary = p.tape.summary();
  EXPECT_TRUE(summary.timed);
  EXPECT_EQ(summary.total.saved_bytes, bytes);
  double forward = 0, backward = 0;
  for (const TapeSummary::Row& r : summary.rows) {
    forward += r.forward_seconds;
    backward += r.backward_seconds;
    if (r.operation == "variable") continue;
    EXPECT_GT(r.forward_seconds, 0) << r.operation;
    if (r.operation == "reshape") continue;  // of a constant
    EXPECT_GT(r.backward_seconds, 0) << r.operation;
  }
  EXPECT_NEAR(forward, summary.total.forward_seconds, 1e-12);
  EXPECT_NEAR(backward, summary.total.backward_seconds, 1e-12);
  EXPECT_EQ(row(summary, "variable").forward_seconds, 0);
  const auto time = [](const TapeSummary::Row& r) { return r.forward_seconds + r.backward_seconds; };
  for (std::size_t i = 1; i < summary.rows.size(); ++i) EXPECT_GE(time(summary.rows[i - 1]), time(summary.rows[i]));
}

// What a recorded sweep adds to the tape is in the table; a checkpoint holds its arguments and takes all its time.
TEST(Summary, OfCheckpointsAndRecordedSweeps) {
  Tape<double> tape({.profile = true});
  const Var<double> x = tape.watch(zeros<double>({1000}));
  const Var<double> y = sum(checkpoint([](const auto& v) { return exp(sin(v)) * v; })(x));
  EXPECT_EQ(row(tape.summary(), "checkpoint").saved_bytes, 8000u);
  tape.gradient(y, x);
  EXPECT_GT(row(tape.summary(), "checkpoint").forward_seconds, 0);
  EXPECT_GT(row(tape.summary(), "checkpoint").backward_seconds, 0);
  const std::size_t nodes = tape.size();
  grad([](const auto& v) { return sum(v * v); })(x);
  EXPECT_GT(tape.size(), nodes);
  EXPECT_EQ(tape.summary().total.calls, tape.size());
}

TEST(Summary, PrintsATable) {
  const Program plain, timed({.profile = true});
  std::ostringstream text;
  text << plain.tape.summary();
  EXPECT_EQ(text.str(), plain.tape.summary().to_string());
  std::istringstream lines(text.str());
  std::string line;
  std::getline(lines, line);
  EXPECT_TRUE(std::regex_match(line, std::regex("operation +calls +saved"))) << line;
  std::getline(lines, line);
  EXPECT_TRUE(std::regex_match(line, std::regex("matmul +1 +3\\.1 KiB"))) << line;
  while (std::getline(lines, line)) EXPECT_EQ(line.size(), text.str().find('\n'));
  EXPECT_TRUE(has(text.str(), {"\ntotal "}));
  EXPECT_TRUE(has(timed.tape.summary().to_string(), {"forward ms   backward ms\n"}));
  const Tape<float> empty;
  EXPECT_TRUE(has(empty.summary().to_string(), {"operation      calls        saved\ntotal"}));
}

struct Quoted {
  static constexpr const char* name = "say \"a\\b\"\nc";
  static constexpr unsigned saves = kNothing;
  template <class S>
  static S eval(const S& x) {
    return x;
  }
  template <class S>
  static std::array<S, 1> vjp(const S& g, const auto&, const auto&) {
    return {g};
  }
};

TEST(ToDot, DrawsTheGraph) {
  Tape<float> tape;
  const Var<float> x = tape.watch(Floats{1, 2, 3});  // 0
  const Var<float> y = x * Floats{4, 5, 6};          // 1, with a constant
  const Var<float> z = sum(y * y);                   // 2, with y twice; 3
  EXPECT_EQ(to_dot(tape),
            "digraph tape {\n  rankdir=TB;\n  node [fontname=\"sans-serif\", fontsize=10];\n"
            "  n0 [label=\"variable\\n(3,)\", shape=ellipse, style=filled, fillcolor=\"#cfe2f3\"];\n"
            "  n1 [label=\"multiply\\n(3,)\\nsaves 12 B\", shape=box];\n"
            "  n0 -> n1;\n"
            "  c1_1 [label=\"constant\\n(3,)\", shape=plaintext, fontcolor=\"#777777\"];\n"
            "  c1_1 -> n1 [style=dashed];\n"
            "  n2 [label=\"multiply\\n(3,)\\nsaves 12 B\", shape=box];\n"
            "  n1 -> n2;\n"
            "  n1 -> n2;\n"
            "  n3 [label=\"sum\\n()\", shape=box];\n"
            "  n2 -> n3;\n"
            "}\n");
}

// Every edge joins declared nodes, and the edges are those of the recording, whatever is recorded.
TEST(ToDot, IsWellFormedWithDerivativesAndCheckpoints) {
  Tape<double> tape;
  const Var<double> x = tape.watch(xt::xarray<double>{1, 2});
  const auto f = [](const auto& v) { return sum(checkpoint([](const auto& u) { return exp(u) * u; })(v) * v); };
  const Var<double> slope = grad(f)(x);
  tape.gradient(sum(apply<Quoted>(slope)), x);
  std::istringstream lines(to_dot(tape));
  std::set<std::string> declared;
  std::vector<std::string> used;
  const std::regex node("  ([nc][0-9_]+) \\[label=\"([^\"\\\\]|\\\\.)*\".*\\];"), edge("  (\\w+) -> (\\w+).*;");
  std::smatch match;
  for (std::string line; std::getline(lines, line);) {
    if (std::regex_match(line, match, node)) {
      EXPECT_TRUE(declared.insert(match[1]).second) << line;
    } else if (std::regex_match(line, match, edge)) {
      used.insert(used.end(), {match[1], match[2]});
    }
  }
  for (const std::string& name : used) EXPECT_TRUE(declared.contains(name)) << name;
  EXPECT_EQ(std::count_if(declared.begin(), declared.end(), [](const auto& name) { return name[0] == 'n'; }),
            std::ptrdiff_t(tape.size()));
  std::size_t edges = 0;
  for (NodeIndex i = 0; i < tape.record()->size(); ++i) edges += tape.record()->node(i).inputs().size();
  EXPECT_EQ(used.size(), 2 * edges);
  EXPECT_TRUE(has(to_dot(tape), {R"-(label="say \"a\\b\"\nc\n(2,)")-"}));
}

}  // namespace
}  // namespace xtape
