#include "benchmarks/runner/process.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <sstream>
#include <string_view>
#include <system_error>
#include <thread>

#include "benchmarks/runner/machine.hpp"

extern char** environ;

namespace xtape::benchmarks {
namespace {

constexpr double kPatience = 900;  // seconds; torch.compile on a slow machine takes some minutes

void check(bool ok, const char* what) {
  if (!ok) throw std::system_error(errno, std::generic_category(), what);
}

void restrict_to(const std::vector<int>& cores) {
  cpu_set_t set;
  CPU_ZERO(&set);
  for (const int core : cores) CPU_SET(core, &set);
  sched_setaffinity(0, sizeof set, &set);
}

bool steers(std::string_view variable) {
  for (const std::string_view prefix :
       {"OPENBLAS_", "GOTO_", "OMP_", "GOMP_", "KMP_", "MKL_", "XLA_", "JAX_", "TORCH", "PYTORCH_", "LD_PRELOAD="}) {
    if (variable.substr(0, prefix.size()) == prefix) return true;
  }
  return false;
}

// The environment of a contestant; `text` keeps what the pointers point to.
std::vector<char*> environment_of(const Launch& launch, std::vector<std::string>& text) {
  for (char** variable = environ; *variable != nullptr; ++variable) {
    if (!steers(*variable)) text.emplace_back(*variable);
  }
  for (const auto& [name, value] : launch.environment) text.push_back(name + "=" + value);
  std::vector<char*> pointers;
  for (std::string& variable : text) pointers.push_back(variable.data());
  pointers.push_back(nullptr);
  return pointers;
}

[[noreturn]] void become(const Launch& launch, char* const* argv, char* const* environment, int in, int out) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  restrict_to(launch.cores);
  dup2(in, STDIN_FILENO);
  dup2(out, STDOUT_FILENO);
  const int log = open(launch.log.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  if (log >= 0) dup2(log, STDERR_FILENO);
  execve(argv[0], argv, environment);
  _exit(127);
}

double seconds_of(const timeval& time) {
  return double(time.tv_sec) + 1e-6 * double(time.tv_usec);
}

}  // namespace

Process::Process(const Launch& launch) : launch_(launch) {
  std::vector<char*> argv;
  for (std::string& word : launch_.command) argv.push_back(word.data());
  argv.push_back(nullptr);
  std::vector<std::string> text;
  const std::vector<char*> environment = environment_of(launch_, text);
  std::array<int, 2> in{}, out{};
  check(pipe2(in.data(), O_CLOEXEC) == 0 && pipe2(out.data(), O_CLOEXEC) == 0, "pipe2");
  pid_ = fork();
  check(pid_ >= 0, "fork");
  if (pid_ == 0) become(launch_, argv.data(), environment.data(), in[0], out[1]);
  close(in[0]);
  close(out[1]);
  to_ = in[1];
  from_ = out[0];
}

Process::~Process() {
  if (pid_ > 0) {
    kill(pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
  }
  close(to_);
  close(from_);
}

void Process::write_line(const std::string& line) {
  const std::string text = line + "\n";
  if (write(to_, text.data(), text.size()) != ssize_t(text.size())) throw ContestantError(last_words());
}

std::string Process::read_line(double timeout_seconds) {
  const std::optional<std::string> line = next_line(timeout_seconds);
  if (!line) throw ContestantError(last_words());
  return *line;
}

std::optional<std::string> Process::next_line(double timeout_seconds) {
  using Clock = std::chrono::steady_clock;
  const auto deadline = Clock::now() + std::chrono::duration<double>(timeout_seconds);
  while (true) {
    if (const std::size_t end = unread_.find('\n'); end != std::string::npos) {
      const std::string line = unread_.substr(0, end);
      unread_.erase(0, end + 1);
      return line;
    }
    const double left = std::chrono::duration<double>(deadline - Clock::now()).count();
    if (left <= 0) throw ContestantError("no answer within " + std::to_string(int(timeout_seconds)) + " s");
    pollfd readable{from_, POLLIN, 0};
    if (poll(&readable, 1, int(left * 1000) + 1) <= 0) continue;
    std::array<char, 4096> buffer{};
    const ssize_t count = read(from_, buffer.data(), buffer.size());
    if (count == 0 || (count < 0 && errno != EINTR)) return std::nullopt;
    if (count > 0) unread_.append(buffer.data(), std::size_t(count));
  }
}

void Process::stop() {
  kill(pid_, SIGSTOP);
}
void Process::go() {
  kill(pid_, SIGCONT);
}

double Process::processor_seconds() const {
  return processor_seconds_of(pid_);
}

Process::End Process::wait() {
  int status = 0;
  rusage usage{};
  check(wait4(pid_, &status, 0, &usage) == pid_, "wait4");
  pid_ = -1;
  const bool succeeded = WIFEXITED(status) && WEXITSTATUS(status) == 0;
  return {succeeded, seconds_of(usage.ru_utime) + seconds_of(usage.ru_stime), 1024.0 * double(usage.ru_maxrss)};
}

// The signal that killed the process, if it was one; what it wrote before says nothing then. An end is waited for as
// long as a process may take from closing its output to its end, and left to be waited for again.
int Process::killed_by() const {
  for (int tries = 0; tries < 100; ++tries) {
    siginfo_t end{};
    if (waitid(P_PID, id_t(pid_), &end, WEXITED | WNOHANG | WNOWAIT) != 0) return 0;
    if (end.si_pid != 0) return end.si_code == CLD_EXITED ? 0 : end.si_status;
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  return 0;
}

std::string Process::last_words() const {
  if (const int signal = killed_by()) return std::string("killed: ") + strsignal(signal);
  std::ifstream log(launch_.log);
  std::string last;
  for (std::string line; std::getline(log, line);) {
    if (!line.empty()) last = line;
  }
  return last.empty() ? "'" + launch_.command[0] + "' ended" : last;
}

Worker::Worker(const Launch& launch) : process_(launch) {
  const std::string line = process_.read_line(kPatience);
  if (line.rfind("hello ", 0) != 0) throw ContestantError("said '" + line + "'");
  hello_ = line.substr(6);
  process_.stop();
}

std::string Worker::ask(const std::string& line, const std::string& expected, double timeout_seconds) {
  process_.go();
  process_.write_line(line);
  const std::string answer = process_.read_line(timeout_seconds);
  process_.stop();
  if (answer.rfind("error ", 0) == 0) throw ContestantError(answer.substr(6));
  if (answer.rfind(expected, 0) != 0) throw ContestantError("said '" + answer + "' where '" + expected + "' was due");
  return answer.substr(expected.size());
}

double Worker::prepare(const std::string& task) {
  return std::strtod(ask("prepare " + task, "ready ", kPatience).c_str(), nullptr);  // which reads nan as well
}

Burst Worker::run(const std::string& task, double seconds) {
  std::istringstream numbers(ask("run " + std::to_string(seconds) + " " + task, "times ", kPatience));
  Burst burst;
  if (!(numbers >> burst.median >> burst.minimum >> burst.mean >> burst.count)) {
    throw ContestantError("said no times");
  }
  return burst;
}

void Worker::forget() {
  ask("forget", "forgotten", kPatience);
}

Competitor::Competitor(const std::vector<int>& cores) : pid_(fork()) {
  check(pid_ >= 0, "fork");
  if (pid_ > 0) return;
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  restrict_to(cores);
  for (volatile unsigned count = 0;;) count = count + 1;
}

Competitor::~Competitor() {
  kill(pid_, SIGKILL);
  waitpid(pid_, nullptr, 0);
}

double Competitor::processor_seconds() const {
  return processor_seconds_of(pid_);
}

}  // namespace xtape::benchmarks
