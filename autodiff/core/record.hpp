#pragma once
// What a tape holds: a flat list of nodes in order of recording, which is a topological order, so that a backward sweep
// is a loop and no chain of operations is too long.

#include "autodiff/core/var.hpp"

#include <chrono>
#include <memory>
#include <span>
#include <string>
#include <thread>
#include <unordered_map>
#include <vector>

namespace xtape {

template <class T>
class Gradients;
template <class T>
class RecordedGradients;

/// Is shown the values that a node saves: each with the number of the operand that it is, or kNoOperand.
template <class T>
class SavedVisitor {
 public:
  static constexpr std::size_t kNoOperand = std::size_t(-1);
  virtual void operator()(std::size_t operand, const Value<T>& value) = 0;

 protected:
  ~SavedVisitor() = default;
};

/// What a node of a profiled tape has cost.
struct NodeCost {
  double forward_seconds = 0, backward_seconds = 0;
  std::size_t saved_bytes = 0;
  bool noted = false;  // whether the bytes are
};

/// One recorded operation: where its inputs are, and what backward needs. An operation of several results takes as many
/// places on the tape: it stands in the first one, and each of the others holds a LaterResult.
template <class T>
class Node {
 public:
  explicit Node(const Shape& shape, std::uint32_t results = 1) : shape_(shape), results_(results) {}
  virtual ~Node() = default;
  Node(const Node&) = delete;
  Node& operator=(const Node&) = delete;

  virtual const char* name() const = 0;
  virtual std::span<const NodeIndex> inputs() const = 0;  // kConstant for one that is not on the tape
  /// Adds g times the partial derivatives to the inputs' gradients. `g` broadcasts to shape().
  virtual void backward(const SharedValue<T>&, Gradients<T>&) const {}
  /// The same by recorded operations, so that the result can be differentiated again. `g` has shape().
  virtual void backward(const Var<T>&, RecordedGradients<T>&) const {}
  /// The same of a node of several results, a cotangent for each: null (empty) where nobody needs the result.
  virtual void backward(std::span<const SharedValue<T>>, Gradients<T>&) const {}
  virtual void backward(std::span<const Var<T>>, RecordedGradients<T>&) const {}
  /// Shows what is saved now: nothing once the node is released.
  virtual void visit_saved(SavedVisitor<T>&) const {}

  const Shape& shape() const { return shape_; }  // of the first result
  std::uint32_t results() const { return results_; }
  bool released() const { return released_; }
  /// Drops the saved values: this node cannot be swept again.
  void release() {
    drop_saved();
    released_ = true;
  }

  static void* operator new(std::size_t bytes) { return detail::allocate_buffer(bytes); }
  static void operator delete(void* node, std::size_t bytes) noexcept { detail::free_buffer(node, bytes); }

 private:
  virtual void drop_saved() = 0;

  Shape shape_;
  std::uint32_t results_;
  bool released_ = false;
};

/// Stands for a result of the operation at an earlier place, its only input, so that the result has a place of its own.
template <class T>
class LaterResult final : public Node<T> {
 public:
  LaterResult(const Shape& shape, NodeIndex node) : Node<T>(shape, 0), node_(node) {}
  const char* name() const override { return "result"; }
  std::span<const NodeIndex> inputs() const override { return {&node_, 1}; }

 private:
  void drop_saved() override {}
  NodeIndex node_;
};

/// A variable of differentiation, or an argument of a transform: where gradients end, or pass unchanged.
template <class T>
class Leaf final : public Node<T> {
 public:
  explicit Leaf(const Shape& shape, NodeIndex alias_of = kConstant) : Node<T>(shape), input_(alias_of) {}
  const char* name() const override { return "variable"; }
  std::span<const NodeIndex> inputs() const override { return {&input_, input_ == kConstant ? 0u : 1u}; }
  void backward(const SharedValue<T>& g, Gradients<T>& gradients) const override;
  void backward(const Var<T>& g, RecordedGradients<T>& gradients) const override;

 private:
  void drop_saved() override {}
  NodeIndex input_;
};

/// What a checkpoint sets in a record while it runs its function: where parameters find their leaves instead.
template <class T>
class KeyedLeaves {
 public:
  virtual ~KeyedLeaves() = default;
  virtual Var<T> leaf_for(std::uint64_t key, const SharedValue<T>& value) = 0;
};

/// The nodes of one tape. Outlives the Tape object as long as somebody (a pullback) holds it.
template <class T>
class Record {
 public:
  mutable std::atomic<std::uint32_t> uses{0};

