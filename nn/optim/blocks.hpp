#pragma once
// Passes over the elements of a list of arrays, in blocks that do not depend on the number of threads.

#include "autodiff/kernels/threads.hpp"
#include "autodiff/pool.hpp"

#include <algorithm>
#include <cstddef>
#include <vector>

namespace xtape::nn::detail {

/// Elements [begin, end) of array k.
struct Block {
  std::size_t k, begin, end;
};

/// The blocks of a list of arrays, one after the other, and body(number, block) for all of them in parallel.
class Blocks {
 public:
  template <class List>
  explicit Blocks(const List& arrays) {
    constexpr std::size_t kLength = 4096;
    for (std::size_t k = 0; k < arrays.size(); ++k) {
      const std::size_t size = arrays[k].size();
      for (std::size_t i = 0; i < size; i += kLength) blocks_.push_back({k, i, std::min(size, i + kLength)});
      elements_ += size;
    }
  }

  std::size_t size() const { return blocks_.size(); }

  template <class Body>
  void for_each(const Body& body) const {
    kernels::parallel_for(blocks_.size(), 1, elements_, [&](std::size_t first, std::size_t last) {
      for (std::size_t number = first; number < last; ++number) body(number, blocks_[number]);
    });
  }

 private:
  std::vector<Block, PoolAllocator<Block>> blocks_;
  std::size_t elements_ = 0;
};

}  // namespace xtape::nn::detail
