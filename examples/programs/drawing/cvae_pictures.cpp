#include "examples/programs/drawing/cvae_pictures.hpp"

#include "autodiff/autodiff.hpp"
#include "examples/programs/data/labels.hpp"
#include "examples/programs/drawing/image_grid.hpp"
#include "examples/programs/drawing/pictures.hpp"

namespace programs {
namespace {

using xtape::Array;
using xtape::Var;
using xtape::nn::ImageSet;

/// Each code with each label: (rows, latent) -> (rows, classes, pixels).
Var<float> with_every_label(const Cvae& model, const Array<float>& z, std::size_t classes) {
  std::vector<Var<float>> columns;
  for (std::size_t y = 0; y < classes; ++y) columns.push_back(model.mean_image(z, same_label(y, z.shape(0), classes)));
  return stack(columns, 1);
}

/// (rows, columns, pixels) -> (rows * columns, height, width).
Array<float> tiles(const Var<float>& images, const ImageSet& like) {
  return reshape(images, xtape::Shape{images.shape()[0] * images.shape()[1], like.height(), like.width()}).value();
}

std::vector<std::string> class_names(const Dataset& data, std::size_t classes) {
  std::vector<std::string> names;
  for (std::size_t y = 0; y < classes; ++y) names.push_back(data.class_name(y));
  return names;
}

/// The styles of test images, z = mu(x, y): (n, latent).
Array<float> styles_of(const Cvae& model, std::span<const std::size_t> test_images, std::size_t classes,
                       const ImageSet& test) {
  const Array<float> y = xtape::one_hot<float>(labels_of(test, test_images), classes);
  return model.posterior(test.gather<float>(test_images), y).mu.value();
}

/// A row for each test image, and beside it what was made in its style: (rows, columns, pixels).
Png draw_beside_originals(std::span<const std::size_t> test_images, const Var<float>& made,
                          const std::vector<std::string>& heads, const ImageSet& test) {
  const Var<float> original =
      reshape(Var<float>(test.gather<float>(test_images)), xtape::Shape{test_images.size(), 1, test.pixels()});
  return draw_image_grid(tiles(xtape::concatenate({original, made}, 1), test), heads.size(),
                         {.column_labels = heads, .wide_gaps_after_columns = {0}});
}

}  // namespace

Picture draw_classes(const Cvae& model, const Array<float>& z, std::size_t classes, const Dataset& data) {
  const Array<float> images = tiles(with_every_label(model, z, classes), data.test);
  return {kClassesFile,
          "Every column a class, every row a style: one code z, drawn from N(0, I), decoded with each label.",
          "A grid of images with a column for each class",
          draw_image_grid(images, classes, {.column_labels = class_names(data, classes)})};
}

Picture draw_styles(const Cvae& model, std::span<const std::size_t> test_images, std::size_t classes,
                    const Dataset& data) {
  const Var<float> made = with_every_label(model, styles_of(model, test_images, classes, data.test), classes);
  std::vector<std::string> heads = class_names(data, classes);
  heads.insert(heads.begin(), "original");
  return {kStylesFile, "At the left a test image; then each class in its style, the mean code z = mu(x, y).",
          "A grid of images: an original in each row, and each class in its style",
          draw_beside_originals(test_images, made, heads, data.test)};
}

Picture draw_label(const Cvae& model, std::size_t test_image, std::size_t label, std::size_t classes,
                   const Dataset& data) {
  const std::vector<std::size_t> chosen{test_image};
  const Array<float> z = styles_of(model, chosen, classes, data.test);
  const Var<float> made = xtape::stack({model.mean_image(z, same_label(label, 1, classes))}, 1);
  return {kChosenFile, "A test image, and the class " + data.class_name(label) + " in its style.", "Two images",
          draw_beside_originals(chosen, made, {"original", data.class_name(label)}, data.test)};
}

Picture draw_label(const Cvae& model, const Array<float>& z, std::size_t label, std::size_t classes,
                   const Dataset& data) {
  const Array<float> images = model.mean_image(z, same_label(label, z.shape(0), classes)).value();
  const std::string name = "the class " + data.class_name(label) + " in several styles";
  return {kChosenFile, name, "A grid of images of one class",
          draw_image_grid(as_images(images, data.test), std::min<std::size_t>(z.shape(0), 8), {.columns_title = name})};
}

}  // namespace programs
