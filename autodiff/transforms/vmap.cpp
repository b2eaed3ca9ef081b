#include "autodiff/transforms/vmap.hpp"

#include "autodiff/text.hpp"

#include <iostream>
#include <mutex>
#include <set>
#include <string>

namespace xtape::detail {

namespace {

void tell_of_loop(const char* operation, std::size_t examples) {
  static std::mutex mutex;
  static std::set<std::string> told;
  const std::lock_guard<std::mutex> lock(mutex);
  if (!told.insert(operation).second) return;
  std::cerr << "xtape: vmap applies " << text::bracketed(operation) << "to each of " << examples
            << " examples by itself: the operation does not say what it is on a batch\n";
}

template <class T>
class BatchLevel final : public Level<T> {
 public:
  BatchLevel(std::size_t size, Loops loops) : size_(size), loops_(loops) {}
  const char* name() const override { return "vmap"; }

  std::vector<Var<T>> operation(const AnyOp<T>& op, typename AnyOp<T>::Operands x) const override {
    const typename Level<T>::Outside outside(*this);
    std::vector<Var<T>> all;
    std::vector<char> batched;
    std::size_t rank = 0;
    for (const Var<T>* const operand : x) {
      const Meaning<T>* const meaning = this->meaning_of(*operand);
      all.push_back(meaning == nullptr ? this->seen_from_outside(*operand) : meaning->value);
      batched.push_back(meaning != nullptr);
      rank = std::max(rank, operand->dimension());
    }
    std::vector<Var<T>> results;
    try {
      results = of_all(op, all, batched, rank);
    } catch (const ShapeError&) {
      if (size_ > 0) op.apply(pointers_to<T>(example(0, all, batched)));  // throws as well, and tells its own shapes
      throw;
    }
    for (Var<T>& result : results) {
      Shape shape(result.shape().begin() + 1, result.shape().end());
      result = this->variable(std::move(shape), std::move(result));
    }
    return results;
  }

  const Array<T>& elements(const Meaning<T>& meaning) const override {
    const Shape& all = meaning.value.shape();
    throw ElementsOfBatch(
        "[vmap] the elements of a variable inside vmap were asked for, by value(), item(), a condition or "
        "printing: it stands for all " +
        std::to_string(size_) + " examples, " + to_string(all) +
        ", and has none of its own; use where(condition, a, b) in place of if");
  }

 private:
  std::vector<Var<T>> of_all(const AnyOp<T>& op, std::vector<Var<T>> all, const std::vector<char>& batched,
                             std::size_t rank) const {
    if (!op.elementwise()) {
      std::vector<Var<T>> results = op.apply_to_batch({size_, this->age()}, pointers_to<T>(all), batched);
      return results.empty() ? one_by_one(op, all, batched) : results;
    }
    for (std::size_t k = 0; k < all.size(); ++k) {
      if (batched[k]) all[k] = aligned(all[k], rank);
    }
    return op.apply(pointers_to<T>(all));
  }

  // The operands that the i-th example has.
  static std::vector<Var<T>> example(std::size_t i, std::vector<Var<T>> all, const std::vector<char>& batched) {
    for (std::size_t k = 0; k < all.size(); ++k) {
      if (batched[k]) all[k] = all[k][std::ptrdiff_t(i)];
    }
    return all;
  }

  // Examples of fewer dimensions than others broadcast against their last ones.
  static Var<T> aligned(const Var<T>& all, std::size_t rank) {
    const Shape& shape = all.shape();
    if (shape.size() == rank + 1) return all;
    return reshape_to(all, with_first(shape[0], Shape(shape.begin() + 1, shape.end()), rank));
  }

  std::vector<Var<T>> one_by_one(const AnyOp<T>& op, const std::vector<Var<T>>& all,
                                 const std::vector<char>& batched) const {
    if (size_ == 0)
      throw ShapeError(text::bracketed(op.name()) + "at least one example expected inside vmap, got none");
    if (loops_ == Loops::kTold) tell_of_loop(op.name(), size_);
    std::vector<std::vector<Var<T>>> each;
    for (std::size_t i = 0; i < size_; ++i) {
      const std::vector<Var<T>> y = op.apply(pointers_to<T>(example(i, all, batched)));
      each.resize(y.size());
      for (std::size_t r = 0; r < y.size(); ++r) each[r].push_back(y[r]);
    }
    std::vector<Var<T>> results;
    for (const std::vector<Var<T>>& examples : each) results.push_back(xtape::stack(examples));
    return results;
  }

