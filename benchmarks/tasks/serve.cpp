#include <algorithm>
#include <charconv>
#include <chrono>
#include <istream>
#include <iterator>
#include <ostream>
#include <sstream>

#include "autodiff/errors.hpp"
#include "benchmarks/runner/burst.hpp"
#include "benchmarks/runner/statistics.hpp"
#include "benchmarks/tasks/task.hpp"

namespace xtape::benchmarks {
namespace {

using Clock = std::chrono::steady_clock;

// A sample is as many steps as fill this time: contestants that work ahead of their caller are waited for only then.
constexpr double kSampleSeconds = 0.005;
constexpr std::size_t kFewestSamples = 3;
constexpr double kWarmUp = 0.2;  // of the burst's time

double seconds_of(const Step& step, std::size_t count) {
  const Clock::time_point start = Clock::now();
  for (std::size_t i = 0; i < count; ++i) step();
  return std::chrono::duration<double>(Clock::now() - start).count();
}

Burst time_steps(const Step& step, double seconds) {
  double spent = 0, shortest = std::numeric_limits<double>::infinity();
  while (spent < kWarmUp * seconds || spent == 0) {
    const double time = seconds_of(step, 1);
    spent += time;
    shortest = std::min(shortest, time);
  }
  const std::size_t group = std::max<std::size_t>(1, std::size_t(kSampleSeconds / std::max(shortest, 1e-9)));
  std::vector<double> samples;
  double total = 0;
  while (total < seconds || samples.size() < kFewestSamples) {
    const double time = seconds_of(step, group);
    total += time;
    samples.push_back(time / double(group));
  }
  Burst burst;
  burst.median = median(samples);
  burst.minimum = *std::min_element(samples.begin(), samples.end());
  burst.mean = total / double(samples.size() * group);
  burst.count = samples.size() * group;
  return burst;
}

class Server {
 public:
  explicit Server(const Tasks& tasks) : tasks_(tasks) {}

  std::string answer(const std::string& line) {
    std::istringstream stream(line);
    std::string command;
    stream >> command;
    if (command == "prepare") return prepare(rest_of(stream));
    if (command == "run") return run(stream);
    if (command == "forget") {
      prepared_.clear();
      return "forgotten";
    }
    throw Error("unknown command '" + command + "'");
  }

 private:
  static std::string rest_of(std::istringstream& stream) {
    std::string rest;
    std::getline(stream >> std::ws, rest);
    return rest;
  }

  std::string prepare(const std::string& wanted) {
    std::istringstream stream(wanted);
    std::string name;
    stream >> name;
    const auto found = tasks_.find(name);
    if (found == tasks_.end()) throw Error("unknown task '" + name + "'");
    const Arguments arguments({std::istream_iterator<std::string>(stream), {}});
    return "ready " + text_of(prepared_.insert_or_assign(wanted, found->second(arguments)).first->second.check);
  }

  std::string run(std::istringstream& stream) const {
    double seconds = 0;
    if (!(stream >> seconds) || !(seconds > 0)) throw Error("run: seconds expected");
    const auto task = prepared_.find(rest_of(stream));
    if (task == prepared_.end()) throw Error("run: that task is not prepared");
    const Burst burst = time_steps(task->second.start(), seconds);
    return "times " + text_of(burst.median) + " " + text_of(burst.minimum) + " " + text_of(burst.mean) + " " +
           std::to_string(burst.count);
  }

  static std::string text_of(double number) {
    std::ostringstream text;
    text.precision(10);
    text << number;
    return text.str();
  }

  const Tasks& tasks_;
  std::map<std::string, Task> prepared_;
};

}  // namespace

const std::string& Arguments::word(std::size_t index) const {
  if (index >= words_.size()) throw Error("the task wants more than " + std::to_string(words_.size()) + " words");
  return words_[index];
}

std::size_t Arguments::number(std::size_t index) const {
  const std::string& text = word(index);
  std::size_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || value == 0) {
    throw Error("a positive number expected, got '" + text + "'");
  }
  return value;
}

Tasks xtape_tasks() {
  Tasks all;
  for (Tasks family :
       {xtape_vae_tasks(), xtape_function_tasks(), xtape_model_tasks(), xtape_array_tasks(), xtape_op_tasks(),
        xtape_transform_tasks(), xtape_optimizer_tasks(), xtape_layer_tasks(), xtape_number_tasks()}) {
    all.merge(family);
  }
  return all;
}

Tasks hand_written_tasks() {
  Tasks all;
  for (Tasks family : {hand_written_vae_tasks(), hand_written_function_tasks(), hand_written_array_tasks(),
                       hand_written_number_tasks(), hand_written_peak_tasks()}) {
    all.merge(family);
  }
  return all;
}

void serve(std::istream& in, std::ostream& out, const std::string& hello, const Tasks& tasks) {
  Server server(tasks);
  out << "hello " << hello << std::endl;
  for (std::string line; std::getline(in, line);) {
    std::string answer;
    try {
      answer = server.answer(line);
    } catch (const std::exception& error) {
      answer = std::string("error ") + error.what();
      std::replace(answer.begin(), answer.end(), '\n', ' ');
    }
    out << answer << std::endl;
  }
}

}  // namespace xtape::benchmarks
