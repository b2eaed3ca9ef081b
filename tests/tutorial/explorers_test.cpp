// The explorers as a browser runs them: without complaints, a drag changes the picture, and their numbers are the
// library's.

#include "nn/nn.hpp"
#include "tests/examples/browser.hpp"
#include "tests/examples/tiny_data.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <cstring>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <numbers>
#include <string>
#include <vector>

namespace {

using namespace xtape;

constexpr const char* kPage = R"(<!doctype html><meta charset="utf-8"><body>
<div class="explorer" data-explorer="bound"></div><div class="explorer" data-explorer="trick"></div>
<div class="explorer" data-explorer="decoder"><script type="application/json">MODEL</script></div>
<script src="FOLDER/common.js"></script><script src="FOLDER/bound.js"></script><script src="FOLDER/trick.js"></script>
<script>const model = JSON.parse(document.querySelector("script[type='application/json']").textContent);</script>
<script src="FOLDER/decoder.js"></script>
<script>
addEventListener("load", () => {
  const [bound, trick, decoder] = document.querySelectorAll(".explorer");
  const dragged = (place, name, number = 0) => {
    const svg = place.querySelectorAll("svg")[number], before = place.dataset[name], handle = svg.querySelector(".handle"), box = svg.getBoundingClientRect();
    handle.hasPointerCapture = () => true;
    handle.dispatchEvent(new PointerEvent("pointermove", { pointerId: 1, clientX: box.left + 0.7 * box.width, clientY: box.top }));
    const moved = place.dataset[name];
    handle.dispatchEvent(new KeyboardEvent("keydown", { key: "ArrowLeft" }));
    return before !== moved && moved !== place.dataset[name];
  };
  const sides = xtape.bound.sides({ x: 1, mu: 0.3, sigma: 0.7 }), bent = xtape.bound.bentSides({ x: 0.5, mu: [0.2, 0.8], sigma: [0.6, 0.4] });
  const canvas = decoder.querySelector("canvas"), looks = () => canvas.toDataURL(), plane = decoder.querySelector("svg");
  plane.hasPointerCapture = () => true;
  const start = looks(), box = plane.getBoundingClientRect();
  plane.dispatchEvent(new PointerEvent("pointermove", { pointerId: 1, clientX: box.left + 0.8 * box.width, clientY: box.top + 0.2 * box.height }));
  const dragged_to = looks();
  decoder.querySelector("[aria-pressed=false]").click();
  const net = { ...model, layers: xtape.decoder.unpacked(model.layers) };
  const epsilon = [-1.5, -0.25, 0, 0.5, 2], { path, score } = xtape.trick.estimators({ mu: -0.5, sigma: 0.8 }, epsilon);
  document.documentElement.dataset.seen = JSON.stringify({
    sides, bent, path: path.samples, score: score.samples, bound_moves: dragged(bound, "elbo"), two: dragged(bound, "elbo2", 1),
    decoder_moves: start !== dragged_to && dragged_to !== looks(), image: [...xtape.decoder.image(net, [0.8, -1.1], 8)],
    trick_moves: dragged(trick, "path"), handles: document.querySelectorAll("[role=slider][tabindex='0']").length,
  }).replaceAll('"', "'");
});
</script>)";

std::string text_of(const std::string& file) {
  std::ifstream stream(std::string(XTAPE_SOURCE_DIR) + "/" + file);
  EXPECT_TRUE(stream) << file;
  return std::string(std::istreambuf_iterator<char>(stream), {});
}

/// The numbers that a text of base64 holds.
template <class T>
std::vector<T> numbers_of(const std::string& base64) {
  const std::string digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string bytes;
  std::uint32_t bits = 0;
  int held = 0;
  for (const char letter : base64.substr(0, base64.find('='))) {
    bits = bits << 6 | static_cast<std::uint32_t>(digits.find(letter));
    held += 6;
    if (held >= 8) bytes += static_cast<char>(bits >> (held -= 8) & 255);
  }
  std::vector<T> numbers(bytes.size() / sizeof(T));
  std::memcpy(numbers.data(), bytes.data(), numbers.size() * sizeof(T));
  return numbers;
}

nlohmann::json seen_by_a_browser(const std::string& browser) {
  const testing_support::TemporaryFolder folder;
  std::string page = kPage;
  const std::string scripts = "file://" + std::string(XTAPE_SOURCE_DIR) + "/docs/explorers";
  for (std::size_t at; (at = page.find("FOLDER")) != page.npos;) page.replace(at, 6, scripts);
  page.replace(page.find("MODEL"), 5, text_of("docs/tutorial/figures/conditional-decoder.json"));
  std::ofstream(folder / "page.html") << page;
  const testing_support::Outcome outcome = testing_support::load_page(browser, folder.path(), folder / "page.html");
  EXPECT_TRUE(testing_support::quiet(outcome));
  return testing_support::seen_by(outcome);
}

using Numbers = Var<double>;

Numbers log_normal(const Numbers& x, const Numbers& mean, double sigma) {
  return -0.5 * square((x - mean) / sigma) - std::log(sigma) - 0.5 * std::log(2 * std::numbers::pi);
}

