// Worker processes and what they are asked: the protocol from both sides, and that the C++ contestants agree.

#include <gtest/gtest.h>
#include <unistd.h>

#include <chrono>
#include <cmath>
#include <filesystem>
#include <sstream>
#include <thread>

#include "autodiff/errors.hpp"
#include "benchmarks/runner/machine.hpp"
#include "benchmarks/runner/process.hpp"
#include "benchmarks/tasks/task.hpp"
#include "tests/testing.hpp"

namespace xtape::benchmarks {
namespace {

std::vector<std::string> answers_to(const std::string& lines, const Tasks& tasks) {
  std::istringstream in(lines);
  std::ostringstream out;
  serve(in, out, "somebody 1.0", tasks);
  std::vector<std::string> answers;
  std::istringstream said(out.str());
  for (std::string line; std::getline(said, line);) answers.push_back(line);
  return answers;
}

TEST(Serve, AnswersLineByLine) {
  int steps = 0, starts = 0;
  const Tasks tasks = {{"count", [&](const Arguments& arguments) {
                          const double check = double(arguments.number(0));
                          return Task{check, [&] {
                                        ++starts;
                                        return Step([&] { ++steps; });
                                      }};
                        }}};
  const auto answers =
      answers_to("prepare count 3\nrun 0.001 count 3\nrun 0.001 count 3\nforget\nrun 1 count 3\n", tasks);
  ASSERT_EQ(answers.size(), 6u);
  EXPECT_EQ(answers[0], "hello somebody 1.0");
  EXPECT_EQ(answers[1], "ready 3");
  EXPECT_EQ(answers[2].rfind("times ", 0), 0u);
  EXPECT_EQ(answers[4], "forgotten");
  EXPECT_TRUE(has(answers[5], {"error ", "not prepared"}));
  EXPECT_EQ(starts, 2);
  EXPECT_GT(steps, 0);
}

TEST(Serve, MistakesAreAnsweredInOneLine) {
  const auto answers = answers_to(
      "sing\nprepare opera\nprepare vae 784\nprepare vae 784 400 20 x\nprepare vae 784 400 20 0\nrun\nrun 0 vae\n"
      "prepare reduce sum 7 2 2\nprepare reduce fold 0 2 2\nprepare model house forward\nprepare elementwise maybe "
      "3\nprepare odeint never\nprepare optimizer newton\n",
      xtape_tasks());
  ASSERT_EQ(answers.size(), 14u);
  for (std::size_t i = 1; i < answers.size(); ++i) EXPECT_EQ(answers[i].rfind("error ", 0), 0u) << answers[i];
}

double check_of(const Tasks& tasks, const std::string& task) {
  const std::vector<std::string> answers = answers_to("prepare " + task + "\nrun 0.001 " + task + "\n", tasks);
  EXPECT_EQ(answers[1].rfind("ready ", 0), 0u) << task << ": " << answers[1];
  EXPECT_EQ(answers[2].rfind("times ", 0), 0u) << task << ": " << answers[2];
  return answers[1].rfind("ready ", 0) == 0 ? std::stod(answers[1].substr(6)) : std::nan("");
}

TEST(Tasks, TheHandWrittenContestantComputesTheSame) {
  for (const std::string task : {"vae 64 32 2 8", "vae 50 70 3 33", "elementwise map 1000", "matmul nn 5 7 3",
                                 "matmul nt 5 7 3", "matmul tn 5 7 3"}) {
    const double ours = check_of(xtape_tasks(), task);
    EXPECT_NEAR(check_of(hand_written_tasks(), task), ours, 1e-4 * std::abs(ours)) << task;
  }
  const double ours = check_of(xtape_tasks(), "vae 50 70 3 33");
  EXPECT_NEAR(check_of(hand_written_tasks(), "vae_openblas 50 70 3 33"), ours, 1e-4 * ours);
}

TEST(Tasks, AgreeWithThemselvesAndClosedForms) {
  const Tasks tasks = xtape_tasks();
  EXPECT_NEAR(check_of(tasks, "elementwise map 1000"), check_of(tasks, "elementwise ops 1000"), 1e-4);
  EXPECT_NEAR(check_of(tasks, "chain 100"), 101 * std::pow(1.0001, 100), 1e-2);  // d/da of a to the 101st
  EXPECT_NEAR(check_of(tasks, "reduce sum all 30 20"), 600 * check_of(tasks, "reduce mean all 30 20"), 1e-3);
  for (const std::string axis : {"0", "1", "all"}) {
    for (const std::string name : {"sum", "mean", "logsumexp", "softmax"}) {
      EXPECT_TRUE(std::isfinite(check_of(tasks, "reduce " + name + " " + axis + " 30 20")));
    }
  }
  for (const std::string model :
       {"mlp", "vae", "elementwise_chain", "broadcast_and_reduce", "scalar_chain", "softmax_classifier"}) {
    EXPECT_EQ(check_of(tasks, "model " + model + " forward"), check_of(tasks, "model " + model + " gradient"));
  }
  // A transform is what its products are, one by one.
  EXPECT_NEAR(check_of(tasks, "jacobian tall whole 30 4"), check_of(tasks, "jacobian tall products 30 4"), 1e-5);
  EXPECT_NEAR(check_of(tasks, "jacobian wide whole 4 30"), check_of(tasks, "jacobian wide products 4 30"), 1e-5);
  EXPECT_NEAR(check_of(tasks, "odeint discrete"), check_of(tasks, "odeint continuous"),
              0.2);  // of 3334, tolerances 1e-6
  EXPECT_EQ(check_of(tasks, "gru scan 4 10 3"), check_of(tasks, "gru loop 4 10 3"));
  for (const std::string name : {"sgd", "adam", "adamw", "rmsprop", "adagrad", "lion"}) {
    const double weight = check_of(tasks, "optimizer " + name);  // of ±1/28, moved by ten small steps
    EXPECT_TRUE(weight > 0.01 && weight < 1) << name << " " << weight;
  }
  for (const std::string name : {"linear", "batch_norm2d", "max_pool2d", "gru", "transformer"}) {
    EXPECT_TRUE(std::isfinite(check_of(tasks, "layer " + name))) << name;
  }
  EXPECT_TRUE(std::isnan(check_of(tasks, "layer dropout")));
  for (const std::string task : {"copy 30 20", "read 30 20", "add 30 20", "multiply_add 100000"}) {
    EXPECT_TRUE(std::isnan(check_of(hand_written_tasks(), task))) << task;
  }
}

// A worker of a few lines of shell.
Launch shell(const std::string& script) {
  const std::string log = "xtape-worker-" + std::to_string(getpid()) + ".log";
  return {{"/bin/sh", "-c", script}, {{"ADDED", "yes"}}, allowed_cores(), std::filesystem::temp_directory_path() / log};
}

TEST(WorkerProcess, IsAskedForBursts) {
  Worker worker(
      shell("echo hello shell; read line; echo ready 0.5; read line; echo \"times 3e-3 2e-3 4e-3 7\";"
            "read line; echo error it rains; read line; echo what"));
  EXPECT_EQ(worker.hello(), "shell");
  EXPECT_EQ(worker.prepare("a b"), 0.5);
  const Burst burst = worker.run("a b", 0.1);
  EXPECT_EQ(burst.median, 3e-3);
  EXPECT_EQ(burst.minimum, 2e-3);
  EXPECT_EQ(burst.mean, 4e-3);
  EXPECT_EQ(burst.count, 7u);
  EXPECT_EQ(message_of<ContestantError>([&] { worker.prepare("c"); }), "it rains");
  EXPECT_TRUE(has(message_of<ContestantError>([&] { worker.prepare("c"); }), {"'what'", "'ready '"}));
}

TEST(WorkerProcess, SaysWhyItEnded) {
  EXPECT_EQ(message_of<ContestantError>([] { Worker(shell("echo first >&2; echo no module >&2; exit 1")); }),
            "no module");
  EXPECT_EQ(message_of<ContestantError>([] { Worker(shell("echo first >&2; kill -ABRT $$")); }), "killed: Aborted");
  EXPECT_TRUE(has(message_of<ContestantError>([] { Worker(shell("exit 3")); }), {"/bin/sh", "ended"}));
}

TEST(WorkerProcess, InheritsNothingThatSteersThreadsOrKernels) {
  setenv("OPENBLAS_CORETYPE", "Haswell", 1);
  setenv("OPENBLAS_L2_SIZE", "1024", 1);
  setenv("OMP_WAIT_POLICY", "active", 1);
  const Worker worker(shell("echo \"hello <$OPENBLAS_CORETYPE$OPENBLAS_L2_SIZE$OMP_WAIT_POLICY> $ADDED\"; read line"));
  for (const char* name : {"OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE", "OMP_WAIT_POLICY"}) unsetenv(name);
  EXPECT_EQ(worker.hello(), "<> yes");
}

TEST(WorkerProcess, RestsBetweenItsTurns) {
  const Worker worker(shell("echo hello x; while :; do :; done"));
  std::this_thread::sleep_for(std::chrono::milliseconds(20));  // until it stands still
  const double before = worker.processor_seconds();
  std::this_thread::sleep_for(std::chrono::milliseconds(300));
  EXPECT_LE(worker.processor_seconds() - before, 0.02);
}

TEST(Job, HasAnEndWithItsPeakMemory) {
  Process process(shell("echo 543.5"));
  EXPECT_EQ(process.read_line(60), "543.5");
  const Process::End end = process.wait();
  EXPECT_TRUE(end.succeeded);
  EXPECT_GT(end.peak_memory, 1e5);
  Process failing(shell("exit 1"));
  EXPECT_FALSE(failing.wait().succeeded);
}

TEST(Job, SilenceHasAnEnd) {
  Process process(shell("read line"));
  EXPECT_TRUE(has(message_of<ContestantError>([&] { process.read_line(0.05); }), {"no answer"}));
}

TEST(Machine, KnowsWhatOthersDo) {
  EXPECT_FALSE(allowed_cores().empty());
  EXPECT_GT(memory_size(), 1e6);
  const double before = busy_seconds();
  {
    const Competitor competitor(allowed_cores());
    std::this_thread::sleep_for(std::chrono::milliseconds(400));
    EXPECT_GT(competitor.processor_seconds(), 0);
  }
  EXPECT_GT(busy_seconds(), before);
}

}  // namespace
}  // namespace xtape::benchmarks
