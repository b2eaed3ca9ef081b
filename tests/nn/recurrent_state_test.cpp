// Recurrent layers over sequences that come in chunks.

#include "nn/nn.hpp"
#include "tests/testing.hpp"

#include <vector>

namespace xtape::nn {
namespace {

constexpr std::size_t kBatch = 3, kTimes = 7;

// Times first..last of x: (time, batch, in), or (batch, time, in).
Var<double> times(const Var<double>& x, bool batch_first, std::ptrdiff_t first, std::ptrdiff_t last) {
  return batch_first ? slice(x, {{}, {first, last}}) : slice(x, {{first, last}});
}

template <class Layer>
void expect_chunks_are_the_whole(bool batch_first) {
  SCOPED_TRACE(batch_first);
  Random rng(1);
  const Layer layer(2, 4, rng, {.layers = 2, .batch_first = batch_first});
  const Var<double> x = rng.normal(batch_first ? Shape{kBatch, kTimes, 2} : Shape{kTimes, kBatch, 2});
  const auto whole = layer(x);
  RecurrentState<double> state;
  const Var<double> start = layer(times(x, batch_first, 0, 3), state).output;
  const auto rest = layer(times(x, batch_first, 3, kTimes), state);
  EXPECT_TRUE(close(concatenate({start, rest.output}, batch_first ? 1 : 0).value(), whole.output.value(), 1e-15));
  EXPECT_TRUE(close(state.parts.at(0), whole.hidden.value(), 1e-15));
  if constexpr (requires { whole.cell; }) {
    ASSERT_EQ(state.parts.size(), 2u);
    EXPECT_TRUE(close(state.parts[1], whole.cell.value(), 1e-15));
  } else {
    EXPECT_EQ(state.parts.size(), 1u);
  }
}

TEST(RecurrentState, ChunksAreTheWhole) {
  for (const bool batch_first : {false, true}) {
    expect_chunks_are_the_whole<Rnn<double>>(batch_first);
    expect_chunks_are_the_whole<Gru<double>>(batch_first);
    expect_chunks_are_the_whole<Lstm<double>>(batch_first);
  }
}

// It outlives the tape, and what comes before a chunk is a constant to it.
TEST(RecurrentState, GradientsEndAtTheChunk) {
  Random rng(1);
  const Lstm<double> lstm(2, 4, rng);
  const Array<double> first = rng.normal({3, kBatch, 2}), second = rng.normal({2, kBatch, 2});
  RecurrentState<double> state;
  {
    Tape<double> tape;
    tape.gradient(sum(square(lstm(first, state).output)), lstm.parameters());
  }
  const Array<double> h = state.parts.at(0), c = state.parts.at(1);
  const auto gradients = [&](const auto& output) {
    Tape<double> tape;
    return tape.gradient(sum(square(output())), lstm.parameters());
  };
  const auto of_chunk = gradients([&] { return lstm(second, state).output; });
  const auto of_constants = gradients([&] { return lstm(second, h, c).output; });
  EXPECT_EQ(of_chunk, of_constants);
  EXPECT_FALSE(close(of_chunk.at(1), gradients([&] { return lstm(second).output; }).at(1), 1e-3)) << "no state at all";
}

TEST(RecurrentState, AnotherOneIsRefusedAndStays) {
  Random rng(1);
  const Gru<double> gru(2, 4, rng);
  const Lstm<double> lstm(2, 4, rng);
  RecurrentState<double> state;
  gru(zeros<double>({5, kBatch, 2}), state);
  const std::vector<Array<double>> before = state.parts;
  EXPECT_TRUE(has(message_of<ShapeError>([&] {
                    lstm(zeros<double>({5, kBatch, 2}), state);
                  }),
                  {"[Lstm]", "2 or none, expected, got 1"}));
  EXPECT_TRUE(has(message_of<ShapeError>([&] {
                    gru(zeros<double>({5, 4, 2}), state);
                  }),
                  {"[Gru]", "(1, 4, 4) expected, got (1, 3, 4)"}));
  EXPECT_EQ(state.parts, before);
  state = {};
  EXPECT_EQ(gru(zeros<double>({5, 4, 2}), state).output.shape(), (Shape{5, 4, 4}));
}

}  // namespace
}  // namespace xtape::nn
