#include "examples/programs/data/datasets.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>
#include <sstream>

#include "autodiff/errors.hpp"
#include "autodiff/text.hpp"
#include "examples/programs/command_line/program.hpp"
#include "examples/programs/command_line/text.hpp"
#include "examples/programs/data/digits.hpp"

namespace programs {
namespace {

namespace fs = std::filesystem;
using xtape::nn::ImageSet;

constexpr const char* kDigits = "digits";

struct Known {
  const char* name;
  const char* how_to_get;
  std::vector<std::string> class_names;
};
const std::array<Known, 2> kKnown{{
    {"fashion-mnist",
     "install Debian's package dataset-fashion-mnist, give a folder with --data DIR, or use --data digits",
     {"T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot"}},
    {"mnist", "put its four IDX files into data/mnist, or give their folder with --data DIR", {}},
}};

/// The value of an environment variable; `otherwise` where it is not set or empty.
std::string environment(const char* name, const char* otherwise) {
  const char* value = std::getenv(name);
  return value != nullptr && *value != '\0' ? value : otherwise;
}

/// FNV-1a, 64 bits.
class Hash {
 public:
  void take(std::uint64_t byte) { value_ = (value_ ^ byte) * 0x100000001b3; }
  void take_number(std::uint64_t number) {
    for (unsigned shift = 0; shift < 64; shift += 8) take(number >> shift & 0xff);
  }
  std::uint64_t value() const { return value_; }

