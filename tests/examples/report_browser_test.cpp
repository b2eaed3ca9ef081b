// The report as a browser sees it: without complaints, pictures whole, and no wider than a phone.

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "autodiff/autodiff.hpp"
#include "examples/programs/report/report.hpp"
#include "nn/nn.hpp"
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

TEST_F(Browser, ShowsTheReportOfARun) {
  const Outcome ran = run_program(
      {"--data", "tiny", "--hidden", "16", "--latent", "2", "--epochs", "2", "--threads", "1", "--out", "result"});
  ASSERT_EQ(ran.exit_code, 0) << ran.err;
  const std::string html = read(folder / "result/report.html");
  EXPECT_LT(html.size(), 5u << 20);
  for (const bool dark : {false, true}) {
    const Outcome outcome = load("result/report.html", dark);
    EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
    EXPECT_TRUE(quiet(outcome));
    EXPECT_TRUE(xtape::has(outcome.out, {"<title>Autoencoder 784-16-2", "<h1>Autoencoder 784-16-2", "--hidden"}));
  }
  for (const std::size_t width : {360u, 1280u}) {
    const Seen seen = measure(html, width);
    EXPECT_EQ(seen.pictures, 3u);  // reconstructions, codes, losses; the decoder's has made way for what moves
    EXPECT_EQ(seen.whole, seen.pictures);
    EXPECT_EQ(seen.cut, 0u);
    EXPECT_GT(seen.width, width - 20);  // without a scroll bar
    EXPECT_LE(seen.needed, seen.width) << "the page scrolls sideways at " << width;
  }
}

// In place of </main>: reads the decoder's data before the explorer takes them, and then does what a reader does.
constexpr const char* kExplore = R"(<script>
const model = JSON.parse(document.querySelector("script[type='application/json']").textContent);
addEventListener("load", () => {
  const place = document.querySelector(".explorer"), canvas = place.querySelector("canvas");
  const net = { ...model, layers: xtape.decoder.unpacked(model.layers) };
  const codes = [0, 1, 2].map((i) => model.code.map((_, j) => 1.5 * Math.sin(i + 2 * j)));
  const seen = { codes, images: codes.map((code, i) => [...xtape.decoder.image(net, code, i)]), stills: place.querySelectorAll("img").length };
  const changes = (act) => { const before = canvas.toDataURL(); act(); return canvas.toDataURL() !== before; };
  const svg = place.querySelector("svg"), slider = place.querySelector("input"), other = place.querySelector("[aria-pressed=false]");
  if (svg) {
    svg.hasPointerCapture = () => true;
    const box = svg.getBoundingClientRect(), at = { pointerId: 1, clientX: box.left + 0.8 * box.width, clientY: box.top + 0.3 * box.height };
    seen.dragged = changes(() => svg.dispatchEvent(new PointerEvent("pointermove", at)));
    seen.keys = changes(() => place.querySelector(".handle").dispatchEvent(new KeyboardEvent("keydown", { key: "ArrowLeft", shiftKey: true })));
  }
  if (slider) seen.dragged = changes(() => { slider.value = slider.max; slider.dispatchEvent(new Event("input")); });
  if (other) seen.classes = changes(() => other.click());
  seen.back = changes(() => [...place.querySelectorAll("button")].at(-1).click());
  seen.code = place.dataset.code.split(" ").map(Number);
  seen.start = model.code;
  document.documentElement.dataset.seen = JSON.stringify(seen).replaceAll('"', "'");
});
</script></main>)";

/// What the decoder of a saved model makes of a code, `input` being what its first layer takes: (1, in).
xtape::Var<float> decoded(const fs::path& file, const std::vector<std::size_t>& sizes, const xtape::Array<float>& input,
                          bool sigmoid) {
  const xtape::nn::TensorFile saved = xtape::nn::read_safetensors(file);
  if (sizes.empty())  // of ppca: W z + m
    return linear(xtape::Var<float>(input), saved.get<float>("weight"), saved.get<float>("mean"));
  xtape::Random rng(1);
  xtape::nn::Mlp<float> decoder(sizes, rng);
  load_part(saved, "decoder", decoder);
  return sigmoid ? xtape::sigmoid(decoder(input)) : decoder(input);
}

