#include "examples/programs/run/summary.hpp"

#include <nlohmann/json.hpp>

#include "examples/programs/command_line/program.hpp"

namespace programs {
namespace {

using Json = nlohmann::ordered_json;

Json json_of(const OptionValues& options) {
  Json json = Json::object();
  for (const auto& option : options) std::visit([&](const auto& held) { json[option.first] = held; }, option.second);
  return json;
}

Json json_of(const std::vector<EpochRecord>& epochs) {
  Json json = Json::array();
  for (const EpochRecord& epoch : epochs) {
    Json record{{"epoch", epoch.epoch},
                {"train_loss", epoch.train_loss},
                {"test_loss", epoch.test_loss},
                {"seconds", epoch.seconds}};
    if (epoch.train_kl) record["train_kl"] = *epoch.train_kl;
    if (epoch.test_kl) record["test_kl"] = *epoch.test_kl;
    json.push_back(std::move(record));
  }
  return json;
}

/// A folder's name need not be UTF-8, as JSON must be.
std::string dump(const Json& json, int indent) {
  return json.dump(indent, ' ', false, Json::error_handler_t::replace);
}

template <class Read>
auto read_json(const std::string& text, Read read) {
  try {
    return read(Json::parse(text));
  } catch (const Json::exception&) {
    throw UserError(
        "the checkpoint was not made by this program; choose another --out, or start anew without --resume");
  }
}

std::optional<double> number_if_there(const Json& json, const char* name) {
  return json.contains(name) ? std::optional(json.at(name).get<double>()) : std::nullopt;
}

OptionValue option_value(const Json& json) {
  if (json.is_boolean()) return json.get<bool>();
  if (json.is_number_unsigned()) return json.get<std::uint64_t>();
  if (json.is_number()) return json.get<double>();
  return json.get<std::string>();
}

}  // namespace

std::string to_json(const Summary& summary) {
  Json json;
  json["model"] = summary.model;
  json["data"] = summary.data;
  json["options"] = json_of(summary.options);
  json["version"] = summary.version;
  json["parameters"] = summary.parameters;
  json["epochs"] = json_of(summary.epochs);
  for (const auto& [name, epochs] : summary.more_models) json["more_models"][name] = json_of(epochs);
  json["test_loss"] = summary.test_loss;
  json["images_per_second"] = summary.images_per_second;
  json["peak_rss_bytes"] = summary.peak_rss_bytes;
  if (!summary.figures.empty()) json["figures"] = Json::object();
  for (const auto& [name, value] : summary.figures) json["figures"][name] = value;
  return dump(json, 2) + "\n";
}

std::string to_json(const OptionValues& options) {
  return dump(json_of(options), -1);
}

std::string to_json(const std::vector<EpochRecord>& epochs) {
  return dump(json_of(epochs), -1);
}

OptionValues options_from_json(const std::string& text) {
  return read_json(text, [](const Json& json) {
    OptionValues options;
    for (const auto& [name, value] : json.items()) options.emplace_back(name, option_value(value));
    return options;
  });
}

std::vector<EpochRecord> epochs_from_json(const std::string& text) {
  return read_json(text, [](const Json& json) {
    std::vector<EpochRecord> epochs;
    for (const Json& epoch : json)
      epochs.push_back({epoch.at("epoch").get<std::size_t>(), epoch.at("train_loss").get<double>(),
                        epoch.at("test_loss").get<double>(), epoch.at("seconds").get<double>(),
                        number_if_there(epoch, "train_kl"), number_if_there(epoch, "test_kl")});
    return epochs;
  });
}

}  // namespace programs
