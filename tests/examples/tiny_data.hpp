#pragma once
// Small data sets for programs that train.

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "examples/programs/data/digits.hpp"
#include "nn/files/idx.hpp"

namespace testing_support {

/// The same digits for each test, drawn once.
inline const programs::DrawnDigits& drawn_digits(std::size_t count, std::uint64_t seed) {
  static std::map<std::pair<std::size_t, std::uint64_t>, programs::DrawnDigits> drawn;
  const auto found = drawn.find({count, seed});
  if (found != drawn.end()) return found->second;
  return drawn.emplace(std::pair(count, seed), programs::draw_digits(count, seed)).first->second;
}

/// `count` drawn digits, cut down to `side` pixels squared around the middle, as an IDX file.
inline void write_images(const std::filesystem::path& path, std::size_t count, std::size_t side,
                         std::uint64_t seed = 1) {
  const programs::DrawnDigits& digits = drawn_digits(count, seed);
  constexpr std::size_t kSide = programs::DrawnDigits::kSide;
  const std::size_t margin = (kSide - side) / 2;
  std::vector<std::uint8_t> bytes;
  for (std::size_t i = 0; i < count; ++i)
    for (std::size_t y = margin; y < margin + side; ++y)
      for (std::size_t x = margin; x < margin + side; ++x) bytes.push_back(digits.images[(i * kSide + y) * kSide + x]);
  xtape::nn::write_idx(path, {{count, side, side}, std::move(bytes)});
}

inline void write_labels(const std::filesystem::path& path, std::size_t count) {
  std::vector<std::uint8_t> bytes;
  for (std::size_t i = 0; i < count; ++i) bytes.push_back(static_cast<std::uint8_t>(i % 10));
  xtape::nn::write_idx(path, {{count}, std::move(bytes)});
}

/// The four files of a data set. `folder` is made where it is missing.
inline void write_tiny_data(const std::filesystem::path& folder, std::size_t train, std::size_t test,
                            std::size_t side = 28) {
  std::filesystem::create_directories(folder);
  write_images(folder / "train-images-idx3-ubyte", train, side, 1);
  write_labels(folder / "train-labels-idx1-ubyte", train);
  write_images(folder / "t10k-images-idx3-ubyte", test, side, 2);
  write_labels(folder / "t10k-labels-idx1-ubyte", test);
}

}  // namespace testing_support
