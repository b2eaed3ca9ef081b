#pragma once
// The tapes of a thread that are alive, innermost first: which of them an operation goes to.

#include "autodiff/core/record.hpp"

#include <span>

namespace xtape {

/// Tapes nest: the innermost one records, and variables of an outer one are constants to it. One that is destroyed out
/// of order waits below for its turn.
template <class T>
class LiveTapes {
 public:
  /// The innermost live tape's record of this thread, or null.
  static Record<T>* innermost() {
    Record<T>* record = innermost_;
    if (record != nullptr && record->place().finished.load(std::memory_order_relaxed)) record = prune();
    return record;
  }
  /// Makes a record the innermost one of this thread; `finish` takes it away again.
  static void begin(Shared<Record<T>> record);
  static void finish(Record<T>& record) noexcept;

  /// The record that an operation on `v` goes to, which begins now: null if it is a constant here, also as a variable
  /// of an outer tape. Throws TapeError, naming `operation`, for a variable of a finished tape or of another thread's.
  static Record<T>* of(const Var<T>& v, const char* operation) {
    if (v.node() == kConstant) return nullptr;
    Record<T>* record = innermost();
    if (record != nullptr && record->generation() == v.generation()) {
      record->watch().operation_begins();
      return record;
    }
    check_outer(record, v, operation);
    return nullptr;
  }

  /// From now on an operation on a variable of the tape around this record throws TapeError: what the function given to
  /// `who` closes over would be lost to the derivative: a transform of an array, or one operation of the tape around it
  /// (a checkpoint, a root), which then takes arguments. Parameters are refused as well, but for a checkpoint's, which
  /// redirects them. Variables of vmap and of jvp likewise, but for a transform of variables, whose results stand for
  /// all that their levels say.
  enum class Gives { kArrays, kVariables, kOneOperation };
  static void refuse_closed_over(Record<T>& record, const char* who, Gives gives = Gives::kArrays) {
    record.place().refuses_closed_over = who;
    record.place().gives_variables = gives == Gives::kOneOperation;
    record.place().refuses_levels = gives != Gives::kVariables;
  }
  /// Throws TapeError where a record that is younger than the level of `v`, and not the tape of `v`, refuses that.
  static void check_level(std::uint64_t age, const char* level, const Var<T>& v, const char* operation);
  /// Throws TapeError for a parameter that a function closes over which refuses that.
  static void check_parameter(const Record<T>& record, std::uint64_t key);
  /// Throws TapeError unless this thread made the record, and it is alive.
  static void check_thread(const Record<T>& record, const char* operation);

  /// Makes another live record, or none, the innermost one for a while; gives the one to hand to exchange_back.
  static Record<T>* exchange(Record<T>* record);
  static void exchange_back(Record<T>* before) noexcept;

 private:
  static Record<T>* prune() noexcept;
  static void check_outer(const Record<T>* innermost, const Var<T>& v, const char* operation);

  inline static constinit thread_local Record<T>* innermost_ = nullptr;
};

/// The record that an operation on several operands goes to: null if they are all constants here. `inputs` gets their
/// nodes, kConstant for constants. Throws as LiveTapes::of does.
template <class T>
Record<T>* record_of(const char* operation, std::span<const Var<T>* const> operands, std::span<NodeIndex> inputs) {
  Record<T>* record = nullptr;
  for (std::size_t k = 0; k < operands.size(); ++k) {
    Record<T>* const home = LiveTapes<T>::of(*operands[k], operation);
    inputs[k] = home != nullptr ? operands[k]->node() : kConstant;
    if (home != nullptr) record = home;
  }
  return record;
}

extern template class LiveTapes<float>;
extern template class LiveTapes<double>;

}  // namespace xtape
