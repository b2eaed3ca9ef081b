#pragma once
// What every program does around its work: exit codes, one-line errors, Ctrl-C, threads.

#include <cstddef>
#include <functional>
#include <stdexcept>
#include <string>
#include <vector>

namespace examples {

/// A mistake of the user's: what was wrong and what to do, in one line. The program ends with exit code 2.
class UserError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// Ctrl-C stopped the work after everything worth keeping was saved. The program ends with exit code 130; the message
/// says how to go on.
class Interrupted : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// Exit codes of all programs.
inline constexpr int kDone = 0, kFailed = 1, kUserMistake = 2, kInterrupted = 130;

/// Runs `body` and turns what it throws into one line on standard error and an exit code. So is output that could not
/// be written. `sizes` are the options that decide how much memory it takes: what the line advises to reduce where
/// there is not enough.
int run_program(const std::string& name, const std::vector<std::string>& sizes, const std::function<void()>& body);

/// While it lives, the first Ctrl-C says on standard error what will happen, and sets a flag that the training loop
/// asks for between two batches; another one ends the process at once. What comes within a second of the first counts
/// as the same press.
class InterruptGuard {
 public:
  InterruptGuard();
  ~InterruptGuard();
  InterruptGuard(const InterruptGuard&) = delete;
  InterruptGuard& operator=(const InterruptGuard&) = delete;

  /// Whether Ctrl-C has been pressed since the guard was made.
  static bool requested();
};

/// From here on, but for the time in which a later guard lives, Ctrl-C ends the process with exit code 130 after this
/// line on standard error: for work that loses nothing when it is broken off, as the line can tell.
void end_on_interrupt(const std::string& line);

/// The largest amount of memory that the process has held so far, in bytes.
std::size_t peak_rss_bytes();

}  // namespace examples
