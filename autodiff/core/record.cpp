#include "autodiff/core/record.hpp"

#include "autodiff/core/gradients.hpp"
#include "autodiff/core/live_tapes.hpp"

namespace xtape {

std::uint64_t detail::next_generation() noexcept {
  static std::atomic<std::uint64_t> next{1};
  return next.fetch_add(1, std::memory_order_relaxed);
}

template <class T>
Record<T>::Record(bool check_finite) : generation_(detail::next_generation()), watch_(check_finite) {}

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
Var<T> Record<T>::leaf_for(std::uint64_t key, const SharedValue<T>& value) {
  if (leaves_elsewhere_ != nullptr) return leaves_elsewhere_->leaf_for(key, value);
  LiveTapes<T>::check_parameter(*this, key);
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
NodeIndex Record<T>::find_leaf(std::uint64_t key) const {
  const auto place = leaves_.find(key);
  return place == leaves_.end() ? kConstant : place->second;
}

template <class T>
void Leaf<T>::backward(const SharedValue<T>& g, Gradients<T>& gradients) const {
  gradients.add(input_, g);
}

template <class T>
void Leaf<T>::backward(const Var<T>& g, RecordedGradients<T>& gradients) const {
  gradients.add(input_, g);
}

template class Record<float>;
template class Record<double>;
template class Leaf<float>;
template class Leaf<double>;

}  // namespace xtape
