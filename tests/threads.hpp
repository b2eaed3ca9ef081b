#pragma once
// The number of threads of a scope, for what must not depend on it.

#include "autodiff/kernels/threads.hpp"

namespace xtape::tests {

class Threads {
 public:
  explicit Threads(std::size_t count) : before_(kernels::available_threads()) { kernels::set_available_threads(count); }
  ~Threads() { kernels::set_available_threads(before_); }
  Threads(const Threads&) = delete;
  Threads& operator=(const Threads&) = delete;

 private:
  std::size_t before_;
};

}  // namespace xtape::tests
