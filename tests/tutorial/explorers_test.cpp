// The explorers as a browser runs them: without complaints, a drag changes the picture, and their numbers are the
// library's.

#include "nn/nn.hpp"
#include "tests/examples/browser.hpp"
#include "tests/examples/tiny_data.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>
#include <numbers>
#include <string>

namespace {

using namespace xtape;

constexpr const char* kPage = R"(<!doctype html><meta charset="utf-8"><body>
<div class="explorer" data-explorer="bound"></div><div class="explorer" data-explorer="trick"></div>
<script src="FOLDER/common.js"></script><script src="FOLDER/bound.js"></script><script src="FOLDER/trick.js"></script>
<script>
addEventListener("load", () => {
  const [bound, trick] = document.querySelectorAll(".explorer");
  const dragged = (place, name) => {
    const before = place.dataset[name], handle = place.querySelector(".handle"), box = place.querySelector("svg").getBoundingClientRect();
    handle.hasPointerCapture = () => true;
    handle.dispatchEvent(new PointerEvent("pointermove", { pointerId: 1, clientX: box.left + 0.7 * box.width, clientY: box.top }));
    const moved = place.dataset[name];
    handle.dispatchEvent(new KeyboardEvent("keydown", { key: "ArrowLeft" }));
    return before !== moved && moved !== place.dataset[name];
  };
  const sides = xtape.bound.sides({ x: 1, mu: 0.3, sigma: 0.7 }), bent = xtape.bound.bentSides({ x: 0.5, mu: [0.2, 0.8], sigma: [0.6, 0.4] });
  const epsilon = [-1.5, -0.25, 0, 0.5, 2], { path, score } = xtape.trick.estimators({ mu: -0.5, sigma: 0.8 }, epsilon);
  document.documentElement.dataset.seen = JSON.stringify({
    sides, bent, path: path.samples, score: score.samples, bound_moves: dragged(bound, "elbo"), two: bound.dataset.elbo2 !== undefined,
    trick_moves: dragged(trick, "path"), handles: document.querySelectorAll("[role=slider][tabindex='0']").length,
  }).replaceAll('"', "'");
});
</script>)";

nlohmann::json seen_by_a_browser(const std::string& browser) {
  const testing_support::TemporaryFolder folder;
  std::string page = kPage;
  const std::string scripts = "file://" + std::string(XTAPE_SOURCE_DIR) + "/docs/explorers";
  for (std::size_t at; (at = page.find("FOLDER")) != page.npos;) page.replace(at, 6, scripts);
  std::ofstream(folder / "page.html") << page;
  const testing_support::Outcome outcome = testing_support::load_page(browser, folder.path(), folder / "page.html");
  EXPECT_EQ(outcome.err.find("CONSOLE"), std::string::npos) << outcome.err;
  const std::size_t from = outcome.out.find("data-seen=\"");
  EXPECT_NE(from, std::string::npos) << outcome.out << outcome.err;
  if (from == std::string::npos) return {};
  const std::size_t first = from + 11;
  std::string text = outcome.out.substr(first, outcome.out.find('"', first) - first);
  for (char& c : text) c = c == '\'' ? '"' : c;
  return nlohmann::json::parse(text);
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

}  // namespace
