// Rounds of a row among contestants of a few lines of shell, some of which fail.

#include "benchmarks/runner/measure.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>

namespace xtape::benchmarks {
namespace {

// Answers as benchmarks/tasks/task.hpp says; every step takes 1 ms.
const std::string kWorker =
    "echo hello worker\n"
    "while read command rest; do\n"
    "  case $command in prepare) echo ready 5 ;; run) echo times 1e-3 1e-3 1e-3 7 ;; forget) echo forgotten ;; esac\n"
    "done\n";

class Rounds : public testing::Test {
 protected:
  Rounds() {
    options_.programs = options_.out = folder_;
    options_.python = (folder_ / "python").string();
    options_.rounds = 3;
    options_.seconds = 1e-3;
    write("bench_worker", kWorker);
  }
  ~Rounds() override { std::filesystem::remove_all(folder_); }

  void write(const std::string& name, const std::string& script) const {
    std::filesystem::create_directories(folder_);
    std::ofstream(folder_ / name) << "#!/bin/sh\n" << script;
    std::filesystem::permissions(folder_ / name, std::filesystem::perms::owner_all);
  }

  // A row of xtape, JAX, whose Python is this script, and hand-written.
  RowResult rounds_with_python(const std::string& script) {
    write("python", script);
    Bench bench(options_);
    return bench.run(
        {"row/threads:1",
         1,
         {{"xtape", "xtape", "count 1"}, {"JAX", "JAX", "count 1"}, {"hand-written", "hand-written", "count 1"}}});
  }

  void expect_the_others_ran(const RowResult& row) {
    for (const std::size_t index : {0, 2}) {
      EXPECT_EQ(row.entries[index].problem, "");
      EXPECT_EQ(row.entries[index].bursts.size(), 3u);
      EXPECT_EQ(row.time(index), 1e-3);
    }
  }

 private:
  const std::filesystem::path folder_ =
      std::filesystem::temp_directory_path() / ("xtape-rounds-" + std::to_string(getpid()));
  Options options_;
};

TEST_F(Rounds, AllTakePart) {
  const RowResult row = rounds_with_python(kWorker);
  expect_the_others_ran(row);
  EXPECT_EQ(row.entries[1].problem, "");
  EXPECT_EQ(row.ratio(1), 1);
}

TEST_F(Rounds, APeerThatFailsToImportIsLeftOut) {
  const RowResult row = rounds_with_python("echo \"No module named 'jax'\" >&2\nexit 1\n");
  expect_the_others_ran(row);
  EXPECT_EQ(row.entries[1].problem, "No module named 'jax'");
}

TEST_F(Rounds, APeerThatCrashesIsLeftOut) {
  const RowResult row = rounds_with_python("echo 'a harmless warning' >&2\nkill -ILL $$\n");
  expect_the_others_ran(row);
  EXPECT_EQ(row.entries[1].problem, "killed: Illegal instruction");
}

TEST_F(Rounds, APeerThatCrashesAtWorkIsLeftOut) {
  const RowResult row = rounds_with_python("echo hello x\nread line\necho ready 5\nread line\nkill -SEGV $$\n");
  expect_the_others_ran(row);
  EXPECT_EQ(row.entries[1].problem, "killed: Segmentation fault");
}

TEST_F(Rounds, APeerThatCrashesBeforeItIsReadyIsLeftOut) {
  const RowResult row = rounds_with_python("echo hello x\nread line\nkill -SEGV $$\n");
  expect_the_others_ran(row);
  EXPECT_EQ(row.entries[1].problem, "killed: Segmentation fault");
}

TEST_F(Rounds, APeerThatComputesSomethingElseIsLeftOut) {
  const RowResult row = rounds_with_python("echo hello x\nread line\necho ready 6\nread line\necho forgotten\n");
  expect_the_others_ran(row);
  EXPECT_EQ(row.entries[1].problem, "computes 6 where xtape computes 5");
}

}  // namespace
}  // namespace xtape::benchmarks