  explicit Record(bool check_finite);

  /// The innermost live tape's record of this thread, or null.
  static Record* active() {
    Record* record = innermost_;
    if (record != nullptr && record->finished_.load(std::memory_order_relaxed)) record = prune();
    return record;
  }
  /// Makes a record the innermost one of this thread; `finish` takes it away again.
  static void begin(Shared<Record> record);
  void finish() noexcept;

  /// The record that an operation on `v` goes to: null if it is a constant here, also as a variable of an outer tape.
  /// Throws TapeError, naming `operation`, for a variable of a finished tape or of another thread's.
  static Record* of(const Var<T>& v, const char* operation) {
    if (v.node() == kConstant) return nullptr;
    Record* record = active();
    if (record != nullptr && record->generation_ == v.generation()) {
      record->start_operation();
      return record;
    }
    check_outer(record, v, operation);
    return nullptr;
  }

  template <class N, class... A>
  NodeIndex push(A&&... arguments) {
    nodes_.push_back(std::make_unique<N>(std::forward<A>(arguments)...));
    if constexpr (!std::same_as<N, Leaf<T>> && !std::same_as<N, LaterResult<T>>) {
      if (profile_) [[unlikely]]
        end_operation();
    }
    return NodeIndex(nodes_.size()) - 1;
  }
  /// The values of the results of the node at `first`, which was just pushed, with their places.
  std::vector<Var<T>> place_results(NodeIndex first, std::vector<Var<T>> results) {
    for (std::size_t r = 0; r < results.size(); ++r) {
      if (r > 0) push<LaterResult<T>>(results[r].shape(), first);
      results[r] = Var<T>(results[r].shared(), first + NodeIndex(r), generation_);
    }
    return results;
  }
  /// A variable of differentiation that shares `value`.
  Var<T> leaf(const SharedValue<T>& value, NodeIndex alias_of = kConstant) {
    return Var<T>(value, push<Leaf<T>>(value->shape(), alias_of), generation_);
  }
  /// The leaf of the parameter that `key` identifies: the same one however often it is asked for.
  Var<T> leaf_for(std::uint64_t key, const SharedValue<T>& value);
  NodeIndex find_leaf(std::uint64_t key) const;
  using Marks = std::vector<char, PoolAllocator<char>>;
  /// For each of the nodes [first, target], whether the target depends on it.
  Marks ancestors(NodeIndex target, NodeIndex first) const;
  /// Whether some operation depends both on node `a` and on one of `others`.
  bool meets(NodeIndex a, std::span<const NodeIndex> others) const;
  /// How many parameters have leaves, and visit(key, node) for each.
  std::size_t leaf_count() const { return leaves_.size(); }
  template <class Visit>
  void visit_leaves(const Visit& visit) const {
    for (const auto& [key, node] : leaves_) visit(key, node);
  }
  /// Lets `leaves` (null: the record itself) answer `leaf_for`; gives what did so before.
  KeyedLeaves<T>* redirect_leaves(KeyedLeaves<T>* leaves) { return std::exchange(leaves_elsewhere_, leaves); }
  /// From now on an operation on a variable of the tape around this record throws TapeError: what the function given to
  /// `who` (a checkpoint, or a transform of an array) closes over would be lost to the derivative. For a transform that
  /// includes parameters, which a tape around it would not get to see.
  void refuse_closed_over(const char* who) { refuses_closed_over_ = who; }

