#include "docs/reference/example.hpp"

EXAMPLE("DataLoader, DataLoaderOptions, LoaderPosition") {
  const xt::xarray<float> samples{{1, 1}, {2, 2}, {3, 3}, {4, 4}, {5, 5}};
  const std::vector<int> labels{1, 2, 3, 4, 5};
  const nn::DataLoaderOptions options{
      .batch_size = 2, .shuffle = true, .seed = 7, .drop_last = true};
  nn::DataLoader loader(samples, labels, options);
  std::cout << loader.samples() << " " << loader.batches();           // 5 2
  for (const auto& batch : loader) std::cout << batch.labels << " ";  // [1 5] [4 2]
  const nn::LoaderPosition place = loader.position();
  std::cout << place.epoch << " " << place.batch;  // 1 0
  // The second batch of the first epoch once more, as a resumed program sees it.
  loader.seek({.epoch = 0, .batch = 1});
  std::cout << loader.begin()->images;  // [[4. 4.]
                                        //  [2. 2.]]
  // Batches that are transformed keep what they were made of.
  loader.transform(nn::random_masking<float>(1));
  const auto batch = loader.begin();
  std::cout << batch->images;                                        // [[0. 0.]
                                                                     //  [0. 0.]]
  std::cout << batch->originals;                                     // [[4. 4.]
                                                                     //  [2. 2.]]
  std::cout << batch->size() << " " << loader.options().batch_size;  // 2 2
  std::cout << (batch == loader.end());                              // 0
}

EXAMPLE("DataLoader, DataLoaderOptions") {
  const xt::xarray<float> x{{1, 1}, {2, 2}, {3, 3}, {4, 4}};
  const std::vector<double> y{10, 20, 30, 40};
  for (const auto& batch : nn::DataLoader(x, y, {.batch_size = 3})) {
    std::cout << batch.targets << " ";  // [10. 20. 30.] [40.]
  }
  // Draws by weight: the second sample alone.
  const nn::DataLoaderOptions options{.weights = {0, 1, 0, 0}};
  for (const auto& batch : nn::DataLoader(x, y, options)) {
    std::cout << batch.targets;  // [20. 20. 20. 20.]
  }
}

EXAMPLE("Dataset, DataLoader, DataLoaderOptions") {
  nn::Dataset data{{"x", xt::xarray<float>{{1, 2}, {3, 4}, {5, 6}, {7, 8}}},
                   {"kind", std::vector<int>{0, 1, 0, 1}}};
  data.add("grey", std::vector<std::uint8_t>{0, 51, 102, 255}, 255);
  std::cout << data.size() << " " << data.names()[2] << " "
            << data.has("y");  // 4 grey 0
  std::cout << data.is_integer("kind") << " "
            << to_string(data.features("x"));  // 1 (2,)
  // Each batch has as many of one kind as of the other.
  const nn::DataLoaderOptions balanced{.batch_size = 2, .stratify = "kind"};
  nn::DataLoader loader(data, balanced);
  loader.transform(
      "x", [](const Array<float>& rows, Random&) { return Array<float>(10 * rows); });
  const auto batch = loader.begin();
  std::cout << (*batch)["x"];            // [[10. 20.]
                                         //  [30. 40.]]
  std::cout << batch->integers("kind");  // [0 1]
  std::cout << (*batch)["grey"];         // [0.  0.2]
  const std::vector<std::size_t> places{3, 0};
  const nn::Dataset part = data.subset(places);
  std::cout << part.rows<std::int64_t>("kind");  // [1 0]
  std::cout << data.rows<double>("x", places);   // [[7. 8.]
                                                 //  [1. 2.]]
}

EXAMPLE("load_image_folder, ImageFolder") {
  try {
    const nn::ImageFolder faces = nn::load_image_folder("faces", {.color = true});
    std::cout << faces.data.size() << faces.classes.size() << faces.files.size();
  } catch (const DataError& error) {
    std::cout << error.what();  // [load_image_folder] faces: cannot read the folder:
                                // No such file or directory
  }
}

EXAMPLE("split, folds, Fold") {
  const nn::Dataset data{{"x", xt::xarray<float>{1, 2, 3, 4, 5, 6}},
                         {"kind", std::vector<int>{0, 0, 0, 1, 1, 1}}};
  const auto parts = nn::split(data, {0.5, 0.5}, 1);
  std::cout << parts[0].size() << " " << parts[1].size();  // 3 3
  for (const nn::Fold& fold : nn::folds(data, 3, 1, "kind")) {
    std::cout << fold.train.size() << "+" << fold.validation.size()
              << " ";  // 4+2 4+2 4+2
  }
}

EXAMPLE("FloatingArray, IntegralArray") {
  static_assert(nn::FloatingArray<xt::xarray<float>> &&
                !nn::FloatingArray<xt::xarray<int>>);
  static_assert(nn::IntegralArray<std::vector<int>> &&
                !nn::IntegralArray<std::vector<float>>);
}

EXAMPLE("ImageSet") {
  const nn::ImageSet images(1, 2, {0, 255, 51, 102, 0, 0}, {7, 8, 9});
  std::cout << images.size() << " " << images.height() << " "
            << images.width();                                          // 3 1 2
  std::cout << images.pixels() << " " << images.has_labels();           // 2 1
  std::cout << int(images.image(1)[0]) << " " << int(images.label(1));  // 51 8
  std::cout << images.first<float>(2);                                  // [[0.  1. ]
                                                                        //  [0.2 0.4]]
  const std::vector<std::size_t> places{2, 1};
  std::cout << images.gather<double>(places);  // [[0.  0. ]
                                               //  [0.2 0.4]]
  std::cout << images.slice(1, 2).size() << " " << int(images.labels()[2]);  // 2 9
}

EXAMPLE("load_image_set, DataPart, Labels") {
  // The folder holds images of 1 by 2 pixels, without labels.
  const nn::IdxArray bytes{.shape = {3, 1, 2}, .bytes = {0, 255, 51, 102, 0, 0}};
  nn::write_idx("t10k-images-idx3-ubyte", bytes);
  const nn::ImageSet images =
      nn::load_image_set(".", nn::DataPart::kTest, {}, nn::Labels::kSkip);
  std::cout << images.size();  // 3
}

EXAMPLE("Transform, threshold_binarization, random_binarization") {
  Random rng(1);
  const xt::xarray<float> grey{{0, 0.25, 0.75, 1}};
  const nn::Transform<float> halves = [](const Array<float>& samples, Random&) {
    return Array<float>(samples / 2);
  };
  std::cout << halves(grey, rng);  // [[0.    0.125 0.375 0.5  ]]
  std::cout << nn::threshold_binarization<float>(0.5)(grey, rng);  // [[0. 0. 1. 1.]]
  std::cout << nn::random_binarization<float>()(grey, rng);        // [[0. 0. 1. 1.]]
}

EXAMPLE("random_masking, gaussian_noise") {
  Random rng(2);
  const xt::xarray<double> x{{1, 2, 3, 4}};
  std::cout << nn::random_masking<double>(0.5)(x, rng);  // [[0. 0. 0. 0.]]
  std::cout << nn::gaussian_noise<double>(0)(x, rng);    // [[1. 2. 3. 4.]]
}

EXAMPLE("transformed") {
  const nn::ImageSet grey(1, 4, {0, 64, 192, 255});
  const nn::ImageSet binary =
      nn::transformed(grey, nn::threshold_binarization<float>(), 1);
  std::cout << binary.first<float>(1);  // [[0. 0. 1. 1.]]
}
