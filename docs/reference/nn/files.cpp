#include "docs/reference/example.hpp"

#include <fstream>

EXAMPLE("save, load") {
  Random rng(1);
  const nn::Linear<float> trained(2, 1, rng);
  nn::Linear<float> model(2, 1, rng);
  nn::save("model.safetensors", trained);
  nn::load("model.safetensors", model);
  std::cout << (model.weight().value() == trained.weight().value());  // 1
}

EXAMPLE("LoadOptions, SafetensorsLimits") {
  Random rng(1);
  nn::Linear<float> model(2, 1, rng);
  model.bias().set({INFINITY});
  nn::save("diverged.safetensors", model);
  try {
    nn::load("diverged.safetensors", model);
  } catch (const DataError& error) {
    std::cout << error.what();  // [load] diverged.safetensors: tensor "bias":
                                // expected finite numbers, element 0 of shape (1,) is
                                // inf; was it saved by a run that diverged?
  }
  const nn::SafetensorsLimits limits{.max_bytes = 1 << 20};
  const nn::LoadOptions options{.limits = limits, .allow_non_finite = true};
  nn::load("diverged.safetensors", model, options);
  std::cout << model.bias();  // [inf]
}

EXAMPLE("load, LoadOptions, rename_table, Rename, tensors_of") {
  // Weights in float64, under the names of a PyTorch Sequential, beside a tensor that
  // the model does not have.
  const Array<double> weight{{1, 2}}, bias{3}, more{4};
  const std::array python{nn::view_of("net.0.weight", weight),
                          nn::view_of("net.0.bias", bias), nn::view_of("more", more)};
  nn::write_safetensors("python.safetensors", python);
  Random rng(1);
  nn::Linear<float> model(2, 1, rng);
  const nn::Rename rename = nn::rename_table({{"net.0", ""}});
  const nn::LoadOptions options{.strict = false, .convert = true, .rename = rename};
  const auto kept = nn::load("python.safetensors", model, options);
  std::cout << kept.size() << " " << model.weight();  // 0 [[1. 2.]]
  // Through NumPy's format.
  nn::write_npz("model.npz", nn::tensors_of(model));
  nn::load(nn::read_npz("model.npz"), model);
  std::cout << model.bias();  // [3.]
}

EXAMPLE("load_part") {
  Random rng(1);
  const nn::Mlp<float> mlp({4, 3, 2}, rng);
  nn::save("mlp.safetensors", mlp);
  nn::Linear<float> head(3, 2, rng);
  nn::load_part(nn::read_safetensors("mlp.safetensors"), "1", head);
  std::cout << (head.bias().value() == mlp.layer(1).bias().value());  // 1
}

EXAMPLE("save_checkpoint, load_checkpoint, read_training_state, TrainingState") {
  Random rng(1);
  nn::Linear<float> model(2, 1, rng);
  nn::Adam<float> adam(model.parameters());
  const nn::TrainingState state{.model = "line",
                                .random = rng.state(),
                                .position = {.epoch = 3, .batch = 0},
                                .notes = {{"loss", "0.5"}}};
  nn::save_checkpoint("run.safetensors", model, adam, state);
  // The notes alone, and then all.
  std::cout << nn::read_training_state("run.safetensors").notes["loss"];  // 0.5
  const nn::TrainingState resumed =
      nn::load_checkpoint("run.safetensors", "line", model, adam);
  std::cout << resumed.model;                                              // line
  std::cout << resumed.position.epoch;                                     // 3
  std::cout << (Random::from_state(resumed.random).bits() == rng.bits());  // 1
}

EXAMPLE("write_safetensors, view_of, TensorView") {
  const Array<float> weight{{1, 2}, {3, 4}};
  const nn::TensorView view = nn::view_of("weight", weight);
  std::cout << view.name << " " << view.dtype << " "
            << to_string(view.shape);  // weight F32 (2, 2)
  std::cout << view.bytes.size();      // 16
  nn::write_safetensors("one.safetensors", {&view, 1});
}

EXAMPLE("read_safetensors, TensorFile, Metadata") {
  const Array<float> weight{{1, 2}, {3, 4}};
  const std::array tensors{nn::view_of("weight", weight)};
  const nn::Metadata about{{"author", "me"}};
  nn::write_safetensors("two.safetensors", tensors, about);
  const nn::TensorFile file = nn::read_safetensors("two.safetensors");
  std::cout << file.path() << " "
            << file.metadata().at("author");  // "two.safetensors" me
  std::cout << file.tensors().size() << " " << (file.find("bias") == nullptr);  // 1 1
  std::cout << file.get<float>("weight");  // [[1. 2.]
                                           //  [3. 4.]]
}

