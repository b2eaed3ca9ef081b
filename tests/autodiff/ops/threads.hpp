#pragma once
// The number of threads of a scope, for what must not depend on it.

#if defined(_OPENMP)
#include <omp.h>
#endif

namespace xtape::tests {

class Threads {
 public:
#if defined(_OPENMP)
  explicit Threads(int count) : before_(omp_get_max_threads()) {
    omp_set_num_threads(count);
  }
  ~Threads() {
    omp_set_num_threads(before_);
  }
#else
  explicit Threads(int) {}
  ~Threads() {}
#endif
  Threads(const Threads&) = delete;
  Threads& operator=(const Threads&) = delete;

 private:
  [[maybe_unused]] int before_ = 1;
};

}  // namespace xtape::tests
