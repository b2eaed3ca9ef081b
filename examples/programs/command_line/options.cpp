#include "examples/programs/command_line/options.hpp"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <functional>
#include <limits>
#include <map>

#include "autodiff/text.hpp"
#include "autodiff/version.hpp"
#include "examples/programs/command_line/program.hpp"
#include "examples/programs/command_line/text.hpp"

namespace programs {
namespace {

using xtape::text::escaped;

/// The whole of `text` as a number; false where anything else is in it.
template <class Number>
bool read_number(const std::string& text, Number& number) {
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, number);
  return error == std::errc() && stop == end;
}

[[noreturn]] void refuse_value(const std::string& name, const std::string& takes, const std::string& came) {
  throw UserError("--" + name + " takes " + takes + ", got '" + escaped(came) + "'");
}

}  // namespace

std::string to_text(const OptionValue& value) {
  if (const bool* flag = std::get_if<bool>(&value)) return *flag ? "yes" : "no";
  if (const auto* count = std::get_if<std::uint64_t>(&value)) return std::to_string(*count);
  if (const double* number = std::get_if<double>(&value)) return shortest(*number);
  return std::get<std::string>(value);
}

struct OptionParser::Entry {
  std::string name;
  std::string kind;  // what stands for the value in --help; empty for a flag
  std::string help;
  OnResume on_resume;
  std::function<void(const std::string&)> set;  // from what the user typed
  std::function<OptionValue()> get;
  std::string typed{};   // as the user typed it
  OptionValue preset{};  // as it was declared
  std::string bare{};    // what is meant where there is no value; empty where one is needed
  CLI::Option* option = nullptr;
  bool describes_run = true;
};

struct OptionParser::Parser {
  std::string program;
  std::string called_as;
  CLI::App app{};
  std::vector<std::unique_ptr<Entry>> entries{};  // by address: CLI11 writes into them
};

OptionParser::OptionParser(std::string program, std::string summary) : parser_(new Parser{program, program}) {
  CLI::App& app = parser_->app;
  app.description(std::move(summary));
  app.name(std::move(program));
  app.allow_extras();  // to say ourselves what was probably meant
  app.set_help_flag();
  app.get_formatter()->column_width(30);
}

OptionParser::~OptionParser() = default;

OptionParser::Entry& OptionParser::add(Entry entry) {
  parser_->entries.push_back(std::make_unique<Entry>(std::move(entry)));
  Entry& added = *parser_->entries.back();
  added.preset = added.get();
  const std::string dashed = "--" + added.name;
  if (added.kind.empty()) {
    added.option = parser_->app.add_flag(dashed, std::as_const(added.help))->disable_flag_override();
  } else {
    const std::string preset = to_text(added.preset);
    const std::string help = preset.empty() ? added.help : added.help + " (default " + preset + ")";
    added.option = parser_->app.add_option(dashed, added.typed, help)->type_name(added.kind)->take_last();
  }
  return added;
}

OptionParser::Entry& OptionParser::find(const std::string& name) const {
  for (const auto& entry : parser_->entries)
    if (entry->name == name) return *entry;
  throw std::logic_error("no option is called --" + name);
}

void OptionParser::count(const std::string& name, std::size_t& value, const std::string& help, std::size_t low,
                         std::size_t high, OnResume on_resume) {
  const bool bounded = high < std::numeric_limits<std::size_t>::max();
  const std::string takes =
      "a whole number from " + std::to_string(low) + (bounded ? " to " + std::to_string(high) : " up");
  const auto set = [=, &value](const std::string& text) {
    std::size_t number = 0;
    if (!read_number(text, number) || number < low || number > high) refuse_value(name, takes, text);
    value = number;
  };
  add({name, "N", help, on_resume, set, [&value] { return OptionValue(std::uint64_t{value}); }});
}

void OptionParser::positive(const std::string& name, double& value, const std::string& help, double limit,
                            OnResume on_resume) {
  const std::string takes = "a number above 0" + (std::isfinite(limit) ? " and below " + shortest(limit) : "");
  const auto set = [=, &value](const std::string& text) {
    double number = 0;
    if (!read_number(text, number) || !std::isfinite(number) || number <= 0 || number >= limit)
      refuse_value(name, takes, text);
    value = number;
  };
  add({name, "X", help, on_resume, set, [&value] { return OptionValue(value); }});
}

