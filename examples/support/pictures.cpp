#include "examples/support/pictures.hpp"

#include <algorithm>
#include <map>
#include <numeric>
#include <span>
#include <utility>
#include <vector>

#include "examples/support/image_grid.hpp"
#include "examples/support/scatter_chart.hpp"

namespace examples {

using xtape::Array;

Array<float> as_images(Array<float> rows, const xtape::nn::ImageSet& like) {
  rows.reshape({rows.shape(0), like.height(), like.width()});
  return rows;
}

Picture draw_reconstructions(const xtape::nn::ImageSet& test, const Map& reconstruct, const std::string& how) {
  constexpr std::size_t kColumns = 10;
  std::vector<LabelledRow> rows;
  const std::vector<std::size_t> chosen = one_of_each_class(test, 2 * kColumns);
  for (std::size_t first = 0; first + kColumns <= chosen.size() || first == 0; first += kColumns) {
    const std::size_t count = std::min(kColumns, chosen.size() - first);
    const Array<float> originals = test.gather<float>(std::span(chosen).subspan(first, count));
    rows.push_back({"original", as_images(originals, test)});
    rows.push_back({"reconstruction", as_images(reconstruct(originals), test)});
  }
  return {kReconstructionsFile, "Test images, and below them " + how + ".",
          "Rows of test images, each above the row of their reconstructions", draw_comparison(rows, 2)};
}

Picture draw_codes(const xtape::nn::ImageSet& test, const Map& encode, std::size_t count) {
  const std::size_t shown = std::min(count, test.size());
  const Array<float> codes = encode(test.first<float>(shown));
  std::map<int, PointClass> classes;
  for (std::size_t i = 0; i < shown; ++i) {
    const int label = test.has_labels() ? test.label(i) : 0;
    PointClass& one = classes[label];
    one.label = std::to_string(label);
    one.points.emplace_back(double(codes(i, 0)), double(codes(i, 1)));
  }
  std::vector<PointClass> sorted;
  for (auto& [label, one] : classes) sorted.push_back(std::move(one));
  return {kCodesFile,
          "The codes of " + std::to_string(shown) + " test images; colours are classes, which the model was not told.",
          "A cloud of points in ten colours",
          draw_scatter_chart(sorted, "first coordinate of the code", "second coordinate")};
}

}  // namespace examples