EXAMPLE("TensorFile, AnyArray") {
  const Array<double> weight{0.5, 1.5};
  const std::array tensors{nn::view_of("weight", weight)};
  nn::write_safetensors("doubles.safetensors", tensors);
  const nn::TensorFile file = nn::read_safetensors("doubles.safetensors");
  // Converted, and as it is, without a copy.
  std::cout << file.as<float>("weight");  // [0.5 1.5]
  const nn::AnyArray array = file.array("weight");
  std::cout << array.dtype() << " " << to_string(array.shape()) << " "
            << array.size();  // F64 (2,) 2
}

EXAMPLE("AnyArray") {
  const nn::AnyArray pixels(std::vector<std::uint8_t>{0, 51, 255});
  std::cout << pixels.dtype() << " " << pixels.is_integer();  // U8 1
  std::cout << pixels.as<std::int64_t>();                     // [  0  51 255]
  const std::vector<std::size_t> places{2, 1};
  std::cout << pixels.rows<float>(places, 255);  // [1.  0.2]
  std::cout << pixels.bytes().size() << " " << (pixels.owner() != nullptr);  // 3 1
  std::cout << pixels.view("pixels").name;                                   // pixels
}

EXAMPLE("read_npy, write_npy, NpyLimits") {
  nn::write_npy("x.npy", xt::xarray<double>{{1, 2}, {3, 4}});
  const nn::AnyArray x = nn::read_npy("x.npy", nn::NpyLimits{.max_bytes = 1 << 20});
  std::cout << x.dtype();      // F64
  std::cout << x.as<float>();  // [[1. 2.]
                               //  [3. 4.]]
}

EXAMPLE("read_image, ImageOptions") {
  const nn::ImageOptions options{
      .color = true, .height = 32, .width = 32, .max_bytes = 1 << 20};
  std::ofstream("cat.gif") << "GIF89a";
  try {
    const nn::AnyArray picture = nn::read_image("cat.gif", options);
    std::cout << to_string(picture.shape());
  } catch (const DataError& error) {
    std::cout << error.what();  // [read_image] cat.gif: expected a PNG or JPEG file,
                                // got one that begins with "GIF89a"
  }
}

EXAMPLE("map_npy, map_idx") {
  nn::write_npy("large.npy", xt::xarray<float>{{1, 2}, {3, 4}});
  nn::write_idx("large.idx", nn::IdxArray{.shape = {2}, .bytes = {7, 8}});
  const nn::Dataset data{{"x", nn::map_npy("large.npy")},
                         {"y", nn::map_idx("large.idx")}};
  const std::vector<std::size_t> places{1};
  std::cout << data.rows<float>("x", places) << " "
            << data.rows<std::int64_t>("y", places);  // [[3. 4.]] [8]
}

EXAMPLE("read_npz, write_npz, NpzOptions") {
  const Array<float> x{{1, 2}, {3, 4}};
  const Array<std::int64_t> y{0, 1};
  const std::array tensors{nn::view_of("x", x), nn::view_of("y", y)};
  nn::write_npz("data.npz", tensors, nn::NpzOptions{.compress = true});
  const nn::TensorFile data = nn::read_npz("data.npz");
  std::cout << data.get<float>("x");         // [[1. 2.]
                                             //  [3. 4.]]
  std::cout << data.get<std::int64_t>("y");  // [0 1]
}

EXAMPLE("read_csv, CsvOptions, CsvTable") {
  const std::string text = "length;width;kind\n5.1;3.5;b\n;3;a\n";
  std::ofstream("iris.csv") << text;
  const nn::CsvOptions options{.separator = ';',
                               .header = true,
                               .columns = {"length", "width", "kind"},
                               .categorical = {"kind"},
                               .missing = {"NA"},
                               .allow_missing = true,
                               .max_bytes = 1 << 20};
  const nn::CsvTable table = nn::read_csv("iris.csv", options);
  std::cout << table.rows() << " " << table.names()[1];  // 2 width
  std::cout << table.numbers<float>();                   // [[5.1 3.5]
                                                         //  [nan 3. ]]
  std::cout << table.codes("kind") << " " << table.categories("kind")[0];  // [1 0] a
  std::cout << table.column<double>("width");  // [3.5 3. ]
  const std::vector<std::string> one{"width"};
  std::cout << to_string(shape_of(table.columns<float>(one)));  // (2, 1)
}

EXAMPLE("dtype_of, dtype_bytes") {
  std::cout << nn::dtype_of<double>();                                   // F64
  std::cout << nn::dtype_bytes("F64") << " " << nn::dtype_bytes("F99");  // 8 0
}

EXAMPLE("read_idx, write_idx, IdxArray, IdxLimits") {
  nn::write_idx("labels.idx", nn::IdxArray{.shape = {3}, .bytes = {7, 2, 1}});
  const nn::IdxArray labels =
      nn::read_idx("labels.idx", nn::IdxLimits{.max_bytes = 1000}, 1);
  std::cout << to_string(labels.shape);  // (3,)
  std::cout << int(labels.bytes[0]);     // 7
}
