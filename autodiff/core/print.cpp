#include "autodiff/core/print.hpp"

#include "autodiff/text.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <limits>
#include <ostream>
#include <string>
#include <string_view>
#include <vector>

// The rules are those of NumPy 2.4, numpy/_core/arrayprint.py, with its options as they are by default.

namespace xtape::detail {

namespace {

constexpr std::size_t kThreshold = 1000;  // an array of more elements is shown by its corners
constexpr std::size_t kEdge = 3;          // the corners: that many indices at each end of a dimension
constexpr std::size_t kLineWidth = 75;
constexpr std::size_t kPrecision = 8;  // the most digits after the point

// From here on arrays are printed with powers of ten.
template <class T>
const T kLargest = T(std::numeric_limits<T>::digits10 < 8 ? 1e6 : 1e8);
// The same for a single number.
template <class T>
const double kLargestNumber = std::numeric_limits<T>::digits10 < 8 ? 1e6 : 1e16;

// x by std::to_chars: with a precision correctly rounded, without one the shortest text that reads back as x.
template <class T, class... Precision>
std::string written(T x, std::chars_format format, Precision... precision) {
  std::array<char, 128> text;
  const auto [end, error] = std::to_chars(text.data(), text.data() + text.size(), x, format, precision...);
  return std::string(text.data(), end);
}

// A number's text, cut where columns are aligned: "-12", "5", "" for -12.5; "1", "5", "+10" for 1.5e+10.
struct Parts {
  std::string whole, fraction, exponent;
};

Parts cut(std::string_view text) {
  Parts parts;
  if (const std::size_t e = text.find('e'); e != text.npos) {
    parts.exponent = text.substr(e + 1);
    text = text.substr(0, e);
  }
  const std::size_t point = std::min(text.find('.'), text.size());
  parts.whole = text.substr(0, point);
  parts.fraction = text.substr(std::min(point + 1, text.size()));
  return parts;
}

template <class T>
Parts parts_of(T x, std::chars_format format) {
  Parts parts = cut(written(x, format));
  if (parts.fraction.size() <= kPrecision) return parts;
  parts = cut(written(x, format, int(kPrecision)));
  while (parts.fraction.ends_with('0')) parts.fraction.pop_back();
  return parts;
}

std::string aligned_right(const std::string& text, std::size_t width) {
  return std::string(width - std::min(width, text.size()), ' ') + text;
}

// Whether powers of ten are needed to show the numbers.
template <class T>
bool far_apart(const std::vector<T>& numbers) {
  T smallest = std::numeric_limits<T>::infinity(), largest = 0;
  for (const T x : numbers) {
    if (x == 0 || !std::isfinite(x)) continue;
    smallest = std::min(smallest, std::abs(x));
    largest = std::max(largest, std::abs(x));
  }
  if (largest == 0) return false;
  return largest >= kLargest<T> || smallest < T(1e-4) || largest / smallest > T(1000);
}

// All of one width, with their points below each other.
template <std::floating_point T>
std::vector<std::string> words_of(const std::vector<T>& numbers, std::size_t) {
  const bool powers = far_apart(numbers);
  const auto format = powers ? std::chars_format::scientific : std::chars_format::fixed;
  std::vector<Parts> parts;
  std::size_t whole = 0, fraction = 0, exponent = 0;
  for (const T x : numbers) {
    parts.push_back(std::isfinite(x) ? parts_of(x, format) : Parts());
    whole = std::max(whole, parts.back().whole.size());
    fraction = std::max(fraction, parts.back().fraction.size());
    exponent = std::max(exponent, parts.back().exponent.size());
  }
  std::size_t right = fraction + 1 + (powers ? exponent + 1 : 0);  // from the point on
  for (const T x : numbers) {
    const std::size_t size = std::isfinite(x) ? 0 : text::number(x).size();
    if (size > whole + right) whole = size - right;
  }
  std::vector<std::string> words;
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    if (!std::isfinite(numbers[i])) {
      words.push_back(aligned_right(text::number(numbers[i]), whole + right));
      continue;
    }
    Parts& p = parts[i];
    if (powers) {
      p = cut(written(numbers[i], format, int(fraction)));  // not with zeros to the end, but with its next digits
      p.exponent.insert(1, exponent - p.exponent.size(), '0');
      p.exponent.insert(0, "e");
    } else {
      p.fraction.append(fraction - p.fraction.size(), ' ');
    }
    words.push_back(aligned_right(p.whole, whole) + "." + p.fraction + p.exponent);
  }
  return words;
}

template <std::integral T>
std::vector<std::string> words_of(const std::vector<T>& numbers, std::size_t) {
  std::vector<std::string> words;
  std::size_t width = 0;
  for (const T x : numbers) width = std::max(width, words.emplace_back(std::to_string(x)).size());
  for (std::string& word : words) word = aligned_right(word, width);
  return words;
}

std::vector<std::string> words_of(const std::vector<bool>& flags, std::size_t rank) {
  std::vector<std::string> words;
  for (const bool flag : flags) words.push_back(!flag ? "False" : rank == 0 ? "True" : " True");
  return words;
}

// A number alone: all its digits, and one after the point.
template <class T>
std::string number_text(T x) {
  if constexpr (std::floating_point<T>) {
    if (!std::isfinite(x)) return text::number(x);
    const double size = std::abs(double(x));
    if (size != 0 && (size >= kLargestNumber<T> || size < 1e-4)) return written(x, std::chars_format::scientific);
    const std::string text = written(x, std::chars_format::fixed);
    return text.find('.') == text.npos ? text + ".0" : text;
  } else {
    return words_of(std::vector<T>{x}, 0)[0];
  }
}

// Brackets, spaces and lines around the words that the elements of an array became.
class PrintedShape {
 public:
  PrintedShape(const Shape& shape, bool corners) : shape_(shape), corners_(corners) {}

