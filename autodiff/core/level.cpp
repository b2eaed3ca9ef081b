#include "autodiff/core/level.hpp"

#include "autodiff/core/conform.hpp"
#include "autodiff/errors.hpp"
#include "autodiff/text.hpp"

#include <algorithm>
#include <string>

namespace xtape {

template <class T>
Level<T>::Level() : generation_(detail::next_generation()), outer_(LiveTapes<T>::innermost()) {
  ++alive_;
}

template <class T>
void Level<T>::end() {
  ended_ = true;
  --alive_;
  outer_ = Shared<Record<T>>();
}

template <class T>
Var<T> Level<T>::variable(Shape shape, Var<T> value, Var<T> tangent) const {
  auto meaning =
      std::make_shared<Meaning<T>>(Meaning<T>{this->shared_from_this(), std::move(value), std::move(tangent)});
  return Var<T>(Value<T>::standing_for(std::move(shape), std::move(meaning)));
}

template <class T>
Level<T>::Outside::Outside(const Level& level) : inside_(LiveTapes<T>::exchange(level.outer_.get())) {}

template <class T>
Level<T>::Outside::~Outside() {
  LiveTapes<T>::exchange_back(inside_);
}

template <class T>
std::vector<SharedValue<T>> detail::apply_at_level(const AnyOp<T>& op, std::span<const Var<T>* const> x) {
  const Level<T>* youngest = nullptr;
  for (const Var<T>* const operand : x) {
    const Meaning<T>* const meaning = operand->shared()->meaning();
    if (meaning == nullptr) continue;
    const Level<T>& level = *meaning->level;
    if (level.ended()) {
      throw TapeError(text::bracketed(op.name()) + "the variable belongs to a call of " + level.name() +
                      " that has ended: what the function gives is its result");
    }
    if (level.owner() != this_thread()) {
      throw TapeError(text::bracketed(op.name()) + "the variable belongs to a call of " + level.name() +
                      " on another thread; each thread has its own");
    }
    LiveTapes<T>::check_level(level.age(), level.name(), *operand, op.name());
    if (youngest == nullptr || level.age() > youngest->age()) youngest = &level;
  }
  if (op.level_of_indices() > youngest->age()) {
    throw TapeError(text::bracketed(op.name()) +
                    "the indices are of a vmap inside of the one that the array is of: "
                    "pass the array to it as well, with in_axes that say that it is the same for all examples");
  }
  if (Record<T>* const record = LiveTapes<T>::innermost();
      record != nullptr && record->generation() > youngest->age()) {
    record->place().holds_level = youngest->name();
  }
  std::vector<SharedValue<T>> results;
  for (const Var<T>& y : youngest->operation(op, x)) results.push_back(y.shared());
  return results;
}

Shape detail::with_first(std::size_t extent, const Shape& shape, std::size_t rank) {
  Shape result(1 + std::max(rank, shape.size()) - shape.size(), 1);
  result[0] = extent;
  result.insert(result.end(), shape.begin(), shape.end());
  return result;
}

template <class T>
std::vector<Var<T>> detail::side_by_side(std::size_t batch, std::span<const Var<T>* const> x,
                                         std::span<const char> batched, bool aligned) {
  const auto first_of_example = [&](std::size_t k) { return batched[k] ? 1u : 0u; };
  std::size_t rank = 0;
  for (std::size_t k = 0; k < x.size(); ++k) rank = std::max(rank, x[k]->dimension() - first_of_example(k));
  std::vector<Var<T>> result;
  for (std::size_t k = 0; k < x.size(); ++k) {
    const Shape& from = x[k]->shape();
    const std::size_t own = from.size() - first_of_example(k);
    const Shape example(from.end() - std::ptrdiff_t(own), from.end());
    result.push_back(conform(*x[k], with_first(batch, example, aligned ? rank : 0)));
  }
  return result;
}

template <class T>
Var<T> detail::beside(const Indices& indices, const Var<T>& x) {
  const auto level = std::dynamic_pointer_cast<const Level<T>>(indices.level());
  if (level == nullptr) throw TapeError("[vmap] indices of an example of another precision than the array's");
  // What a younger level makes of x lies inside, and is the same for all examples as well.
  if (const Meaning<T>* const inner = x.shared()->meaning(); inner != nullptr && inner->level->age() > level->age()) {
    const Var<T> tangent = inner->tangent.empty() ? inner->tangent : beside(indices, inner->tangent);
    return inner->level->variable(x.shape(), beside(indices, inner->value), tangent);
  }
  const typename Level<T>::Outside outside(*level);
  const Var<T> seen = level->seen_from_outside(x);
  const std::size_t batch = indices.of_all().shape()[0];
  const Var<T>* const operand = &seen;
  const char same = 0;
  return level->variable(x.shape(), side_by_side<T>(batch, {&operand, 1}, {&same, 1}, false)[0]);
}

#define XTAPE_INSTANTIATE(T)                                                                     \
  template std::vector<Var<T>> detail::side_by_side(std::size_t, std::span<const Var<T>* const>, \
                                                    std::span<const char>, bool);                \
  template class Level<T>;                                                                       \
  template Var<T> detail::beside(const Indices&, const Var<T>&);                                 \
  template std::vector<SharedValue<T>> detail::apply_at_level(const AnyOp<T>&, std::span<const Var<T>* const>);
XTAPE_INSTANTIATE(float)
XTAPE_INSTANTIATE(double)
#undef XTAPE_INSTANTIATE

}  // namespace xtape
