#include "examples/programs/drawing/pictures.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <span>
#include <stdexcept>
#include <utility>

#include "examples/programs/drawing/image_grid.hpp"
#include "examples/programs/drawing/scatter_chart.hpp"

namespace programs {
namespace {

using xtape::Array;

/// codes: (n, latent >= 2), of the first n test images.
ScatterPanel panel_of(const std::string& title, const Array<float>& codes, const Dataset& data, PriorCircle circle,
                      std::size_t shown) {
  if (codes.dimension() != 2 || codes.shape(0) != shown || codes.shape(1) < 2)
    throw std::invalid_argument("codes to draw must have shape (" + std::to_string(shown) + ", at least 2), got " +
                                xtape::to_string(xtape::shape_of(codes)));
  std::map<int, PointClass> classes;
  for (std::size_t i = 0; i < shown; ++i) {
    const int label = data.test.has_labels() ? data.test.label(i) : 0;
    PointClass& one = classes[label];
    one.label = data.class_name(static_cast<std::size_t>(label));
    one.points.emplace_back(double(codes(i, 0)), double(codes(i, 1)));
  }
  const double radius = std::sqrt(-2 * std::log(0.05));  // P(|z| > r) = exp(-r²/2) in the plane
  ScatterPanel panel{title, {}, circle == PriorCircle::kDrawn ? radius : 0};
  for (auto& [label, one] : classes) panel.classes.push_back(std::move(one));
  return panel;
}

}  // namespace

Array<float> as_images(Array<float> rows, const xtape::nn::ImageSet& like) {
  if (rows.dimension() != 2 || rows.shape(1) != like.pixels())
    throw std::invalid_argument("images must have shape (n, " + std::to_string(like.pixels()) + "), got " +
                                xtape::to_string(xtape::shape_of(rows)));
  rows.reshape({rows.shape(0), like.height(), like.width()});
  return rows;
}

Png draw_test_images(const xtape::nn::ImageSet& test, const std::vector<RowMaker>& makers) {
  constexpr std::size_t kColumns = 10;
  std::vector<LabelledRow> rows;
  const std::vector<std::size_t> chosen = one_of_each_class(test, 2 * kColumns);
  for (std::size_t first = 0; first + kColumns <= chosen.size() || first == 0; first += kColumns) {
    const std::size_t count = std::min(kColumns, chosen.size() - first);
    const Array<float> originals = test.gather<float>(std::span(chosen).subspan(first, count));
    for (const RowMaker& maker : makers) rows.push_back({maker.label, as_images(maker.make(originals), test)});
  }
  return draw_comparison(rows, makers.size());
}

Picture draw_reconstructions(const xtape::nn::ImageSet& test, const Map& reconstruct, const std::string& how) {
  const std::vector<RowMaker> makers{{"original", [](const Array<float>& x) { return x; }},
                                     {"reconstruction", reconstruct}};
  return {kReconstructionsFile, "Test images, and below them " + how + ".",
          "Rows of test images, each above the row of their reconstructions", draw_test_images(test, makers)};
}

Picture draw_codes(const Dataset& data, const std::vector<Encoder>& encoders, PriorCircle circle, std::size_t count) {
  const xtape::nn::ImageSet& test = data.test;
  const std::size_t shown = std::min(count, test.size());
  const Array<float> images = test.first<float>(shown);
  std::vector<ScatterPanel> panels;
  for (const Encoder& one : encoders) panels.push_back(panel_of(one.title, one.encode(images), data, circle, shown));
  const std::string which = std::string(test.has_labels() ? "; colours are classes, which no model was told." : ".") +
                            (circle == PriorCircle::kDrawn ? " The circle holds 95% of the prior N(0, I)." : "");
  return {kCodesFile, "The codes of " + std::to_string(shown) + " test images" + which,
          panels.size() == 1 ? "A cloud of points, coloured by their classes"
                             : std::to_string(panels.size()) + " clouds of points, coloured by their classes",
          draw_scatter_chart(panels, "first coordinate of the code", "second coordinate")};
}

Picture draw_codes(const Dataset& data, const Map& encode, PriorCircle circle, std::size_t count) {
  return draw_codes(data, std::vector<Encoder>{{"", encode}}, circle, count);
}

}  // namespace programs
