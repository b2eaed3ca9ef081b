#pragma once
// A tape of single numbers: a few bytes an operation, which a sweep reads at the speed of memory.

#include "autodiff/kernels/simd.hpp"
#include "autodiff/pool.hpp"

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <new>
#include <type_traits>
#include <vector>

namespace xtape::detail {

/// Whether lanes of a batch were asked for one answer and had several. The run goes on as the first of them would and
/// is thrown away, and each lane is run by itself. An exception would be sooner, but not for functions that are
/// noexcept or catch everything.
inline constinit thread_local bool lanes_part = false;

[[noreturn]] void throw_too_many_numbers();
/// A number for each run, none twice in 2³² of them; never 0.
std::uint32_t next_run();

/// The memory of a tape: chunks that are filled one after the other.
class Chunks {
 public:
  static constexpr std::size_t kBytes = std::size_t(3) << 17;

  Chunks() = default;
  ~Chunks() {
    for (const Chunk& chunk : chunks_) free_buffer(chunk.begin, kBytes);
  }
  Chunks(const Chunks&) = delete;
  Chunks& operator=(const Chunks&) = delete;

  /// Where the next `bytes` bytes go; take() says how many of them it were.
  [[gnu::always_inline]] std::byte* room_for(std::size_t bytes) {
    if (std::size_t(end_ - next_) < bytes) [[unlikely]]
      grow();
    return next_;
  }
  void take(std::byte* next) { next_ = next; }

  /// Calls f(begin, end) for what each chunk holds, from the last one down, until it gives false.
  void for_each_backwards(const auto& f) const {
    std::byte* end = next_;
    for (std::size_t c = chunks_.size(); c-- > 0;) {
      if (!f(chunks_[c].begin, end)) return;
      end = chunks_[c].end_of_previous;
    }
  }

 private:
  struct Chunk {
    std::byte *begin, *end_of_previous;
  };
  void grow();

  std::byte *next_ = nullptr, *end_ = nullptr;
  std::vector<Chunk, PoolAllocator<Chunk>> chunks_;
};

/// The statements of a run: a result by the places of the two numbers it was made of, and the slopes in them.
template <class V>
class Statements {
 public:
  /// Where there is no second number, a statement names its own place: the sweep is through with it by then, and one
  /// place for all would make each statement wait for the one before.
  [[gnu::always_inline]] void push(std::uint32_t place, std::uint32_t a, std::uint32_t b, const V& da, const V& db) {
    std::byte* const at = chunks_.room_for(sizeof(Statement));
    new (at) Statement{a, b == 0 ? place : b, da, db};
    chunks_.take(at + sizeof(Statement));
  }
  /// Calls f(a, b, da, db) for `count` of them, from the last one down.
  void for_each_backwards(std::uint32_t count, const auto& f) const {
    chunks_.for_each_backwards([&](const std::byte* begin, const std::byte* end) {
      const auto* const first = reinterpret_cast<const Statement*>(begin);
      for (const auto* s = reinterpret_cast<const Statement*>(end); s > first && count > 0; --count) {
        --s;
        f(s->a, s->b, s->da, s->db);
      }
      return count > 0;
    });
  }

 private:
  struct Statement {
    std::uint32_t a, b;
    V da, db;
  };
  static_assert(std::is_trivially_destructible_v<V>);
  Chunks chunks_;
};

/// Of rows side by side most slopes are the same for all: those of sums, and of products with a constant. They take a
/// number each, others a register; what memory moves is what a sweep of rows costs.
template <class T>
class Statements<Batch<T>> {
  using V = Batch<T>;

 public:
  void push(std::uint32_t, std::uint32_t a, std::uint32_t b, const V& da, const V& db) {
    if (lanes_part) [[unlikely]]
      return;  // there will be no sweep
    std::byte* at = chunks_.room_for(2 * sizeof(V) + sizeof(Operands));
    Operands operands{a, b};
    write(at, operands.a, da);
    if (b != 0) write(at, operands.b, db);
    std::memcpy(at, &operands, sizeof(Operands));
    chunks_.take(at + sizeof(Operands));
  }
  void for_each_backwards(std::uint32_t count, const auto& f) const {
    chunks_.for_each_backwards([&](const std::byte* begin, const std::byte* end) {
      for (const std::byte* at = end; at > begin && count > 0; --count) {
        Operands operands;
        at -= sizeof(Operands);
        std::memcpy(&operands, at, sizeof(Operands));
        const V db = operands.b == 0 ? V(T(0)) : read(at, operands.b), da = read(at, operands.a);
        f(operands.a & ~kSame, operands.b & ~kSame, da, db);
      }
      return count > 0;
    });
  }

 private:
  struct Operands {  // behind the slopes, since it is read backwards
    std::uint32_t a, b;
  };
  static constexpr std::uint32_t kSame = std::uint32_t(1) << 31;  // the slope is the same for all rows

  static void write(std::byte*& at, std::uint32_t& operand, const V& slope) {
    const T first = slope.first();
    if (xsimd::all(slope.v == typename V::Simd(first))) {
      std::memcpy(at, &first, sizeof(T));
      at += sizeof(T);
      operand |= kSame;
    } else {
      slope.store(reinterpret_cast<T*>(at));
      at += sizeof(V);
    }
  }
  static V read(const std::byte*& at, std::uint32_t operand) {
    if ((operand & kSame) == 0) {
      at -= sizeof(V);
      return V::load(reinterpret_cast<const T*>(at));
    }
    T same;
    at -= sizeof(T);
    std::memcpy(&same, at, sizeof(T));
    return V(same);
  }

  Chunks chunks_;
};

/// A run of a function on active numbers: the operations with their slopes, in order. Each has a place, counted from 1;
/// place 0 stands for all constants. While it lives, it is the one that this thread's numbers over V record on.
template <class V>
class NumberTape {
 public:
  NumberTape() : run_(next_run()), outer_(innermost) { innermost = this; }
  ~NumberTape() { leave(); }
  NumberTape(const NumberTape&) = delete;
  NumberTape& operator=(const NumberTape&) = delete;

  /// Ends the recording; what was recorded stays.
  void leave() {
    if (recording_) innermost = outer_;
    recording_ = false;
  }

  /// The place of a variable: these come first.
  std::uint32_t variable() {
    ++variables_;
    return ++size_;
  }
  /// The place of a result of a, or of a and b.
  [[gnu::always_inline]] std::uint32_t push(std::uint32_t a, std::uint32_t b, const V& da, const V& db) {
    if (size_ == kMost) [[unlikely]]
      throw_too_many_numbers();
    const std::uint32_t place = ++size_;
    statements_.push(place, a, b, da, db);
    return place;
  }

  std::uint32_t size() const { return size_; }
  std::uint32_t variables() const { return variables_; }
  std::uint32_t run() const { return run_; }

  /// Calls f(place, a, b, da, db) from the last result down to the first.
  void for_each_backwards(const auto& f) const {
    std::uint32_t place = size_;
    statements_.for_each_backwards(size_ - variables_, [&](std::uint32_t a, std::uint32_t b, const V& da, const V& db) {
      f(place--, a, b, da, db);
    });
  }

  static inline constinit thread_local NumberTape* innermost = nullptr;

 private:
  static constexpr std::uint32_t kMost = (std::uint32_t(1) << 31) - 1;

  Statements<V> statements_;
  std::uint32_t size_ = 0, variables_ = 0, run_;
  bool recording_ = true;
  NumberTape* outer_;
};

}  // namespace xtape::detail