  NodeIndex size() const { return NodeIndex(nodes_.size()); }
  /// The place of the operation whose result is at `i`.
  NodeIndex operation_of(NodeIndex i) const { return node(i).results() == 0 ? node(i).inputs()[0] : i; }
  Node<T>& node(NodeIndex i) const { return *nodes_[std::size_t(i)]; }
  std::uint64_t generation() const { return generation_; }
  bool owns(const Var<T>& v) const { return v.node() != kConstant && v.generation() == generation_; }
  bool check_finite() const { return check_finite_; }
  /// f(), with results checked only if `checked`: a derivative that nobody asked for may well not be finite.
  template <class F>
  auto run(bool checked, const F& f) {
    struct Restore {
      bool& flag;
      bool value;
      ~Restore() { flag = value; }
    } restore{check_finite_, check_finite_};
    check_finite_ = check_finite_ && checked;
    return f();
  }
  /// From now on the time of every operation, and of its part of each first-order sweep, is measured.
  void start_profile() { profile_ = std::make_unique<Profile>(); }
  bool profiled() const { return profile_ != nullptr; }
  /// What the node has cost, or null if the record is not profiled.
  NodeCost* cost(NodeIndex i) const {
    if (!profile_) return nullptr;
    if (profile_->costs.size() < nodes_.size()) profile_->costs.resize(nodes_.size());
    return &profile_->costs[std::size_t(i)];
  }
  /// The operation whose node comes next begins now.
  void start_operation() {
    if (profile_) [[unlikely]]
      profile_->started = Clock::now();
  }
  /// sweep(), node i's part of a sweep.
  template <class Sweep>
  void time_backward(NodeIndex i, const Sweep& sweep) const {
    if (!profile_) [[likely]]
      return sweep();
    const auto start = Clock::now();
    sweep();
    cost(i)->backward_seconds += std::chrono::duration<double>(Clock::now() - start).count();
  }
  /// Throws TapeError unless this thread made the record.
  void check_thread(const char* operation) const;

 private:
  using Clock = std::chrono::steady_clock;
  struct Profile {
    Clock::time_point started;
    std::vector<NodeCost> costs;
  };

  void end_operation() {
    cost(size() - 1)->forward_seconds = std::chrono::duration<double>(Clock::now() - profile_->started).count();
  }
  static Record* prune() noexcept;
  static void check_outer(const Record* innermost, const Var<T>& v, const char* operation);
  bool is_checkpoint() const;
  [[noreturn]] void throw_closed_over(const char* operation, const std::string& what) const;
  bool is_within_a_tape() const;

  inline static constinit thread_local Record* innermost_ = nullptr;

  template <class U>
  using Pooled = PoolAllocator<U>;
  std::vector<std::unique_ptr<Node<T>>, Pooled<std::unique_ptr<Node<T>>>> nodes_;
  std::unordered_map<std::uint64_t, NodeIndex, std::hash<std::uint64_t>, std::equal_to<>,
                     Pooled<std::pair<const std::uint64_t, NodeIndex>>>
      leaves_;
  const std::uint64_t generation_;  // no two records of a process share one
  const std::thread::id owner_ = std::this_thread::get_id();
  bool check_finite_;
  const char* refuses_closed_over_ = nullptr;  // the name of who does, or null
  KeyedLeaves<T>* leaves_elsewhere_ = nullptr;
  std::unique_ptr<Profile> profile_;  // null unless asked for
  std::atomic<bool> finished_{false};
  Shared<Record> outer_;
};

/// The record that an operation on several operands goes to: null if they are all constants here. `inputs` gets their
/// nodes, kConstant for constants. Throws as Record::of does.
template <class T>
Record<T>* record_of(const char* operation, std::span<const Var<T>* const> operands, std::span<NodeIndex> inputs) {
  Record<T>* record = nullptr;
  for (std::size_t k = 0; k < operands.size(); ++k) {
    Record<T>* const home = Record<T>::of(*operands[k], operation);
    inputs[k] = home != nullptr ? operands[k]->node() : kConstant;
    if (home != nullptr) record = home;
  }
  return record;
}

/// Throws NumericError, naming the operation, if `value` has an element that is NaN or infinite.
template <class T>
void check_finite(const Value<T>& value, const char* operation, const std::string& what);

/// The same for an operation's result; says so where an operand was not finite already.
template <class T>
void check_finite_result(const Value<T>& result, const char* operation, std::span<const Var<T>* const> operands);

/// The same if the active tape asks for it.
template <class T>
void check_result(const Value<T>& result, const char* operation, std::span<const Var<T>* const> operands) {
  const Record<T>* record = Record<T>::active();
  if (record != nullptr && record->check_finite()) check_finite_result(result, operation, operands);
}

extern template class Record<float>;
extern template class Record<double>;
extern template class Leaf<float>;
extern template class Leaf<double>;

}  // namespace xtape