  // visit(offset) for each element that is shown, row by row.
  template <class Visit>
  void over_shown(const Visit& visit, std::size_t depth = 0, std::size_t offset = 0) const {
    if (depth == shape_.size()) return visit(offset);
    for (std::size_t i = 0; i < shape_[depth]; ++i) {
      if (gap(depth, i)) i = shape_[depth] - kEdge;
      over_shown(visit, depth + 1, offset * shape_[depth] + i);
    }
  }

  std::string text(const std::vector<std::string>& words) {
    word_ = words.begin();
    add_dimension(0);
    return std::move(text_);
  }

 private:
  // Whether indices are left out from i on.
  bool gap(std::size_t depth, std::size_t i) const { return corners_ && i == kEdge && shape_[depth] > 2 * kEdge; }

  void add_dimension(std::size_t depth) {
    if (depth + 1 == shape_.size()) return add_row(depth);
    text_ += '[';
    for (std::size_t i = 0; i < shape_[depth]; ++i) {
      if (i > 0) start_line(depth);
      if (gap(depth, i)) {
        text_ += "...";
        start_line(depth);
        i = shape_[depth] - kEdge;
      }
      add_dimension(depth + 1);
    }
    text_ += ']';
  }

  // Matrices are apart by an empty line, stacks of them by two, and so on.
  void start_line(std::size_t depth) {
    text_.append(shape_.size() - 1 - depth, '\n');
    text_.append(depth + 1, ' ');
  }

  void add_row(std::size_t depth) {
    const std::size_t indent = depth + 1, width = kLineWidth - std::min(kLineWidth, indent);  // less what closes
    std::size_t column = indent;
    const auto add = [&](std::string_view word) {
      if (column > indent && column + word.size() > width) {
        while (text_.ends_with(' ')) text_.pop_back();
        text_ += '\n' + std::string(indent, ' ');
        column = indent;
      }
      text_ += word;
      column += word.size();
    };
    text_ += '[';
    for (std::size_t i = 0; i < shape_[depth]; ++i) {
      if (i > 0) text_ += ' ', ++column;
      if (gap(depth, i)) {
        add("...");
        text_ += ' ', ++column;
        i = shape_[depth] - kEdge;
      }
      add(*word_++);
    }
    text_ += ']';
  }

  const Shape& shape_;
  bool corners_;
  std::string text_;
  std::vector<std::string>::const_iterator word_;
};

template <class T>
std::string array_text(const T* elements, const Shape& shape) {
  const std::size_t size = size_of(shape);
  if (size == 0) return "[]";
  if (shape.empty()) return number_text(*elements);
  PrintedShape layout(shape, size > kThreshold);
  std::vector<T> shown;
  layout.over_shown([&](std::size_t offset) { shown.push_back(elements[offset]); });
  return layout.text(words_of(shown, shape.size()));
}

}  // namespace

template <class T>
void print(std::ostream& out, const T* elements, const Shape& shape) {
  const std::string text = array_text(elements, shape);
  out.write(text.data(), std::streamsize(text.size()));
}

template void print(std::ostream&, const float*, const Shape&);
template void print(std::ostream&, const double*, const Shape&);
template void print(std::ostream&, const bool*, const Shape&);
template void print(std::ostream&, const std::int64_t*, const Shape&);
template void print(std::ostream&, const std::uint64_t*, const Shape&);

}  // namespace xtape::detail
