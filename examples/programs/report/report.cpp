#include "examples/programs/report/report.hpp"

#include <algorithm>
#include <cstdint>

#include "autodiff/text.hpp"

namespace programs {

extern const char *const kExplorerStyle, *const kExplorerScript;  // made from docs/explorers by CMakeLists.txt

namespace {

constexpr const char* kStyle = R"(
:root { color-scheme: light dark; --page: #f6f7f9; --card: #fff; --ink: #22262f; --muted: #5b6472; --line: #e3e6eb;
        --stripe: #f2f4f7; }
@media screen and (prefers-color-scheme: dark) {
  :root { --page: #14171c; --card: #1d2229; --ink: #e6e9ee; --muted: #a3adba; --line: #343b46; --stripe: #262c35; }
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--page); color: var(--ink); overflow-wrap: anywhere;
       font: 16px/1.55 system-ui, -apple-system, "Segoe UI", Roboto, "DejaVu Sans", sans-serif; }
main { max-width: 60rem; margin: 0 auto; padding: 2rem 1rem 3rem; }
h1 { margin: 0 0 .25rem; font-size: 1.75rem; line-height: 1.25; }
h2 { margin: 0; padding: .9rem 1rem .6rem; font-size: 1.1rem; }
.introduction { margin: 0 0 1.5rem; color: var(--muted); max-width: 46rem; }
.key { display: grid; grid-template-columns: repeat(auto-fit, minmax(9rem, 1fr)); gap: .75rem; margin: 0 0 1.25rem; }
.key div, figure, section { background: var(--card); border: 1px solid var(--line); border-radius: .6rem; }
.key div { padding: .75rem 1rem; display: flex; flex-direction: column; justify-content: space-between; }
.key dt { color: var(--muted); font-size: .85rem; }
.key dd { margin: 0; font-size: 1.35rem; font-weight: 600; font-variant-numeric: tabular-nums; }
figure { margin: 0 0 1.25rem; padding: 1rem; }
/* The pictures are drawn on white: in the dark they stay a light card. */
.sheet { padding: .75rem; background: #fff; border-radius: .4rem; overflow-x: auto; }
.sheet img { display: block; max-width: 100%; height: auto; margin: 0 auto; }
figure .explorer { margin: 0 auto; }
figcaption { margin-top: .75rem; color: var(--muted); font-size: .92rem; }
section { margin: 0 0 1.25rem; overflow: hidden; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
th, td { text-align: left; padding: .4rem 1rem; border-bottom: 1px solid var(--line); white-space: nowrap;
         overflow-wrap: normal; }
th { background: var(--stripe); font-weight: 600; font-size: .9em; white-space: normal; vertical-align: bottom; }
td:nth-child(2):last-child { white-space: normal; overflow-wrap: anywhere; }  /* names and values */
tr:last-child td { border-bottom: 0; }
footer { color: var(--muted); font-size: .85rem; }
@media (max-width: 30rem) {
  main { padding: 1.25rem .6rem 2rem; }
  h1 { font-size: 1.45rem; }
  .key { grid-template-columns: repeat(auto-fit, minmax(8rem, 1fr)); gap: .5rem; }
  .key div { padding: .6rem .75rem; }
  figure { padding: .5rem; }
  .sheet { padding: .25rem; }
  .sheet img:focus { max-width: 45rem; outline: none; }  /* tapped, it shows its small print */
  h2 { padding: .75rem .75rem .5rem; }
  table { font-size: .9rem; }
  th, td { padding: .4rem .5rem .4rem .75rem; }
}
@media print { body { background: #fff; } figure, section { break-inside: avoid; } }
)";

std::string escaped(const std::string& text) {
  constexpr std::size_t kMost = 10'000;
  std::string result;
  for (const char letter : xtape::text::escaped(text, kMost)) {
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
  std::string picture = "<div class=\"sheet\"><img tabindex=\"0\" alt=\"" + escaped(figure.alternative) +
                        "\" src=\"data:image/png;base64," + base64(figure.png) + "\"></div>";
  if (!figure.decoder.empty())
    picture = "<div class=\"explorer\" data-explorer=\"decoder\"><script type=\"application/json\">" + figure.decoder +
              "</script>" + picture + "</div>";
  return "<figure>" + picture + element("figcaption", figure.caption) + "</figure>\n";
}

std::string html_of(const Table& table) {
  std::string html =
      "<section>" + element("h2", table.title) + "\n<div class=\"wide\" tabindex=\"0\"><table>\n<thead><tr>";
  for (const std::string& cell : table.head) html += "<th scope=\"col\">" + escaped(cell) + "</th>";
  html += "</tr></thead>\n<tbody>\n";
  for (const auto& row : table.rows) {
    html += "<tr>";
    for (const std::string& cell : row) html += element("td", cell);
    html += "</tr>\n";
  }
  return html + "</tbody></table></div></section>\n";
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
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
      "<meta name=\"color-scheme\" content=\"light dark\">\n";
  const bool explored = std::any_of(report.figures.begin(), report.figures.end(),
                                    [](const Figure& figure) { return !figure.decoder.empty(); });
  html += element("title", report.title) + "\n<style>" + kStyle + (explored ? kExplorerStyle : "") + "</style>\n";
  if (explored) html += "<script>" + std::string(kExplorerScript) + "</script>\n";
  html += "</head>\n<body>\n<main>\n";
  html += element("h1", report.title) + "\n<p class=\"introduction\">" + escaped(report.introduction) + "</p>\n";
  html += "<dl class=\"key\">\n";
  for (const auto& [name, value] : report.key_figures)
    html += "<div>" + element("dt", name) + element("dd", value) + "</div>\n";
  html += "</dl>\n";
  for (const Figure& figure : report.figures) html += html_of(figure);
  for (const Table& table : report.tables) html += html_of(table);
  return html + element("footer", report.footer) + "\n</main>\n</body>\n</html>\n";
}

}  // namespace programs
