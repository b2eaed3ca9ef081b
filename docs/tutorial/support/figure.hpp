#pragma once
// Charts of the tutorial, as SVG: one style, readable on light and on dark pages.

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace tutorial {

struct Axis {
  std::string label;
  bool logarithmic = false;
  std::optional<double> low = {}, high = {};  ///< where it begins and ends, if not with the data
};

/// Curves, points, bars and bands over two axes. A series with a name is in the legend; the n-th series has the n-th
/// colour. Points that are not finite, or not positive on a logarithmic axis, are left out.
class Figure {
 public:
  using Numbers = std::vector<double>;

  Figure(Axis x, Axis y, std::string title = "");

  Figure& line(const std::string& name, const Numbers& x, const Numbers& y);
  /// Without a name it is what the series before should be, and has its colour.
  Figure& dashed(const std::string& name, const Numbers& x, const Numbers& y);
  Figure& points(const std::string& name, const Numbers& x, const Numbers& y);
  /// Points with bars of one standard error up and down.
  Figure& errors(const std::string& name, const Numbers& x, const Numbers& y, const Numbers& error);
  /// The area between two curves, in the colour of the series that comes next.
  Figure& band(const Numbers& x, const Numbers& low, const Numbers& high);
  /// A bar for each label, from 0; its number stands above it.
  Figure& bars(const std::vector<std::string>& labels, const Numbers& heights);
  /// A word at a place.
  Figure& text(double x, double y, const std::string& words);

  /// The picture's inside, `width` by `height`.
  std::string svg(double width, double height) const;

 private:
  enum class Kind { kLine, kDashed, kPoints, kErrors, kBand, kBars, kText };
  struct Series {
    Kind kind;
    std::string name;
    Numbers x, y, more;
    std::vector<std::string> labels;
  };
  void add(Kind kind, const std::string& name, const Numbers& x, const Numbers& y, const Numbers& more = {},
           const std::vector<std::string>& labels = {});

  Axis x_, y_;
  std::string title_;
  std::vector<Series> series_;
};

/// The <style> that all pictures begin with, and text as XML has it.
extern const char* const kStyle;
std::string escaped(const std::string& text);

/// Writes figures side by side, each 480 by 340.
void save(const std::filesystem::path& path, const std::vector<Figure>& figures);

}  // namespace tutorial
