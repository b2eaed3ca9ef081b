// The numbers that the tutorial's pages quote are those that its programs wrote, and its pictures are there.

#include <gtest/gtest.h>

#include <array>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <regex>
#include <sstream>
#include <string>

namespace {

namespace fs = std::filesystem;

const fs::path kFolder = fs::path(XTAPE_SOURCE_DIR) / "docs/tutorial";

std::string text_of(const fs::path& path) {
  std::ifstream file(path);
  return std::string(std::istreambuf_iterator<char>(file), {});
}

// <!--n CHAPTER NUMBER FORMAT-->what is shown<!--/n-->, FORMAT as of printf without the %.
TEST(TutorialPages, QuoteWhatTheProgramsWrote) {
  const std::regex marker("<!--n (\\S+) (\\S+) (\\S+)-->([^<]*)<!--/n-->");
  int quoted = 0;
  for (const auto& entry : fs::directory_iterator(kFolder)) {
    if (entry.path().extension() != ".md") continue;
    const std::string text = text_of(entry.path());
    for (std::sregex_iterator m(text.begin(), text.end(), marker), end; m != end; ++m, ++quoted) {
      const fs::path numbers = kFolder / "numbers" / ((*m)[1].str() + ".json");
      ASSERT_TRUE(fs::exists(numbers)) << entry.path() << " quotes " << numbers;
      const nlohmann::json all = nlohmann::json::parse(text_of(numbers));
      ASSERT_TRUE(all.contains((*m)[2].str())) << entry.path() << ": " << m->str();
      std::array<char, 64> shown;
      std::snprintf(shown.data(), shown.size(), ("%" + (*m)[3].str()).c_str(), all[(*m)[2].str()].get<double>());
      EXPECT_EQ((*m)[4].str(), shown.data()) << entry.path() << ": " << m->str() << "; scripts/docs --numbers mends it";
    }
  }
  EXPECT_GT(quoted, 0);
}

TEST(TutorialPages, ShowPicturesThatAreThere) {
  const std::regex picture("!\\[[^\\]]*\\]\\(([^)]+)\\)");
  for (const auto& entry : fs::directory_iterator(kFolder)) {
    if (entry.path().extension() != ".md") continue;
    const std::string text = text_of(entry.path());
    for (std::sregex_iterator m(text.begin(), text.end(), picture), end; m != end; ++m) {
      EXPECT_TRUE(fs::exists(kFolder / (*m)[1].str())) << entry.path() << ": " << (*m)[1];
    }
  }
}

// A work that is cited, as "Kingma and Welling (2014" or "Burda et al. 2016", is in the chapter's list of sources.
TEST(TutorialPages, ListTheirSources) {
  const std::regex marker("<!--[^]*?-->|`[^`]*`"),
      cited("([A-Z][^\\s,.()]+)(?: et al\\.)?,? \\(?((?:19|20)[0-9]{2})(?![0-9])");
  int works = 0;
  for (const auto& entry : fs::directory_iterator(kFolder)) {
    const std::string name = entry.path().stem().string();
    if (entry.path().extension() != ".md" || name == "README" || name == "symbols") continue;
    const std::string page = text_of(entry.path());
    const std::size_t begin = page.find("\n## Sources\n");
    ASSERT_NE(begin, std::string::npos) << name << " has no sources";
    const std::string text = std::regex_replace(page.substr(0, begin), marker, ""), list = page.substr(begin);
    for (std::sregex_iterator m(text.begin(), text.end(), cited), end; m != end; ++m, ++works) {
      std::istringstream lines(list);
      bool found = false;
      for (std::string line; std::getline(lines, line);)
        found =
            found || (line.find((*m)[1].str()) != std::string::npos && line.find((*m)[2].str()) != std::string::npos);
      EXPECT_TRUE(found) << name << " cites " << m->str() << ", and does not list it";
    }
  }
  EXPECT_GT(works, 30);
}

}  // namespace
