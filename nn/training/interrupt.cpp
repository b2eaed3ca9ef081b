#include "nn/training/interrupt.hpp"

#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstdint>
#include <ctime>
#include <deque>
#include <string_view>

namespace xtape::nn {
namespace {

// The signals that ask a program to stop.
constexpr std::array kStopSignals{SIGINT, SIGTERM, SIGHUP, SIGXCPU};
using Actions = std::array<struct sigaction, kStopSignals.size()>;
Actions previous_actions;
int guards = 0;  // that live

// When the first one came, in nanoseconds of CLOCK_MONOTONIC, and which it was; 0 before that. It may arrive on any
// thread.
std::atomic<std::int64_t> pressed_at{0};
std::atomic<int> stop_signal{0};
static_assert(std::atomic<int>::is_always_lock_free && std::atomic<std::int64_t>::is_always_lock_free);
constexpr std::int64_t kSamePress = 1'000'000'000;  // launchers pass on a signal that the terminal has sent already

// On a terminal it starts on a line of its own, below the bar and the ^C.
constexpr std::string_view kAfterKey =
    "\nstopping after this batch to save; press Ctrl-C again to leave without saving\n";
constexpr std::string_view kAfterSignal = "\nstopping after this batch to save\n";
bool on_terminal = false;

void write_to_error(std::string_view line) {
  [[maybe_unused]] const ::ssize_t written = ::write(STDERR_FILENO, line.data(), line.size());
}

// Only async-signal-safe calls are allowed here.
extern "C" void xtape_on_interrupt(int signal) {
  const int errno_before = errno;
  struct timespec now {};
  clock_gettime(CLOCK_MONOTONIC, &now);
  const std::int64_t nanoseconds = std::int64_t{now.tv_sec} * 1'000'000'000 + now.tv_nsec;
  std::int64_t first = 0;
  if (pressed_at.compare_exchange_strong(first, nanoseconds)) {
    stop_signal = signal;
    write_to_error((signal == SIGINT ? kAfterKey : kAfterSignal).substr(on_terminal ? 0 : 1));
  } else if (nanoseconds - first > kSamePress && (signal == SIGINT || (signal == SIGTERM && stop_signal == SIGTERM))) {
    _exit(128 + signal);  // the user insists
  }
  errno = errno_before;
}

// What is said where the process ends at once. A signal may arrive while there is a new line already, so that the old
// ones stay.
std::deque<std::string> all_last_words;
std::atomic<const std::string*> last_words{nullptr};
static_assert(std::atomic<const std::string*>::is_always_lock_free);

extern "C" void xtape_end_with_last_words(int signal) {
  write_to_error(*last_words);
  _exit(128 + signal);
}

/// Has the signals handled, but for a SIGHUP that is ignored: nohup started the program to outlive its terminal.
/// Returns what was done with them before.
Actions handle_stop_signals(void (*handler)(int), int flags) {
  Actions before{};
  for (std::size_t i = 0; i < kStopSignals.size(); ++i) {
    sigaction(kStopSignals[i], nullptr, &before[i]);
    if (kStopSignals[i] == SIGHUP && before[i].sa_handler == SIG_IGN) continue;
    struct sigaction action {};
    action.sa_handler = handler;
    action.sa_flags = flags;
    sigemptyset(&action.sa_mask);
    sigaction(kStopSignals[i], &action, nullptr);
  }
  return before;
}

}  // namespace

InterruptGuard::InterruptGuard() {
  if (guards++ > 0) return;
  pressed_at = 0;
  stop_signal = 0;
  on_terminal = ::isatty(STDERR_FILENO) == 1;
  previous_actions = handle_stop_signals(xtape_on_interrupt, SA_RESTART);  // writes in progress go on
}

InterruptGuard::~InterruptGuard() {
  if (--guards > 0) return;
  for (std::size_t i = 0; i < kStopSignals.size(); ++i) sigaction(kStopSignals[i], &previous_actions[i], nullptr);
}

int InterruptGuard::signal() {
  return stop_signal;
}

void end_on_interrupt(const std::string& line) {
  const std::string start = ::isatty(STDERR_FILENO) == 1 ? "\n" : "";  // below the ^C
  last_words = &all_last_words.emplace_back(start + line + "\n");
  handle_stop_signals(xtape_end_with_last_words, 0);
  for (std::size_t i = 0; i < kStopSignals.size(); ++i)  // to which a guard that lives now goes back
    sigaction(kStopSignals[i], nullptr, &previous_actions[i]);
}

}  // namespace xtape::nn
