#include "nn/optim/adam.hpp"

#include "autodiff/kernels/simd.hpp"
#include "autodiff/kernels/threads.hpp"
#include "autodiff/text.hpp"

#include "nn/optim/parameter_list.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace xtape::nn {

namespace {

constexpr std::size_t kLine =
    64;  // elements; parts of a parameter are cut at multiples, so that no two share a cache line

// The factors of one step, computed in double: 1 - β₂ in float would be off in the fifth digit.
template <class T>
struct StepFactors {
  T beta1, rest1, beta2, rest2;      // rest = 1 - β
  T rate, root_correction, epsilon;  // α / (1 - β₁ᵗ), 1 / √(1 - β₂ᵗ), ε
};

template <class T>
void update(T* w, T* m, T* v, const T* g, std::size_t begin, std::size_t end, const StepFactors<T>& f) {
  using B = xsimd::batch<T>;
  constexpr std::size_t L = B::size;
  const B beta1(f.beta1), rest1(f.rest1), beta2(f.beta2), rest2(f.rest2);
  const B rate(f.rate), correction(f.root_correction), epsilon(f.epsilon);
  // A mean that decays to denormals, as that of a weight which gets no gradient any more, would slow the pass down
  // several times for as long as the program runs.
  const B smallest(std::numeric_limits<T>::min()), zero(T(0));
  const auto flushed = [&](const B& x) { return xsimd::select(xsimd::abs(x) < smallest, zero, x); };
  const auto move = [&](const B& wi, B& mi, B& vi, const B& gi) {
    mi = flushed(beta1 * mi + rest1 * gi);
    vi = flushed(beta2 * vi + rest2 * gi * gi);
    return wi - rate * mi / (xsimd::sqrt(vi) * correction + epsilon);
  };
  std::size_t i = begin;
  for (; i + L <= end; i += L) {
    B mi = B::load_unaligned(m + i), vi = B::load_unaligned(v + i);
    move(B::load_unaligned(w + i), mi, vi, B::load_unaligned(g + i)).store_unaligned(w + i);
    mi.store_unaligned(m + i);
    vi.store_unaligned(v + i);
  }
  if (const std::size_t rest = end - i; rest > 0) {
    B mi = Batch<T>::load_part(m + i, rest).v, vi = Batch<T>::load_part(v + i, rest).v;
    const B wi = move(Batch<T>::load_part(w + i, rest).v, mi, vi, Batch<T>::load_part(g + i, rest).v);
    Batch<T>(wi).store_part(w + i, rest);
    Batch<T>(mi).store_part(m + i, rest);
    Batch<T>(vi).store_part(v + i, rest);
  }
}

}  // namespace

template <class T>
Adam<T>::Adam(std::vector<Parameter<T>> parameters, const AdamOptions& options)
    : parameters_(std::move(parameters)), options_(options) {
  detail::check_list("Adam", parameters_);
  const auto decay = [](double beta) { return beta >= 0 && beta < 1; };
  if (!(options.learning_rate >= 0) || !decay(options.beta1) || !decay(options.beta2) || !(options.epsilon >= 0)) {
    throw Error("[Adam] learning_rate >= 0, beta1 and beta2 in [0, 1) and epsilon >= 0 expected, got " +
                text::number(options.learning_rate) + ", " + text::number(options.beta1) + ", " +
                text::number(options.beta2) + ", " + text::number(options.epsilon));
  }
  for (const Parameter<T>& parameter : parameters_) {
    state_.first.push_back(zeros<T>(parameter.shape()));
    state_.second.push_back(zeros<T>(parameter.shape()));
  }
}

template <class T>
void Adam<T>::step(const std::vector<Array<T>>& gradients) {
  detail::check_fit("Adam", "gradients", parameters_, gradients);
  std::vector<T*, PoolAllocator<T*>> weights;  // before the step is counted, since a copy may have to be made
  for (const Parameter<T>& parameter : parameters_) weights.push_back(parameter.mutable_data());
  ++state_.step;
  const double t = double(state_.step);
  const StepFactors<T> factors{T(options_.beta1),
                               T(1 - options_.beta1),
                               T(options_.beta2),
                               T(1 - options_.beta2),
                               T(options_.learning_rate / (1 - std::pow(options_.beta1, t))),
                               T(1 / std::sqrt(1 - std::pow(options_.beta2, t))),
                               T(options_.epsilon)};
  // In one loop, so that threads meet once and not for each parameter. Each takes the same share of every one, as in
  // the products of the next step, which then find most of it in their core's cache.
  std::size_t all = 0;
  for (const Array<T>& gradient : gradients) all += gradient.size();
  const std::size_t parts = kernels::available_threads();
  kernels::parallel_for(parts, 1, all, [&](std::size_t first, std::size_t last) {
    for (std::size_t k = 0; k < gradients.size(); ++k) {
      const std::size_t size = gradients[k].size();
      const auto cut = [&](std::size_t part) { return part == parts ? size : size / kLine * part / parts * kLine; };
      update(weights[k], state_.first[k].data(), state_.second[k].data(), gradients[k].data(), cut(first), cut(last),
             factors);
    }
  });
}

template <class T>
void Adam<T>::set_state(AdamState<T> state) {
  detail::check_fit("Adam", "first moments", parameters_, state.first);
  detail::check_fit("Adam", "second moments", parameters_, state.second);
  if (state.step > kMostAdamSteps) {
    throw Error("[Adam] at most 2^53 steps expected, got " + std::to_string(state.step));
  }
  state_ = std::move(state);
}

template class Adam<float>;
template class Adam<double>;

}  // namespace xtape::nn
