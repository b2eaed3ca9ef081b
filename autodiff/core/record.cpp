#include "autodiff/core/record.hpp"

#include "autodiff/core/gradients.hpp"
#include "autodiff/text.hpp"

#include <cmath>
#include <string>
#include <string_view>

namespace xtape {

namespace {

std::uint64_t next_generation() {
  static std::atomic<std::uint64_t> next{1};
  return next.fetch_add(1, std::memory_order_relaxed);
}

}  // namespace

template <class T>
Record<T>::Record(bool check_finite) : generation_(next_generation()), check_finite_(check_finite) {}

template <class T>
void Record<T>::begin(Shared<Record> record) {
  // Gives up what is still there when the thread ends: a tape that another thread was to destroy.
  struct Keeper {
    ~Keeper() {
      while (innermost_ != nullptr) {
        innermost_->finished_ = true;
        prune();
      }
    }
  };
  static thread_local Keeper keeper;
  static_cast<void>(keeper);
  Record* innermost = active();
  record->outer_ = Shared<Record>(innermost);
  record->uses.fetch_add(1, std::memory_order_relaxed);  // the thread's own hold, given back by prune
  innermost_ = record.get();
  if (innermost != nullptr) innermost->uses.fetch_sub(1, std::memory_order_relaxed);  // held through `outer_` now
}

// Takes finished records off the top of the thread's stack. One that finished below a live one waits for its turn.
template <class T>
Record<T>* Record<T>::prune() noexcept {
  while (innermost_ != nullptr && innermost_->finished_.load(std::memory_order_acquire)) {
    const Shared<Record> ended(innermost_);
    const Shared<Record> outer = std::move(ended->outer_);
    innermost_ = outer.get();
    if (innermost_ != nullptr) innermost_->uses.fetch_add(1, std::memory_order_relaxed);
    ended->uses.fetch_sub(1, std::memory_order_relaxed);
  }
  return innermost_;
}

template <class T>
void Record<T>::finish() noexcept {
  finished_.store(true, std::memory_order_release);
  if (std::this_thread::get_id() == owner_) prune();
}

template <class T>
void Record<T>::check_outer(const Record* innermost, const Var<T>& v, const char* operation) {
  // A checkpoint refuses up to the tape around it, which takes variables of a tape around itself for constants anyway;
  // a transform of an array refuses whatever lies between, since what it gives is a constant everywhere.
  bool by_checkpoint = true;
  const Record* by_transform = nullptr;
  for (const Record* record = innermost; record != nullptr; record = record->outer_.get()) {
    if (record->generation_ == v.generation() && !record->finished_.load(std::memory_order_relaxed)) {
      if (by_transform != nullptr) by_transform->throw_closed_over(operation, "a variable of the tape");
      if (by_checkpoint) innermost->throw_closed_over(operation, "a variable of the tape");
      return;
    }
    const bool refuses = record->refuses_closed_over_ != nullptr;
    if (refuses && !record->is_checkpoint() && by_transform == nullptr) by_transform = record;
    by_checkpoint = by_checkpoint && refuses;
  }
  throw TapeError("[" + std::string(operation) +
                  "] the variable belongs to a tape that has finished or to another thread's tape; "
                  "use stop_gradient(v) to go on with its value as a constant");
}

template <class T>
bool Record<T>::is_checkpoint() const {
  return refuses_closed_over_ != nullptr && std::string_view(refuses_closed_over_) == "checkpoint";
}

template <class T>
auto Record<T>::ancestors(NodeIndex target, NodeIndex first) const -> Marks {
  Marks marks(target < first ? 0 : std::size_t(target - first) + 1, 0);
  if (!marks.empty()) marks.back() = 1;
  for (NodeIndex i = target; i >= first; --i) {
    if (!marks[std::size_t(i - first)]) continue;
    for (const NodeIndex input : node(i).inputs()) {
      if (input >= first) marks[std::size_t(input - first)] = 1;
    }
  }
  return marks;
}

template <class T>
bool Record<T>::meets(NodeIndex a, std::span<const NodeIndex> others) const {
  Marks marks(nodes_.size(), 0);
  for (const NodeIndex other : others) marks[std::size_t(other)] = 2;
  marks[std::size_t(a)] |= 1;
  for (NodeIndex i = 0; i < size(); ++i) {
    char& mark = marks[std::size_t(i)];
    for (const NodeIndex input : node(i).inputs()) {
      if (input != kConstant) mark = char(mark | marks[std::size_t(input)]);
    }
    if (mark == 3) return true;
  }
  return false;
}

template <class T>
void Record<T>::throw_closed_over(const char* operation, const std::string& what) const {
  const std::string who = refuses_closed_over_;
  const std::string hint =
      is_checkpoint() ? "pass it as an argument"
      : who == "grad" ? "give grad a Var instead of an array, grad(f)(Var<double>(x)), to differentiate through it"
                      : "what " + who +
                            " gives are constants: nest grad with Vars, grad(f)(Var<double>(x)), to "
                            "differentiate through it";
  throw TapeError("[" + std::string(operation) + "] the function given to " + who + " closes over " + what +
                  ", which would get no gradient; " + hint + ", or use stop_gradient(v) for its value as a constant");
}

// Whether what is computed here may go into another live tape of this thread, past the records that refuse.
template <class T>
bool Record<T>::is_within_a_tape() const {
  for (const Record* record = outer_.get(); record != nullptr; record = record->outer_.get()) {
    if (!record->refuses_closed_over_ && !record->finished_.load(std::memory_order_relaxed)) return true;
  }
  return false;
}

template <class T>
Var<T> Record<T>::leaf_for(std::uint64_t key, const SharedValue<T>& value) {
  if (leaves_elsewhere_ != nullptr) return leaves_elsewhere_->leaf_for(key, value);
  if (refuses_closed_over_ != nullptr && is_within_a_tape()) throw_closed_over("parameter", "a parameter");
  const auto [place, fresh] = leaves_.try_emplace(key, kConstant);
  if (fresh) {
    try {
      place->second = push<Leaf<T>>(value->shape());
    } catch (...) {
      leaves_.erase(place);
      throw;
    }
  }
  return Var<T>(value, place->second, generation_);
}

template <class T>
const Array<T>& detail::constant_elements(const Var<T>& x) {
  if (x.node() == kConstant) return x.value();
  throw TapeError(
      "[array] a variable of a tape does not become an array by itself, since its derivative would be lost; value() "
      "gives its elements as constants");
}

template <class T>
NodeIndex Record<T>::find_leaf(std::uint64_t key) const {
  const auto place = leaves_.find(key);
  return place == leaves_.end() ? kConstant : place->second;
}

template <class T>
void Record<T>::check_thread(const char* operation) const {
  // An id may be that of a thread which has ended; its tapes ended with it.
  if (std::this_thread::get_id() == owner_ && !finished_.load(std::memory_order_relaxed)) return;
  throw TapeError("[" + std::string(operation) +
                  "] the tape belongs to another thread; each thread records on its own");
}

template <class T>
void Leaf<T>::backward(const SharedValue<T>& g, Gradients<T>& gradients) const {
  gradients.add(input_, g);
}

template <class T>
void Leaf<T>::backward(const Var<T>& g, RecordedGradients<T>& gradients) const {
  gradients.add(input_, g);
}

template <class T>
void check_finite(const Value<T>& value, const char* operation, const std::string& what) {
  const T* data = value.data();
  const std::size_t size = value.size();
  for (std::size_t i = 0; i < size; ++i) {
    if (std::isfinite(data[i])) continue;
    throw NumericError("[" + std::string(operation) + "] " + what + " is not finite: element " + std::to_string(i) +
                       " of shape " + to_string(value.shape()) + " is " + text::number(data[i]));
  }
}

template <class T>
void check_finite_result(const Value<T>& result, const char* operation, std::span<const Var<T>* const> operands) {
  try {
    check_finite(result, operation, "the result");
  } catch (const NumericError&) {
    for (std::size_t k = 0; k < operands.size(); ++k) {
      check_finite(*operands[k]->shared(), operation, "operand " + std::to_string(k));
    }
    throw;
  }
}

template class Record<float>;
template class Record<double>;
template class Leaf<float>;
template class Leaf<double>;
template const Array<float>& detail::constant_elements(const Var<float>&);
template const Array<double>& detail::constant_elements(const Var<double>&);
template void check_finite<float>(const Value<float>&, const char*, const std::string&);
template void check_finite<double>(const Value<double>&, const char*, const std::string&);
template void check_finite_result<float>(const Value<float>&, const char*, std::span<const Var<float>* const>);
template void check_finite_result<double>(const Value<double>&, const char*, std::span<const Var<double>* const>);

}  // namespace xtape
