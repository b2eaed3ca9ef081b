#include "nn/layers/embedding.hpp"

#include <algorithm>
#include <string>

namespace xtape::nn {

template <class T>
Embedding<T>::Embedding(std::size_t count, std::size_t size, Random& rng, const EmbeddingOptions& options)
    : weight_(rng.normal<T>({count, size})) {
  if (options.padding) {
    const std::ptrdiff_t symbol = *options.padding, symbols = std::ptrdiff_t(count);
    if (symbol < -symbols || symbol >= symbols) {
      throw Error("[Embedding] padding: one of the " + std::to_string(count) + " symbols expected, got " +
                  std::to_string(symbol));
    }
    padding_ = symbol < 0 ? symbol + symbols : symbol;
    std::fill_n(weight_.mutable_data() + std::size_t(*padding_) * size, size, T(0));
  }
  this->add("weight", weight_);
}

template <class T>
Var<T> Embedding<T>::operator()(const Indices& symbols) const {
  return this->located([&] {
    const Var<T> rows = take(weight_.var(), symbols);
    if (!padding_) return rows;
    const auto count = std::ptrdiff_t(weight_.shape(0));
    Shape each = symbols.shape();
    each.push_back(1);
    Array<T> pads = empty<T>(each);
    const auto values = symbols.values();
    std::transform(values.begin(), values.end(), pads.data(),
                   [&](std::ptrdiff_t symbol) { return T(symbol == *padding_ || symbol + count == *padding_); });
    return where(Var<T>(std::move(pads)), stop_gradient(rows), rows);
  });
}

template class Embedding<float>;
template class Embedding<double>;

}  // namespace xtape::nn
