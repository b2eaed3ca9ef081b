#pragma once
// NumPy's signatures of functions over rows, read by the compiler.

#include <cstddef>

namespace xtape::detail {

/// One number of dimensions, or one extent, of a signature: a name that stands for any extent, or a number.
struct SignatureDimension {
  std::size_t extent = 0;          // 0: by name
  std::size_t begin = 0, end = 0;  // of the name in the text
};

/// NumPy's notation for the dimensions that a function takes and gives: "(n),()->(m)".
struct Signature {
  static constexpr std::size_t kMost = 16;
  struct Part {
    std::size_t dimensions = 0;
    SignatureDimension dimension[4];
  };
  std::size_t arguments = 0, results = 0;
  bool says_results = false;
  Part argument[kMost], result[kMost];
};

/// Fails to compile (throws) where the text is no signature.
consteval Signature parse_signature(const char* text) {
  Signature signature;
  std::size_t i = 0;
  const auto skip = [&] {
    while (text[i] == ' ') ++i;
  };
  const auto part = [&](Signature::Part& into) {
    if (text[i] != '(') throw "xtape::vectorize: a signature is written as NumPy's: \"(n),()->(m)\"";
    ++i;
    for (skip(); text[i] != ')'; skip()) {
      if (into.dimensions == 4) throw "xtape::vectorize: at most four dimensions a part of the signature";
      SignatureDimension& dimension = into.dimension[into.dimensions++];
      dimension.begin = i;
      const auto digit = [](char c) { return c >= '0' && c <= '9'; };
      const auto letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; };
      if (digit(text[i])) {
        for (; digit(text[i]); ++i) dimension.extent = 10 * dimension.extent + std::size_t(text[i] - '0');
        if (dimension.extent == 0) throw "xtape::vectorize: an extent of a signature is at least 1";
      } else if (letter(text[i])) {
        while (letter(text[i]) || digit(text[i])) ++i;
      } else {
        throw "xtape::vectorize: a signature is written as NumPy's: \"(n),()->(m)\"";
      }
      dimension.end = i;
      skip();
      if (text[i] == ',') ++i;
    }
    ++i;
  };
  const auto list = [&](Signature::Part* parts, std::size_t& count) {
    for (bool more = true; more;) {
      skip();
      if (count == Signature::kMost) throw "xtape::vectorize: at most 16 arguments and results";
      part(parts[count++]);
      skip();
      more = text[i] == ',';
      if (more) ++i;
    }
  };
  list(signature.argument, signature.arguments);
  if (text[i] == '-' && text[i + 1] == '>') {
    i += 2;
    signature.says_results = true;
    list(signature.result, signature.results);
  }
  if (text[i] != '\0') throw "xtape::vectorize: a signature is written as NumPy's: \"(n),()->(m)\"";
  return signature;
}

/// The signature of a function of `count` single numbers.
consteval Signature numbers_signature(std::size_t count) {
  Signature signature;
  signature.arguments = count;
  return signature;
}

}  // namespace xtape::detail
