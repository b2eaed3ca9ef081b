#include "examples/programs/report/results.hpp"

#include <algorithm>
#include <array>
#include <functional>
#include <iostream>

#include "autodiff/text.hpp"
#include "examples/programs/command_line/program.hpp"
#include "examples/programs/command_line/text.hpp"
#include "examples/programs/drawing/line_chart.hpp"

namespace programs {
namespace {

Summary summarize(const Run& run, const Trainer& trainer, const std::vector<const Trainer*>& trainers,
                  const Story& story) {
  Summary summary;
  summary.model = run.model;
  summary.data = run.data.name;
  summary.options = run.option_values;
  summary.version = XTAPE_VERSION;
  summary.parameters = trainer.model().parameter_count();
  summary.epochs = trainer.epochs();
  for (const Trainer* other : trainers)
    if (other != &trainer) summary.more_models.emplace_back(other->name(), other->epochs());
  summary.test_loss = trainer.epochs().back().test_loss;
  summary.images_per_second = trainer.images_per_second();
  summary.peak_rss_bytes = peak_rss_bytes();
  if (story.floor) summary.figures.emplace_back("grey_level_entropy", *story.floor);
  for (const KeyFigure& figure : story.figures) summary.figures.emplace_back(figure.key, figure.value);
  return summary;
}

/// A term of the loss of the training images and of the test images; nothing for a loss without that term.
using Term = std::function<std::optional<std::pair<double, double>>(const EpochRecord&)>;

/// Curves over the epochs of a term of the loss: train and test in colours of their own, or, with several models, each
/// of these in one, and training dashed.
Png draw_curves(const std::vector<const Trainer*>& trainers, const std::string& what, const Term& term) {
  constexpr std::array kColours{kBlue, kVermilion, kGreen, kPurple, kOrange};
  const bool several = trainers.size() > 1;
  std::vector<Series> curves;
  for (std::size_t i = 0; i < trainers.size(); ++i) {
    const std::string name = several ? trainers[i]->name() + ", " : "";
    const Colour colour = kColours[i % kColours.size()];
    Series train{name + "train", colour, {}, several}, test{name + "test", several ? colour : kVermilion, {}};
    for (const EpochRecord& epoch : trainers[i]->epochs()) {
      const auto values = term(epoch);
      if (!values) continue;
      train.points.emplace_back(static_cast<double>(epoch.epoch), values->first);
      test.points.emplace_back(static_cast<double>(epoch.epoch), values->second);
    }
    if (!test.points.empty()) curves.insert(curves.end(), {std::move(train), std::move(test)});
  }
  return draw_line_chart(curves, "epoch", what);
}

std::vector<Drawing> loss_drawings(const std::vector<const Trainer*>& trainers, const Story& story) {
  const auto has_kl = [](const Trainer* trainer) { return trainer->epochs().back().test_kl.has_value(); };
  const bool some_kl = std::any_of(trainers.begin(), trainers.end(), has_kl),
             all_kl = std::all_of(trainers.begin(), trainers.end(), has_kl);
  const std::string of_loss =
      "The loss (" + story.loss +
      ") after each epoch. The training loss is a mean over the epoch, while the weights were still changing; the "
      "test loss is measured at the epoch's end." +
      (trainers.front()->refined() ? " The last ones are those of the minimum that L-BFGS then found." : "") +
      (some_kl && !all_kl ? " A model without a KL term has none in its loss either." : "");
  const auto curves = [trainers](const char* file, const std::string& caption, const std::string& of_what,
                                 const std::string& axis, const Term& term) {
    return Drawing{
        file, [=] {
          return Picture{file, caption, "Curves of " + of_what + " over the epochs", draw_curves(trainers, axis, term)};
        }};
  };
  std::vector<Drawing> drawings{
      curves(kLossFile, of_loss, "the training loss and of the test loss", "loss, " + story.unit,
             [](const EpochRecord& e) { return std::optional(std::pair(e.train_loss, e.test_loss)); })};
  if (!some_kl) return drawings;
  drawings.push_back(curves(
      kReconstructionLossFile, "Its reconstruction term, what the decoder says of the images given their codes.",
      "the reconstruction term", "reconstruction, " + story.unit, [](const EpochRecord& e) {
        return std::optional(std::pair(e.train_loss - e.train_kl.value_or(0), e.test_loss - e.test_kl.value_or(0)));
      }));
  drawings.push_back(curves(kKlLossFile, "Its KL term, how far the codes' distributions are from the prior.",
                            "the KL term", "KL, " + story.unit, [](const EpochRecord& e) {
                              return e.test_kl ? std::optional(std::pair(e.train_kl.value_or(0), *e.test_kl))
                                               : std::nullopt;
                            }));
  return drawings;
}

/// Draws and writes what can be drawn.
std::vector<Picture> write_pictures(const std::vector<Drawing>& drawings, const OutputFolder& out) {
  std::vector<Picture> pictures;
  for (const auto& [file, draw] : drawings) {
    const std::size_t before = pictures.size();
    attempt(file, [&pictures, &draw = draw] { pictures.push_back(draw()); });
    if (pictures.size() > before) out.write(file, pictures.back().png);
  }
  return pictures;
}

/// One row for each epoch, with the KL term where the loss has one.
Table epoch_table(const std::string& name, const std::vector<EpochRecord>& epochs) {
  const bool with_kl = epochs.back().test_kl.has_value();
  Table table{name.empty() ? "Epochs" : "Epochs, " + name, {"epoch", "train loss", "test loss"}, {}};
  if (with_kl) table.head.insert(table.head.end(), {"test reconstruction", "test KL"});
  table.head.push_back("seconds");
  for (const EpochRecord& epoch : epochs) {
    std::vector<std::string> row{std::to_string(epoch.epoch), fixed(epoch.train_loss, 2), fixed(epoch.test_loss, 2)};
    const double kl = epoch.test_kl.value_or(0);
    if (with_kl) row.insert(row.end(), {fixed(epoch.test_loss - kl, 2), fixed(kl, 2)});
    row.push_back(fixed(epoch.seconds, 2));
    table.rows.push_back(std::move(row));
  }
  return table;
}

/// What was measured beside what others have published; without rows where that is not known.
Table published_table(const Run& run, const Summary& summary, const Story& story) {
  Table table{"Measured and published", {"figure", "measured", "published"}, {}};
  const auto add = [&](const std::string& name, const std::string& key, const std::string& measured) {
    if (const std::string published = run.published(key); !published.empty())
      table.rows.push_back({name, measured, published});
  };
  add("test loss, " + story.unit, "test_loss", fixed(summary.test_loss, 2));
  for (const KeyFigure& figure : story.figures) add(figure.name, figure.key, fixed(figure.value, figure.decimals));
  return table;
}

Report make_report(const Run& run, const Summary& summary, const std::vector<const Trainer*>& trainers,
                   const Story& story, const std::vector<Picture>& pictures) {
  Report report{story.title, story.introduction, {}, {}, {}, {}};
  report.footer = "Made by xtape " + summary.version + " with " + run.command_to_repeat();
  report.key_figures = {{story.test_loss + ", " + story.unit, fixed(summary.test_loss, 2)}};
  if (story.floor) report.key_figures.emplace_back("Floor: entropy of the grey levels", fixed(*story.floor, 1));
  for (const KeyFigure& figure : story.figures)
    report.key_figures.emplace_back(figure.name, fixed(figure.value, figure.decimals));
  report.key_figures.emplace_back("Parameters", with_commas(summary.parameters));
  report.key_figures.emplace_back("Images a second", with_commas(whole(summary.images_per_second)));
  report.key_figures.emplace_back("Peak memory", byte_size(summary.peak_rss_bytes));
  for (const Picture& picture : pictures)
    report.figures.push_back({picture.caption, picture.alternative, picture.png, picture.decoder});
  Table options{"Options", {"option", "value"}, {}};
  for (const auto& [name, value] : summary.options) options.rows.push_back({"--" + name, to_text(value)});
  if (Table published = published_table(run, summary, story); !published.rows.empty())
    report.tables.push_back(std::move(published));
  report.tables.insert(report.tables.end(), story.tables.begin(), story.tables.end());
  for (const Trainer* trainer : trainers)
    report.tables.push_back(epoch_table(trainers.size() > 1 ? trainer->name() : "", trainer->epochs()));
  report.tables.push_back(std::move(options));
  return report;
}

}  // namespace

void write_model(const Run& run, const Trainer& trainer, xtape::nn::Metadata more) {
  more.insert({{"model", run.model},
               {"options", to_json(run.option_values)},
               {"height", std::to_string(run.data.test.height())},
               {"width", std::to_string(run.data.test.width())}});
  xtape::nn::save(run.out.path(kModelFile), trainer.model(), more);
}

void announce(const Run& run, const Story& story, std::size_t parameters) {
  std::cout << story.title << ": " << with_commas(parameters) << " parameters, " << with_commas(run.data.train.size())
            << " images to train on, " << with_commas(run.data.test.size()) << " to test\nloss: " << story.loss << ", "
            << story.unit;
  if (story.floor)
    std::cout << "; the entropy of the test images' grey levels, " << fixed(*story.floor, 1) << ", is a floor to it";
  std::cout << std::endl;
}

void print(const Table& table) {
  std::vector<std::size_t> widths(table.head.size());
  std::vector<std::vector<std::string>> lines{table.head};
  lines.insert(lines.end(), table.rows.begin(), table.rows.end());
  for (const auto& line : lines)
    for (std::size_t i = 0; i < line.size(); ++i) widths[i] = std::max(widths[i], line[i].size());
  std::cout << table.title << "\n";
  for (const auto& line : lines) {
    std::string text;
    for (std::size_t i = 0; i < line.size(); ++i) {
      const std::string space(widths[i] - line[i].size(), ' ');
      text += "  " + (i == 0 ? line[i] + space : space + line[i]);  // names flush left, numbers flush right
    }
    std::cout << text.substr(0, text.find_last_not_of(' ') + 1) << "\n";
  }
  std::cout << std::flush;
}

void write_results(const Run& run, const Trainer& trainer, const Story& story, std::vector<Drawing> drawings,
                   std::vector<const Trainer*> trainers) {
  if (trainers.empty()) trainers = {&trainer};
  for (const KeyFigure& figure : story.figures)
    std::cout << figure.name << ": " << fixed(figure.value, figure.decimals) << "\n";
  for (const Table& table : story.tables) print(table);
  const Summary summary = summarize(run, trainer, trainers, story);
  run.out.write(kSummaryFile, to_json(summary));
  for (Drawing& drawing : loss_drawings(trainers, story)) drawings.push_back(std::move(drawing));
  const std::vector<Picture> pictures = write_pictures(drawings, run.out);
  run.out.write(kReportFile, to_html(make_report(run, summary, trainers, story, pictures)));
  std::cout << "wrote " << kModelFile << ", " << kSummaryFile;
  for (const Picture& picture : pictures) std::cout << ", " << picture.file;
  std::cout << "\nopen " << xtape::text::path(run.out.path(kReportFile)) << std::endl;
}

}  // namespace programs
