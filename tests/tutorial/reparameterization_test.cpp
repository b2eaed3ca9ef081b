// What the chapter on the reparameterization trick claims; its programs are two.

#include "tests/tutorial/chapter_run.hpp"

#include <cmath>
#include <iterator>
#include <regex>
#include <utility>

namespace {

TEST(Reparameterization, SmallRun) {
  tutorial::Numbers n = tutorial::small_run("reparameterization");

  // Both estimators have the gradient as their mean, and the variances that were derived.
  for (const std::string by : {"path", "score"}) {
    EXPECT_NEAR(n[by + ".mean"], 2, 5 * n[by + ".mean_error"]) << by;
    EXPECT_GT(n[by + ".ratio_least"], 0.8) << by;
    EXPECT_LT(n[by + ".ratio_most"], 1.25) << by;
    EXPECT_NEAR(n[by + ".log_sigma"] / n[by + ".log_sigma_exact"], 1, 0.15) << by;
    EXPECT_NEAR(n[by + ".slow"] / n[by + ".slow_exact"], 1, 0.05) << by;
    EXPECT_NEAR(n[by + ".fast"] / n[by + ".fast_exact"], 1, 0.05) << by;
  }
  EXPECT_EQ(n["path.variance"], 1);
  EXPECT_EQ(n["score.variance"], 1758);
  EXPECT_GT(n["score.slow"], 5 * n["path.slow"]);
  EXPECT_GT(n["path.fast"], 5 * n["score.fast"]);
  EXPECT_GT(n["vae.score"], 1000 * n["vae.path"]);
  EXPECT_GT(n["vae.score"], 50 * n["vae.score_centred"]);
  EXPECT_GT(n["vae.score_centred"], 3 * n["vae.path"]);

  // g arrives at mu, and g epsilon sigma at ln sigma, to the last bit; nothing through a draw taken for data.
  EXPECT_EQ(n["tape.mu_differs"], 0);
  EXPECT_EQ(n["tape.log_sigma_differs"], 0);
  EXPECT_EQ(n["tape.inside"], 0);

  // Steps of ln sigma do not know the scale; those of sigma leave the positive numbers, or take long.
  EXPECT_NEAR(n["steps.small.log_sigma"], n["steps.one.log_sigma"], 1);
  EXPECT_NEAR(n["steps.large.log_sigma"], n["steps.one.log_sigma"], 1);
  EXPECT_LT(n["steps.small.sigma"], 0);
  EXPECT_GT(n["steps.large.sigma"], 30 * n["steps.one.sigma"]);
  EXPECT_GT(n["steps.far"], 1000);
  EXPECT_NEAR(n["overflow.float"], 88.72, 0.01);
}

TEST(Reparameterization, SmallRunOfDiscreteCodes) {
  tutorial::Numbers n = tutorial::small_run("discrete_codes");
  EXPECT_EQ(n["path"], 0);

  // The largest of logits and Gumbel noise is drawn with the softmax's probabilities.
  EXPECT_LT(n["draws.errors_off"], 5);

  // A baseline leaves the mean and lowers the variance, to what was derived.
  for (const std::string baseline : {"none", "mean", "best"}) {
    EXPECT_LT(n[baseline + ".mean_errors_off"], 5) << baseline;
    EXPECT_NEAR(n[baseline + ".variance"] / n[baseline + ".exact"], 1, 0.1) << baseline;
  }
  EXPECT_GT(n["none.exact"], 100 * n["mean.exact"]);
  EXPECT_LT(n["best.exact"], n["mean.exact"]);
  EXPECT_NEAR(n["score.variance_best"], 0, 1e-15);
  EXPECT_LT(n["score.variance_mean"], n["relaxed.0.5.variance"] / 10);

  // The relaxation's bias changes its sign with the temperature; its variance grows as the temperature falls.
  EXPECT_LT(n["worst_errors_off"], 5);
  EXPECT_GT(n["relaxed.0.5.mean"], 1.4 * n["truth"]);
  EXPECT_LT(n["relaxed.0.1.mean"], 1.3 * n["truth"]);
  EXPECT_LT(n["relaxed.5.0.mean"], 0.5 * n["truth"]);
  EXPECT_NEAR(n["relaxed.0.1.variance"] / n["relaxed.0.2.variance"], 2, 0.15);
  int more_biased = 0;
  for (const std::string t : {"0.1", "0.2", "0.5", "1.0", "2.0", "5.0"}) {
    const auto bias = [&](const std::string& how) { return std::abs(n[how + "." + t + ".mean"] - n["truth"]); };
    more_biased += bias("straight-through") > bias("relaxed");
  }
  EXPECT_EQ(more_biased, 5);
}

// The page's picture of the tape has each of its nodes, and beside the variables what arrives and what the formulas
// say.
TEST(Reparameterization, PageShowsTheTape) {
  const std::filesystem::path folder = std::filesystem::path(XTAPE_SOURCE_DIR) / "docs/tutorial";
  const auto text_of = [](const std::filesystem::path& path) {
    std::ifstream file(path);
    return std::string(std::istreambuf_iterator<char>(file), {});
  };
  const std::string dot = text_of(folder / "figures/reparameterization-tape.dot");
  const std::string drawn = text_of(folder / "figures/reparameterization-tape.svg");
  const std::regex node("\\[label=\"(\\w+)");
  std::size_t nodes = 0, at = 0;
  for (std::sregex_iterator m(dot.begin(), dot.end(), node), end; m != end; ++m, ++nodes) {
    EXPECT_NE(drawn.find(">" + (*m)[1].str() + ": "), std::string::npos) << m->str();
  }
  EXPECT_EQ(nodes, 8);
  for (std::size_t boxes = 0; (at = drawn.find("<rect", at)) != std::string::npos; ++at) EXPECT_LT(boxes++, nodes);
  const auto after = [&](const std::string& words, std::size_t from) {
    const std::size_t begin = drawn.find(words, from);
    return begin == std::string::npos
               ? words
               : drawn.substr(begin + words.size(), drawn.find('<', begin) - begin - words.size());
  };
  for (const auto& [variable, formula] : {std::pair(": μ<", ">g = "), {": ln σ<", ">g ε σ = "}}) {
    EXPECT_EQ(after(">arrives ", drawn.find(variable)), after(formula, drawn.find(variable))) << variable;
  }
}

}  // namespace
