// The report and the summary: self-contained, escaped, complete.

#include "examples/programs/report/report.hpp"

#include <gtest/gtest.h>

#include <limits>

#include "examples/programs/command_line/program.hpp"
#include "examples/programs/run/summary.hpp"

namespace {

using namespace programs;

Png bytes(const std::string& text) {
  const auto* first = reinterpret_cast<const std::byte*>(text.data());
  return Png(first, first + text.size());
}

TEST(Report, Base64OfTheStandard) {  // RFC 4648, section 10
  EXPECT_EQ(base64(bytes("")), "");
  EXPECT_EQ(base64(bytes("f")), "Zg==");
  EXPECT_EQ(base64(bytes("fo")), "Zm8=");
  EXPECT_EQ(base64(bytes("foo")), "Zm9v");
  EXPECT_EQ(base64(bytes("foob")), "Zm9vYg==");
  EXPECT_EQ(base64(bytes("fooba")), "Zm9vYmE=");
  EXPECT_EQ(base64(bytes("foobar")), "Zm9vYmFy");
  EXPECT_EQ(base64(bytes("\xff\xfe\xfd")), "//79");
}

TEST(Report, EscapesAllTexts) {
  const std::string nasty = "<b>&\"";
  const std::string html =
      to_html({nasty, nasty, {{nasty, nasty}}, {{nasty, nasty, bytes("png")}}, {{nasty, {nasty}, {{nasty}}}}, nasty});
  EXPECT_EQ(html.find("<b>"), std::string::npos);
  EXPECT_NE(html.find("alt=\"&lt;b&gt;&amp;&quot;\""), std::string::npos);
  EXPECT_NE(html.find("data:image/png;base64,cG5n"), std::string::npos);
  EXPECT_NE(to_html({"a\x1b[b", "", {}, {}, {}, ""}).find("<h1>a\\u001b[b</h1>"), std::string::npos);
}

TEST(Report, TablesHaveAHeadAndABody) {
  const std::string html = to_html({"", "", {}, {}, {{"Epochs", {"epoch", "loss"}, {{"1", "2.5"}}}}, ""});
  EXPECT_NE(html.find("<thead><tr><th scope=\"col\">epoch</th><th scope=\"col\">loss</th></tr></thead>"),
            std::string::npos);
  EXPECT_NE(html.find("<tbody>\n<tr><td>1</td><td>2.5</td></tr>\n</tbody>"), std::string::npos);
}

TEST(Summary, HoldsItsFieldsInTheirOrder) {
  Summary summary{"vae",
                  "digits",
                  {{"epochs", std::uint64_t{2}}, {"learning-rate", 1e-3}, {"binarize", false}},
                  "0.1.0",
                  652824,
                  {{1, 150.5, 140.25, 2.5, 30.5, 25.25}},
                  {{"from scratch", {{1, 160, 150, 2}}}},
                  140.25,
                  4000,
                  1 << 20,
                  {{"active_units", 17}}};
  EXPECT_EQ(to_json(summary), R"({
  "model": "vae",
  "data": "digits",
  "options": {
    "epochs": 2,
    "learning-rate": 0.001,
    "binarize": false
  },
  "version": "0.1.0",
  "parameters": 652824,
  "epochs": [
    {
      "epoch": 1,
      "train_loss": 150.5,
      "test_loss": 140.25,
      "seconds": 2.5,
      "train_kl": 30.5,
      "test_kl": 25.25
    }
  ],
  "more_models": {
    "from scratch": [
      {
        "epoch": 1,
        "train_loss": 160.0,
        "test_loss": 150.0,
        "seconds": 2.0
      }
    ]
  },
  "test_loss": 140.25,
  "images_per_second": 4000.0,
  "peak_rss_bytes": 1048576,
  "figures": {
    "active_units": 17.0
  }
}
)");
}

TEST(Summary, ReadsBackWhatItWrote) {
  const OptionValues options{{"z", std::string("a \"b\"")},
                             {"a", 0.1 + 0.2},
                             {"m", 1.0},
                             {"n", std::uint64_t{18446744073709551615u}},
                             {"f", true}};
  EXPECT_EQ(options_from_json(to_json(options)), options);
  const std::vector<EpochRecord> epochs{{1, 0.1 + 0.2, -1e-300, 3}, {2, 1.0 / 3, 1e300, 4, 0.1, 0.3}};
  const std::vector<EpochRecord> again = epochs_from_json(to_json(epochs));
  ASSERT_EQ(again.size(), 2u);
  for (std::size_t i = 0; i < 2; ++i) {
    EXPECT_EQ(again[i].epoch, epochs[i].epoch);
    EXPECT_EQ(again[i].train_loss, epochs[i].train_loss);
    EXPECT_EQ(again[i].test_loss, epochs[i].test_loss);
    EXPECT_EQ(again[i].seconds, epochs[i].seconds);
    EXPECT_EQ(again[i].train_kl, epochs[i].train_kl);
    EXPECT_EQ(again[i].test_kl, epochs[i].test_kl);
  }
}

TEST(Summary, RefusesWhatItDidNotWrite) {
  for (const char* text : {"", "{", "[1", "{\"a\":[1]}", "{\"a\":null}", "{\"a\":{}}"})
    EXPECT_THROW(options_from_json(text), UserError) << text;
  for (const char* text : {"", "{", "[1]", "[{}]", "[{\"epoch\":\"x\"}]", "[{\"epoch\":1}]"})
    EXPECT_THROW(epochs_from_json(text), UserError) << text;
}

}  // namespace
