#pragma once
// What every program does around its work: exit codes, one-line errors, Ctrl-C and other signals to stop.

#include <csignal>
#include <cstddef>
#include <functional>
#include <stdexcept>
#include <string>
#include <vector>

#include "nn/training/interrupt.hpp"

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

using xtape::nn::InterruptGuard;

/// As nn's, with the program's name before the line.
void end_on_interrupt(const std::string& line);

/// The largest amount of memory that the process has held so far, in bytes.
std::size_t peak_rss_bytes();

}  // namespace programs
