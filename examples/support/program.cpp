#include "examples/support/program.hpp"

#include <sys/resource.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <ctime>
#include <deque>
#include <exception>
#include <iostream>
#include <new>
#include <string_view>
#include <system_error>

#include "examples/support/text.hpp"

namespace examples {
namespace {

// When Ctrl-C was pressed, in nanoseconds of CLOCK_MONOTONIC; 0 before that. A signal may arrive on any thread.
std::atomic<std::int64_t> pressed_at{0};
static_assert(std::atomic<std::int64_t>::is_always_lock_free);
constexpr std::int64_t kSamePress = 1'000'000'000;  // launchers pass on a signal that the terminal has sent already
struct sigaction previous_action;

// On a terminal it starts on a line of its own, below the bar and the ^C.
constexpr std::string_view kOnTerminal =
    "\nstopping after this batch to save; press Ctrl-C again to leave without saving\n";
bool on_terminal = false;

// Only async-signal-safe calls are allowed here.
extern "C" void on_interrupt(int) {
  const int errno_before = errno;
  struct timespec now {};
  clock_gettime(CLOCK_MONOTONIC, &now);
  const std::int64_t nanoseconds = std::int64_t{now.tv_sec} * 1'000'000'000 + now.tv_nsec;
  std::int64_t first = 0;
  if (pressed_at.compare_exchange_strong(first, nanoseconds)) {
    const std::string_view line = kOnTerminal.substr(on_terminal ? 0 : 1);
    [[maybe_unused]] const ssize_t written = write(STDERR_FILENO, line.data(), line.size());
  } else if (nanoseconds - first > kSamePress) {
    _exit(kInterrupted);  // the user insists
  }
  errno = errno_before;
}

// What is said where the process ends at once. A signal may arrive while there is a new line already, so that the old
// ones stay.
std::string program_name;
std::deque<std::string> all_last_words;
std::atomic<const std::string*> last_words{nullptr};
static_assert(std::atomic<const std::string*>::is_always_lock_free);

extern "C" void end_with_last_words(int) {
  const std::string& line = *last_words;
  [[maybe_unused]] const ssize_t written = write(STDERR_FILENO, line.data(), line.size());
  _exit(kInterrupted);
}

void say(const std::string& name, std::string message) {
  for (char& letter : message)
    if (letter == '\n' || letter == '\r') letter = ' ';
  std::fflush(stdout);
  std::fprintf(stderr, "%s: %s\n", name.c_str(), message.c_str());
}

/// Throws where something that was printed did not reach standard output: the disk may be full.
void check_output() {
  errno = 0;
  std::cout.flush();
  if (std::fflush(stdout) == 0 && std::ferror(stdout) == 0 && std::cout) return;
  const std::string reason = errno == 0 ? "" : ": " + std::generic_category().message(errno);
  throw std::runtime_error("standard output could not be written" + reason);
}

}  // namespace

int run_program(const std::string& name, const std::vector<std::string>& sizes, const std::function<void()>& body) {
  program_name = name;
  try {
    body();
    check_output();
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
  pressed_at = 0;
  on_terminal = isatty(STDERR_FILENO) == 1;
  struct sigaction action {};
  action.sa_handler = on_interrupt;
  action.sa_flags = SA_RESTART;  // writes in progress go on
  sigemptyset(&action.sa_mask);
  sigaction(SIGINT, &action, &previous_action);
}

InterruptGuard::~InterruptGuard() {
  sigaction(SIGINT, &previous_action, nullptr);
}

void end_on_interrupt(const std::string& line) {
  const std::string start = isatty(STDERR_FILENO) == 1 ? "\n" : "";  // below the ^C
  last_words = &all_last_words.emplace_back(start + program_name + ": " + line + "\n");
  struct sigaction action {};
  action.sa_handler = end_with_last_words;
  sigemptyset(&action.sa_mask);
  sigaction(SIGINT, &action, nullptr);
  previous_action = action;  // to which a guard that lives now goes back
}

bool InterruptGuard::requested() {
  return pressed_at != 0;
}

std::size_t peak_rss_bytes() {
  struct rusage usage {};
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<std::size_t>(usage.ru_maxrss) * 1024;  // Linux counts in KiB
}

}  // namespace examples
