#pragma once
// Parts of a data set: for training, validation and test, and for cross-validation.

#include "nn/data/dataset.hpp"

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace xtape::nn {

/// Parts of a data set, at random, that share no sample: the ith has `fractions[i]` of them, rounded, such that
/// fractions whose sum is 1 leave none over. With `stratify`, the name of an array of integers (samples), each part has
/// the classes in the proportions of the whole, to within two samples. The parts are a function of the seed. Throws
/// DataError for fractions that are negative or have a sum above 1, a part that would be empty, a name that is not
/// there, and one that holds no integers or several for a sample.
std::vector<Dataset> split(const Dataset& data, const std::vector<double>& fractions, std::uint64_t seed,
                           std::string_view stratify = {});

/// What a model is fitted to, and what it is held against.
struct Fold {
  Dataset train, validation;
};

/// k such pairs for cross-validation: each sample is in one validation part and in the k - 1 training parts of the
/// others. Throws DataError for k below 2 or above the number of samples, else as `split`.
std::vector<Fold> folds(const Dataset& data, std::size_t k, std::uint64_t seed, std::string_view stratify = {});

}  // namespace xtape::nn
