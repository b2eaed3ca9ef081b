#include "nn/optim/ema.hpp"

#include "nn/optim/blocks.hpp"
#include "nn/optim/parameter_list.hpp"

#include <utility>

namespace xtape::nn {

template <class T>
Ema<T>::Ema(std::vector<Parameter<T>> parameters, const EmaOptions& options)
    : parameters_(std::move(parameters)), options_(options) {
  detail::check_list("Ema", parameters_);
  if (!(options.decay >= 0 && options.decay < 1)) detail::refuse_options("Ema", "decay in [0, 1)", {options.decay});
  for (const Parameter<T>& parameter : parameters_) averages_.push_back(parameter.value());
}

template <class T>
void Ema<T>::update() {
  check_not_swapped();
  // In the first one all of the average is the weight.
  const T rest = T(updates_ == 0 ? 1 : 1 - options_.decay);
  detail::Blocks(averages_).for_each([&](std::size_t, const detail::Block& block) {
    T* const a = averages_[block.k].data();
    const T* const w = parameters_[block.k].value().data();
    for (std::size_t i = block.begin; i < block.end; ++i) a[i] = rest == 1 ? w[i] : a[i] + rest * (w[i] - a[i]);
  });
  ++updates_;
}

template <class T>
void Ema<T>::swap() {
  for (std::size_t k = 0; k < parameters_.size(); ++k) {
    Array<T> value = parameters_[k].value();
    parameters_[k].set(std::move(averages_[k]));
    averages_[k] = std::move(value);
  }
  swapped_ = !swapped_;
}

template <class T>
void Ema<T>::copy_to(const std::vector<Parameter<T>>& parameters) const {
  detail::check_fit("Ema", "averages", parameters, averages());
  for (std::size_t k = 0; k < parameters.size(); ++k) parameters[k].set(averages_[k]);
}

template <class T>
const std::vector<Array<T>>& Ema<T>::averages() const {
  check_not_swapped();
  return averages_;
}

template <class T>
void Ema<T>::set_averages(std::vector<Array<T>> averages, std::uint64_t updates) {
  check_not_swapped();
  detail::check_fit("Ema", "averages", parameters_, averages);
  averages_ = std::move(averages);
  updates_ = updates;
}

template <class T>
void Ema<T>::check_not_swapped() const {
  if (swapped_) throw Error("[Ema] the parameters have the averages: swap() back first");
}

template class Ema<float>;
template class Ema<double>;

}  // namespace xtape::nn
