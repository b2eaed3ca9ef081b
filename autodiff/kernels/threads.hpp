#pragma once
// The one way that xtape runs a loop on several threads.

#include <algorithm>
#include <cstddef>
#include <exception>

#if defined(_OPENMP)
#include <omp.h>
#endif

namespace xtape::kernels {

/// Below this many element operations a parallel region costs more than it saves.
inline constexpr std::size_t kParallelWork = 32768;

/// How many threads a parallel region may use here: 1 inside of one.
inline std::size_t available_threads() {
#if defined(_OPENMP)
  return omp_in_parallel() ? 1 : std::size_t(omp_get_max_threads());
#else
  return 1;
#endif
}

/// The first exception thrown on any thread of a parallel region, which none may leave.
class ExceptionKeeper {
 public:
  template <class F>
  void run(const F& f) noexcept {
    try {
      f();
    } catch (...) {
#if defined(_OPENMP)
#pragma omp critical(xtape_exception)
#endif
      if (!first_) first_ = std::current_exception();
    }
  }
  void rethrow() const {
    if (first_) std::rethrow_exception(first_);
  }

 private:
  std::exception_ptr first_;
};

/// Calls body(begin, end) on parts of [0, count) that together are all of it, each part a multiple of `grain` long (but
/// for the last). `work` estimates the element operations of the whole; small loops stay on this thread. An exception
/// from the body is rethrown here after all threads have ended.
template <class Body>
void parallel_for(std::size_t count, std::size_t grain, std::size_t work, const Body& body) {
  if (count == 0) return;
  const std::size_t grains = (count + grain - 1) / grain;
  const std::size_t threads = work < kParallelWork ? 1 : std::min(available_threads(), grains);
  if (threads <= 1) return body(std::size_t(0), count);
#if defined(_OPENMP)
  ExceptionKeeper keeper;
#pragma omp parallel num_threads(int(threads))
  {
    const std::size_t team = std::size_t(omp_get_num_threads()), rank = std::size_t(omp_get_thread_num());
    const std::size_t begin = std::min(count, grains * rank / team * grain);
    const std::size_t end = std::min(count, grains * (rank + 1) / team * grain);
    if (begin < end) keeper.run([&] { body(begin, end); });
  }
  keeper.rethrow();
#endif
}

}  // namespace xtape::kernels
