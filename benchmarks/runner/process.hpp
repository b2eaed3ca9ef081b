#pragma once
// Processes that the runner starts, and workers among them, which are asked for bursts.

#include <sys/types.h>

#include <filesystem>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "benchmarks/runner/burst.hpp"

namespace xtape::benchmarks {

/// What to start, and where. Variables that steer thread pools or BLAS kernels are not inherited.
struct Launch {
  std::vector<std::string> command;
  std::vector<std::pair<std::string, std::string>> environment;  ///< added
  std::vector<int> cores;                                        ///< where it may run
  std::filesystem::path log;                                     ///< takes its standard error
};

/// A contestant that cannot go on, and why, in one line.
struct ContestantError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// A child process, spoken to line by line. It is killed with this object, and with the runner.
class Process {
 public:
  explicit Process(const Launch& launch);
  ~Process();
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;

  void write_line(const std::string& line);
  /// Throws ContestantError when the process ends, or says nothing for so long.
  std::string read_line(double timeout_seconds);
  /// The same; nothing at the end.
  std::optional<std::string> next_line(double timeout_seconds);
  /// Why it ended: a signal, or the last line of the log.
  std::string last_words() const;

  /// Between its turns a process is stopped, so that no thread of it spins.
  void stop();
  void go();

  /// Processor time that it has used.
  double processor_seconds() const;

  struct End {
    bool succeeded;
    double processor_seconds, peak_memory;  // bytes
  };
  /// Waits for its end, whatever it still writes.
  End wait();

 private:
  int killed_by() const;

  Launch launch_;
  pid_t pid_ = -1;
  int to_ = -1, from_ = -1;
  std::string unread_;
};

/// A process that serves tasks: benchmarks/tasks/task.hpp says how.
class Worker {
 public:
  explicit Worker(const Launch& launch);

  const std::string& hello() const { return hello_; }
  /// Gives the task's check. Throws ContestantError, as all of these.
  double prepare(const std::string& task);
  Burst run(const std::string& task, double seconds);
  void forget();
  double processor_seconds() const { return process_.processor_seconds(); }

 private:
  std::string ask(const std::string& line, const std::string& expected, double timeout_seconds);

  Process process_;
  std::string hello_;
};

/// A process that keeps one of these cores busy while this object lives.
class Competitor {
 public:
  explicit Competitor(const std::vector<int>& cores);
  ~Competitor();
  Competitor(const Competitor&) = delete;
  Competitor& operator=(const Competitor&) = delete;
  double processor_seconds() const;

 private:
  pid_t pid_;
};

}  // namespace xtape::benchmarks
