#include "docs/reference/example.hpp"

EXAMPLE("Schedule, constant_rate, step_decay, multi_step, exponential_decay") {
  const std::vector<nn::Schedule> schedules{
      nn::constant_rate(8), nn::step_decay(8, 3, 0.5), nn::multi_step(8, {1, 4}, 0.5),
      nn::exponential_decay(8, 0.5)};
  for (const nn::Schedule& rate : schedules) {
    for (int step = 0; step < 5; ++step) std::cout << rate(step) << " ";
    std::cout << "\n";
  }  // 8 8 8 8 8
     // 8 8 8 4 4
     // 8 4 4 4 2
     // 8 4 2 1 0.5
}

EXAMPLE("cosine, warm_up") {
  const nn::Schedule rate = nn::warm_up(2, nn::cosine(1, 4, 0.5));
  for (int step = 0; step < 7; ++step) {
    std::cout << std::round(1e3 * rate(step)) / 1e3 << " ";
  }  // 0.5 1 1 0.927 0.75 0.573 0.5
  try {
    rate(7);
  } catch (const Error& error) {
    std::cout << error.what();  // [cosine] a step of at most 4 expected, got 5: the
                                // schedule is over; make it as long as the training
  }
}

EXAMPLE("one_cycle, OneCycleOptions") {
  const nn::OneCycleOptions options{
      .rise = 0.5, .start_divisor = 10, .end_divisor = 10};
  const nn::Schedule rate = nn::one_cycle(1, 6, options);
  for (int step = 0; step < 6; ++step) {
    std::cout << std::round(1e3 * rate(step)) / 1e3 << " ";
  }  // 0.1 0.55 1 0.753 0.258 0.01
}

EXAMPLE("ReduceOnPlateau, PlateauOptions, PlateauState") {
  const nn::PlateauOptions options{
      .factor = 0.5, .patience = 1, .threshold = 0.01, .cooldown = 0, .least = 0.3};
  nn::ReduceOnPlateau rate(1, options);
  for (const double loss : {5.0, 4.0, 4.5, 4.0, 4.0, 4.0}) {
    std::cout << rate(loss) << " ";
  }  // 1 1 1 0.5 0.5 0.3
  const nn::PlateauState state = rate.state();
  std::cout << state.rate << " " << state.best << " " << state.bad << " "
            << state.cooling;  // 0.3 4 0 0
  nn::ReduceOnPlateau resumed(1, options);
  resumed.set_state(state);
  std::cout << resumed(3);  // 0.3
}

EXAMPLE("global_norm, clip_by_global_norm, clip_by_value") {
  std::vector<Array<double>> gradients{{3, 0}, {-4}};
  std::cout << nn::global_norm(gradients);                 // 5
  std::cout << nn::clip_by_global_norm(gradients, 2.5);    // 5
  std::cout << std::round(1e3 * gradients[1](0)) / 1e3;    // -2
  std::cout << nn::clip_by_value(gradients, 1.75) << " ";  // 2
  std::cout << gradients[0](1) << " " << gradients[1](0);  // 0 -1.75
}

EXAMPLE("GradientAccumulator") {
  nn::GradientAccumulator<double> accumulated;
  // Of a batch of three, and of one sample.
  accumulated.add({Array<double>{1, 2}}, 3);
  accumulated.add({Array<double>{5, 6}}, 1);
  std::cout << accumulated.count();                 // 2
  std::cout << Var<double>(accumulated.take()[0]);  // [2. 3.]
}

EXAMPLE("Ema, EmaOptions") {
  const nn::Parameter<double> w(std::vector{0.0});
  const nn::EmaOptions options{.decay = 0.75};
  nn::Ema<double> average({w}, options);
  for (const double value : {1, 5}) {
    w.set({value});
    average.update();
  }
  std::cout << average.updates() << " "
            << Var<double>(average.averages()[0]);  // 2 [2.]
  average.swap();
  std::cout << w << average.swapped();  // [2.]1
  average.swap();
  std::cout << w;  // [5.]
  const nn::Parameter<double> other(std::vector{0.0});
  average.copy_to({other});
  std::cout << other;  // [2.]
  // Another one goes on from there.
  nn::Ema<double> resumed({w}, options);
  resumed.set_averages(average.averages(), average.updates());
  std::cout << resumed.updates();  // 2
}

