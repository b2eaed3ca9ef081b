#pragma once
// A vector for each of a number of symbols.

#include "nn/layers/layer.hpp"

#include <cstddef>
#include <optional>

namespace xtape::nn {

/// What an Embedding has.
struct EmbeddingOptions {
  /// The symbol whose vector starts as 0 and is not trained; -1 is the last.
  std::optional<std::ptrdiff_t> padding = {};
};

/// The rows of a table W: (count, size) at integers of any shape: (...) gives (..., size). W starts from N(0, 1).
template <class T>
class Embedding : public Layer<T> {
 public:
  /// Throws Error for a padding symbol that is not there.
  Embedding(std::size_t count, std::size_t size, Random& rng, const EmbeddingOptions& options = {});

  /// Throws ShapeError for symbols out of range; negative ones count from the end.
  Var<T> operator()(const Indices& symbols) const;

  const Parameter<T>& weight() const { return weight_; }  ///< W: (count, size)

 private:
  Parameter<T> weight_;
  std::optional<std::ptrdiff_t> padding_;  // from the front
};

extern template class Embedding<float>;
extern template class Embedding<double>;

}  // namespace xtape::nn
