#include "examples/support/results.hpp"

#include <iostream>

#include "examples/support/line_chart.hpp"
#include "examples/support/program.hpp"
#include "examples/support/report.hpp"
#include "examples/support/text.hpp"

namespace examples {
namespace {

Summary summarize(const Run& run, const Trainer& trainer) {
  Summary summary;
  summary.model = run.model;
  summary.data = run.data.name;
  summary.options = run.option_values;
  summary.version = XTAPE_VERSION;
  summary.parameters = trainer.model().parameter_count();
  summary.epochs = trainer.epochs();
  summary.test_loss = trainer.epochs().back().test_loss;
  summary.images_per_second = trainer.images_per_second();
  summary.peak_rss_bytes = peak_rss_bytes();
  return summary;
}

Picture draw_losses(const std::vector<EpochRecord>& epochs, const Story& story) {
  Series train{"train", kBlue, {}}, test{"test", kVermilion, {}};
  for (const EpochRecord& epoch : epochs) {
    train.points.emplace_back(static_cast<double>(epoch.epoch), epoch.train_loss);
    test.points.emplace_back(static_cast<double>(epoch.epoch), epoch.test_loss);
  }
  return {kLossFile,
          "The loss (" + story.loss +
              ") after each epoch. The training loss is a mean over the epoch, while the weights were "
              "still changing; the test loss is measured at the epoch's end.",
          "Curves of the training loss and of the test loss over the epochs",
          draw_line_chart({train, test}, "epoch", "loss, " + story.unit)};
}

Report make_report(const Run& run, const Summary& summary, const Story& story, const std::vector<Picture>& pictures) {
  Report report{story.title, story.introduction, {}, {}, {}, {}};
  report.footer = "Made by xtape " + summary.version + " with " + run.command_to_repeat();
  report.key_figures = {{"Test loss, " + story.unit, fixed(summary.test_loss, 2)}};
  if (story.floor) report.key_figures.emplace_back("Floor: entropy of the grey levels", fixed(*story.floor, 1));
  report.key_figures.insert(report.key_figures.end(), story.figures.begin(), story.figures.end());
  report.key_figures.emplace_back("Parameters", with_commas(summary.parameters));
  report.key_figures.emplace_back("Images a second",
                                  with_commas(static_cast<std::uint64_t>(summary.images_per_second)));
  report.key_figures.emplace_back("Peak memory", byte_size(summary.peak_rss_bytes));
  for (const Picture& picture : pictures) report.figures.push_back({picture.caption, picture.alternative, picture.png});
  Table epochs{"Epochs", {"epoch", "train loss", "test loss", "seconds"}, {}};
  for (const EpochRecord& epoch : summary.epochs)
    epochs.rows.push_back(
        {std::to_string(epoch.epoch), fixed(epoch.train_loss, 2), fixed(epoch.test_loss, 2), fixed(epoch.seconds, 2)});
  Table options{"Options", {"option", "value"}, {}};
  for (const auto& [name, value] : summary.options) options.rows.push_back({"--" + name, to_text(value)});
  report.tables = {std::move(epochs), std::move(options)};
  return report;
}

}  // namespace

void announce(const Run& run, const Story& story, std::size_t parameters) {
  std::cout << story.title << ": " << with_commas(parameters) << " parameters, " << with_commas(run.data.train.size())
            << " images to train on, " << with_commas(run.data.test.size()) << " to test\nloss: " << story.loss
            << ", in " << story.unit;
  if (story.floor)
    std::cout << "; the entropy of the test images' grey levels, " << fixed(*story.floor, 1) << ", is a floor to it";
  std::cout << std::endl;
}

void write_results(const Run& run, const Trainer& trainer, const Story& story, std::vector<Picture> pictures) {
  for (const auto& [name, value] : story.figures) std::cout << name << ": " << value << "\n";
  pictures.push_back(draw_losses(trainer.epochs(), story));
  for (const Picture& picture : pictures) run.out.write(picture.file, picture.png);
  xtape::nn::save(run.out.path(kModelFile), trainer.model());
  const Summary summary = summarize(run, trainer);
  run.out.write(kSummaryFile, to_json(summary));
  run.out.write(kReportFile, to_html(make_report(run, summary, story, pictures)));
  std::cout << "wrote " << kModelFile << ", " << kSummaryFile;
  for (const Picture& picture : pictures) std::cout << ", " << picture.file;
  std::cout << "\nopen " << run.out.path(kReportFile).string() << std::endl;
}

}  // namespace examples
