#include "examples/programs/command_line/program.hpp"

#include <sys/resource.h>

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <exception>
#include <iostream>
#include <new>
#include <system_error>

#include "autodiff/text.hpp"
#include "examples/programs/command_line/text.hpp"

namespace programs {
namespace {

std::string program_name;

/// One line, whatever files and command lines have brought into it.
void say(const std::string& name, std::string message) {
  constexpr std::size_t kMost = 8000;  // more than the longest path, twice
  for (char& letter : message)
    if (letter == '\n' || letter == '\r') letter = ' ';
  std::fflush(stdout);
  std::fprintf(stderr, "%s: %s\n", name.c_str(), xtape::text::escaped(message, kMost).c_str());
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
  // A reader of the output that ends, such as a closed terminal's `| tee log`, is no reason to lose what is trained.
  std::signal(SIGPIPE, SIG_IGN);
  try {
    body();
    check_output();
    return kDone;
  } catch (const UserError& error) {
    say(name, error.what());
    return kUserMistake;
  } catch (const Interrupted& error) {
    say(name, error.what());
    return error.exit_code();
  } catch (const std::bad_alloc&) {
    say(name, "out of memory; try a smaller " + one_of(sizes));
    return kFailed;
  } catch (const std::exception& error) {
    say(name, error.what());
    return kFailed;
  }
}

void warn(const std::string& message) {
  std::cout.flush();
  say(program_name, message);
}

void attempt(const std::string& what, const std::function<void()>& part) {
  try {
    part();
  } catch (const std::bad_alloc&) {
    warn(what + " is left out: out of memory");
  } catch (const std::exception& error) {
    warn(what + " is left out: " + error.what());
  }
}

void end_on_interrupt(const std::string& line) {
  xtape::nn::end_on_interrupt(program_name + ": " + line);
}

std::size_t peak_rss_bytes() {
  struct rusage usage {};
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<std::size_t>(usage.ru_maxrss) * 1024;  // Linux counts in KiB
}

}  // namespace programs
