#pragma once
// The loop of optimizers that treat every element by itself: one parallel pass over all parameters.

#include "autodiff/kernels/simd.hpp"
#include "autodiff/kernels/threads.hpp"
#include "nn/optim/optimizer.hpp"

#include <array>
#include <cstddef>
#include <limits>
#include <vector>

namespace xtape::nn::detail {

/// 0 in place of denormals: a mean that decays to those, as that of a weight which gets no gradient any more, would
/// slow the pass down several times for as long as the program runs.
template <class B>
B flushed(const B& x) {
  using T = typename B::value_type;
  return xsimd::select(xsimd::abs(x) < B(std::numeric_limits<T>::min()), B(T(0)), x);
}

/// What `rule` makes of the elements from `begin` to `end`.
template <std::size_t N, class T, class Rule>
void step_part(const Rule& given, T* w, const T* g, const std::array<T*, N>& slots, std::size_t begin,
               std::size_t end) {
  using Numbers = Batch<T>;
  using B = typename Numbers::Simd;
  const Rule rule = given;  // here, where no store can change it
  std::array<B, N> s;
  std::size_t i = begin;
  for (; i + B::size <= end; i += B::size) {
    for (std::size_t n = 0; n < N; ++n) s[n] = B::load_unaligned(slots[n] + i);
    rule(B::load_unaligned(w + i), B::load_unaligned(g + i), s).store_unaligned(w + i);
    for (std::size_t n = 0; n < N; ++n) s[n].store_unaligned(slots[n] + i);
  }
  if (const std::size_t rest = end - i; rest > 0) {
    for (std::size_t n = 0; n < N; ++n) s[n] = Numbers::load_part(slots[n] + i, rest).v;
    Numbers(rule(Numbers::load_part(w + i, rest).v, Numbers::load_part(g + i, rest).v, s)).store_part(w + i, rest);
    for (std::size_t n = 0; n < N; ++n) Numbers(s[n]).store_part(slots[n] + i, rest);
  }
}

/// w = rule(w, g, s) for all elements of all parameters that are not frozen, where `s` are those of N slots, which the
/// rule changes in place; w, g and the members of s are xsimd's batches. `make_rule(options, learning_rate)` is that of
/// a group.
template <class T, class Options, std::size_t N, class MakeRule>
void step_elements(const GroupedOptimizer<T, Options>& optimizer, const std::vector<Array<T>>& gradients,
                   const std::array<std::vector<Array<T>>*, N>& slots, const MakeRule& make_rule) {
  using Rule = decltype(make_rule(optimizer.options(), 0.0));
  std::vector<Rule, PoolAllocator<Rule>> rules;
  for (std::size_t group = 0; group < optimizer.groups(); ++group) {
    rules.push_back(make_rule(optimizer.options(group), optimizer.learning_rate(group)));
  }
  const std::vector<Parameter<T>>& parameters = optimizer.parameters();
  constexpr std::size_t kLine = 64;  // elements: parts are cut at multiples, so that no two share a cache line
  struct Pointers {
    T* w;  // null of a frozen one
    std::array<T*, N> slots;
  };
  std::vector<Pointers, PoolAllocator<Pointers>> to;
  std::size_t all = 0;
  for (std::size_t k = 0; k < parameters.size(); ++k) {
    const bool frozen = parameters[k].frozen();
    Pointers pointers{frozen ? nullptr : parameters[k].mutable_data(), {}};
    for (std::size_t n = 0; n < N; ++n) pointers.slots[n] = (*slots[n])[k].data();
    to.push_back(pointers);
    if (!frozen) all += gradients[k].size();
  }
  // In one loop, so that threads meet once and not for each parameter. Each takes the same share of every one, as in
  // the products of the next step, which then find most of it in their core's cache.
  const std::size_t parts = kernels::available_threads();
  kernels::parallel_for(parts, 1, all, [&](std::size_t first, std::size_t last) {
    for (std::size_t k = 0; k < gradients.size(); ++k) {
      if (to[k].w == nullptr) continue;
      const std::size_t size = gradients[k].size();
      const auto cut = [&](std::size_t part) { return part == parts ? size : size / kLine * part / parts * kLine; };
      step_part<N>(rules[optimizer.group_of(k)], to[k].w, gradients[k].data(), to[k].slots, cut(first), cut(last));
    }
  });
}

}  // namespace xtape::nn::detail
