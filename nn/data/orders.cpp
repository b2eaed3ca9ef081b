#include "nn/data/orders.hpp"

#include <algorithm>
#include <map>
#include <numeric>
#include <utility>

namespace xtape::nn::detail {

std::vector<std::size_t> stratified_order(std::span<const std::int64_t> classes, Random* rng) {
  std::map<std::int64_t, std::vector<std::size_t>> members;
  for (std::size_t i = 0; i < classes.size(); ++i) members[classes[i]].push_back(i);
  // The jth of n samples of a class gets a place in [j / n, (j + 1) / n).
  std::vector<std::pair<double, std::size_t>> places;
  places.reserve(classes.size());
  for (const auto& [label, indices] : members) {
    const std::size_t n = indices.size();
    std::vector<std::size_t> order(n);
    std::iota(order.begin(), order.end(), std::size_t{0});
    Array<double> within = full<double>(Shape{n}, 0.5);
    if (rng != nullptr) {
      order = rng->permutation(n);
      within = rng->uniform<double>(Shape{n});
    }
    for (std::size_t j = 0; j < n; ++j) places.emplace_back((double(j) + within(j)) / double(n), indices[order[j]]);
  }
  std::sort(places.begin(), places.end());
  std::vector<std::size_t> order(places.size());
  std::transform(places.begin(), places.end(), order.begin(), [](const auto& place) { return place.second; });
  return order;
}

}  // namespace xtape::nn::detail
