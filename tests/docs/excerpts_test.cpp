// What a page shows as an excerpt of a file stands in that file; and what the benchmarks measure is the example's
// model.

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <utility>
#include <vector>

namespace {

namespace fs = std::filesystem;
using Lines = std::vector<std::string>;

// A block of a page behind the comment `docs-test: excerpt of FILE`.
struct Excerpt {
  std::string file;
  Lines lines;
};

Lines lines_of(const fs::path& path) {
  std::ifstream file(path);
  EXPECT_TRUE(file) << path;
  Lines lines;
  for (std::string line; std::getline(file, line);) lines.push_back(line);
  return lines;
}

std::vector<Excerpt> excerpts_of(const fs::path& page) {
  const std::string comment = "<!-- docs-test: excerpt of ", end = " -->";
  std::vector<Excerpt> found;
  const Lines lines = lines_of(page);
  for (auto line = lines.begin(); line != lines.end(); ++line) {
    if (!line->starts_with(comment) || !line->ends_with(end)) continue;
    const auto first = std::find(line, lines.end(), "```cpp"), last = std::find(first, lines.end(), "```");
    if (last == lines.end()) {
      ADD_FAILURE() << page << ": no block behind " << *line;
      break;
    }
    const std::string file = line->substr(comment.size(), line->size() - comment.size() - end.size());
    found.push_back({file, Lines(first + 1, last)});
  }
  return found;
}

// The pieces of a block, which stand between empty lines.
std::vector<Lines> pieces_of(const Lines& lines) {
  std::vector<Lines> pieces(1);
  for (const std::string& line : lines) {
    if (!line.empty()) {
      pieces.back().push_back(line);
    } else if (!pieces.back().empty()) {
      pieces.emplace_back();
    }
  }
  if (pieces.back().empty()) pieces.pop_back();
  return pieces;
}

// Whether a piece begins at the line, each of its lines indented by as much more.
bool begins_at(Lines::const_iterator line, const Lines& piece) {
  if (!line->ends_with(piece.front())) return false;
  const std::string indent = line->substr(0, line->size() - piece.front().size());
  if (indent.find_first_not_of(' ') != indent.npos) return false;
  return std::equal(piece.begin(), piece.end(), line, [&](const auto& a, const auto& b) { return indent + a == b; });
}

// The first piece that does not stand in the text behind those before it; empty where all do.
Lines missing(const Lines& excerpt, const Lines& text) {
  auto from = text.begin();
  for (const Lines& piece : pieces_of(excerpt)) {
    while (std::size_t(text.end() - from) >= piece.size() && !begins_at(from, piece)) ++from;
    if (std::size_t(text.end() - from) < piece.size()) return piece;
    from += std::ptrdiff_t(piece.size());
  }
  return {};
}

TEST(Excerpts, StandInTheirFiles) {
  const fs::path root = XTAPE_SOURCE_DIR;
  std::vector<fs::path> pages;
  for (const fs::path& folder : {root, root / "docs", root / "docs/guide", root / "docs/tutorial"}) {
    for (const auto& entry : fs::directory_iterator(folder)) {
      if (entry.path().extension() == ".md") pages.push_back(entry.path());
    }
  }
  bool readme_shows_the_vae = false;
  for (const fs::path& page : pages) {
    for (const Excerpt& excerpt : excerpts_of(page)) {
      const Lines piece = missing(excerpt.lines, lines_of(root / excerpt.file));
      EXPECT_TRUE(piece.empty()) << page << " shows what is not in " << excerpt.file << ":\n"
                                 << piece.front() << "\n...";
      readme_shows_the_vae |=
          page == root / "README.md" && excerpt.file == "examples/vae.cpp" && excerpt.lines.size() > 8;
    }
  }
  EXPECT_TRUE(readme_shows_the_vae);
}

// A model of an example, as benchmarks have it: `header`, but for what is replaced once.
struct SharedModel {
  std::string name, example, header;
  std::vector<std::pair<std::string, std::string>> replaced;
};

// The benchmarks give the noise, for all contestants to have the same; nothing else of a model is theirs.
TEST(Excerpts, BenchmarksMeasureTheModelsOfTheExamples) {
  const fs::path root = XTAPE_SOURCE_DIR;
  const std::pair<std::string, std::string> arguments{"Random& rng) const", "const Var<float>& epsilon) const"};
  for (const SharedModel& shared : std::vector<SharedModel>{
           {"Vae", "vae.cpp", "vae_model.hpp", {arguments, {"rng.normal<float>(mu.shape())", "epsilon"}}},
           {"ConvVae",
            "conv_vae.cpp",
            "conv_vae_model.hpp",
            {arguments, {"q.sample(rng)", "q.mu() + exp(q.log_sigma()) * epsilon"}}}}) {
    const Lines example = lines_of(root / "examples" / shared.example);
    const auto first = std::find(example.begin(), example.end(), "struct " + shared.name + " : nn::Module<float> {");
    const auto last = std::find(first, example.end(), "};");
    ASSERT_NE(last, example.end()) << shared.example;
    Lines model(first, last + 1);
    std::size_t replaced = 0;
    for (std::string& line : model) {
      for (const auto& [from, to] : shared.replaced) {
        const std::size_t at = line.find(from);
        if (at == line.npos) continue;
        line.replace(at, from.size(), to);
        ++replaced;
      }
    }
    EXPECT_EQ(replaced, shared.replaced.size()) << shared.example;
    const Lines piece = missing(model, lines_of(root / "benchmarks/support" / shared.header));
    EXPECT_TRUE(piece.empty()) << shared.header << " lacks this of " << shared.example << ":\n" << piece.front();
  }
}

TEST(Excerpts, AreComparedLineByLine) {
  const Lines text{"int main() {", "  int a = 1;", "  if (a) {", "    b();", "  }", "}"};
  EXPECT_EQ(missing({"int a = 1;", "", "if (a) {", "  b();", "}"}, text), Lines{});
  EXPECT_EQ(missing({"", "int a = 1;", "if (a) {", ""}, text), Lines{});
  EXPECT_EQ(missing({"int a = 1;", "b();"}, text), (Lines{"int a = 1;", "b();"})) << "with a line left out";
  EXPECT_EQ(missing({"if (a) {", "", "int a = 1;"}, text), (Lines{"int a = 1;"})) << "in another order";
  EXPECT_EQ(missing({"if (a) {", "b();"}, text), (Lines{"if (a) {", "b();"})) << "indented otherwise";
  EXPECT_EQ(missing({"= 1;"}, text), (Lines{"= 1;"})) << "a part of a line";
  EXPECT_EQ(missing({"}", "}", "}"}, text), (Lines{"}", "}", "}"})) << "beyond the end";
}

}  // namespace
