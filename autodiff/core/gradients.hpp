#pragma once
// The backward sweeps, and the one place where gradients are accumulated, un-broadcast and broadcast.

#include "autodiff/core/parts.hpp"
#include "autodiff/core/record.hpp"

#include <algorithm>
#include <unordered_map>
#include <vector>

namespace xtape {

/// Marks the nodes of [first, last] on a path from a source to `last` onwards: the others get no gradient.
template <class T>
class WantedNodes {
 public:
  WantedNodes(const Record<T>& record, std::span<const NodeIndex> sources, NodeIndex last);
  NodeIndex first() const { return first_; }
  bool operator()(NodeIndex i) const { return i >= first_ && marks_[std::size_t(i - first_)] != 0; }
  bool is_source(NodeIndex i) const { return (mark(i) & kSource) != 0; }
  /// Whether an operation of several results stands here, or one of its later results.
  bool is_one_of_several(NodeIndex i) const { return (mark(i) & kSeveral) != 0; }
  bool any_of(std::span<const NodeIndex> nodes) const {
    for (const NodeIndex i : nodes) {
      if ((*this)(i)) return true;
    }
    return false;
  }

 private:
  static constexpr char kWanted = 1, kSource = 2, kSeveral = 4;
  char mark(NodeIndex i) const { return marks_[std::size_t(i - first_)]; }
  NodeIndex first_;
  std::vector<char, PoolAllocator<char>> marks_;
};

/// What both sweeps share: the loop from the last node to the first source, and a slot for every node's gradient, a G:
/// an array (null: none yet), or a variable (empty).
template <class T, class G>
class Sweep {
 public:
  /// Whether anybody asked for the gradient of this node.
  bool wants(NodeIndex i) const { return i != kConstant && wanted_(i); }

 protected:
  Sweep(const Record<T>& record, std::span<const NodeIndex> sources, NodeIndex last)
      : swept_(record), last_(last), wanted_(record, sources, last), slots_(std::size_t(last + 1 - wanted_.first())) {}

  /// Hands every node on the way its cotangent, or those of its results: to node.backward(g, sink), within
  /// sink.pass(i, ...). `sink.settled(i)` is the slot with all that belongs in it.
  template <class Sink>
  void run(Sink& sink);
  G& slot(NodeIndex i) { return slots_[std::size_t(i - wanted_.first())]; }
  static bool holds(const SharedValue<T>& g) { return bool(g); }
  static bool holds(const Var<T>& g) { return !g.empty(); }

  const Record<T>& swept_;
  const NodeIndex last_;

 private:
  // Sources keep theirs, to be asked for after the sweep.
  G taken(NodeIndex i) { return wanted_.is_source(i) ? slot(i) : std::move(slot(i)); }

  WantedNodes<T> wanted_;
  std::vector<G, PoolAllocator<G>> slots_;
};

/// The first-order sweep: gradients are plain arrays, freed as soon as they have been passed on.
template <class T>
class Gradients : private Sweep<T, SharedValue<T>> {
 public:
  Gradients(const Record<T>& record, std::span<const NodeIndex> sources, NodeIndex last)
      : Sweep<T, SharedValue<T>>(record, sources, last) {}

  using Sweep<T, SharedValue<T>>::wants;
  const Shape& shape(NodeIndex i) const { return swept_.node(i).shape(); }

  /// Adds to a node's gradient, un-broadcasting `g` to the node's shape, or broadcasting it (which costs nothing until
  /// somebody needs the elements).
  void add(NodeIndex i, const SharedValue<T>& g);
  /// Adds g * partial, element by element, to the gradient of a node's k-th input; `g` broadcasts to the shape of
  /// `partial`. Takes its memory for the product where the sweep frees it anyway.
  void add_product(const Node<T>& node, std::size_t k, const SharedValue<T>& g, SharedValue<T>& partial);
  /// The memory of a node's gradient, of the node's shape, to write into where `fresh`, else to add to.
  T* open(NodeIndex i, bool& fresh);
  /// The same; may be the memory of `g`, where nobody else can see that and it has the node's shape.
  T* open_over(NodeIndex i, const SharedValue<T>& g, bool& fresh) {
    SharedValue<T>& held = slot(i);
    if (held || !g->writable() || g->shape() != shape(i)) return open(i, fresh);
    fresh = true;
    held = g;
    return held->mutable_data();
  }
  /// Lets add(memory) add to a node's gradient where it wants; the memory has the node's shape.
  template <class Add>
  void add_in_place(NodeIndex i, const Add& add) {
    bool fresh = false;
    T* const to = open(i, fresh);
    if (fresh) std::fill_n(to, size_of(shape(i)), T(0));
    add(to);
  }
  /// Adds a number to the gradient of a node of one element.
  void add_number(NodeIndex i, T d) {
    if (!wants(i)) return;
    bool fresh = false;
    T* const to = open(i, fresh);
    *to = fresh ? d : *to + d;
  }