void OptionParser::choice(const std::string& name, std::string& value, const std::string& help,
                          std::vector<std::string> choices, OnResume on_resume) {
  std::string kind;
  for (const std::string& word : choices) kind += (kind.empty() ? "" : "|") + word;
  const auto set = [name, choices, &value](const std::string& text) {
    if (std::find(choices.begin(), choices.end(), text) == choices.end()) refuse_value(name, one_of(choices), text);
    value = text;
  };
  add({name, kind, help, on_resume, set, [&value] { return OptionValue(value); }});
}

void OptionParser::choice(const std::string& name, std::string& value, const std::string& help,
                          std::vector<std::string> choices, const std::string& bare, OnResume on_resume) {
  choice(name, value, help, std::move(choices), on_resume);
  Entry& entry = find(name);
  entry.bare = bare;
  entry.option->expected(0, 1);
}

void OptionParser::text(const std::string& name, std::string& value, const std::string& kind, const std::string& help,
                        OnResume on_resume) {
  const auto set = [name, kind, &value](const std::string& text) {
    if (text.empty()) refuse_value(name, kind, text);
    value = text;
  };
  add({name, kind, help, on_resume, set, [&value] { return OptionValue(value); }});
}

void OptionParser::flag(const std::string& name, bool& value, const std::string& help, OnResume on_resume) {
  const auto set = [&value](const std::string& text) { value = text == "yes"; };
  add({name, "", help, on_resume, set, [&value] { return OptionValue(value); }});
}

void OptionParser::keep_out_of_values(const std::string& name) {
  Entry& entry = find(name);
  entry.describes_run = false;
  entry.option->description(entry.help);  // without the value that it has where it is not given
}

bool OptionParser::parse(int argc, const char* const* argv) {
  CLI::App& app = parser_->app;
  if (argc > 0) parser_->called_as = shell_word(argv[0]);
  bool help = false, version = false;
  app.add_flag("-h,--help", help, "Print this and end");
  app.add_flag("--version", version, "Print the version and end");
  const std::string see_help = "; " + parser_->called_as + " --help lists what there is";
  try {
    app.parse(argc, argv);
  } catch (const CLI::ArgumentMismatch& error) {
    // "--epochs: 1 required N missing", or "binarize was given a disallowed ..."
    const std::string what = error.what();
    const std::size_t colon = what.find(':');
    throw UserError(colon != std::string::npos
                        ? escaped(what.substr(0, colon)) + " needs a value" + see_help
                        : "--" + escaped(what.substr(0, what.find(' '))) + " takes no value" + see_help);
  } catch (const CLI::ParseError& error) {
    throw UserError(escaped(error.what(), 500) + see_help);
  }
  if (help) {
    std::fputs(app.help().c_str(), stdout);
    return false;
  }
  if (version) {
    std::printf("%s (xtape) %s\n", parser_->program.c_str(), XTAPE_VERSION);
    return false;
  }
  std::vector<std::string> names;
  for (const auto& entry : parser_->entries) names.push_back("--" + entry->name);
  for (const auto& entry : parser_->entries)  // "--epochs --out folder": the next option was taken for the value
    if (std::find(names.begin(), names.end(), entry->typed) != names.end())
      throw UserError("--" + entry->name + " needs a value" + see_help);
  for (const std::string& word : app.remaining()) {
    const std::string meant = word.starts_with("--") ? nearest(word.substr(0, word.find('=')), names) : "";
    throw UserError("there is no option '" + escaped(word) + "'" +
                    (meant.empty() ? see_help : "; did you mean " + meant + "?"));
  }
  for (const auto& entry : parser_->entries) {
    if (entry->option->count() > 1) throw UserError("--" + entry->name + " is given twice; say it once");
    if (entry->option->count() == 0) continue;
    entry->set(entry->kind.empty() ? "yes" : entry->typed.empty() && !entry->bare.empty() ? entry->bare : entry->typed);
  }
  return true;
}

