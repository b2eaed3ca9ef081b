#include "nn/data/split.hpp"

#include "autodiff/errors.hpp"
#include "autodiff/random.hpp"
#include "autodiff/text.hpp"
#include "nn/data/orders.hpp"

#include <cmath>
#include <span>
#include <string>

namespace xtape::nn {
namespace {

std::vector<std::size_t> random_order(const Dataset& data, std::uint64_t seed, std::string_view stratify,
                                      const char* where) {
  Random rng = Random::from_state({seed, {0, detail::kSplits}});
  if (stratify.empty()) return rng.permutation(data.size());
  if (!data.is_integer(stratify) || !data.features(stratify).empty()) {
    throw DataError(text::bracketed(where) + "stratify: expected integers, one for each sample, in " +
                    text::quoted(stratify));
  }
  const Array<std::int64_t> classes = data.rows<std::int64_t>(stratify);
  return detail::stratified_order({classes.data(), classes.size()}, &rng);
}

}  // namespace

std::vector<Dataset> split(const Dataset& data, const std::vector<double>& fractions, std::uint64_t seed,
                           std::string_view stratify) {
  constexpr double kRounding = 1e-9;
  double sum = 0;
  for (const double fraction : fractions) {
    if (!(fraction >= 0)) throw DataError("[split] expected fractions of 0 or more, got " + text::number(fraction));
    sum += fraction;
  }
  if (!(sum <= 1 + kRounding))
    throw DataError("[split] expected fractions with a sum of 1 or less, got " + text::number(sum));
  const std::vector<std::size_t> order = random_order(data, seed, stratify, "split");
  std::vector<Dataset> parts;
  std::size_t begin = 0;
  double share = 0;
  for (const double fraction : fractions) {
    share += fraction;
    const auto end = std::min(order.size(), std::size_t(std::llround(share * double(order.size()))));
    if (begin == end) {
      throw DataError("[split] a part of " + text::number(fraction) + " of " + std::to_string(order.size()) +
                      " samples is empty");
    }
    parts.push_back(data.subset(std::span(order).subspan(begin, end - begin)));
    begin = end;
  }
  return parts;
}

std::vector<Fold> folds(const Dataset& data, std::size_t k, std::uint64_t seed, std::string_view stratify) {
  if (k < 2 || k > data.size()) {
    throw DataError("[folds] expected from 2 folds to one for each of the " + std::to_string(data.size()) +
                    " samples, got " + std::to_string(k));
  }
  const std::vector<std::size_t> order = random_order(data, seed, stratify, "folds");
  std::vector<Fold> result;
  for (std::size_t i = 0; i < k; ++i) {
    const std::size_t begin = order.size() * i / k, end = order.size() * (i + 1) / k;
    std::vector<std::size_t> rest(order.begin(), order.begin() + std::ptrdiff_t(begin));
    rest.insert(rest.end(), order.begin() + std::ptrdiff_t(end), order.end());
    result.push_back({data.subset(rest), data.subset(std::span(order).subspan(begin, end - begin))});
  }
  return result;
}

}  // namespace xtape::nn
