// The numbers that the tutorial's pages quote are those that its programs wrote, and its pictures are there.

#include <gtest/gtest.h>

#include <array>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <regex>
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

}  // namespace