const std::string& OptionParser::called_as() const {
  return parser_->called_as;
}

bool OptionParser::given(const std::string& name) const {
  return find(name).option->count() > 0;
}

void OptionParser::refuse(const std::vector<std::string>& names, const std::string& use) const {
  for (const std::string& name : names)
    if (given(name)) throw UserError("--" + name + " is not for " + use + "; leave one of the two out");
}

OptionValues OptionParser::values() const {
  OptionValues values;
  for (const auto& entry : parser_->entries)
    if (entry->describes_run) values.emplace_back(entry->name, entry->get());
  return values;
}

OptionValues OptionParser::changes() const {
  OptionValues changes;
  for (const auto& entry : parser_->entries) {
    const bool free = entry->name == "data" || entry->name == "seed" || entry->name == "threads";
    if (!free && entry->describes_run && entry->get() != entry->preset) changes.emplace_back(entry->name, entry->get());
  }
  return changes;
}

void OptionParser::adopt(const OptionValues& saved, const std::string& source, const std::string& hint) {
  for (const auto& [name, value] : saved) {
    const auto same_name = [&saved_name = name](const auto& entry) { return entry->name == saved_name; };
    const auto found = std::find_if(parser_->entries.begin(), parser_->entries.end(), same_name);
    if (found == parser_->entries.end())
      throw UserError(source + " has an option '" + escaped(name) + "', which this program does not know; " + hint);
    Entry& entry = **found;
    if (entry.option->count() == 0) {
      entry.set(to_text(value));
    } else if (entry.on_resume == OnResume::kKeep && entry.get() != value) {
      throw UserError("--" + name + " " + escaped(to_text(entry.get())) + " contradicts " + source +
                      ", which was made with " + escaped(to_text(value)) + "; leave the option out, or " + hint);
    }
  }
}

void OptionParser::check_same(const OptionValues& adopted, const OptionValues& saved, const std::string& source) const {
  const std::map<std::string, OptionValue> ours(adopted.begin(), adopted.end()), theirs(saved.begin(), saved.end());
  for (const auto& entry : parser_->entries) {
    if (!entry->describes_run || entry->on_resume == OnResume::kReplace) continue;
    const auto text_in = [&](const std::map<std::string, OptionValue>& values) {
      const auto found = values.find(entry->name);
      return found == values.end() ? "nothing" : to_text(found->second);
    };
    if (text_in(ours) != text_in(theirs))
      throw UserError(source + " is of another run, made with --" + entry->name + " " + escaped(text_in(theirs)) +
                      " and not " + escaped(text_in(ours)) + "; start anew without --resume");
  }
}

void TrainingOptions::declare(OptionParser& parser, Hidden hidden_layers) {
  constexpr std::size_t kMany = 1'000'000;
  parser.text("data", data, "NAME|DIR", "fashion-mnist, mnist, digits, or a folder with the four IDX files");
  parser.count("epochs", epochs, "Passes over the training images", 1, kMany, OnResume::kReplace);
  parser.count("batch-size", batch_size, "Images a step", 1, kMany);
  parser.count("latent", latent, "Size of the latent code", 1, 16384);
  if (hidden_layers == Hidden::kAlways) parser.count("hidden", hidden, "Width of the hidden layers", 1, 16384);
  if (hidden_layers == Hidden::kPerhaps)
    parser.count("hidden", hidden, "Width of the hidden layers; 0 for none", 0, 16384);
  parser.positive("learning-rate", learning_rate, "Step size of Adam");
  parser.count("seed", seed, "Where all random numbers start", 0);
  parser.count("threads", threads, "Threads to use", 1, 1024, OnResume::kReplace);
  parser.flag("quick", quick, "A first look in seconds: few images, and two epochs where --epochs is left out");
  parser.text("out", out, "DIR", "Folder for all results; made where it is missing");
  parser.flag("resume", resume, "Go on from the checkpoint in the --out folder");
  parser.keep_out_of_values("out");
  parser.keep_out_of_values("resume");
}

}  // namespace programs