EXAMPLE("finite_step, finite_gradients, LossAndGradients, LossFunction") {
  Random rng(1);
  nn::Linear<float> model(2, 1, rng);
  nn::Sgd<float> sgd(model.parameters(), {.learning_rate = 0.01});
  const Array<float> x{{1, 2}, {3, 4}};
  const nn::LossFunction<float> loss = [&](Random& noise) {
    return nn::mse(model(x + 0.01f * noise.normal<float>({2, 2})), 1);
  };
  const float before = nn::finite_step(model, sgd, loss, rng);
  // The same in two pieces, for what comes between them.
  nn::LossAndGradients<float> step =
      nn::finite_gradients(model, model.parameters(), loss, rng);
  nn::clip_by_global_norm(step.gradients, 1.0);
  sgd.step(step.gradients);
  std::cout << (step.loss < before);  // 1
}

EXAMPLE("NotFiniteError, cause, all_finite, first_not_finite") {
  Random rng(1);
  nn::Linear<double> model(1, 1, rng);
  nn::Adam<double> adam(model.parameters());
  const nn::LossFunction<double> loss = [&](Random&) {
    return sum(log(0.0 * model(ones<double>({2, 1}))));
  };
  try {
    nn::finite_step(model, adam, loss, rng);
  } catch (const nn::NotFiniteError& error) {
    std::cout << error.cause();  // [log] the result is not finite: element 0 of shape
                                 // (2, 1) is -inf
  }
  std::cout << nn::all_finite<double>({{1}, {INFINITY}});  // 0
  // What nobody trains, and nothing is wrong with.
  const auto fine = [&](Random&) { return sum(model.weight()); };
  std::cout << nn::first_not_finite<double>(fine, {}, rng);  // no operation produced
                                                             // it a second time
}

EXAMPLE("InterruptGuard") {
  const nn::InterruptGuard guard;
  for (int step = 0; step < 3; ++step) {
    // Where it has come, the loop ends and saves.
    if (nn::InterruptGuard::requested()) break;
  }
  std::cout << nn::InterruptGuard::signal();  // 0
}

EXAMPLE("end_on_interrupt") {
  // Work from here on loses nothing when it is broken off, and says so then.
  nn::end_on_interrupt("stopped while drawing; the model is saved");
  std::cout << "drawing";  // drawing
}

EXAMPLE("EarlyStopping, EarlyStoppingOptions, EarlyStoppingState") {
  Random rng(1);
  nn::Linear<double> model(1, 1, rng);
  const nn::EarlyStoppingOptions options{
      .patience = 2, .min_improvement = 0.01, .larger_is_better = false};
  nn::EarlyStopping<double> stopping(model, options);
  for (const double loss : {3.0, 1.0, 1.0, 2.0}) {
    model.weight().set(full<double>({1, 1}, loss));
    if (stopping.update(loss)) break;
    if (stopping.improved()) std::cout << loss << " ";  // 3 1
  }
  std::cout << stopping.ended();  // 1
  const nn::EarlyStoppingState& state = stopping.state();
  std::cout << *state.best << " " << state.best_update << " "
            << state.updates;  // 1 2 4
  stopping.restore();
  std::cout << model.weight();  // [[1.]]
  // For files: what was kept by names, and the state.
  std::cout << stopping.kept()[0].name;  // weight
  nn::EarlyStopping<double> another(model, options);
  another.set_state(state);
}

EXAMPLE("TrainingLog, Keep, TrainingRecord, read_training_log") {
  nn::TrainingRecord record{.is_epoch = false,
                            .epoch = 1,
                            .step = 7,
                            .loss = 0.5,
                            .learning_rate = 0.1,
                            .seconds = 2,
                            .metrics = {{"gradient_norm", 3}}};
  {
    nn::TrainingLog log("run.jsonl");
    log.write(record);
    record.step = 8;
    log.write(record);
  }
  // A resumed run, from the checkpoint after step 7.
  const nn::TrainingLog::Keep keep = [](const nn::TrainingRecord& r) {
    return r.step <= 7;
  };
  nn::TrainingLog log("run.jsonl", keep);
  log.write(record);
  std::cout << nn::read_training_log("run.jsonl").size();  // 2
}

