// The report as a browser sees it: without complaints, pictures whole, and no wider than a phone.

#include <gtest/gtest.h>

#include <array>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

#include "examples/programs/report/report.hpp"
#include "tests/examples/browser.hpp"
#include "tests/examples/example_program.hpp"
#include "tests/testing.hpp"

namespace {

using namespace testing_support;
namespace fs = std::filesystem;

// A browser may give a window less than it was asked for, but a frame is as wide as it is said to be. The page in it
// comes from a file, whose inside only the page itself may see, so that a copy of the page says what it measures.
constexpr const char* kMeasure = R"(<script>
addEventListener("load", () => {
  const pictures = [...document.images];
  const root = document.documentElement;
  const seen = [pictures.length, pictures.filter(one => one.complete && one.naturalWidth > 0).length, root.clientWidth,
                root.scrollWidth, pictures.filter(one => one.getBoundingClientRect().right > root.clientWidth).length,
                getComputedStyle(document.body).backgroundColor];
  parent.postMessage(seen.join(" "), "*");
});
</script></head>)";
constexpr const char* kFrame = R"(<!doctype html><title>frame</title><script>
addEventListener("message", event => document.documentElement.dataset.seen = event.data);
</script><iframe width="WIDTH" height="2000" style="border: 0" src="copy.html"></iframe>)";

/// What a page is when it is shown `width` pixels wide.
struct Seen {
  std::size_t pictures = 0, whole = 0;  ///< all, and those that were decoded
  std::size_t width = 0, needed = 0;    ///< of the window, and of what is in it
  std::size_t cut = 0;                  ///< pictures that reach out of the window
  std::string background;               ///< the colour of the page
};

struct Browser : ExampleProgram {
  const std::string browser = chromium();

  Browser() : ExampleProgram("ae") {}

  void SetUp() override {
    if (browser.empty()) GTEST_SKIP() << "no chromium, chromium-browser or google-chrome on PATH";
  }

  void write(const std::string& name, const std::string& text) const {
    std::ofstream(folder / name, std::ios::binary) << text;
  }

  /// The page's document after it was loaded, as HTML.
  Outcome load(const std::string& name, bool dark = false) const {
    return load_page(browser, folder.path(), folder / name, dark);
  }

  Seen measure(const std::string& html, std::size_t width, bool dark = false) const {
    std::string copy = html, frame = kFrame;
    const std::size_t head = copy.find("</head>");
    EXPECT_NE(head, std::string::npos);
    copy.replace(head, 7, kMeasure);
    frame.replace(frame.find("WIDTH"), 5, std::to_string(width));
    write("copy.html", copy);
    write("frame.html", frame);
    const Outcome outcome = load("frame.html", dark);
    EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
    Seen seen;
    const std::string all = after("data-seen=\"", outcome.out);
    std::istringstream values(all.substr(0, all.find('"')));
    EXPECT_TRUE(values >> seen.pictures >> seen.whole >> seen.width >> seen.needed >> seen.cut) << outcome.out;
    std::getline(values >> std::ws, seen.background);
    return seen;
  }
};

/// Whether the browser had nothing to say about the page.
testing::AssertionResult quiet(const Outcome& outcome) {
  if (outcome.err.find("CONSOLE") == std::string::npos) return testing::AssertionSuccess();
  return testing::AssertionFailure() << outcome.err;
}

TEST_F(Browser, ShowsTheReportOfARun) {
  const Outcome ran = run_program(
      {"--data", "tiny", "--hidden", "16", "--latent", "2", "--epochs", "2", "--threads", "1", "--out", "result"});
  ASSERT_EQ(ran.exit_code, 0) << ran.err;
  const std::string html = read(folder / "result/report.html");
  EXPECT_LT(html.size(), 5u << 20);
  EXPECT_EQ(html.find("http"), std::string::npos) << "nothing is to be loaded from elsewhere";
  for (const bool dark : {false, true}) {
    const Outcome outcome = load("result/report.html", dark);
    EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
    EXPECT_TRUE(quiet(outcome));
    EXPECT_TRUE(xtape::has(outcome.out, {"<title>Autoencoder 784-16-2", "<h1>Autoencoder 784-16-2", "--hidden"}));
  }
  for (const std::size_t width : {360u, 1280u}) {
    const Seen seen = measure(html, width);
    EXPECT_EQ(seen.pictures, 3u);  // reconstructions, codes, losses
    EXPECT_EQ(seen.whole, seen.pictures);
    EXPECT_EQ(seen.cut, 0u);
    EXPECT_GT(seen.width, width - 20);  // without a scroll bar
    EXPECT_LE(seen.needed, seen.width) << "the page scrolls sideways at " << width;
  }
}

TEST_F(Browser, IsDarkWhereTheReaderWantsItDark) {
  const std::string html = programs::to_html({"title", "", {}, {}, {}, ""});
  EXPECT_EQ(measure(html, 360).background, "rgb(246, 247, 249)");
  EXPECT_EQ(measure(html, 360, true).background, "rgb(20, 23, 28)");
}

TEST_F(Browser, KeepsWideTablesAndLongWordsOffThePhonesEdge) {
  programs::Report report;
  const std::string word(300, 'w');
  report.title = report.introduction = report.footer = word;
  report.key_figures = {{word, word}, {"b", "2"}};
  report.tables = {{word, std::vector<std::string>(20, "head"), {std::vector<std::string>(20, "123,456.78")}},
                   {"Options", {"option", "value"}, {{"--out", "/" + word}}}};
  const Seen seen = measure(programs::to_html(report), 360);
  EXPECT_LE(seen.needed, seen.width);
}

// The checks see what they are there for.
TEST_F(Browser, IsAbleToFindFaults) {
  const std::string good = programs::to_html({"title", "", {}, {}, {}, ""});
  const auto with = [&good](const std::string& body) {
    std::string page = good;
    return page.replace(page.find("</main>"), 7, body + "</main>");
  };
  write("loud.html", with("<script>console.error('a complaint')</script>"));
  write("wrong.html", with("<script>no_such_function()</script>"));
  write("good.html", good);
  EXPECT_FALSE(quiet(load("loud.html")));
  EXPECT_FALSE(quiet(load("wrong.html")));
  EXPECT_TRUE(quiet(load("good.html")));

  const Seen broken = measure(with("<img src=\"data:image/png;base64,iVBORw0K\">"), 360);
  EXPECT_EQ(broken.pictures, 1u);
  EXPECT_EQ(broken.whole, 0u);
  const Seen wide = measure(with("<div style=\"width: 500px\">wide</div>"), 360);
  EXPECT_GT(wide.needed, wide.width);
}

}  // namespace
