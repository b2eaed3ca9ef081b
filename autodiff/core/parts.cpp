#include "autodiff/core/parts.hpp"

#include "autodiff/core/apply.hpp"

#include <utility>

namespace xtape {

namespace {

// y = zeros with the inputs added where they belong; the gradient of each is its part of g.
struct Scatter : Operation<"scatter"> {
  static constexpr Linearity linear = Linearity::kTogether;
  Shape shape;
  std::vector<std::shared_ptr<const Part>> parts;
  // Those of the youngest level.
  const Indices* own_indices() const {
    const Indices* youngest = nullptr;
    for (const auto& part : parts) {
      const Indices* const indices = part->indices();
      if (indices == nullptr || indices->level() == nullptr) continue;
      if (youngest == nullptr || indices->level()->age() > youngest->level()->age()) youngest = indices;
    }
    return youngest;
  }

  template <class T>
  SharedValue<T> eval(std::span<const Var<T>> x) const {
    SharedValue<T> y = share(zeros<T>(shape));
    for (std::size_t k = 0; k < x.size(); ++k) parts[k]->add_into(shape, y->mutable_data(), *x[k].shared());
    return y;
  }
  template <class T>
  Var<T> vjp(std::size_t k, const Var<T>& g) const {
    return parts[k]->of(g);
  }
  template <class T>
  std::vector<Var<T>> apply_to_batch(BatchSize batch, std::span<const Var<T>* const> x,
                                     std::span<const char> batched) const {
    Scatter all{{}, detail::with_first(batch, shape), {}};
    for (const auto& part : parts) {
      all.parts.push_back(part->in_batch(batch));
      if (all.parts.back() == nullptr) return {};
    }
    return {xtape::apply(all, detail::side_by_side<T>(batch, x, batched, false))};
  }
};

}  // namespace

template <class T>
Var<T> detail::scatter(const Shape& shape, std::vector<PlacedPart<T>> parts) {
  Scatter op{{}, shape, {}};
  std::vector<Var<T>> elements;
  for (PlacedPart<T>& part : parts) {
    op.parts.push_back(std::move(part.part));
    elements.push_back(std::move(part.elements));
  }
  return xtape::apply(op, elements);
}

template Var<float> detail::scatter(const Shape&, std::vector<PlacedPart<float>>);
template Var<double> detail::scatter(const Shape&, std::vector<PlacedPart<double>>);

}  // namespace xtape
