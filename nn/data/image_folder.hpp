#pragma once
// Data sets of pictures in folders.

#include "nn/data/dataset.hpp"
#include "nn/files/image_file.hpp"

#include <filesystem>
#include <string>
#include <vector>

namespace xtape::nn {

/// The pictures of a folder.
struct ImageFolder {
  /// "images", bytes of (samples, channels, height, width) that become numbers in [0, 1]; and, where there are classes,
  /// "labels", their numbers.
  Dataset data;
  std::vector<std::string> classes;          ///< the names of the sub-folders, sorted; none where there are none
  std::vector<std::filesystem::path> files;  ///< that of each sample
};

/// Reads all PNG and JPEG files (.png, .jpg, .jpeg, in any case) of a folder, or, as torchvision's ImageFolder, those
/// of its sub-folders, each of which is a class: in the order of their names; other files are left alone. The limit in
/// `options` is that of each file, and of all pixels together. Throws DataError as `read_image` does; for no folder,
/// one without pictures, and one with pictures beside sub-folders with pictures; and where pictures are of different
/// sizes, naming two files, unless `options` have a size for all.
ImageFolder load_image_folder(const std::filesystem::path& folder, const ImageOptions& options = {});

}  // namespace xtape::nn
