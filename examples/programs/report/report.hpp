#pragma once
// report.html: one file that opens offline and reads well on a phone.

#include <string>
#include <utility>
#include <vector>

#include "examples/programs/drawing/canvas.hpp"

namespace programs {

/// A picture of the report.
struct Figure {
  std::string caption;
  std::string alternative;  ///< for readers who do not see the picture
  Png png;
  std::string decoder = {};  ///< data of docs/explorers/decoder.js, which then takes the picture's place
};

/// A table: its head, and rows of as many cells.
struct Table {
  std::string title;
  std::vector<std::string> head;
  std::vector<std::vector<std::string>> rows;
};

/// What a report tells, from top to bottom. All texts are plain; what means something to HTML is escaped.
struct Report {
  std::string title;
  std::string introduction;
  std::vector<std::pair<std::string, std::string>> key_figures;  ///< name, value
  std::vector<Figure> figures;
  std::vector<Table> tables;
  std::string footer;
};

/// The whole page, pictures and scripts embedded.
std::string to_html(const Report& report);

/// Base64 as in RFC 4648, section 4, with padding.
std::string base64(const Png& bytes);

}  // namespace programs
