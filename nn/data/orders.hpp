#pragma once
// The orders in which samples come: the inside of loaders and splits.

#include "autodiff/random.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace xtape::nn::detail {

/// What is drawn for one seed, in parts of its stream that no Random(seed) gets to, so that a program may use one seed
/// for everything.
inline constexpr std::uint64_t kSplits = std::uint64_t{1} << 62, kOrders = std::uint64_t{2} << 62,
                               kTransforms = std::uint64_t{3} << 62;

/// An order in which each class is spread evenly: of the first n, and of any n in a row, each class has its share to
/// within two. Within what that leaves open the order is random, or, without a generator, that of the samples.
std::vector<std::size_t> stratified_order(std::span<const std::int64_t> classes, Random* rng);

}  // namespace xtape::nn::detail
