#pragma once
// The decoder in the reader's hands: a picture whose place a script takes, which decodes the codes that the reader
// picks (docs/explorers/decoder.js).

#include <string>

#include "examples/programs/drawing/explored_decoder.hpp"
#include "examples/programs/report/results.hpp"
#include "nn/data/image_set.hpp"

namespace programs {

inline constexpr const char* kDecoderFile = "decoder.png";

/// A decoder as docs/explorers/decoder.js reads it.
struct PackedDecoder {
  std::string json;   ///< weights in 16 bits: whole numbers, and a scale for each row
  double difference;  ///< the largest of a pixel to that of the decoder itself, at 256 codes
};

/// Throws std::runtime_error for more weights than a page has room for, for such as are not finite, and where the
/// difference is more than a grey level, 1/255.
PackedDecoder packed_decoder(const ExploredDecoder& decoder, const xtape::nn::ImageSet& like);

/// What it makes of codes over the ranges of the first two units, or of the first one and the classes, for readers
/// without scripts, with itself packed beside. Throws as packed_decoder does.
Picture draw_decoder(const ExploredDecoder& decoder, const xtape::nn::ImageSet& like);

}  // namespace programs
