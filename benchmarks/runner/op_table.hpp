#pragma once
// Every operation by itself, beside PyTorch eager and JAX: the rows, and the table that is made of them.

#include <iosfwd>
#include <string>
#include <vector>

#include "benchmarks/runner/options.hpp"
#include "benchmarks/runner/report.hpp"

namespace xtape::benchmarks {

/// What `bench_worker ops` lists: "FAMILY op NAME[/HOW] SIZE DIRECTION ..." for each task.
std::vector<std::string> list_ops(const Options& options);

/// A row for each of them: op/FAMILY/NAME[/HOW]/SIZE/DIRECTION/threads:N.
std::vector<Row> rows_of_ops(const std::vector<int>& threads, const std::vector<std::string>& tasks);

/// The results as a page of Markdown, with the rows above the goal's bound and why they are.
void write_op_table(std::ostream& out, const Report& report);

}  // namespace xtape::benchmarks
