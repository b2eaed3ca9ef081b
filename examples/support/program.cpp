#include "examples/support/program.hpp"

#include <sys/resource.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <cstdio>
#include <exception>
#include <new>

#ifdef _OPENMP
#include <omp.h>
#endif

#include "examples/support/text.hpp"

namespace examples {
namespace {

// A signal may arrive on any thread.
std::atomic<bool> interrupted{false};
static_assert(std::atomic<bool>::is_always_lock_free);
struct sigaction previous_action;

extern "C" void on_interrupt(int) {
  // The second time the user insists. Only async-signal-safe calls are allowed here.
  if (interrupted.exchange(true)) _exit(kInterrupted);
}

void say(const std::string& name, std::string message) {
  for (char& letter : message)
    if (letter == '\n' || letter == '\r') letter = ' ';
  std::fflush(stdout);
  std::fprintf(stderr, "%s: %s\n", name.c_str(), message.c_str());
}

}  // namespace

int run_program(const std::string& name, const std::vector<std::string>& sizes, const std::function<void()>& body) {
  try {
    body();
    return kDone;
  } catch (const UserError& error) {
    say(name, error.what());
    return kUserMistake;
  } catch (const Interrupted& error) {
    say(name, error.what());
    return kInterrupted;
  } catch (const std::bad_alloc&) {
    say(name, "out of memory; try a smaller " + one_of(sizes));
    return kFailed;
  } catch (const std::exception& error) {
    say(name, error.what());
    return kFailed;
  }
}

InterruptGuard::InterruptGuard() {
  interrupted = false;
  struct sigaction action {};
  action.sa_handler = on_interrupt;
  action.sa_flags = SA_RESTART;  // writes in progress go on
  sigemptyset(&action.sa_mask);
  sigaction(SIGINT, &action, &previous_action);
}

InterruptGuard::~InterruptGuard() {
  sigaction(SIGINT, &previous_action, nullptr);
}

bool InterruptGuard::requested() {
  return interrupted;
}

std::size_t default_threads() {
#ifdef _OPENMP
  return static_cast<std::size_t>(omp_get_max_threads());
#else
  return 1;
#endif
}

void use_threads([[maybe_unused]] std::size_t threads) {
#ifdef _OPENMP
  omp_set_num_threads(static_cast<int>(threads));
#endif
}

std::size_t peak_rss_bytes() {
  struct rusage usage {};
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<std::size_t>(usage.ru_maxrss) * 1024;  // Linux counts in KiB
}

}  // namespace examples
