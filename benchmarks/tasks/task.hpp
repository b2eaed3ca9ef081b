#pragma once
// What a worker process can be asked to do over and over, and how it is asked.
//
// A worker says hello with its versions, then answers one line with one line:
//
//   prepare NAME WORD...        ready CHECK       all contestants must agree about CHECK (nan: nothing to compare)
//   run SECONDS NAME WORD...    times MEDIAN MINIMUM MEAN COUNT       seconds a step, over COUNT steps
//   forget                      forgotten         all that was prepared
//
// or with "error MESSAGE". benchmarks/peers/serve.py is the same in Python.

#include <functional>
#include <iosfwd>
#include <limits>
#include <map>
#include <string>
#include <vector>

namespace xtape::benchmarks {

using Step = std::function<void()>;

struct Task {
  double check;                 ///< what contestants must agree about; NaN where there is nothing to compare
  std::function<Step()> start;  ///< gives the step that is timed; what it changes (weights) begins anew
};
inline constexpr double kNothingToCheck = std::numeric_limits<double>::quiet_NaN();

/// The words after a task's name.
class Arguments {
 public:
  explicit Arguments(std::vector<std::string> words) : words_(std::move(words)) {}
  /// Throw Error where there is no such word, or it is not a positive number.
  const std::string& word(std::size_t index) const;
  std::size_t number(std::size_t index) const;

 private:
  std::vector<std::string> words_;
};

using Tasks = std::map<std::string, std::function<Task(const Arguments&)>>;

/// What each of the C++ contestants knows, by name.
Tasks xtape_tasks();
Tasks hand_written_tasks();

// The same by family; what is hand-written comes without automatic differentiation.
Tasks xtape_vae_tasks();
Tasks hand_written_vae_tasks();
Tasks xtape_function_tasks();
Tasks hand_written_function_tasks();
Tasks xtape_model_tasks();
Tasks xtape_array_tasks();
Tasks xtape_op_tasks();
Tasks xtape_transform_tasks();
Tasks xtape_optimizer_tasks();
Tasks xtape_layer_tasks();
Tasks xtape_number_tasks();
Tasks hand_written_number_tasks();
Tasks hand_written_array_tasks();
Tasks hand_written_peak_tasks();

/// "FAMILY TASK" of every op that is measured beside others, forward and backward.
std::vector<std::string> listed_op_tasks();

/// Answers line after line until the input ends.
void serve(std::istream& in, std::ostream& out, const std::string& hello, const Tasks& tasks);

}  // namespace xtape::benchmarks
