#include "autodiff/core/live_tapes.hpp"

#include "autodiff/errors.hpp"
#include "autodiff/text.hpp"

#include <string>

namespace xtape {

const void* detail::this_thread() noexcept {
  thread_local const char mark = 0;
  return &mark;
}

namespace {

// Whether what the function of this record gives becomes a variable of the tape around it.
template <class T>
bool is_one_operation(const Record<T>& record) {
  return record.place().refuses_closed_over != nullptr && record.place().gives_variables;
}

// `record` refuses what its function closes over.
template <class T>
[[noreturn]] void refuse(const Record<T>& record, const char* operation, const std::string& what) {
  const std::string who = record.place().refuses_closed_over;
  const std::string hint =
      is_one_operation(record) ? "pass it as an argument"
      : who == "grad" ? "give grad a Var instead of an array, grad(f)(Var<double>(x)), to differentiate through it"
                      : "what " + who +
                            " gives are constants: nest grad with Vars, grad(f)(Var<double>(x)), to "
                            "differentiate through it";
  throw TapeError(text::bracketed(operation) + "the function given to " + who + " closes over " + what +
                  ", which would get no gradient; " + hint + ", or use stop_gradient(v) for its value as a constant");
}

}  // namespace

template <class T>
void LiveTapes<T>::begin(Shared<Record<T>> record) {
  // Gives up what is still there when the thread ends: a tape that another thread was to destroy.
  struct Keeper {
    ~Keeper() {
      while (innermost_ != nullptr) {
        innermost_->place().finished = true;
        prune();
      }
    }
  };
  static thread_local Keeper keeper;
  static_cast<void>(keeper);
  Record<T>* outer = innermost();
  record->place().outer = Shared<Record<T>>(outer);
  record->uses.fetch_add(1, std::memory_order_relaxed);  // the thread's own hold, given back by prune
  innermost_ = record.get();
  if (outer != nullptr) outer->uses.fetch_sub(1, std::memory_order_relaxed);  // held through the new one now
}

// Takes finished records off the top of the thread's stack. One that finished below a live one waits for its turn.
template <class T>
Record<T>* LiveTapes<T>::prune() noexcept {
  while (innermost_ != nullptr && innermost_->place().finished.load(std::memory_order_acquire)) {
    const Shared<Record<T>> ended(innermost_);
    const Shared<Record<T>> outer = std::move(ended->place().outer);
    innermost_ = outer.get();
    if (innermost_ != nullptr) innermost_->uses.fetch_add(1, std::memory_order_relaxed);
    ended->uses.fetch_sub(1, std::memory_order_relaxed);
  }
  return innermost_;
}

template <class T>
void LiveTapes<T>::finish(Record<T>& record) noexcept {
  const bool mine = detail::this_thread() == record.place().owner;  // asked first: another thread may let it go
  record.place().finished.store(true, std::memory_order_release);
  if (mine) prune();
}

template <class T>
void LiveTapes<T>::check_outer(const Record<T>* innermost, const Var<T>& v, const char* operation) {
  // A checkpoint refuses up to the tape around it, which takes variables of a tape around itself for constants anyway;
  // a transform of an array refuses whatever lies between, since what it gives is a constant everywhere.
  bool by_checkpoint = true;
  const Record<T>* by_transform = nullptr;
  for (const Record<T>* record = innermost; record != nullptr; record = record->place().outer.get()) {
    if (record->generation() == v.generation() && !record->place().finished.load(std::memory_order_relaxed)) {
      if (by_transform != nullptr) refuse(*by_transform, operation, "a variable of the tape");
      if (by_checkpoint) refuse(*innermost, operation, "a variable of the tape");
      return;
    }
    const bool refuses = record->place().refuses_closed_over != nullptr;
    if (refuses && !is_one_operation(*record) && by_transform == nullptr) by_transform = record;
    by_checkpoint = by_checkpoint && refuses;
  }
  throw TapeError(text::bracketed(operation) +
                  "the variable belongs to a tape that has finished or to another thread's tape; "
                  "use stop_gradient(v) to go on with its value as a constant");
}

// What is computed here may go into another live tape of this thread, past the records that refuse.
template <class T>
void LiveTapes<T>::check_parameter(const Record<T>& record, std::uint64_t key) {
  if (record.place().refuses_closed_over == nullptr) return;
  for (const Record<T>* outer = record.place().outer.get(); outer != nullptr; outer = outer->place().outer.get()) {
    const LivePlace<T>& place = outer->place();
    if (place.finished.load(std::memory_order_relaxed)) continue;
    // What a transform gives is a constant to those around it; but not to itself, where the parameter is its argument.
    if (place.refuses_closed_over != nullptr && outer->argument(key) == nullptr) continue;
    refuse(record, "parameter", "a parameter");
  }
}

template <class T>
void LiveTapes<T>::check_level(std::uint64_t age, const char* level, const Var<T>& v, const char* operation) {
  for (const Record<T>* record = innermost(); record != nullptr; record = record->place().outer.get()) {
    if (record->generation() < age || record->owns(v)) return;
    if (record->place().refuses_levels) refuse(*record, operation, std::string("a variable of ") + level);
  }
}

// The thread holds the innermost record by a use of its own.
template <class T>
Record<T>* LiveTapes<T>::exchange(Record<T>* record) {
  Record<T>* const before = innermost();
  if (record != nullptr && record->place().finished.load(std::memory_order_relaxed)) record = nullptr;
  if (record != nullptr) record->uses.fetch_add(1, std::memory_order_relaxed);
  innermost_ = record;
  return before;
}

template <class T>
void LiveTapes<T>::exchange_back(Record<T>* before) noexcept {
  const Shared<Record<T>> outer(innermost_);
  if (innermost_ != nullptr) innermost_->uses.fetch_sub(1, std::memory_order_relaxed);
  innermost_ = before;
}

template <class T>
void LiveTapes<T>::check_thread(const Record<T>& record, const char* operation) {
  // An id may be that of a thread which has ended; its tapes ended with it.
  const LivePlace<T>& place = record.place();
  if (detail::this_thread() == place.owner && !place.finished.load(std::memory_order_relaxed)) return;
  throw TapeError(text::bracketed(operation) + "the tape belongs to another thread; each thread records on its own");
}

template class LiveTapes<float>;
template class LiveTapes<double>;

}  // namespace xtape
