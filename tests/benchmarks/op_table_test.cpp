// The rows of `bench --ops` and the page that is made of them, untimed; and the tasks that the rows ask for.

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <sstream>

#include "benchmarks/runner/op_table.hpp"
#include "benchmarks/tasks/task.hpp"
#include "tests/testing.hpp"

namespace xtape::benchmarks {
namespace {

const std::string kForward = "element-wise op exp 1000 forward 1000 -2:2";
const std::string kGradient = "element-wise op exp 1000 gradient 1000 -2:2";

// Of xtape, PyTorch and JAX: a time each, in all of three rounds.
RowResult result_of(const Row& row, double ours, double torch, double jax) {
  RowResult result(row);
  const double times[] = {ours, torch, jax};
  for (std::size_t i = 0; i < 3; ++i) {
    Burst burst;
    burst.median = times[i];
    result.entries[i].bursts.assign(3, burst);
  }
  result.others.assign(3, 0);
  return result;
}

std::string page_of(const std::vector<RowResult>& rows) {
  Report report;
  report.commit = "abc";
  report.rows = rows;
  std::ostringstream page;
  write_op_table(page, report);
  return page.str();
}

TEST(OpTable, HasARowForEachTaskAndThreadCount) {
  const std::vector<Row> rows = rows_of_ops({1, 2}, {kForward, "reduction op sum/axis:0 1000 gradient 25x40 -2:2"});
  ASSERT_EQ(rows.size(), 4u);
  EXPECT_EQ(rows[0].name, "op/element-wise/exp/1000/forward/threads:1");
  EXPECT_EQ(rows[3].name, "op/reduction/sum/axis:0/1000/gradient/threads:2");
  EXPECT_EQ(rows[3].threads, 2);
  ASSERT_EQ(rows[0].entries.size(), 3u);
  for (const Entry& entry : rows[0].entries) EXPECT_EQ(entry.task, "op exp 1000 forward 1000 -2:2");
}

TEST(OpTable, TellsRatiosMeansAndWhatIsAboveTheBound) {
  const std::vector<Row> rows = rows_of_ops({1}, {kForward, kGradient});
  const std::string page = page_of({result_of(rows[0], 1e-6, 4e-6, 5e-6), result_of(rows[1], 8e-6, 4e-6, 16e-6)});
  EXPECT_TRUE(has(page, {"| `exp` | 1000 | 1.00 | 0.25 | 0.20 | 8.00 | **2.00** | 0.50 |",
                         "| element-wise | 1 | 0.25 | 0.20 | 0.25 | 1 | **2.00** | 0.50 | **2.00** |",
                         "| `exp/1000/gradient` | 2.00 | not known |", "commit abc"}));
  EXPECT_EQ(page.find("| `exp/1000/forward` |"), std::string::npos);
}

TEST(OpTable, SaysWhoIsLeftOut) {
  const std::vector<Row> rows = rows_of_ops({1}, {kForward, "scan op linear_recurrence 8 forward 8 -2:2"});
  std::vector<RowResult> results = {result_of(rows[0], 1e-6, 4e-6, 5e-6), result_of(rows[1], 1e-6, 1e-6, 1e-6)};
  results[0].entries[1].problem = "computes 3 where xtape computes 2";
  results[1].others.assign(3, 0.5);
  for (std::size_t peer : {1, 2}) results[1].entries[peer].problem = "NotImplementedError: none";
  const std::string page = page_of(results);
  EXPECT_TRUE(has(page, {"| `exp` | 1000 | 1.00 |  | 0.20 | | | |", "busy beside 1 of the 2 rows",
                         "Measured beside neither: `linear_recurrence/8`.",
                         "- `exp/1000/forward`: PyTorch eager computes 3 where xtape computes 2."}));
  EXPECT_EQ(page.find("| `linear_recurrence` |"), std::string::npos);
}

// Families of the library that go by one name here need not follow one another.
TEST(OpTable, HasEachFamilyOnce) {
  const std::vector<Row> rows = rows_of_ops(
      {1}, {"index op take 8 forward 8 -2:2", "scan op cumsum 8 forward 8 -2:2", "index op sort 8 forward 8 -2:2"});
  const std::string page =
      page_of({result_of(rows[0], 1, 2, 3), result_of(rows[1], 1, 2, 3), result_of(rows[2], 1, 2, 3)});
  const std::size_t index = page.find("### index");
  EXPECT_EQ(page.find("### index", index + 1), std::string::npos);
  EXPECT_LT(page.find("| `take` |", index), page.find("| `sort` |", index));
  EXPECT_LT(page.find("| `sort` |", index), page.find("### scan"));
}

std::string answer_to(const std::string& task) {
  std::istringstream in("prepare " + task + "\n");
  std::ostringstream out;
  serve(in, out, "somebody", xtape_op_tasks());
  std::istringstream answers(out.str());
  std::string answer;
  std::getline(answers, answer);
  std::getline(answers, answer);
  return answer;
}

double check_of(const std::string& task) {
  const std::string answer = answer_to(task);
  EXPECT_EQ(answer.rfind("ready ", 0), 0u) << task << ": " << answer;
  return std::strtod(answer.c_str() + 6, nullptr);
}

TEST(OpTasks, ChecksAreThoseOfClosedForms) {
  const double cotangent = check_of("op negative 1000 gradient");  // its own mean magnitude
  EXPECT_NEAR(cotangent, 1, 0.03);                                 // uniform in [0.5, 1.5)
  EXPECT_NEAR(check_of("op add 1000 gradient"), 2 * cotangent, 1e-6);
  EXPECT_NEAR(check_of("op negative 1000 forward"), 1, 0.05);  // of numbers uniform in [-2, 2)
  for (const std::string mistake : {"op sing 1000 forward", "op exp 7 forward", "op exp 1000 sideways", "op exp"}) {
    EXPECT_EQ(answer_to(mistake).rfind("error ", 0), 0u) << mistake;
  }
}

// What the peers read: a shape and an interval for each operand.
TEST(OpTasks, AreListedWithShapesAndIntervals) {
  const std::vector<std::string> tasks = listed_op_tasks();
  for (const std::string& line :
       {kForward, kGradient, std::string("element-wise op power 1000 forward 1000,1000 0.3:3,-2:2"),
        std::string("linear-algebra op solve 1000x4x4 gradient 1000x4x4,1000x4x4 definite,-2:2")}) {
    EXPECT_NE(std::find(tasks.begin(), tasks.end(), line), tasks.end()) << line;
  }
  for (const std::string& line : tasks) EXPECT_EQ(line.find(" 8 "), std::string::npos) << line;
}

}  // namespace
}  // namespace xtape::benchmarks