  std::size_t size_;
  Loops loops_;
};

template <class T>
Var<T> with_axis_moved(const Var<T>& x, std::size_t from, std::size_t to) {
  return from == to ? x : moveaxis(x, std::ptrdiff_t(from), std::ptrdiff_t(to));
}

}  // namespace

OptionalAxis axis_of_argument(const std::vector<OptionalAxis>& axes, std::size_t i, std::size_t count) {
  if (axes.size() == 1) return axes[0];
  if (axes.size() == count) return axes[i];
  throw Error("[vmap] one of in_axes for all arguments, or one for each of " + std::to_string(count) +
              ", expected, got " + std::to_string(axes.size()));
}

template <class T>
BatchOfExamples<T>::BatchOfExamples(const PartShapes& places, VarList<T> parts, const std::vector<OptionalAxis>& axes,
                                    Loops loops) {
  std::vector<std::size_t> from(parts.size());
  std::size_t first = parts.size();
  for (std::size_t k = 0; k < parts.size(); ++k) {
    if (!axes[k]) continue;
    const auto& [place, shape] = places[k];
    const std::ptrdiff_t rank = std::ptrdiff_t(shape.size());
    if (*axes[k] < -rank || *axes[k] >= rank) {
      throw ShapeError("[vmap] axis " + saturated_text(*axes[k]) + " of " + place + " is not there: its shape is " +
                       to_string(shape) +
                       "; in_axes says which one the examples lie along, and none for what is the "
                       "same for all of them");
    }
    from[k] = std::size_t(*axes[k] < 0 ? *axes[k] + rank : *axes[k]);
    if (first == parts.size()) {
      first = k;
      size_ = shape[from[k]];
    } else if (shape[from[k]] != size_) {
      throw ShapeError("[vmap] as many examples expected in each argument: " + places[first].first + " has " +
                       std::to_string(size_) + " along axis " + std::to_string(from[first]) + " of shape " +
                       to_string(places[first].second) + ", " + place + " " + std::to_string(shape[from[k]]) +
                       " along axis " + std::to_string(from[k]) + " of shape " + to_string(shape));
    }
  }
  if (first == parts.size()) throw Error("[vmap] at least one argument with an axis of examples expected, got none");
  for (std::size_t k = 0; k < parts.size(); ++k) {
    static_cast<void>(LiveTapes<T>::of(parts[k], "vmap"));
    if (axes[k]) parts[k] = with_axis_moved(parts[k], from[k], 0);
  }
  level_ = LevelScope<T>(std::make_shared<BatchLevel<T>>(size_, loops));
  for (std::size_t k = 0; k < parts.size(); ++k) {
    if (!axes[k]) {
      examples_.push_back(std::move(parts[k]));
      continue;
    }
    Shape shape(parts[k].shape().begin() + 1, parts[k].shape().end());
    examples_.push_back(level_->variable(std::move(shape), std::move(parts[k])));
  }
}

template <class T>
VarList<T> BatchOfExamples<T>::all(const VarList<T>& results, const std::vector<std::ptrdiff_t>& axes) const {
  if (axes.size() != 1 && axes.size() != results.size()) {
    throw Error("[vmap] one of out_axes for all parts of the result, or one for each of " +
                std::to_string(results.size()) + ", expected, got " + std::to_string(axes.size()));
  }
  VarList<T> all;
  for (std::size_t k = 0; k < results.size(); ++k) {
    const Var<T>& y = results[k];
    static_cast<void>(LiveTapes<T>::of(y, "vmap"));
    const std::ptrdiff_t axis = axes[axes.size() == 1 ? 0 : k], rank = std::ptrdiff_t(y.dimension()) + 1;
    if (axis < -rank || axis >= rank) {
      throw ShapeError("[vmap] axis " + saturated_text(axis) +
                       " of the result is not there: of one example it has "
                       "shape " +
                       to_string(y.shape()) + ", and one dimension more of all");
    }
    const Meaning<T>* const meaning = level_->meaning_of(y);
    const Var<T> stacked =
        meaning != nullptr ? meaning->value : broadcast_to(level_->seen_from_outside(y), with_first(size_, y.shape()));
    all.push_back(with_axis_moved(stacked, 0, std::size_t(axis < 0 ? axis + rank : axis)));
  }
  return all;
}

template class BatchOfExamples<float>;
template class BatchOfExamples<double>;

}  // namespace xtape::detail
