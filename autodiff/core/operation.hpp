#pragma once
// What every op says of itself: its name, and what its derivatives read, which is what its node keeps.
//
//   struct Exp : Operation<"exp", kOutput> { ... };                         // every derivative reads the result
//   struct Multiply : Operation<"multiply", operand(1), operand(0)> { ... };   // one each: of operand 0, of operand 1
//
// Reading what is not said does not compile. A node keeps an operand only if a derivative that the tape may be asked
// for reads it: of x * w with a constant w it keeps w.

#include "autodiff/core/var.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <span>
#include <type_traits>

namespace xtape {

/// Parts of what a derivative reads: nothing, the result, the operand k; kInput is all operands.
enum : unsigned { kNothing = 0, kOutput = 1u << 31, kInput = ~kOutput };
constexpr unsigned operand(std::size_t k) {
  return 1u << k;
}

/// Text as a template argument.
template <std::size_t N>
struct Text {
  char characters[N];
  consteval Text(const char (&text)[N]) { std::copy_n(text, N, characters); }
};

/// The base of an op: `name`, and `saves`, which masks what the derivatives read, one mask for all of them (none:
/// nothing) or one for each.
template <Text text, unsigned... masks>
struct Operation {
  static constexpr const char* name = text.characters;
  static constexpr unsigned saves[] = {masks...};
};
template <Text text, unsigned mask>
struct Operation<text, mask> {
  static constexpr const char* name = text.characters;
  static constexpr unsigned saves = mask;
};
template <Text text>
struct Operation<text> : Operation<text, kNothing> {};

/// The base of an op on matrices, the last two dimensions: on a stack of them along any leading ones.
template <Text text, unsigned... masks>
struct MatrixOperation : Operation<text, masks...> {
  static constexpr bool any_leading = true;
};

/// The number of examples in a batch, which a structural op's in_batch and apply_to_batch are told; `level` tells one
/// vmap from another.
struct BatchSize {
  std::size_t size;
  std::uint64_t level = 0;
  BatchSize(std::size_t examples, std::uint64_t age = 0) : size(examples), level(age) {}
  operator std::size_t() const { return size; }
};

/// What a structural op is linear in: nothing, all of its operands together, each of them while the others stay.
enum class Linearity { kNot, kTogether, kEach };

namespace op {

/// The base of an op that has no derivative but 0: recorded by no tape.
template <Text text>
struct Step : Operation<text> {
  static constexpr bool flat = true;
};

}  // namespace op

namespace detail {

template <class Op>
concept SaysWhatItReads = requires {
  Op::saves;
};
/// Whether it says so for each derivative by itself.
template <class Op>
inline constexpr bool kReadsEach = false;
template <SaysWhatItReads Op>
inline constexpr bool kReadsEach<Op> = !std::is_convertible_v<decltype(Op::saves), unsigned>;

/// Whether an op that says so for each derivative has as many as these operands.
template <class Op>
constexpr bool says_for_all(std::size_t operands) {
  if constexpr (kReadsEach<Op>) {
    return std::size(Op::saves) == operands;
  } else {
    return true;
  }
}

/// What the derivative with respect to operand k reads; nothing for an op that does not say.
template <class Op>
constexpr unsigned reads(std::size_t k) {
  if constexpr (kReadsEach<Op>) {
    return Op::saves[k];
  } else if constexpr (SaysWhatItReads<Op>) {
    return Op::saves;
  } else {
    return kNothing;
  }
}

/// What some derivative of the op reads.
template <class Op>
constexpr unsigned reads_of_all() {
  if constexpr (kReadsEach<Op>) {
    unsigned all = kNothing;
    for (const unsigned each : Op::saves) all |= each;
    return all;
  } else {
    return reads<Op>(0);
  }
}
template <class Op>
inline constexpr unsigned kSaves = reads_of_all<Op>();
template <class Op>
inline constexpr bool kSavesInput = (kSaves<Op> & kInput) != 0;
template <class Op>
inline constexpr bool kSavesOutput = (kSaves<Op> & kOutput) != 0;

/// What a node with these inputs keeps: what the derivatives of those on the tape read.
template <class Op>
unsigned kept(std::span<const NodeIndex> inputs) {
  if constexpr (kReadsEach<Op>) {
    unsigned keeps = kNothing;
    for (std::size_t k = 0; k < inputs.size(); ++k) {
      if (inputs[k] != kConstant) keeps |= Op::saves[k];
    }
    return keeps;
  } else {
    return kSaves<Op>;
  }
}

}  // namespace detail

}  // namespace xtape