TEST(Explorers, AgreeWithTheLibraryAndMove) {
  const std::string browser = testing_support::chromium();
  if (browser.empty()) GTEST_SKIP() << "no chromium, chromium-browser or google-chrome on PATH";
  const nlohmann::json seen = seen_by_a_browser(browser);
  ASSERT_FALSE(seen.is_null());
  EXPECT_TRUE(seen["bound_moves"].get<bool>());
  EXPECT_TRUE(seen["trick_moves"].get<bool>());
  EXPECT_TRUE(seen["two"].get<bool>());
  EXPECT_GE(seen["handles"].get<int>(), 5);

  // The same integrals by xtape, on grids of their own.
  const double step = 0.002;
  const Numbers z(xt::arange<double>(-9, 9, step));
  const Numbers joint = log_normal(1.0, 0.5 * square(z) + 0.4 * z, 0.5) + log_normal(z, 0.0, 1);
  const double evidence = std::log(step * sum(exp(joint)).item());
  const Numbers q = log_normal(z, 0.3, 0.7), posterior = joint - evidence;
  const double kl = step * sum(exp(q) * (q - posterior)).item();
  EXPECT_NEAR(seen["sides"]["evidence"].get<double>(), evidence, 1e-6);
  EXPECT_NEAR(seen["sides"]["kl"].get<double>(), kl, 1e-6);
  EXPECT_NEAR(seen["sides"]["elbo"].get<double>(), evidence - kl, 1e-6);
  EXPECT_NEAR(seen["sides"]["forward"].get<double>(), step * sum(exp(posterior) * (posterior - q)).item(), 1e-6);

  const double wide = 0.02;
  const Numbers b(xt::arange<double>(-7, 7, wide)), a = expand_dims(b, 1);
  const Numbers bent = log_normal(0.5, b + 0.5 * square(a) - 1.0, 0.35) + log_normal(a, 0.0, 1) + log_normal(b, 0.0, 1);
  const Numbers normal = log_normal(a, 0.2, 0.6) + log_normal(b, 0.8, 0.4);
  EXPECT_NEAR(seen["bent"]["evidence"].get<double>(), std::log(wide * wide * sum(exp(bent)).item()), 1e-6);
  EXPECT_NEAR(seen["bent"]["elbo"].get<double>(), wide * wide * sum(exp(normal) * (bent - normal)).item(), 1e-6);

  // Each sample's gradient: along the path by the tape, and f times the score.
  const std::vector<double> epsilon{-1.5, -0.25, 0, 0.5, 2};
  const auto f = [](const Numbers& v) { return square(v - 1.0); };
  for (std::size_t i = 0; i < epsilon.size(); ++i) {
    const double path = grad([&](const Numbers& mu) { return f(mu + 0.8 * epsilon[i]); })(-0.5)();
    const double at = -0.5 + 0.8 * epsilon[i];
    const double score = grad([&](const Numbers& mu) { return log_normal(at, mu, 0.8); })(-0.5)();
    EXPECT_NEAR(seen["path"][i].get<double>(), path, 1e-6);
    EXPECT_NEAR(seen["score"][i].get<double>(), f(at).item() * score, 1e-6);
  }
}

// The script of the tutorial's decoder beside the library's layers, with the weights that it reads.
TEST(Explorers, DecodeAsTheLibraryDoes) {
  const std::string browser = testing_support::chromium();
  if (browser.empty()) GTEST_SKIP() << "no chromium, chromium-browser or google-chrome on PATH";
  const nlohmann::json seen = seen_by_a_browser(browser);
  ASSERT_FALSE(seen.is_null());
  EXPECT_TRUE(seen["decoder_moves"].get<bool>());
  const auto model = nlohmann::json::parse(text_of("docs/tutorial/figures/conditional-decoder.json"));
  const auto image = seen["image"].get<std::vector<double>>();
  Var<double> h = std::vector<double>{0.8, -1.1, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0};  // a code, and the class 8
  for (const auto& layer : model["layers"]) {
    const auto whole = numbers_of<std::int16_t>(layer["weight"]);
    const auto scale = numbers_of<float>(layer["scale"]), bias = numbers_of<float>(layer["bias"]);
    const std::vector<double> w(whole.begin(), whole.end()), s(scale.begin(), scale.end()), b(bias.begin(), bias.end());
    const Var<double> rows = reshape(Var<double>(w), {std::ptrdiff_t(s.size()), -1});
    h = linear(&layer == &model["layers"].front() ? h : relu(h), rows * expand_dims(Var<double>(s), {1}),
               Var<double>(b));
  }
  const Var<double> pixels = sigmoid(h);
  ASSERT_EQ(image.size(), pixels.size());
  for (std::size_t i = 0; i < image.size(); ++i) ASSERT_NEAR(image[i], pixels.value().data()[i], 1e-9) << i;
  // And those weights beside the ones that were trained: as the chapter's program has found.
  const auto numbers = nlohmann::json::parse(text_of("docs/tutorial/numbers/conditional.json"));
  EXPECT_LE(numbers["decoder-difference"].get<double>(), 1.0 / 255);
}

}  // namespace
