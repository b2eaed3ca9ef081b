#pragma once
// The command line: the options that all programs share, and a small parser to which a program adds its own.

#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "autodiff/kernels/threads.hpp"

namespace programs {

/// An option's value, and all of them by name (without the dashes), in the order of --help.
using OptionValue = std::variant<bool, std::uint64_t, double, std::string>;
using OptionValues = std::vector<std::pair<std::string, OptionValue>>;

/// The value as the user would type it; "yes" and "no" for flags.
std::string to_text(const OptionValue& value);

/// What a resumed run may do with an option.
enum class OnResume {
  kKeep,    ///< part of what is being trained: as in the checkpoint, and typing another value is a mistake
  kReplace  ///< as in the checkpoint unless the user types another value
};

/// The options of one program. Mistakes on the command line throw a UserError that names the option, what it takes and
/// what came.
class OptionParser {
 public:
  /// `summary` is the first line of --help.
  OptionParser(std::string program, std::string summary);
  ~OptionParser();
  OptionParser(const OptionParser&) = delete;
  OptionParser& operator=(const OptionParser&) = delete;

  /// A whole number from `low` to `high`.
  void count(const std::string& name, std::size_t& value, const std::string& help, std::size_t low,
             std::size_t high = std::numeric_limits<std::size_t>::max(), OnResume on_resume = OnResume::kKeep);
  /// A finite number above zero and below `limit`.
  void positive(const std::string& name, double& value, const std::string& help,
                double limit = std::numeric_limits<double>::infinity(), OnResume on_resume = OnResume::kKeep);
  /// One of a few words.
  void choice(const std::string& name, std::string& value, const std::string& help, std::vector<std::string> choices,
              OnResume on_resume = OnResume::kKeep);
  /// The same, where the option alone, without a word, means `bare`.
  void choice(const std::string& name, std::string& value, const std::string& help, std::vector<std::string> choices,
              const std::string& bare, OnResume on_resume = OnResume::kKeep);
  /// Any text but the empty one; `kind` stands for it in --help.
  void text(const std::string& name, std::string& value, const std::string& kind, const std::string& help,
            OnResume on_resume = OnResume::kReplace);
  /// Present or absent.
  void flag(const std::string& name, bool& value, const std::string& help, OnResume on_resume = OnResume::kKeep);

  /// Leaves an option out of `values()`: it says how to run, not what. Its default is not told.
  void keep_out_of_values(const std::string& name);

  /// Reads the command line. False when --help or --version has been answered and there is nothing left to do.
  bool parse(int argc, const char* const* argv);

  /// What the user typed to start the program, as a word for the shell; its name before `parse`.
  const std::string& called_as() const;

  /// Whether the user typed the option.
  bool given(const std::string& name) const;

  /// Throws a UserError where the user typed one of these options, which `use` has no use for: "--generate, which ...".
  void refuse(const std::vector<std::string>& names, const std::string& use) const;

  /// The options that describe the run.
  OptionValues values() const;
  /// Those of them, but for data, seed and threads, that have other values than when they were declared.
  OptionValues changes() const;

  /// Takes over the options of the run that is being resumed. Throws a UserError where the user typed one that
  /// contradicts it; `source` is what the options were read from, and `hint` what else to do.
  void adopt(const OptionValues& saved, const std::string& source = "the checkpoint",
             const std::string& hint = "start anew without --resume");
  /// Throws a UserError where `saved`, read from `source`, is not of the run that `adopted` is of: where they differ in
  /// an option that a resumed run has to keep.
  void check_same(const OptionValues& adopted, const OptionValues& saved, const std::string& source) const;

 private:
  struct Entry;
  struct Parser;
  Entry& add(Entry entry);
  Entry& find(const std::string& name) const;
  std::unique_ptr<Parser> parser_;
};

/// What every program that trains understands.
struct TrainingOptions {
  std::string data = "fashion-mnist";  ///< a name or a folder
  std::size_t epochs = 10;
  std::size_t batch_size = 128;
  std::size_t latent = 20;
  std::size_t hidden = 400;
  double learning_rate = 1e-3;
  std::size_t seed = 1;
  std::size_t threads = xtape::kernels::available_threads();
  std::string out;  ///< the folder for all results
  bool resume = false;
  bool quick = false;  ///< few images and few epochs, for a first look

  /// Which hidden layers a program's models have.
  enum class Hidden { kAlways, kPerhaps, kNever };
  /// Declares the options with the present values as defaults.
  void declare(OptionParser& parser, Hidden hidden_layers = Hidden::kAlways);
};

}  // namespace programs
