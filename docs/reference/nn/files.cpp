#include "docs/reference/example.hpp"

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
