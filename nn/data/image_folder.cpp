#include "nn/data/image_folder.hpp"

#include "autodiff/errors.hpp"
#include "autodiff/text.hpp"

#include <algorithm>
#include <cctype>
#include <cstring>
#include <memory>
#include <span>
#include <system_error>
#include <utility>

namespace xtape::nn {
namespace {

namespace fs = std::filesystem;

[[noreturn]] void fail(const std::string& what) {
  throw DataError("[load_image_folder] " + what);
}

bool is_picture(const fs::path& path) {
  std::string ending = path.extension().string();
  std::transform(ending.begin(), ending.end(), ending.begin(), [](unsigned char c) { return char(std::tolower(c)); });
  return ending == ".png" || ending == ".jpg" || ending == ".jpeg";
}

/// What a folder has that `wanted` says, by name.
template <class F>
std::vector<fs::path> sorted_entries(const fs::path& folder, const F& wanted) {
  std::vector<fs::path> found;
  std::error_code error;
  for (fs::directory_iterator entry(folder, error), end; !error && entry != end; entry.increment(error)) {
    if (wanted(*entry)) found.push_back(entry->path());
  }
  if (error) fail(text::path(folder) + ": cannot read the folder: " + error.message());
  std::sort(found.begin(), found.end());
  return found;
}

std::vector<fs::path> pictures(const fs::path& folder) {
  return sorted_entries(folder, [](const fs::directory_entry& entry) {
    std::error_code ignored;
    return entry.is_regular_file(ignored) && is_picture(entry.path());
  });
}

}  // namespace

ImageFolder load_image_folder(const fs::path& folder, const ImageOptions& options) {
  ImageFolder result;
  std::vector<std::int64_t> labels;
  result.files = pictures(folder);
  const std::vector<fs::path> below = sorted_entries(folder, [](const fs::directory_entry& entry) {
    std::error_code ignored;
    return entry.is_directory(ignored);
  });
  for (const fs::path& sub : below) {
    const std::vector<fs::path> found = pictures(sub);
    if (found.empty()) continue;
    if (result.classes.empty() && !result.files.empty()) {
      fail("expected pictures in " + text::path(folder) +
           " or in its sub-folders, got both: " + text::path(result.files[0]) + " and " + text::path(found[0]));
    }
    labels.insert(labels.end(), found.size(), std::int64_t(result.classes.size()));
    result.classes.push_back(sub.filename().string());
    result.files.insert(result.files.end(), found.begin(), found.end());
  }
  if (result.files.empty()) fail(text::path(folder) + " has no PNG or JPEG files, nor have its sub-folders");

  const std::size_t count = result.files.size();
  Shape shape;
  auto bytes = std::make_shared<std::vector<std::byte>>();
  for (const fs::path& file : result.files) {
    const AnyArray picture = read_image(file, options);
    if (shape.empty()) {
      shape = picture.shape();
      if (count > options.max_bytes / picture.bytes().size()) {
        fail(std::to_string(count) + " pictures of shape " + to_string(shape) + " have more than the limit of " +
             std::to_string(options.max_bytes) + " bytes");
      }
      bytes->reserve(count * picture.bytes().size());
    }
    if (picture.shape() != shape) {
      const auto size = [](const Shape& of) { return std::to_string(of[1]) + " x " + std::to_string(of[2]); };
      fail("expected pictures of one size, got " + size(shape) + " in " + text::path(result.files[0]) + " and " +
           size(picture.shape()) + " in " + text::path(file) + "; ImageOptions::height and width have all resized");
    }
    bytes->insert(bytes->end(), picture.bytes().begin(), picture.bytes().end());
  }
  const std::span<const std::byte> span(*bytes);
  result.data.add("images", AnyArray("U8", {count, shape[0], shape[1], shape[2]}, span, std::move(bytes)), 255);
  if (!result.classes.empty()) result.data.add("labels", AnyArray(labels));
  return result;
}

}  // namespace xtape::nn
