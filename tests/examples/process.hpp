#pragma once
// Runs a program with a time limit, and says how it ended and what it printed.

#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <stdexcept>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

namespace testing_support {

/// What to run, and how.
struct Invocation {
  std::vector<std::string> arguments;  ///< the program's path first
  std::filesystem::path directory = std::filesystem::current_path();
  std::vector<std::pair<std::string, std::string>> environment{};  ///< added to, or in place of, this process's
  std::chrono::seconds limit{300};
  std::string interrupt_at{};         ///< sends a signal once when this has appeared on standard output,
  std::string interrupt_after{};      ///< behind this
  int signal = SIGINT;                ///< which one
  unsigned short terminal_width = 0;  ///< above 0: standard output is a terminal this wide
};

/// How it went. A program killed by signal s has exit code 128 + s, as in a shell.
struct Outcome {
  int exit_code = -1;
  std::string out, err;
  bool timed_out = false;
};

namespace detail {

inline void check(bool ok, const char* what) {
  if (!ok) throw std::system_error(errno, std::generic_category(), what);
}

/// The two ends of a pipe, or of a pseudo-terminal.
struct Channel {
  int ours = -1, theirs = -1;

  static Channel pipe() {
    std::array<int, 2> ends{};
    check(pipe2(ends.data(), O_CLOEXEC) == 0, "pipe2");
    return {ends[0], ends[1]};
  }
  static Channel terminal(unsigned short width) {
    Channel channel;
    struct winsize size {};
    size.ws_col = width;
    size.ws_row = 24;
    check(openpty(&channel.ours, &channel.theirs, nullptr, nullptr, &size) == 0, "openpty");
    fcntl(channel.ours, F_SETFD, FD_CLOEXEC);
    fcntl(channel.theirs, F_SETFD, FD_CLOEXEC);
    return channel;
  }
};

[[noreturn]] inline void become(const Invocation& invocation, int out, int err) {
  dup2(out, STDOUT_FILENO);
  dup2(err, STDERR_FILENO);
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) std::signal(signal, SIG_DFL);  // whatever started the tests
  const int nothing = open("/dev/null", O_RDONLY | O_CLOEXEC);
  dup2(nothing, STDIN_FILENO);
  for (const auto& [name, value] : invocation.environment) setenv(name.c_str(), value.c_str(), 1);
  if (chdir(invocation.directory.c_str()) != 0) _exit(127);
  std::vector<char*> argv;
  for (const std::string& argument : invocation.arguments) argv.push_back(const_cast<char*>(argument.c_str()));
  argv.push_back(nullptr);
  execv(argv[0], argv.data());
  _exit(127);
}

/// Reads what is there. False at the end of the stream; a terminal whose other end is closed says EIO.
inline bool drain(int descriptor, std::string& text) {
  std::array<char, 4096> buffer{};
  const ssize_t count = read(descriptor, buffer.data(), buffer.size());
  if (count > 0) text.append(buffer.data(), static_cast<std::size_t>(count));
  return count > 0 || (count < 0 && errno == EINTR);
}

}  // namespace detail

/// Runs a program to its end, or kills it at its time limit.
inline Outcome run(const Invocation& invocation) {
  using Clock = std::chrono::steady_clock;
  const auto out =
      invocation.terminal_width > 0 ? detail::Channel::terminal(invocation.terminal_width) : detail::Channel::pipe();
  const auto err = detail::Channel::pipe();
  const pid_t child = fork();
  detail::check(child >= 0, "fork");
  if (child == 0) detail::become(invocation, out.theirs, err.theirs);
  close(out.theirs);
  close(err.theirs);

  Outcome outcome;
  bool interrupted = invocation.interrupt_at.empty();
  const Clock::time_point deadline = Clock::now() + invocation.limit;
  std::array<struct pollfd, 2> streams{{{out.ours, POLLIN, 0}, {err.ours, POLLIN, 0}}};
  while (streams[0].fd >= 0 || streams[1].fd >= 0) {
    poll(streams.data(), streams.size(), 100);
    if (streams[0].revents != 0 && !detail::drain(out.ours, outcome.out)) streams[0].fd = -1;
    if (streams[1].revents != 0 && !detail::drain(err.ours, outcome.err)) streams[1].fd = -1;
    const std::size_t from = interrupted ? std::string::npos : outcome.out.find(invocation.interrupt_after);
    if (from != std::string::npos && outcome.out.find(invocation.interrupt_at, from) != std::string::npos) {
      interrupted = true;
      kill(child, invocation.signal);
    }
    if (!outcome.timed_out && Clock::now() > deadline) {
      outcome.timed_out = true;
      kill(child, SIGKILL);
    }
  }
  close(out.ours);
  close(err.ours);
  int status = 0;
  detail::check(waitpid(child, &status, 0) == child, "waitpid");
  outcome.exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  return outcome;
}

/// A folder of its own, removed with all that is in it.
class TemporaryFolder {
 public:
  TemporaryFolder() {
    std::string name = (std::filesystem::temp_directory_path() / "xtape-test-XXXXXX").string();
    detail::check(mkdtemp(name.data()) != nullptr, "mkdtemp");
    path_ = name;
  }
  ~TemporaryFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;

  const std::filesystem::path& path() const { return path_; }
  std::filesystem::path operator/(const std::string& name) const { return path_ / name; }

 private:
  std::filesystem::path path_;
};

}  // namespace testing_support
