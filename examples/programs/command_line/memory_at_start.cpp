// OpenBLAS takes memory for each of its threads before main; where the system does not give it, OpenBLAS 0.3.21 asks
// for ever. So every program looks before OpenBLAS does, and ends with a message. The linker is told to take this file.

#include "autodiff/compat.hpp"

#include <sched.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <initializer_list>
#include <string_view>

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
extern "C" {
int xtape_memory_at_start = 0;  // a sanitizer needs more memory than any limit, and begins later than this
}
#else

namespace {

constexpr std::size_t kEach = std::size_t(128) << 20;

// The number that a variable of the environment has, or 0.
std::size_t number_of(char** environment, std::string_view name) {
  for (; *environment != nullptr; ++environment) {
    if (std::strncmp(*environment, name.data(), name.size()) == 0 && (*environment)[name.size()] == '=')
      return std::strtoul(*environment + name.size() + 1, nullptr, 10);
  }
  return 0;
}

std::size_t openblas_threads(char** environment) {
  cpu_set_t processors;
  const std::size_t most =
      sched_getaffinity(0, sizeof processors, &processors) == 0 ? std::size_t(CPU_COUNT(&processors)) : 1;
  for (const std::string_view name : {"OPENBLAS_NUM_THREADS", "GOTO_NUM_THREADS", "OMP_NUM_THREADS"}) {
    if (const std::size_t chosen = number_of(environment, name); chosen > 0) return chosen < most ? chosen : most;
  }
  return most;
}

void say(std::string_view text) {
  [[maybe_unused]] const ssize_t written = write(STDERR_FILENO, text.data(), text.size());
}

// Called before the constructors of any library: nothing but plain calls of the C library works.
void check(int, char** arguments, char** environment) {
  rlimit limit{};
  if (getrlimit(RLIMIT_AS, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY) return;
  const std::size_t bytes = openblas_threads(environment) * kEach;
  void* const memory = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory != MAP_FAILED) {
    munmap(memory, bytes);
    return;
  }
  const char* const slash = std::strrchr(arguments[0], '/');
  say(slash == nullptr ? arguments[0] : slash + 1);
  say(": out of memory: OpenBLAS takes 128 MiB for each thread before the program begins; raise 'ulimit -v', or set "
      "OMP_NUM_THREADS=1\n");
  _exit(1);
}

}  // namespace

extern "C" {
[[gnu::section(".preinit_array"), gnu::used]] void (*xtape_memory_at_start)(int, char**, char**) = &check;
}
#endif
