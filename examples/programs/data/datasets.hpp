#pragma once
// Data sets by name or folder.

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "nn/data/image_set.hpp"

namespace programs {

/// Images to train on and images to test on, of one size.
struct Dataset {
  std::string name;    ///< for titles: "fashion-mnist", or the last part of the folder's path
  std::string source;  ///< what --data takes to load the same again: a name, or an absolute path
  xtape::nn::ImageSet train, test;
  std::vector<std::string> class_names = {};  ///< of the labels 0, 1, ...; none where they are digits or not known

  /// What readers know a label by: its name, or the number.
  std::string class_name(std::size_t label) const;
};

/// The names that --data knows, besides folders.
std::vector<std::string> dataset_names();

/// Where a data set of this name is looked for, first to last: $XTAPE_DATA_DIR/NAME, data/NAME, and datasets/NAME in
/// each folder of $XDG_DATA_DIRS, which is /usr/local/share:/usr/share where it is not set.
std::vector<std::filesystem::path> dataset_folders(const std::string& name);

/// Loads a data set by its name, or from a folder with the four IDX files of MNIST, plain or compressed by gzip; the
/// two of labels may be missing: models that are told labels refuse such data, and pictures do without. Throws a
/// UserError where there is none, a file is damaged, there are no images, or the two parts differ in the size of
/// their images.
Dataset load_dataset(const std::string& name_or_folder);

/// Whether `load_dataset(name)` would find something to load.
bool is_installed(const std::string& name);

/// Whether two names or folders mean the same data, as a name and its folder do.
bool is_same_data(const std::string& a, const std::string& b);

/// A 64-bit hash (FNV-1a) of all training and test images, to recognize the data that a checkpoint was trained on.
std::uint64_t fingerprint(const Dataset& data);

/// The same of all labels, for models that read them.
std::uint64_t labels_fingerprint(const Dataset& data);

/// That of the 60,000 and 10,000 images of MNIST.
inline constexpr std::uint64_t kMnistFingerprint = 0xf6501e15fc245c77;

/// The mean over the images of the entropy of their grey levels taken as probabilities, in nats per image. The
/// cross-entropy between an image and whatever a decoder says cannot be lower. Zero for black and white images.
double grey_level_entropy(const xtape::nn::ImageSet& images);

/// Whether no pixel varies from one image to another.
bool all_alike(const xtape::nn::ImageSet& images);

/// The indices of `count` images that show one class after the other as long as there are classes and images.
std::vector<std::size_t> one_of_each_class(const xtape::nn::ImageSet& images, std::size_t count);

}  // namespace programs
