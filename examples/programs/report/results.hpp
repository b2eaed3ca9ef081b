#pragma once
// What a run leaves behind in its output folder.

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "examples/programs/drawing/canvas.hpp"
#include "examples/programs/report/report.hpp"
#include "examples/programs/run/training.hpp"

namespace programs {

/// A picture that a program has drawn.
struct Picture {
  std::string file;  ///< one of those that prepare_run was told of
  std::string caption;
  std::string alternative;  ///< for readers who do not see it
  Png png;
  std::string decoder = {};  ///< as a figure of the report has
};

/// A picture that is still to be drawn, once the model and the summary are written.
struct Drawing {
  std::string file;  ///< that of the picture
  std::function<Picture()> draw;
};

/// A number that a program has measured.
struct KeyFigure {
  std::string name;  ///< for readers: "Squared error on the training images"
  std::string key;   ///< for programs, in summary.json: "squared_error"
  double value;
  int decimals = 2;  ///< for readers
};

/// What the report says about a run besides its losses.
struct Story {
  std::string title;
  std::string introduction;
  std::string loss;                     ///< what it is made of: "cross-entropy + KL"
  std::string test_loss = "Test loss";  ///< what readers know it by, where there are several
  std::string unit = "nats per image";
  std::optional<double> floor;     ///< the entropy of the test images' grey levels, where the loss cannot go below it
  std::vector<KeyFigure> figures;  ///< besides those of every run
  std::vector<Table> tables;
};

/// Prints what is about to be trained.
void announce(const Run& run, const Story& story, std::size_t parameters);

/// Prints a table in columns.
void print(const Table& table);

/// Writes model.safetensors, with notes of the program's own: to be called as soon as the model is trained, since what
/// comes after that may fail. Throws xtape::DataError where it cannot be written.
void write_model(const Run& run, const Trainer& trainer, xtape::nn::Metadata more = {});

/// Prints figures and tables, and writes summary.json, the pictures, the curves of the losses (loss.png, and its two
/// terms where it has a KL term) and, last, report.html, and says where they are. A picture that cannot be drawn is
/// left out, with a line that says why. The model whose test loss is the run's is that of `trainer`, which write_model
/// has saved; the curves are those of all `trainers`, if there are several, in this order. Throws xtape::DataError
/// where a file cannot be written.
void write_results(const Run& run, const Trainer& trainer, const Story& story, std::vector<Drawing> drawings,
                   std::vector<const Trainer*> trainers = {});

}  // namespace programs
