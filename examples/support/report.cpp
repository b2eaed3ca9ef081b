#include "examples/support/report.hpp"

#include <cstdint>

namespace examples {
namespace {

constexpr const char* kStyle = R"(
:root { color-scheme: light; --ink: #22262f; --muted: #667085; --line: #e3e6eb; --accent: #0072b2; }
* { box-sizing: border-box; }
body { margin: 0; background: #f6f7f9; color: var(--ink);
       font: 16px/1.55 system-ui, -apple-system, "Segoe UI", Roboto, "DejaVu Sans", sans-serif; }
main { max-width: 60rem; margin: 0 auto; padding: 2rem 1rem 3rem; }
h1 { margin: 0 0 .25rem; font-size: 1.75rem; line-height: 1.25; overflow-wrap: anywhere; }
h2 { margin: 0 0 .75rem; font-size: 1.1rem; }
.introduction { margin: 0 0 1.5rem; color: var(--muted); max-width: 46rem; }
.key { display: grid; grid-template-columns: repeat(auto-fit, minmax(9rem, 1fr)); gap: .75rem; margin: 0 0 1.25rem; }
.key div, figure, section { background: #fff; border: 1px solid var(--line); border-radius: .6rem; }
.key div { padding: .75rem 1rem; }
.key dt { color: var(--muted); font-size: .85rem; }
.key dd { margin: 0; font-size: 1.35rem; font-weight: 600; font-variant-numeric: tabular-nums; }
figure { margin: 0 0 1.25rem; padding: 1rem; }
figure img { display: block; max-width: 100%; height: auto; margin: 0 auto; }
figcaption { margin-top: .75rem; color: var(--muted); font-size: .92rem; }
section { padding: 1rem; margin: 0 0 1.25rem; overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
th, td { text-align: left; padding: .35rem .75rem .35rem 0; border-bottom: 1px solid var(--line); overflow-wrap: anywhere; }
th { color: var(--muted); font-weight: 500; font-size: .9rem; }
tr:last-child td { border-bottom: 0; }
td:first-child { white-space: nowrap; }
footer { color: var(--muted); font-size: .85rem; overflow-wrap: anywhere; }
@media (max-width: 30rem) { main { padding: 1.25rem .6rem 2rem; } figure { padding: .5rem; } }
@media print { body { background: #fff; } figure, section { break-inside: avoid; } }
)";

std::string escaped(const std::string& text) {
  std::string result;
  for (const char letter : text) {
    switch (letter) {
      case '&':
        result += "&amp;";
        break;
      case '<':
        result += "&lt;";
        break;
      case '>':
        result += "&gt;";
        break;
      case '"':
        result += "&quot;";
        break;
      default:
        result += letter;
    }
  }
  return result;
}

std::string element(const std::string& tag, const std::string& text) {
  return "<" + tag + ">" + escaped(text) + "</" + tag + ">";
}

std::string html_of(const Figure& figure) {
  return "<figure><img alt=\"" + escaped(figure.alternative) + "\" src=\"data:image/png;base64," + base64(figure.png) +
         "\">" + element("figcaption", figure.caption) + "</figure>\n";
}

std::string html_of(const Table& table) {
  std::string html = "<section>" + element("h2", table.title) + "\n<table>\n<tr>";
  for (const std::string& cell : table.head) html += element("th", cell);
  html += "</tr>\n";
  for (const auto& row : table.rows) {
    html += "<tr>";
    for (const std::string& cell : row) html += element("td", cell);
    html += "</tr>\n";
  }
  return html + "</table></section>\n";
}

}  // namespace

std::string base64(const Png& bytes) {
  static constexpr char kDigits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string text;
  text.reserve((bytes.size() + 2) / 3 * 4);
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    std::uint32_t group = 0;  // three bytes, the first in the highest bits; missing ones are zero
    for (std::size_t j = 0; j < 3; ++j)
      group = group << 8 | (i + j < bytes.size() ? std::to_integer<std::uint32_t>(bytes[i + j]) : 0u);
    for (std::size_t j = 0; j < 4; ++j) text += i + j <= bytes.size() ? kDigits[group >> (18 - 6 * j) & 63] : '=';
  }
  return text;
}

std::string to_html(const Report& report) {
  std::string html =
      "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n";
  html += element("title", report.title) + "\n<style>" + kStyle + "</style>\n</head>\n<body>\n<main>\n";
  html += element("h1", report.title) + "\n<p class=\"introduction\">" + escaped(report.introduction) + "</p>\n";
  html += "<dl class=\"key\">\n";
  for (const auto& [name, value] : report.key_figures)
    html += "<div>" + element("dt", name) + element("dd", value) + "</div>\n";
  html += "</dl>\n";
  for (const Figure& figure : report.figures) html += html_of(figure);
  for (const Table& table : report.tables) html += html_of(table);
  return html + element("footer", report.footer) + "\n</main>\n</body>\n</html>\n";
}

}  // namespace examples
