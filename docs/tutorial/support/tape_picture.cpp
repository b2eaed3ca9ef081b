#include "docs/tutorial/support/tape_picture.hpp"

#include "docs/tutorial/support/figure.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <fstream>
#include <map>
#include <regex>
#include <sstream>
#include <stdexcept>

namespace tutorial {

namespace {

constexpr double kLane = 250, kRow = 84, kWidth = 112, kHeight = 34, kMargin = 14;

// The colour of gradients, for letters too, which have no outline; and arrowheads.
constexpr const char* kMore = R"(<style>.t{font:13px system-ui,sans-serif;fill:#b0355b}.h{fill:#57606a}.k{fill:#d0577a}
.n{fill-opacity:.14;stroke-width:2}.v{fill:none;stroke-width:1.5}
@media (prefers-color-scheme:dark){.t{fill:#f28ba8}.h{fill:#8b949e}.k{fill:#f28ba8}}.n{fill-opacity:.14}.v{fill:none}</style>
<defs><marker id="down" viewBox="0 0 10 10" refX="9" refY="5" markerWidth="7" markerHeight="7" orient="auto"><path class="h" d="M0 0L10 5L0 10Z"/></marker>
<marker id="up" viewBox="0 0 10 10" refX="9" refY="5" markerWidth="7" markerHeight="7" orient="auto"><path class="k" d="M0 0L10 5L0 10Z"/></marker></defs>
)";

struct Placed {
  std::string name;
  std::vector<std::string> reads;
  double row = 0, lane = 0;
  bool variable = false, constant = false;
  double x() const { return kMargin + kLane * lane + kWidth / 2; }
  double y() const { return kMargin + kRow * row + kHeight / 2; }
};

std::string words(const char* style, double x, double y, const std::string& text, bool middle) {
  std::ostringstream out;
  out << "<text class=\"" << style << "\" x=\"" << x << "\" y=\"" << y << "\""
      << (middle ? " text-anchor=\"middle\">" : ">") << escaped(text) << "</text>\n";
  return out.str();
}

std::string arrow(const char* style, const char* head, double x1, double y1, double x2, double y2) {
  std::ostringstream out;
  out << "<path class=\"" << style << "\" d=\"M" << x1 << " " << y1 << "L" << x2 << " " << y2 << "\" marker-end=\"url(#"
      << head << ")\"/>\n";
  return out.str();
}

std::string listed(const xtape::Array<double>& values) {
  std::string text;
  std::array<char, 32> one;
  for (const double value : values) {
    std::snprintf(one.data(), one.size(), "%.2f", value);
    text += (text.empty() ? "" : ", ") + std::string(one.data());
  }
  return text;
}

// The nodes by their names in `dot`, placed; a constant stands one row above what reads it.
std::map<std::string, Placed> placed(const std::string& dot, std::vector<std::string>& order) {
  std::map<std::string, Placed> nodes;
  double lanes = 0;
  const std::regex node(R"(^ +([nc]\w+) \[label="(\w+))"), edge(R"(^ +(\w+) -> (\w+))");
  std::istringstream lines(dot);
  std::smatch m;
  for (std::string line; std::getline(lines, line);) {
    if (std::regex_search(line, m, edge)) {
      Placed &from = nodes.at(m[1]), &to = nodes.at(m[2]);
      if (to.reads.empty()) to.lane = from.lane;
      to.reads.push_back(m[1]);
      if (from.constant) from.row = to.row - 1;
      to.row = std::max(to.row, from.row + 1);
    } else if (std::regex_search(line, m, node)) {
      Placed& made = nodes[m[1]];
      made.name = m[2];
      made.constant = m[1].str()[0] == 'c';
      made.variable = made.name == "variable";
      if (made.constant || made.variable) made.lane = lanes++;
      if (!made.constant) order.push_back(m[1]);
    }
  }
  return nodes;
}

}  // namespace

void save_tape(const std::filesystem::path& path, const std::string& dot, const std::vector<TapeNote>& notes,
               const std::string& constant) {
  std::vector<std::string> order;
  const std::map<std::string, Placed> nodes = placed(dot, order);
  if (order.size() != notes.size()) throw std::invalid_argument("tape: a note for each of its nodes expected");
  double width = 0, height = 0;
  std::string boxes, arrows;
  for (const auto& [id, node] : nodes) {
    height = std::max(height, node.y() + kHeight / 2 + kMargin);
    const auto at = std::find(order.begin(), order.end(), id);
    const TapeNote note = node.constant ? TapeNote{.value = constant} : notes[std::size_t(at - order.begin())];
    width = std::max(width, node.x() + (note.gradient.size() > 0 ? kLane - kWidth / 2 : kWidth / 2 + kMargin));
    const double left = node.x() - kWidth / 2, top = node.y() - kHeight / 2;
    const char* colour = node.variable ? "s0" : node.constant ? "s3" : "s2";
    std::ostringstream box;
    box << "<rect class=\"" << colour << " n\" x=\"" << left << "\" y=\"" << top << "\" width=\"" << kWidth
        << "\" height=\"" << kHeight << "\" rx=\"" << (node.variable ? 17 : 5) << "\"/>\n";
    boxes += box.str() + words("f", node.x(), node.y() + 5, node.name + ": " + note.value, true);
    const bool compared = note.expected.size() > 0;
    const std::string arrives = compared || note.formula.empty() ? "arrives " : "arrives " + note.formula + " = ";
    if (note.gradient.size() > 0)
      boxes += words("t", node.x() + 22, top + kHeight + 16, arrives + listed(note.gradient), false);
    if (compared)
      boxes += words("t", node.x() + 22, top + kHeight + 32, note.formula + " = " + listed(note.expected), false);
    for (const std::string& read : node.reads) {
      const Placed& from = nodes.at(read);
      const double down = from.y() + kHeight / 2, side = from.lane > node.lane ? kWidth / 2 : 0;
      const double end = side > 0 ? node.y() : top;  // from another lane it comes in at the side
      arrows += arrow("a v", "down", from.x(), down, node.x() + side, end);
      if (from.constant) continue;
      const double aside = side > 0 ? 0 : 10, below = side > 0 ? 12 : 0;
      arrows += arrow("s1 v d", "up", node.x() + side + aside, end + below, from.x() + 10, down);
    }
  }
  std::ofstream file(path);
  file << "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 " << width << " " << height << "\" width=\"" << width
       << "\" height=\"" << height << "\" role=\"img\">\n"
       << kStyle << kMore << arrows << boxes << "</svg>\n";
  if (!file.flush()) throw std::runtime_error("cannot write " + path.string());
}

}  // namespace tutorial
