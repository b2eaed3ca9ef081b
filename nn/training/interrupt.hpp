#pragma once
// Signals that ask a program to stop, as a question that a loop asks between two steps.

#include <string>

namespace xtape::nn {

/// While it lives, the first signal that asks the program to stop says on standard error what will happen, and sets a
/// flag that a loop asks for between two steps:
///
///   const nn::InterruptGuard guard;
///   for (const auto& batch : loader) {
///     ...
///     if (nn::InterruptGuard::requested()) break;   // and save
///   }
///
/// Such signals are SIGINT (Ctrl-C), SIGTERM and SIGXCPU (as batch systems send them), and SIGHUP (the terminal is
/// gone), unless it was ignored before, as nohup does. Another Ctrl-C, or a second SIGTERM, ends the process at once.
/// What comes within a second of the first counts as the same press. Guards are made and unmade by one thread; one
/// within another does nothing: the outer one's flag stays until it goes.
class InterruptGuard {
 public:
  InterruptGuard();
  ~InterruptGuard();
  InterruptGuard(const InterruptGuard&) = delete;
  InterruptGuard& operator=(const InterruptGuard&) = delete;

  static int signal();                               ///< that has come since the guard was made; 0 for none
  static bool requested() { return signal() != 0; }  ///< whether one has come
};

/// From here on, but for the time in which a later guard lives, each of those signals ends the process with 128 + its
/// number as exit code after this line on standard error: for work that loses nothing when it is broken off, as the
/// line can tell.
void end_on_interrupt(const std::string& line);

}  // namespace xtape::nn
