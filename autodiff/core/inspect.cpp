#include "autodiff/core/inspect.hpp"

#include <algorithm>
#include <cstdio>
#include <map>
#include <ostream>
#include <string_view>
#include <tuple>
#include <unordered_set>

namespace xtape {

namespace {

using Buffers = std::unordered_set<const void*>;

// The bytes of a node's saved values that are in no buffer of `seen`, to which they are added.
template <class T>
class NewBytes final : public SavedVisitor<T> {
 public:
  explicit NewBytes(Buffers& seen) : seen_(seen) {}
  void operator()(std::size_t, const Value<T>& value) override {
    value.buffers([this](const T* elements, std::size_t count) {
      if (count > 0 && seen_.insert(elements).second) bytes_ += count * sizeof(T);
    });
  }
  std::size_t bytes() const { return bytes_; }

 private:
  Buffers& seen_;
  std::size_t bytes_ = 0;
};

// What each node saves: what the profile has noted, else what there is now.
template <class T>
std::vector<std::size_t> saved_bytes(const Record<T>& record) {
  const std::size_t count = std::size_t(record.size());
  std::vector<std::size_t> result(count);
  Buffers seen;
  for (std::size_t i = 0; i < count; ++i) {
    NewBytes<T> found(seen);
    record.node(NodeIndex(i)).visit_saved(found);
    const NodeCost* cost = record.watch().cost(NodeIndex(i));
    result[i] = cost != nullptr && cost->noted ? cost->saved_bytes : found.bytes();
  }
  return result;
}

std::string bytes_text(std::size_t bytes) {
  static constexpr std::array<const char*, 5> kUnits{"B", "KiB", "MiB", "GiB", "TiB"};
  double number = double(bytes);
  std::size_t unit = 0;
  while (number >= 1024 && unit + 1 < kUnits.size()) {
    number /= 1024;
    ++unit;
  }
  std::array<char, 32> text;
  std::snprintf(text.data(), text.size(), unit == 0 ? "%.0f %s" : "%.1f %s", number, kUnits[unit]);
  return text.data();
}

std::string row_text(const TapeSummary::Row& row, std::size_t width, bool timed) {
  std::string line = row.operation + std::string(width - row.operation.size(), ' ');
  std::array<char, 96> text;
  std::snprintf(text.data(), text.size(), "  %9zu  %11s", row.calls, bytes_text(row.saved_bytes).c_str());
  line += text.data();
  if (timed) {
    std::snprintf(text.data(), text.size(), "  %12.3f  %12.3f", 1e3 * row.forward_seconds, 1e3 * row.backward_seconds);
    line += text.data();
  }
  return line + "\n";
}

std::string escaped(std::string_view text) {
  std::string result;
  for (const char c : text) {
    if (c == '"' || c == '\\') result += '\\';
    if (c == '\n' || c == '\r') {
      result += "\\n";
    } else {
      result += c;
    }
  }
  return result;
}

// The shapes of a node's constant operands, where it saved them.
template <class T>
class OperandShapes final : public SavedVisitor<T> {
 public:
  void operator()(std::size_t operand, const Value<T>& value) override {
    shapes_.emplace(operand, xtape::to_string(value.shape()));
  }
  std::string of(std::size_t operand) const {
    const auto place = shapes_.find(operand);
    return place == shapes_.end() ? "" : "\\n" + place->second;
  }

