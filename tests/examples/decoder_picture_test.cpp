// The decoder of a report: ranked units, weights in 16 bits, and what has no room in a page.

#include "examples/programs/drawing/decoder_picture.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>
#include <stdexcept>

#include "tests/testing.hpp"

namespace {

using namespace programs;
using xtape::Array;
using xtape::has;
using xtape::message_of;
using xtape::Random;
namespace nn = xtape::nn;

nn::ImageSet black(std::size_t count, std::size_t height, std::size_t width) {
  return {height, width, std::vector<std::uint8_t>(count * height * width)};
}

/// Of random weights, for three images.
ExploredDecoder random_decoder(const std::vector<std::size_t>& sizes, std::vector<std::string> classes = {}) {
  Random rng(1);
  const std::size_t latent = sizes.front() - classes.size();
  const nn::Mlp<float> decoder(sizes, rng);
  Array<float> mu = xtape::zeros<float>({std::size_t{3}, latent});
  for (std::size_t unit = 0; unit < latent; ++unit) mu(0, unit) = static_cast<float>(unit);  // the last one has most KL
  return explored(decoder, true, std::move(classes), mu, xtape::zeros<float>(xtape::shape_of(mu)),
                  black(3, 1, sizes.back()));
}

TEST(DecoderPicture, RanksUnits) {
  const ExploredDecoder decoder = random_decoder({14, 5, 12});
  ASSERT_EQ(decoder.units.size(), 12u) << "the two least are left out";
  EXPECT_EQ(decoder.units.front().unit, 13u);
  EXPECT_EQ(decoder.units.front().label, "unit 13: 28.17 nats");  // 13² / 2 / 3
  EXPECT_EQ(decoder.units.back().unit, 2u);
  EXPECT_EQ(decoder.code, std::vector<float>(14, 0));
  EXPECT_TRUE(decoder.points.empty());
  EXPECT_EQ(random_decoder({2, 5, 12}).points.size(), 3u);
}

TEST(DecoderPicture, TakesTheRangesOfCodesWithoutAPrior) {
  Random rng(1);
  const Autoencoder model({4, 0, 2, true}, rng);
  Array<float> wide = xtape::zeros<float>({2, 4});
  wide(0, 0) = 3, wide(1, 1) = -5;
  model.encoder().layer(0).weight().set(wide);
  model.encoder().layer(0).bias().set(xtape::zeros<float>({std::size_t{2}}));
  const nn::ImageSet images(2, 2, {0, 255, 0, 0, 255, 0, 0, 0});
  const ExploredDecoder decoder = explored(model, images);
  EXPECT_FALSE(decoder.sigmoid);
  EXPECT_EQ(decoder.code, (std::vector<float>{1.5, -2.5}));
  ASSERT_EQ(decoder.units.size(), 2u);
  EXPECT_EQ(decoder.units[0].label, "unit 1: variance 6.25");
  EXPECT_EQ(decoder.units[0].low, -5);
  EXPECT_EQ(decoder.units[0].high, 0);
  EXPECT_EQ(decoder.units[1].high, 3);
  // A unit that is the same for all images can be moved.
  const ExploredDecoder constant = explored(model, black(2, 2, 2));
  EXPECT_LT(constant.units[0].low, constant.units[0].high);
}

TEST(DecoderPicture, RoundsWeightsByLessThanAGreyLevel) {
  ExploredDecoder decoder = random_decoder({13, 40, 784}, {"a", "</script>", "b"});
  decoder.layers[0].weight.fill(0);
  for (std::size_t row = 0; row < 40; ++row) decoder.layers[0].weight(row, row % 13) = row % 2 ? 3e4f : 1e-4f;
  decoder.layers[1].weight *= 1e-4f;
  const PackedDecoder packed = packed_decoder(decoder, black(1, 28, 28));
  EXPECT_GT(packed.difference, 0);
  EXPECT_LE(packed.difference, 1.0 / 255);
  EXPECT_EQ(packed.json.find('<'), std::string::npos) << "it would end the script that it stands in";
  const auto json = nlohmann::json::parse(packed.json);
  EXPECT_EQ(json["classes"][1], "</script>");
  EXPECT_EQ(json["code"].size(), 10u);
  EXPECT_EQ(json["layers"][1]["weight"].get<std::string>().size(), (2 * 40 * 784 + 2) / 3 * 4u);

  decoder.layers[1].weight *= 1e9f;
  decoder.sigmoid = false;
  EXPECT_TRUE(has(message_of<std::runtime_error>([&] { packed_decoder(decoder, black(1, 28, 28)); }),
                  {"16 bits are too coarse"}));
}

TEST(DecoderPicture, FitsIntoAPageOrIsRefused) {
  const nn::ImageSet like = black(1, 28, 28);
  const Picture usual = draw_decoder(random_decoder({20, 400, 784}), like);
  EXPECT_EQ(usual.file, "decoder.png");
  EXPECT_LT(to_html({"", "", {}, {{usual.caption, "", usual.png, usual.decoder}}, {}, ""}).size(), 2u << 20);
  const Picture largest = draw_decoder(random_decoder({20, 1240, 784}), like);  // 996,960 weights
  EXPECT_LT(to_html({"", "", {}, {{largest.caption, "", largest.png, largest.decoder}}, {}, ""}).size(), 3u << 20);
  EXPECT_TRUE(has(message_of<std::runtime_error>([&] {
                    draw_decoder(random_decoder({20, 1300, 784}), like);
                  }),
                  {"1,045,200 weights", "room for 1,000,000"}));
  ExploredDecoder broken = random_decoder({2, 4, 784});
  broken.layers[1].bias(3) = std::numeric_limits<float>::infinity();
  EXPECT_TRUE(has(message_of<std::runtime_error>([&] { draw_decoder(broken, like); }), {"not finite"}));
  broken = random_decoder({2, 4, 784});
  broken.layers[0].weight(0, 0) = std::numeric_limits<float>::quiet_NaN();
  EXPECT_TRUE(has(message_of<std::runtime_error>([&] { draw_decoder(broken, like); }), {"not finite"}));
}

TEST(DecoderPicture, BringsItsScriptAlong) {
  const Picture picture = draw_decoder(random_decoder({3, 4, 6}, {"a", "b"}), black(1, 2, 3));
  const std::string html = to_html({"", "", {}, {{"", "", picture.png, picture.decoder}}, {}, ""});
  EXPECT_TRUE(has(html, {"data-explorer=\"decoder\"", "<script type=\"application/json\">{",
                         "xtape.explorer(\"decoder\"", ".explorer canvas", "<img "}));
  EXPECT_EQ(to_html({"", "", {}, {{"", "", picture.png}}, {}, ""}).find("<script"), std::string::npos);
}

}  // namespace
