#pragma once
// What a tape holds: a flat list of nodes in order of recording, which is a topological order, so that a backward sweep
// is a loop and no chain of operations is too long; and the leaves of parameters by their keys.

#include "autodiff/core/node.hpp"
#include "autodiff/core/watch.hpp"

#include <memory>
#include <span>
#include <unordered_map>
#include <vector>

namespace xtape {

/// What a checkpoint sets in a record while it runs its function: where parameters find their leaves instead.
template <class T>
class KeyedLeaves {
 public:
  virtual ~KeyedLeaves() = default;
  virtual Var<T> leaf_for(std::uint64_t key, const SharedValue<T>& value) = 0;
  /// The variable that stands for a parameter here alone, where it is an argument of a derivative; or null.
  virtual const Var<T>* argument(std::uint64_t) const { return nullptr; }
};

template <class T>
class Record;
template <class T>
class Memo;

namespace detail {
/// What no other thread that runs now has: less to include than <thread>.
const void* this_thread() noexcept;
/// A number that no record and no level of the process has: of two the younger one has the greater one.
std::uint64_t next_generation() noexcept;
}  // namespace detail

/// Where a record stands among the live tapes of its thread: live_tapes.hpp.
template <class T>
struct LivePlace {
  const void* const owner = detail::this_thread();
  std::atomic<bool> finished{false};
  const char* refuses_closed_over = nullptr;  // the name of who does, or null
  bool gives_variables = false;               // of the tape around it, as one operation, where it refuses
  bool refuses_levels = false;                // variables of vmap and of jvp, where it refuses
  Memo<T>* memo = nullptr;                    // a checkpoint's, whose run it is
  const char* holds_level = nullptr;          // the name of a transform around it whose variables it has seen, or null
  Shared<Record<T>> outer;
};

/// The nodes of one tape. Outlives the Tape object as long as somebody (a pullback) holds it.
template <class T>
class Record {
 public:
  mutable std::atomic<std::uint32_t> uses{0};

  explicit Record(bool check_finite);

  template <class N, class... A>
  NodeIndex push(A&&... arguments) {
    nodes_.push_back(std::make_unique<N>(std::forward<A>(arguments)...));
    const NodeIndex place = NodeIndex(nodes_.size()) - 1;
    if constexpr (!std::same_as<N, Leaf<T>> && !std::same_as<N, LaterResult<T>>) watch_.operation_ends(place);
    return place;
  }
  /// The results of one operation at the next places of the tape; push_node(results) is to push its node, which takes
  /// the first of them.
  template <class Push>
  std::vector<Var<T>> push_results(std::vector<Var<T>> results, const Push& push_node) {
    const NodeIndex first = size();
    for (std::size_t r = 0; r < results.size(); ++r) {
      results[r] = Var<T>(results[r].shared(), first + NodeIndex(r), generation_);
    }
    push_node(results);
    for (std::size_t r = 1; r < results.size(); ++r) push<LaterResult<T>>(results[r].shape(), first);
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
  const Var<T>* argument(std::uint64_t key) const {
    return leaves_elsewhere_ == nullptr ? nullptr : leaves_elsewhere_->argument(key);
  }
  KeyedLeaves<T>* redirect_leaves(KeyedLeaves<T>* leaves) { return std::exchange(leaves_elsewhere_, leaves); }

  NodeIndex size() const { return NodeIndex(nodes_.size()); }
  /// The place of the operation whose result is at `i`.
  NodeIndex operation_of(NodeIndex i) const { return node(i).results() == 0 ? node(i).inputs()[0] : i; }
  Node<T>& node(NodeIndex i) const { return *nodes_[std::size_t(i)]; }
  std::uint64_t generation() const { return generation_; }
  bool owns(const Var<T>& v) const { return v.node() != kConstant && v.generation() == generation_; }

  const Watch& watch() const { return watch_; }
  Watch& watch() { return watch_; }
  const LivePlace<T>& place() const { return place_; }
  LivePlace<T>& place() { return place_; }

 private:
  template <class U>
  using Pooled = PoolAllocator<U>;
  std::vector<std::unique_ptr<Node<T>>, Pooled<std::unique_ptr<Node<T>>>> nodes_;
  std::unordered_map<std::uint64_t, NodeIndex, std::hash<std::uint64_t>, std::equal_to<>,
                     Pooled<std::pair<const std::uint64_t, NodeIndex>>>
      leaves_;
  const std::uint64_t generation_;  // no two records of a process share one
  KeyedLeaves<T>* leaves_elsewhere_ = nullptr;
  Watch watch_;
  LivePlace<T> place_;
};

extern template class Record<float>;
extern template class Record<double>;

}  // namespace xtape
