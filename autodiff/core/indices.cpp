#include "autodiff/core/indices.hpp"

#include "autodiff/core/print.hpp"
#include "autodiff/errors.hpp"
#include "autodiff/kernels/walk.hpp"

#include <algorithm>

namespace xtape {

// Throws ShapeError where inner vectors differ in length.
Indices::Data::Data(Shape shape_of, std::vector<std::ptrdiff_t> integers)
    : shape(std::move(shape_of)), values(std::move(integers)) {
  if (const std::size_t expected = size_of(shape); expected != values.size()) {
    detail::refuse_ragged(expected, values.size());
  }
  if (values.empty()) return;
  const auto [low, high] = std::minmax_element(values.begin(), values.end());
  least = *low;
  largest = *high;
}

Indices::Data::Data(std::shared_ptr<const AnyLevel> of_level, std::shared_ptr<const Data> of_all)
    : shape(of_all->shape.begin() + 1, of_all->shape.end()),
      least(of_all->least),
      largest(of_all->largest),
      level(std::move(of_level)),
      all(std::move(of_all)) {}

Indices Indices::of_example(std::shared_ptr<const AnyLevel> level, const Indices& all) {
  return Indices(std::make_shared<const Data>(std::move(level), all.data_));
}

Indices Indices::reshaped(Shape to) const {
  if (!data_->all) return {std::move(to), std::vector<std::ptrdiff_t>(data_->values)};
  Shape of_all{data_->all->shape[0]};
  of_all.insert(of_all.end(), to.begin(), to.end());
  return of_example(data_->level, Indices(data_->all).reshaped(std::move(of_all)));
}

void Indices::refuse_values() const {
  throw TapeError("[vmap] the integers that an operation inside vmap gave were asked for: each example has its own, " +
                  to_string(data_->all->shape) + " in all; take and take_along_axis take them as they are");
}

std::ptrdiff_t Indices::item() const {
  if (size() != 1) throw ShapeError("[item] one integer expected, the shape is " + to_string(shape()));
  return values()[0];
}

const std::ptrdiff_t* Indices::outside(std::ptrdiff_t low, std::ptrdiff_t high) const {
  if (size() == 0 || (data_->least >= low && data_->largest < high)) return nullptr;
  const auto is_outside = [=](std::ptrdiff_t index) { return index < low || index >= high; };
  const Data* data = data_.get();
  while (data->all) data = data->all.get();
  return &*std::find_if(data->values.begin(), data->values.end(), is_outside);
}

Array<bool> detail::compare(const char* operation, const Indices& a, const Indices& b,
                            bool (*holds)(std::ptrdiff_t, std::ptrdiff_t)) {
  const Shape shape = kernels::broadcast_shapes(operation, {&a.shape(), &b.shape()});
  Array<bool> result = allocated<bool>(operation, shape);
  const auto walk = kernels::make_walk<2>(shape, {&a.shape(), &b.shape()});
  bool* to = result.data();
  kernels::walk_rows(walk, 0, walk.rows, [&](std::size_t, const auto& at) {
    const std::ptrdiff_t *left = a.values().data() + at[0], *right = b.values().data() + at[1];
    for (std::size_t i = 0; i < walk.inner; ++i, left += walk.step[0], right += walk.step[1])
      *to++ = holds(*left, *right);
  });
  return result;
}

std::ostream& operator<<(std::ostream& out, const Indices& indices) {
  detail::print(out, indices.values().data(), indices.shape());
  return out;
}

}  // namespace xtape
