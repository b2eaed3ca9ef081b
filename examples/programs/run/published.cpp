#include "examples/programs/run/published.hpp"

#include <map>
#include <nlohmann/json.hpp>

namespace programs {

extern const char* const kPublished;  // the text of the file, which is part of the program

std::string published_figure(const std::string& program, const OptionValues& changes, const std::string& figure) {
  static const nlohmann::json all = nlohmann::json::parse(kPublished);
  std::map<std::string, std::string> options;
  for (const auto& [name, value] : changes) options[name] = to_text(value);
  for (const nlohmann::json& one : all)
    if (one.at("program") == program && one.at("figure") == figure && one.at("options") == options)
      return one.at("published").get<std::string>();
  return "";
}

}  // namespace programs
