// The examples of the reference (docs/reference) print what the comments behind their statements say.

#include "docs/reference/example.hpp"
#include "tests/nn/files_for_tests.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

namespace {

namespace fs = std::filesystem;
using Lines = std::vector<std::string>;

Lines lines_of(const fs::path& path) {
  std::ifstream file(path);
  Lines lines;
  for (std::string line; std::getline(file, line);) lines.push_back(line);
  return lines;
}

struct Said {
  std::string text;     // of the comments behind statements, and of those that go on right below
  bool checks = false;  // whether there are any, or the compiler checks
};

// What the example says that begins behind the line, up to a brace that stands first.
Said said_by(const Lines& lines, std::size_t line) {
  Said said;
  std::size_t column = std::string::npos;  // of the comment that may go on
  for (; line < lines.size() && lines[line] != "}"; ++line) {
    const std::string& code = lines[line];
    const std::size_t begin = code.find("//"), first = code.find_first_not_of(' ');
    if (begin != first && begin != std::string::npos) column = begin;
    if (begin != column) column = std::string::npos;
    if (column != std::string::npos) said.text += code.substr(begin + 2) + '\n';
    said.checks |= column != std::string::npos || code.find("static_assert") != std::string::npos;
  }
  return said;
}

// White space does not count: long messages are broken into lines, and results are not.
std::string without_space(std::string text) {
  std::erase_if(text, [](char c) { return c == ' ' || c == '\n'; });
  return text;
}

TEST(Reference, ExamplesPrintWhatTheirCommentsSay) {
  const fs::path folder = fs::path(XTAPE_SOURCE_DIR) / "docs/reference", start = fs::current_path();
  const nn::testing::ScratchFolder scratch;  // some write files
  fs::current_path(scratch.path());
  for (const docs::Example& example : docs::examples()) {
    const fs::path file = example.file, part = file.parent_path().filename() / file.filename();
    SCOPED_TRACE(part.string() + ":" + std::to_string(example.line));
    const Said said = said_by(lines_of(folder / part), std::size_t(example.line));
    testing::internal::CaptureStdout();
    EXPECT_NO_THROW(example.run());
    const std::string printed = testing::internal::GetCapturedStdout();
    EXPECT_TRUE(said.checks) << "nothing is checked";
    EXPECT_EQ(without_space(printed), without_space(said.text)) << "it printed:\n" << printed;
  }
  fs::current_path(start);
}

TEST(Reference, RunsEveryExample) {
  std::size_t written = 0;
  for (const auto& entry : fs::recursive_directory_iterator(fs::path(XTAPE_SOURCE_DIR) / "docs/reference")) {
    if (entry.path().extension() != ".cpp") continue;
    for (const std::string& line : lines_of(entry.path())) written += line.starts_with("EXAMPLE(");
  }
  EXPECT_GT(written, 100u);
  EXPECT_EQ(docs::examples().size(), written);
}

TEST(Reference, TellsResultsFromRemarks) {
  const Lines lines{"EXAMPLE(\"f\") {",
                    "  // A remark.",
                    "  print(x);  // 1",
                    "             //  2",
                    "  // Another.",
                    "  print(y);  // 3",
                    "}",
                    "  g();  // of another"};
  EXPECT_EQ(said_by(lines, 1).text, " 1\n  2\n 3\n");
  EXPECT_TRUE(said_by(lines, 1).checks);
  EXPECT_FALSE(said_by({"EXAMPLE(\"f\") {", "  // A remark.", "  f();", "}"}, 1).checks);
  EXPECT_TRUE(said_by({"EXAMPLE(\"f\") {", "  static_assert(true);", "}"}, 1).checks);
}

}  // namespace