  /// A node's gradient as it is held (null: none yet), and what to hold in its place: so the sweep of a checkpoint goes
  /// on adding where this one stands, and sums come out the same to the bit. `i` may not lie behind the last node.
  SharedValue<T> exchange(NodeIndex i, SharedValue<T> held) { return std::exchange(slot(i), std::move(held)); }
  const Record<T>& record() const { return swept_; }

  /// Sweeps from the last node to the first source. Unless `retain`, every node that is passed is released.
  void sweep(bool retain);
  /// A source's gradient after the sweep: zeros if the target does not depend on it.
  Array<T> take(NodeIndex i);

 private:
  friend Sweep<T, SharedValue<T>>;
  using Sweep<T, SharedValue<T>>::swept_, Sweep<T, SharedValue<T>>::last_, Sweep<T, SharedValue<T>>::slot;

  SharedValue<T>& settled(NodeIndex i) { return slot(i); }
  void pass(NodeIndex i, const auto& backward);
  void check_operands(const Node<T>& node);

  bool retain_ = false;
};

/// The recorded sweep: gradients are variables on the innermost tape, which as a rule is the one that is swept.
template <class T>
class RecordedGradients : private Sweep<T, Var<T>> {
 public:
  RecordedGradients(const Record<T>& swept, std::span<const NodeIndex> sources, NodeIndex last);

  using Sweep<T, Var<T>>::wants;
  Record<T>& record() const { return record_; }
  /// What the input of a node is on the tape that records: kConstant where that is another one.
  NodeIndex recorded_input(NodeIndex i) const { return &swept_ == &record_ ? i : kConstant; }
  void add(NodeIndex i, const Var<T>& g);
  /// Adds `g` to the part of a node's gradient where it belongs. Parts wait for each other, to be put together at once.
  void add_part(NodeIndex i, std::shared_ptr<const Part> part, const Var<T>& g) {
    if (wants(i)) parts_[i].push_back({std::move(part), g});
  }
  /// What is held of a node's gradient: a sum (empty: none yet), and parts that are not yet in it.
  struct Held {
    Var<T> sum;
    std::vector<PlacedPart<T>> parts;
  };
  /// As that of Gradients.
  Held exchange(NodeIndex i, Held held);
  void sweep();
  /// A source's gradient: zeros (a constant) if the target does not depend on it.
  Var<T> take(NodeIndex i);

 private:
  friend Sweep<T, Var<T>>;
  using Sweep<T, Var<T>>::swept_, Sweep<T, Var<T>>::last_, Sweep<T, Var<T>>::slot;

  Var<T>& settled(NodeIndex i);
  void pass(NodeIndex i, const auto& backward);

  Record<T>& record_;
  std::unordered_map<NodeIndex, std::vector<PlacedPart<T>>> parts_;  // few nodes have any
};

/// d target / d sources (vector-Jacobian products with `seed`) by recorded operations. `target` may be a constant.
template <class T>
std::vector<Var<T>> recorded_gradients(Record<T>& record, const Var<T>& target, const Var<T>& seed,
                                       std::span<const NodeIndex> sources);
/// The same of variables, one of which may be a constant where the target is one.
template <class T>
std::vector<Var<T>> recorded_gradients(Record<T>& record, const Var<T>& target, const Var<T>& seed,
                                       std::span<const Var<T>> sources);

extern template class WantedNodes<float>;
extern template class WantedNodes<double>;
extern template class Gradients<float>;
extern template class Gradients<double>;
extern template class RecordedGradients<float>;
extern template class RecordedGradients<double>;
extern template std::vector<Var<float>> recorded_gradients(Record<float>&, const Var<float>&, const Var<float>&,
                                                           std::span<const NodeIndex>);
extern template std::vector<Var<double>> recorded_gradients(Record<double>&, const Var<double>&, const Var<double>&,
                                                            std::span<const NodeIndex>);
extern template std::vector<Var<float>> recorded_gradients(Record<float>&, const Var<float>&, const Var<float>&,
                                                           std::span<const Var<float>>);
extern template std::vector<Var<double>> recorded_gradients(Record<double>&, const Var<double>&, const Var<double>&,
                                                            std::span<const Var<double>>);

}  // namespace xtape