 private:
  std::uint64_t value_ = 0xcbf29ce484222325;
};

bool is_folder(const fs::path& path) {
  std::error_code ignored;  // what cannot be looked at counts as not there
  return fs::is_directory(path, ignored);
}

ImageSet drawn(std::size_t count, std::uint64_t seed) {
  DrawnDigits digits = draw_digits(count, seed);
  return ImageSet(DrawnDigits::kSide, DrawnDigits::kSide, std::move(digits.images), std::move(digits.labels));
}

Dataset drawn_digits() {
  // The seeds are the data set's own: --seed changes what is trained, not what it is trained on.
  return {kDigits, kDigits, drawn(10'000, 1), drawn(2'000, 2), {}};
}

std::string size_of(const ImageSet& images) {
  return std::to_string(images.height()) + " x " + std::to_string(images.width());
}

Dataset load_folder(const std::string& name, const std::string& source, const fs::path& folder) {
  try {
    Dataset data{name,
                 source,
                 load_image_set(folder, xtape::nn::DataPart::kTrain, {}, xtape::nn::Labels::kReadIfThere),
                 load_image_set(folder, xtape::nn::DataPart::kTest, {}, xtape::nn::Labels::kReadIfThere),
                 {}};
    if (data.train.size() == 0 || data.test.size() == 0)
      throw UserError("the data in " + xtape::text::path(folder) + " have no images to " +
                      (data.train.size() == 0 ? "train on" : "test on"));
    if (data.train.height() != data.test.height() || data.train.width() != data.test.width())
      throw UserError("the images to train on and to test on in " + xtape::text::path(folder) +
                      " differ in size: " + size_of(data.train) + " and " + size_of(data.test) + " pixels");
    return data;
  } catch (const xtape::DataError& error) {
    throw UserError(std::string(error.what()) + "; repair the files, or choose other --data");
  }
}

const Known* find_known(const std::string& name) {
  const auto* found =
      std::find_if(kKnown.begin(), kKnown.end(), [&](const Known& known) { return known.name == name; });
  return found == kKnown.end() ? nullptr : found;
}

Dataset load_known(const Known& known) {
  std::vector<std::string> places;
  for (const fs::path& folder : dataset_folders(known.name)) {
    if (is_folder(folder)) {
      Dataset data = load_folder(known.name, known.name, folder);
      data.class_names = known.class_names;
      return data;
    }
    places.push_back(folder.string());
  }
  throw UserError(std::string(known.name) + " is not in " + one_of(places) + "; " + known.how_to_get);
}

}  // namespace

std::string Dataset::class_name(std::size_t label) const {
  return label < class_names.size() ? class_names[label] : std::to_string(label);
}

std::vector<std::string> dataset_names() {
  std::vector<std::string> names;
  for (const Known& known : kKnown) names.emplace_back(known.name);
  names.emplace_back(kDigits);
  return names;
}

std::vector<fs::path> dataset_folders(const std::string& name) {
  std::vector<fs::path> folders;
  const std::string own = environment("XTAPE_DATA_DIR", "");
  if (!own.empty()) folders.push_back(fs::path(own) / name);
  folders.push_back(fs::path("data") / name);
  std::istringstream shared(environment("XDG_DATA_DIRS", "/usr/local/share:/usr/share"));
  for (std::string folder; std::getline(shared, folder, ':');)
    if (!folder.empty()) folders.push_back(fs::path(folder) / "datasets" / name);
  return folders;
}

Dataset load_dataset(const std::string& name_or_folder) {
  if (name_or_folder == kDigits) return drawn_digits();
  if (const Known* known = find_known(name_or_folder)) return load_known(*known);
  const fs::path folder(name_or_folder);
  if (!is_folder(folder)) {
    const std::string meant = nearest(name_or_folder, dataset_names());
    throw UserError("--data takes " + one_of(dataset_names()) + ", or a folder, and there is no folder '" +
                    xtape::text::escaped(name_or_folder) + "'" +
                    (meant.empty() ? "" : "; did you mean " + meant + "?"));
  }
  const fs::path absolute = fs::absolute(folder).lexically_normal();
  const fs::path last = absolute.has_filename() ? absolute.filename() : absolute.parent_path().filename();
  const std::string name = xtape::text::escaped((last.empty() ? absolute : last).string());
  return load_folder(name, absolute.string(), folder);
}

bool is_installed(const std::string& name) {
  const std::vector<fs::path> folders = dataset_folders(name);
  return name == kDigits || std::any_of(folders.begin(), folders.end(), is_folder);
}

bool is_same_data(const std::string& a, const std::string& b) {
  const auto folder_of = [](const std::string& name) {
    if (find_known(name) == nullptr) return fs::path(name);
    const std::vector<fs::path> folders = dataset_folders(name);
    const auto found = std::find_if(folders.begin(), folders.end(), is_folder);
    return found == folders.end() ? fs::path() : *found;
  };
  std::error_code ignored;
  return a == b || fs::equivalent(folder_of(a), folder_of(b), ignored);
}

std::uint64_t fingerprint(const Dataset& data) {
  Hash hash;
  for (const ImageSet* part : {&data.train, &data.test}) {
    for (const std::uint64_t extent : {part->size(), part->height(), part->width()}) hash.take_number(extent);
    for (std::size_t i = 0; i < part->size(); ++i)
      for (const std::uint8_t pixel : part->image(i)) hash.take(pixel);
  }
  return hash.value();
}

std::uint64_t labels_fingerprint(const Dataset& data) {
  Hash hash;
  for (const ImageSet* part : {&data.train, &data.test}) {
    hash.take_number(part->has_labels() ? part->size() : 0);
    for (std::size_t i = 0; part->has_labels() && i < part->size(); ++i) hash.take(part->label(i));
  }
  return hash.value();
}

double grey_level_entropy(const ImageSet& images) {
  std::array<double, 256> entropy{};
  for (std::size_t byte = 1; byte < 255; ++byte) {
    const double p = static_cast<double>(byte) / 255;
    entropy.at(byte) = -p * std::log(p) - (1 - p) * std::log(1 - p);
  }
  double total = 0;
  for (std::size_t i = 0; i < images.size(); ++i)
    for (const std::uint8_t pixel : images.image(i)) total += entropy.at(pixel);
  return total / static_cast<double>(std::max<std::size_t>(1, images.size()));
}

bool all_alike(const ImageSet& images) {
  for (std::size_t i = 1; i < images.size(); ++i)
    if (!std::ranges::equal(images.image(i), images.image(0))) return false;
  return true;
}

std::vector<std::size_t> one_of_each_class(const ImageSet& images, std::size_t count) {
  std::array<std::vector<std::size_t>, 256> of_class;
  for (std::size_t i = 0; i < images.size(); ++i) of_class.at(images.has_labels() ? images.label(i) : 0).push_back(i);
  std::vector<std::size_t> chosen;
  for (std::size_t round = 0; chosen.size() < std::min(count, images.size()); ++round)
    for (const auto& members : of_class)
      if (round < members.size() && chosen.size() < count) chosen.push_back(members[round]);
  return chosen;
}

}  // namespace programs
