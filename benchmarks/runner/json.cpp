#include <cmath>
#include <nlohmann/json.hpp>
#include <ostream>

#include "benchmarks/runner/report.hpp"

namespace xtape::benchmarks {
namespace {

using Json = nlohmann::ordered_json;

Json number(double value) {
  return std::isfinite(value) ? Json(value) : Json(nullptr);
}

Json json_of(const EntryResult& entry, const RowResult& row, std::size_t index, const Peaks& peaks) {
  Json json{{"label", entry.entry.label}, {"contestant", entry.entry.contestant}, {"task", entry.entry.task}};
  if (!entry.problem.empty()) {
    json["problem"] = entry.problem;
    return json;
  }
  json["median"] = number(row.time(index));
  json["minimum"] = number(row.minimum(index));
  json["mean"] = number(row.mean(index));
  if (const double share = peaks.share(row, index); !std::isnan(share)) {
    json["least_time"] = peaks.least_time(row.row, entry.entry);
    json["roofline_share"] = share;
  }
  if (index > 0) json["ratio"] = number(row.ratio(index));
  if (row.row.whole_job) json["peak_memory"] = number(row.peak_memory(index));
  json["check"] = number(entry.check);
  const char* const units[] = {"", "operations", "flop", "bytes"};
  if (entry.entry.work.amount > 0) json[units[std::size_t(entry.entry.work.unit)]] = entry.entry.work.amount;
  for (const Burst& burst : entry.bursts) {
    json["bursts"].push_back({{"median", burst.median},
                              {"minimum", burst.minimum},
                              {"mean", burst.mean},
                              {"steps", burst.count},
                              {"peak_memory", burst.peak_memory}});
  }
  return json;
}

Json json_of(const RowResult& row, const Peaks& peaks) {
  Json json{{"name", row.row.name},
            {"threads", row.row.threads},
            {"busy_process", row.row.competitor},
            {"used_rounds", row.used_rounds()},
            {"others", row.others}};
  for (std::size_t i = 0; i < row.entries.size(); ++i)
    json["entries"].push_back(json_of(row.entries[i], row, i, peaks));
  return json;
}

Json json_of(const Verdict& verdict) {
  Json json{{"name", verdict.goal->name}, {"bound", verdict.goal->each}};
  if (verdict.goal->mean) json["bound_of_geometric_mean"] = *verdict.goal->mean;
  json["worst"] = number(verdict.worst);
  json["geometric_mean"] = number(verdict.mean);
  for (const Verdict::Value& value : verdict.values) json["values"][value.row] = number(value.value);
  json["met"] = verdict.measured() ? Json(verdict.met()) : Json(nullptr);
  return json;
}

}  // namespace

void write_json(std::ostream& out, const Report& report) {
  Json json{{"commit", report.commit},
            {"date", report.date},
            {"machine",
             {{"processor", report.processor},
              {"cores", report.cores},
              {"memory", report.memory},
              {"load_before", number(report.load_before)},
              {"load_after", number(report.load_after)}}},
            {"rounds", report.rounds},
            {"seconds", report.seconds},
            {"versions", report.versions},
            {"peaks", Json::array()},
            {"rows", Json::array()},
            {"goals", Json::array()}};
  for (const auto& [threads, rates] : report.peaks.all()) {
    json["peaks"].push_back({{"threads", threads},
                             {"flop", number(rates.flop)},
                             {"cache_bytes", number(rates.cache_bytes)},
                             {"memory_bytes", number(rates.memory_bytes)}});
  }
  for (const RowResult& row : report.rows) json["rows"].push_back(json_of(row, report.peaks));
  for (const Verdict& verdict : judge(all_goals(), report.rows)) json["goals"].push_back(json_of(verdict));
  out << json.dump(1, ' ', false, Json::error_handler_t::replace) << "\n";
}

}  // namespace xtape::benchmarks
