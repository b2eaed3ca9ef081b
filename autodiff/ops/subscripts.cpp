#include "autodiff/ops/subscripts.hpp"

#include "autodiff/errors.hpp"
#include "autodiff/text.hpp"

#include <algorithm>
#include <optional>
#include <set>
#include <string>

namespace xtape::einsums {

namespace {

class Reader {
 public:
  Reader(std::string_view text, const std::vector<Shape>& shapes) : text_(text) {
    std::string packed;
    for (const char c : text) {
      if (c != ' ') packed += c;
    }
    const std::size_t arrow = packed.find("->");
    read_operands(packed.substr(0, arrow), shapes);
    if (arrow == std::string::npos) {
      imply_result();
    } else {
      read_result(packed.substr(arrow + 2));
    }
  }
  const Subscripts& result() const { return found_; }

 private:
  [[noreturn]] void refuse(const std::string& what) const {
    throw ShapeError("[einsum] " + what + ", in " + text::quoted(text_));
  }

  // Letters and, at most once, an ellipsis of `rank` dimensions less the letters.
  Labels read_term(const std::string& term, const std::string& name, std::optional<std::size_t> rank) {
    Labels labels;
    std::optional<std::size_t> ellipsis;
    for (std::size_t i = 0; i < term.size(); ++i) {
      const char c = term[i];
      if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')) {
        labels.push_back(c);
      } else if (term.compare(i, 3, "...") == 0 && !ellipsis) {
        ellipsis = labels.size();
        i += 2;
      } else {
        refuse("letters and at most one `...` expected for " + name + ", got " + text::quoted({&c, 1}));
      }
    }
    if (rank && (ellipsis ? *rank < labels.size() : *rank != labels.size())) {
      refuse(std::to_string(labels.size()) + " dimensions named for " + name + ", which has " + std::to_string(*rank));
    }
    const std::size_t hidden = !ellipsis ? 0 : rank ? *rank - labels.size() : hidden_;
    if (rank) hidden_ = std::max(hidden_, hidden);
    for (std::size_t d = 0; d < hidden; ++d) {
      labels.insert(labels.begin() + std::ptrdiff_t(*ellipsis + d), Label(d) - Label(hidden));
    }
    return labels;
  }

  void read_operands(const std::string& terms, const std::vector<Shape>& shapes) {
    std::size_t begin = 0, k = 0;
    for (;; ++k) {
      const std::size_t end = std::min(terms.find(',', begin), terms.size());
      if (k >= shapes.size()) break;
      const std::string name = "operand " + std::to_string(k) + " of shape " + to_string(shapes[k]);
      found_.operands.push_back(read_term(terms.substr(begin, end - begin), name, shapes[k].size()));
      for (std::size_t d = 0; d < shapes[k].size(); ++d) fit(found_.operands[k][d], shapes[k][d], name);
      if (end == terms.size()) break;
      begin = end + 1;
    }
    if (k + 1 != shapes.size()) {
      refuse(std::to_string(std::count(terms.begin(), terms.end(), ',') + 1) + " operands expected, got " +
             std::to_string(shapes.size()));
    }
  }

  void fit(Label label, std::size_t extent, const std::string& name) {
    std::size_t& known = found_.extents.emplace(label, extent).first->second;
    if (known == 1) known = extent;
    if (extent == known || extent == 1) return;
    const std::string what = label < 0 ? "the ellipsis" : std::string("'") + char(label) + "'";
    refuse(what + " has extent " + std::to_string(known) + ", but " + std::to_string(extent) + " in " + name);
  }

  void read_result(const std::string& term) {
    found_.result = read_term(term, "the result", {});
    if (hidden_ > 0 && term.find("...") == std::string::npos) {
      refuse("`...` expected in the result, as the operands have it");
    }
    for (const Label label : found_.result) {
      if (found_.extents.count(label) == 0) refuse(std::string("'") + char(label) + "' of the result is in no operand");
      if (std::count(found_.result.begin(), found_.result.end(), label) > 1) {
        refuse(std::string("'") + char(label) + "' is twice in the result");
      }
    }
  }

  void imply_result() {
    for (const auto& [label, extent] : found_.extents) {  // in order
      std::ptrdiff_t times = 0;
      for (const Labels& labels : found_.operands) times += std::count(labels.begin(), labels.end(), label);
      if (label < 0 || times == 1) found_.result.push_back(label);
    }
  }

  std::string text_;
  std::size_t hidden_ = 0;  // dimensions of the longest ellipsis
  Subscripts found_;
};

}  // namespace

Subscripts read(std::string_view text, const std::vector<Shape>& shapes) {
  return Reader(text, shapes).result();
}

}  // namespace xtape::einsums
