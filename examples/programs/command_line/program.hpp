#pragma once
// What every program does around its work: exit codes, one-line errors, Ctrl-C and other signals to stop.

#include <csignal>
#include <cstddef>
#include <functional>
#include <stdexcept>
#include <string>
#include <vector>

namespace programs {

/// A mistake of the user's: what was wrong and what to do, in one line. The program ends with exit code 2.
class UserError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// A signal stopped the work after everything worth keeping was saved. The program ends with the exit code of that
/// signal; the message says how to go on.
class Interrupted : public std::runtime_error {
 public:
  explicit Interrupted(const std::string& message, int signal = SIGINT)
      : std::runtime_error(message), exit_code_(128 + signal) {}
  int exit_code() const { return exit_code_; }

 private:
  int exit_code_;
};

/// Exit codes of all programs, besides 128 + the number of the signal that stopped one: 130 after Ctrl-C.
inline constexpr int kDone = 0, kFailed = 1, kUserMistake = 2;

/// Runs `body` and turns what it throws into one line on standard error and an exit code. So is output that could not
/// be written. `sizes` are the options that decide how much memory it takes: what the line advises to reduce where
/// there is not enough.
int run_program(const std::string& name, const std::vector<std::string>& sizes, const std::function<void()>& body);

/// A line on standard error that ends nothing.
void warn(const std::string& message);

/// Does a part of the results that a run can do without. Where that fails, a line on standard error says that `what` is
/// left out, and why.
void attempt(const std::string& what, const std::function<void()>& part);

/// While it lives, the first signal that asks the program to stop says on standard error what will happen, and sets a
/// flag that the training loop asks for between two batches. Such signals are SIGINT (Ctrl-C), SIGTERM and SIGXCPU (as
/// batch systems send them), and SIGHUP (the terminal is gone), unless it was ignored before, as nohup does. Another
/// Ctrl-C, or a second SIGTERM, ends the process at once. What comes within a second of the first counts as the same
/// press.
class InterruptGuard {
 public:
  InterruptGuard();
  ~InterruptGuard();
  InterruptGuard(const InterruptGuard&) = delete;
  InterruptGuard& operator=(const InterruptGuard&) = delete;

  /// The signal that has come since the guard was made; 0 for none.
  static int signal();
  static bool requested() { return signal() != 0; }
};

/// From here on, but for the time in which a later guard lives, each of those signals ends the process with its exit
/// code after this line on standard error: for work that loses nothing when it is broken off, as the line can tell.
void end_on_interrupt(const std::string& line);

/// The largest amount of memory that the process has held so far, in bytes.
std::size_t peak_rss_bytes();

}  // namespace programs
