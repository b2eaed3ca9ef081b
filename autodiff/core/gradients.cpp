#include "autodiff/core/gradients.hpp"

#include "autodiff/core/check_finite.hpp"
#include "autodiff/core/conform.hpp"
#include "autodiff/core/inspect.hpp"
#include "autodiff/kernels/elementwise.hpp"
#include "autodiff/kernels/reduce.hpp"
#include "autodiff/text.hpp"

#include <algorithm>
#include <string>
#include <utility>

namespace xtape {

namespace {

template <class T>
[[noreturn]] void throw_released(const Node<T>& node) {
  throw TapeError("[gradient] the values that [" + std::string(node.name()) +
                  "] saved were freed by an earlier gradient of this tape; pass {.retain = true} to the earlier call");
}

// Runs one node's backward pass. Where a check of the operations that its derivative is made of fails, names the node.
template <class T, class Pass>
void run_pass(const Node<T>& node, const Pass& pass) {
  try {
    pass();
  } catch (const NumericError& error) {
    throw NumericError(text::bracketed(node.name()) + "in its derivative: " + error.what());
  }
}

// out = a + b, of shape `shape`, to which both broadcast; `out` may be `a` or `b` where that has this shape.
template <class T>
void add_broadcast(const Value<T>& a, const Value<T>& b, const Shape& shape, T* out) {
  const auto first = a.in_rows(), second = b.in_rows();
  const auto walk =
      kernels::make_walk<2>(shape, {kernels::Extents{&a.shape(), first.strides}, {&b.shape(), second.strides}});
  kernels::elementwise<T, 2>(walk, out, {first.first, second.first},
                             [](const auto& x, const auto& y) { return Batch<T>(x.v + y.v); });
}

}  // namespace

template <class T>
WantedNodes<T>::WantedNodes(const Record<T>& record, std::span<const NodeIndex> sources, NodeIndex last)
    : first_(last + 1) {
  for (const NodeIndex source : sources) first_ = std::min(first_, source);
  first_ = std::max<NodeIndex>(first_, 0);
  marks_.assign(std::size_t(last + 1 - first_), 0);
  for (const NodeIndex source : sources) {
    if (source >= 0 && source <= last) marks_[std::size_t(source - first_)] = kWanted | kSource;
  }
  for (NodeIndex i = first_; i <= last; ++i) {
    const Node<T>& node = record.node(i);
    char& mark = marks_[std::size_t(i - first_)];
    if (mark == 0 && any_of(node.inputs())) mark = kWanted;
    if (mark != 0 && node.results() != 1) mark = char(mark | kSeveral);
  }
}

template <class T, class G>
template <class Sink>
void Sweep<T, G>::run(Sink& sink) {
  for (NodeIndex i = last_; i >= wanted_.first(); --i) {
    if (!wanted_(i) || !wanted_.any_of(swept_.node(i).inputs())) continue;
    if (!wanted_.is_one_of_several(i)) [[likely]] {
      if (!holds(sink.settled(i))) continue;
      const G g = taken(i);
      sink.pass(i, [&](const Node<T>& node) { node.backward(g, sink); });
      continue;
    }
    // The cotangents of later results have waited until the operation itself is reached.
    std::vector<G, PoolAllocator<G>> g(swept_.node(i).results());
    bool any = false;
    for (std::size_t r = 0; r < g.size() && i + NodeIndex(r) <= last_; ++r) {
      const NodeIndex place = i + NodeIndex(r);
      any = holds(sink.settled(place)) || any;
      g[r] = taken(place);
    }
    if (any) sink.pass(i, [&](const Node<T>& node) { node.backward(std::span<const G>(g), sink); });
  }
}

template <class T>
void Gradients<T>::add(NodeIndex i, const SharedValue<T>& g) {
  if (!wants(i)) return;
  const Shape& to = shape(i);
  if (g->shape() != to && !kernels::broadcasts_to(g->shape(), to)) {
    SharedValue<T> sum = new_value<T>(to);
    kernels::sum_to(g->data(), g->shape(), sum->mutable_data(), to);
    return add(i, sum);
  }
  SharedValue<T>& held = slot(i);
  if (!held) {
    held = g;
  } else if (held->writable() && held->shape() == to) {
    add_broadcast(*held, *g, to, held->mutable_data());
  } else {
    SharedValue<T> sum = new_value<T>(to);
    add_broadcast(*held, *g, to, sum->mutable_data());
    held = std::move(sum);
  }
}

template <class T>
void Gradients<T>::add_product(const Node<T>& node, std::size_t k, const SharedValue<T>& g, SharedValue<T>& partial) {
  const NodeIndex i = node.inputs()[k];
  if (!wants(i)) return;
  if (!partial) throw_released(node);          // by a sweep that did not come to its end
  if (g->size() == 1 && *g->data() == T(1)) {  // as that of a sum is
    return retain_ ? add(i, partial) : add(i, std::exchange(partial, SharedValue<T>()));
  }
  const Shape out = partial->shape();
  const T* factor = partial->data();
  // Into a gradient that is there, or over g, as only the last operand may: less memory moves than for a product of its
  // own.
  const bool over_g = k + 1 == node.inputs().size() && g->writable();
  if (g->shape() == out && shape(i) == out && (slot(i) || over_g)) {
    bool fresh = false;
    T* const to = over_g ? open_over(i, g, fresh) : open(i, fresh);
    const auto walk = kernels::make_walk<3>(out, {&out, &out, &out});
    kernels::elementwise_backward<T, 1, 2>(
        walk, {kernels::Slot<T>{to, fresh ? kernels::Into::kStore : kernels::Into::kAdd}}, {g->data(), factor},
        [](const auto& a, const auto& b) { return std::array<Batch<T>, 1>{Batch<T>(a.v * b.v)}; });
    if (!retain_) partial = SharedValue<T>();
    return;
  }
  const auto walk = kernels::make_walk<2>(out, {&g->shape(), &out});
  const bool in_place = !retain_ && partial->writable();
  const SharedValue<T> product = in_place ? std::move(partial) : new_value<T>(out);
  kernels::elementwise<T, 2>(walk, product->mutable_data(), {g->data(), factor},
                             [](const auto& a, const auto& b) { return Batch<T>(a.v * b.v); });
  add(i, product);
}

template <class T>
T* Gradients<T>::open(NodeIndex i, bool& fresh) {
  SharedValue<T>& held = slot(i);
  fresh = !held;
  if (fresh) {
    held = new_value<T>(shape(i));
  } else if (!held->writable() || held->shape() != shape(i)) {
    held = Value<T>::own(Value<T>::broadcast(std::exchange(held, SharedValue<T>()), shape(i)));
  }
  return held->mutable_data();
}

template <class T>
void Gradients<T>::sweep(bool retain) {
  retain_ = retain;
  if (swept_.watch().profiles()) note_saved_bytes(swept_);
  this->run(*this);
}

// One node's part of the sweep, which backward(node) does.
template <class T>
void Gradients<T>::pass(NodeIndex i, const auto& backward) {
  Node<T>& node = swept_.node(i);
  if (node.released()) throw_released(node);
  swept_.watch().time_backward(i, [&] { run_pass(node, [&] { backward(node); }); });
  if (swept_.watch().checks_finite()) check_operands(node);
  if (!retain_) node.release();
}

template <class T>
void Gradients<T>::check_operands(const Node<T>& node) {
  const std::span<const NodeIndex> inputs = node.inputs();
  for (std::size_t k = 0; k < inputs.size(); ++k) {
    if (!wants(inputs[k]) || !slot(inputs[k])) continue;
    check_finite(*slot(inputs[k]), node.name(), "the gradient of operand " + std::to_string(k));
  }
}

template <class T>
Array<T> Gradients<T>::take(NodeIndex i) {
  const Shape& to = shape(i);
  if (i > last_ || !slot(i)) return zeros<T>(to);
  SharedValue<T> g = Value<T>::broadcast(slot(i), to);
  slot(i) = SharedValue<T>();
  return Value<T>::release(std::move(g));
}

template <class T>
RecordedGradients<T>::RecordedGradients(const Record<T>& swept, std::span<const NodeIndex> sources, NodeIndex last)
    : Sweep<T, Var<T>>(swept, sources, last), record_(*LiveTapes<T>::innermost()) {}

template <class T>
void RecordedGradients<T>::add(NodeIndex i, const Var<T>& g) {
  if (!wants(i)) return;
  Var<T>& held = slot(i);
  const Var<T> fitted = conform(g, swept_.node(i).shape());
  held = held.empty() ? fitted : recorded_sum(held, fitted);
}

template <class T>
auto RecordedGradients<T>::exchange(NodeIndex i, Held held) -> Held {
  Held before{std::exchange(slot(i), std::move(held.sum)), {}};
  if (const auto waiting = parts_.find(i); waiting != parts_.end()) {
    before.parts = std::move(waiting->second);
    parts_.erase(waiting);
  }
  if (!held.parts.empty()) parts_.emplace(i, std::move(held.parts));
  return before;
}

// A node's gradient with all of its parts.
template <class T>
Var<T>& RecordedGradients<T>::settled(NodeIndex i) {
  Var<T>& held = slot(i);
  if (parts_.empty()) return held;
  if (const auto waiting = parts_.find(i); waiting != parts_.end()) {
    const Var<T> whole = detail::scatter(swept_.node(i).shape(), std::move(waiting->second));
    parts_.erase(waiting);
    held = held.empty() ? whole : recorded_sum(held, whole);
  }
  return held;
}

template <class T>
void RecordedGradients<T>::sweep() {
  this->run(*this);
}

template <class T>
void RecordedGradients<T>::pass(NodeIndex i, const auto& backward) {
  const Node<T>& node = swept_.node(i);
  if (node.released()) throw_released(node);
  run_pass(node, [&] { backward(node); });
}

template <class T>
Var<T> RecordedGradients<T>::take(NodeIndex i) {
  if (i > last_ || settled(i).empty()) return Var<T>(zeros<T>(swept_.node(i).shape()));
  return slot(i);
}

template <class T>
std::vector<Var<T>> recorded_gradients(Record<T>& record, const Var<T>& target, const Var<T>& seed,
                                       std::span<const NodeIndex> sources) {
  std::vector<Var<T>> result;
  if (!record.owns(target)) {
    for (const NodeIndex source : sources) result.emplace_back(zeros<T>(record.node(source).shape()));
    return result;
  }
  RecordedGradients<T> gradients(record, sources, target.node());
  gradients.add(target.node(), seed);
  gradients.sweep();
  for (const NodeIndex source : sources) result.push_back(gradients.take(source));
  return result;
}

template <class T>
std::vector<Var<T>> recorded_gradients(Record<T>& record, const Var<T>& target, const Var<T>& seed,
                                       std::span<const Var<T>> sources) {
  std::vector<NodeIndex, PoolAllocator<NodeIndex>> nodes;
  for (const Var<T>& source : sources) nodes.push_back(source.node());
  if (record.owns(target)) return recorded_gradients<T>(record, target, seed, std::span<const NodeIndex>(nodes));
  std::vector<Var<T>> result;
  for (const Var<T>& source : sources) result.emplace_back(zeros<T>(source.shape()));
  return result;
}

#define XTAPE_INSTANTIATE(T)                                                                                          \
  template class WantedNodes<T>;                                                                                      \
  template class Gradients<T>;                                                                                        \
  template class RecordedGradients<T>;                                                                                \
  template std::vector<Var<T>> recorded_gradients(Record<T>&, const Var<T>&, const Var<T>&, std::span<const Var<T>>); \
  template std::vector<Var<T>> recorded_gradients(Record<T>&, const Var<T>&, const Var<T>&, std::span<const NodeIndex>);
XTAPE_INSTANTIATE(float)
XTAPE_INSTANTIATE(double)
#undef XTAPE_INSTANTIATE

}  // namespace xtape