struct Explored {
  std::string program;
  std::vector<std::string> options;
  std::vector<std::size_t> sizes;  // of the decoder's layers
  std::size_t classes = 0;
  bool sigmoid = true;
};

TEST_F(Browser, DecodesAsTheLibraryDoes) {
  const std::vector<std::string> plane{"--hidden", "16", "--latent", "2"}, more{"--hidden", "16", "--latent", "14"};
  const std::vector<Explored> kinds{
      {"vae", plane, {2, 16, 784}},
      {"vae", more, {14, 16, 784}},
      {"vae", {"--hidden", "16", "--latent", "1", "--likelihood", "gaussian"}, {1, 16, 784}, 0, false},
      {"cvae", plane, {12, 16, 784}, 10},
      {"cvae", more, {24, 16, 784}, 10},
      {"ae", {"--hidden", "0", "--latent", "3"}, {3, 784}},
      {"dae", {"--linear", "--latent", "2"}, {2, 784}, 0, false},
      {"ae_to_vae", plane, {2, 16, 784}},
      {"ppca", {"--latent", "3", "--iterations", "5"}, {}, 0, false}};
  for (const Explored& kind : kinds) {
    SCOPED_TRACE(kind.program + " " + kind.options.back());
    std::vector<std::string> arguments{"--data", "tiny", "--epochs", "2", "--threads", "1", "--out", "result"};
    arguments.insert(arguments.end(), kind.options.begin(), kind.options.end());
    if (kind.program == "vae")
      arguments.insert(arguments.end(), {"--evidence-samples", "20", "--evidence-images", "10"});
    Invocation invocation = this->invocation(arguments);
    invocation.arguments.front() = XTAPE_PROGRAMS_DIR "/" + kind.program;
    const Outcome ran = run(invocation);
    ASSERT_EQ(ran.exit_code, 0) << ran.err;
    std::string html = read(folder / "result/report.html");
    EXPECT_LE(std::stod(after("no pixel was more than ", html)), 1.0 / 255);
    html.replace(html.find("</main>"), 7, kExplore);
    write("explored.html", html);
    const Outcome outcome = load("explored.html");
    EXPECT_TRUE(quiet(outcome));
    const nlohmann::json seen = seen_by(outcome);
    ASSERT_FALSE(seen.is_null());
    EXPECT_EQ(seen["stills"], 0);
    EXPECT_TRUE(seen["dragged"].get<bool>());
    EXPECT_EQ(seen.contains("keys"), seen["start"].size() == 2u);
    EXPECT_TRUE(seen.value("keys", true));
    EXPECT_EQ(seen.contains("classes"), kind.classes > 0);
    EXPECT_TRUE(seen.value("classes", true));
    EXPECT_TRUE(seen["back"].get<bool>());
    EXPECT_EQ(seen["code"], seen["start"]);
    for (std::size_t i = 0; i < seen["codes"].size(); ++i) {
      std::vector<float> input = seen["codes"][i].get<std::vector<float>>();
      for (std::size_t label = 0; label < kind.classes; ++label) input.push_back(label == i ? 1.0f : 0.0f);
      xtape::Array<float> row = xtape::empty<float>({std::size_t{1}, input.size()});
      std::copy(input.begin(), input.end(), row.begin());
      const xtape::Array<float> image =
          decoded(folder / "result/model.safetensors", kind.sizes, row, kind.sigmoid).value();
      const auto shown = seen["images"][i].get<std::vector<double>>();
      ASSERT_EQ(shown.size(), image.size());
      for (std::size_t pixel = 0; pixel < shown.size(); ++pixel)
        ASSERT_NEAR(shown[pixel], double(image.data()[pixel]), 1.0 / 255) << i << ", " << pixel;
    }
    fs::remove_all(folder / "result");
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