 private:
  std::map<std::size_t, std::string> shapes_;
};

}  // namespace

std::string TapeSummary::to_string() const {
  std::size_t width = std::string_view("operation").size();
  for (const Row& row : rows) width = std::max(width, row.operation.size());
  std::string text = "operation" + std::string(width - 9, ' ') + "      calls        saved";
  if (timed) text += "    forward ms   backward ms";
  text += "\n";
  for (const Row& row : rows) text += row_text(row, width, timed);
  return text + row_text(total, width, timed);
}

std::ostream& operator<<(std::ostream& out, const TapeSummary& summary) {
  return out << summary.to_string();
}

template <class T>
TapeSummary summarize(const Record<T>& record) {
  const std::vector<std::size_t> bytes = saved_bytes(record);
  std::map<std::string_view, TapeSummary::Row> rows;
  TapeSummary summary;
  summary.timed = record.watch().profiles();
  summary.total.operation = "total";
  for (NodeIndex i = 0; i < record.size(); ++i) {
    if (record.operation_of(i) != i) continue;
    TapeSummary::Row& row = rows[record.node(i).name()];
    const NodeCost* cost = record.watch().cost(i);
    for (TapeSummary::Row* sum : {&row, &summary.total}) {
      ++sum->calls;
      sum->saved_bytes += bytes[std::size_t(i)];
      if (cost == nullptr) continue;
      sum->forward_seconds += cost->forward_seconds;
      sum->backward_seconds += cost->backward_seconds;
    }
  }
  for (auto& [name, row] : rows) {
    row.operation = name;
    summary.rows.push_back(std::move(row));
  }
  const auto weight = [](const TapeSummary::Row& row) {
    return std::make_tuple(row.forward_seconds + row.backward_seconds, row.saved_bytes, row.calls);
  };
  std::stable_sort(summary.rows.begin(), summary.rows.end(),
                   [&](const auto& a, const auto& b) { return weight(a) > weight(b); });
  return summary;
}

template <class T>
void note_saved_bytes(const Record<T>& record) {
  const std::vector<std::size_t> bytes = saved_bytes(record);
  for (NodeIndex i = 0; i < record.size(); ++i) {
    NodeCost& cost = *record.watch().cost(i);
    cost.saved_bytes = bytes[std::size_t(i)];
    cost.noted = true;
  }
}

template <class T>
std::string to_dot(const Record<T>& record) {
  const std::vector<std::size_t> bytes = saved_bytes(record);
  std::string text = "digraph tape {\n  rankdir=TB;\n  node [fontname=\"sans-serif\", fontsize=10];\n";
  for (NodeIndex i = 0; i < record.size(); ++i) {
    if (record.operation_of(i) != i) continue;
    const Node<T>& node = record.node(i);
    const std::string id = std::to_string(i);
    const std::size_t saved = bytes[std::size_t(i)];
    text += "  n" + id + " [label=\"" + escaped(node.name());
    for (std::uint32_t r = 0; r < node.results(); ++r) {
      text += (r == 0 ? "\\n" : ", ") + xtape::to_string(record.node(i + NodeIndex(r)).shape());
    }
    if (saved > 0) text += "\\nsaves " + bytes_text(saved);
    text += node.inputs().empty() ? "\", shape=ellipse, style=filled, fillcolor=\"#cfe2f3\"];\n" : "\", shape=box];\n";
    OperandShapes<T> shapes;
    node.visit_saved(shapes);
    for (std::size_t k = 0; k < node.inputs().size(); ++k) {
      const NodeIndex input = node.inputs()[k];
      if (input != kConstant) {
        const NodeIndex from = record.operation_of(input);
        text += "  n" + std::to_string(from) + " -> n" + id;
        if (record.node(from).results() > 1) text += " [label=\"" + std::to_string(input - from) + "\"]";
        text += ";\n";
        continue;
      }
      const std::string constant = "c" + id + "_" + std::to_string(k);
      text += "  " + constant + " [label=\"constant" + shapes.of(k) +
              "\", shape=plaintext, fontcolor=\"#777777\"];\n  " + constant + " -> n" + id + " [style=dashed];\n";
    }
  }
  return text + "}\n";
}

#define XTAPE_INSTANTIATE(T)                        \
  template TapeSummary summarize(const Record<T>&); \
  template void note_saved_bytes(const Record<T>&); \
  template std::string to_dot(const Record<T>&);
XTAPE_INSTANTIATE(float)
XTAPE_INSTANTIATE(double)
#undef XTAPE_INSTANTIATE

}  // namespace xtape