EXAMPLE("to_json_line, record_from_json_line") {
  const nn::TrainingRecord record{.epoch = 1, .step = 7, .loss = NAN};
  const std::string line = nn::to_json_line(record);
  std::cout << line;  // {"event":"step","epoch":1,"step":7,"loss":"NaN",
                      // "learning_rate":0.0,"seconds":0.0}
  std::cout << nn::record_from_json_line(line).step;  // 7
}

EXAMPLE("mean_loss, samples_of, SeekableBatches") {
  Random rng(1);
  nn::DataLoader<double> loader(std::vector<std::vector<double>>{{1}, {2}, {3}},
                                {.batch_size = 2});
  const auto loss = [](const auto& batch, Random&) {
    return mean(Var<double>(batch.images));
  };
  std::cout << nn::mean_loss(loader, loss, rng);      // 2
  std::cout << nn::samples_of(*loader.begin());       // 2
  std::cout << nn::samples_of(zeros<float>({3, 4}));  // 3
  std::cout
      << nn::SeekableBatches<
             nn::DataLoader<double>> << nn::SeekableBatches<std::vector<int>>;  // 10
}

EXAMPLE("LearningRateFunction, TrainingCallback") {
  const nn::LearningRateFunction halved = [](std::uint64_t t) {
    return t < 100 ? 1e-3 : 5e-4;
  };
  const nn::TrainingCallback until = [](const nn::TrainingRecord& record) {
    return record.loss > 0.1;
  };
  std::cout << halved(100) << until({.loss = 0.05});  // 0.00050
}

EXAMPLE("Trainer, TrainerOptions, TrainingResult, message, Ending") {
  Random rng(1);
  nn::Linear<float> model(2, 1, rng);
  nn::Adam<float> adam(model.parameters());
  nn::DataLoader<float> loader(rng.normal<float>({64, 2}),
                               {.batch_size = 16, .shuffle = true});
  nn::DataLoader<float> held_out(rng.normal<float>({32, 2}), {.batch_size = 16});
  const auto loss = [&](const auto& batch, Random&) {
    return nn::mse(model(batch.images), 1);
  };
  const nn::LearningRateFunction decay = [](std::uint64_t t) {
    return 0.1 / (1 + double(t));
  };
  const nn::TrainingCallback finite = [](const nn::TrainingRecord& step) {
    return step.loss < 100;
  };
  const nn::TrainerOptions options{
      .epochs = 20,
      .learning_rate = decay,
      .clip_norm = 1.0,
      .accumulate = 2,
      .ema = nn::EmaOptions{.decay = 0.9},
      .early_stopping = nn::EarlyStoppingOptions{.patience = 3},
      .monitor = "validation_loss",
      .progress = nullptr,
      .log = "line.jsonl",
      .log_every = 10,
      .checkpoint = "line.safetensors",
      .checkpoint_every = 1000,
      .resume = false,
      .name = "line",
      .stop_on_signals = true,
      .on_step = finite,
      .on_epoch = [](const nn::TrainingRecord& epoch) { return epoch.epoch < 5; }};
  nn::Trainer trainer(model, adam, rng, options);
  trainer.validate(held_out, loss);
  trainer.measure("bias", [&] { return double(model.bias().value()(0)); });
  const nn::TrainingResult result = trainer.fit(loader, loss);
  std::cout << result.message();                         // stopped by a callback
  std::cout << (result.ending == nn::Ending::kStopped);  // 1
  std::cout << result.steps << " " << result.epochs.size() << " "
            << *result.best_epoch << " " << result.signal;  // 10 5 5 0
  std::cout << trainer.epochs().back().metrics.size();      // 2
  // A rate that falls where the loss stands still, in place of a function.
  const nn::TrainerOptions falling{.plateau = nn::PlateauOptions{.patience = 0}};
  std::cout << falling.plateau->factor;  // 0.1
}
