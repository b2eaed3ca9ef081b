#include "benchmarks/compare/judge.hpp"

#include <ostream>

#include "benchmarks/runner/statistics.hpp"

namespace xtape::benchmarks {
namespace {

void measure_pair(ComparedRow& row, bool b_first, const MeasureRow& measure) {
  const double first = measure(b_first ? Side::kB : Side::kA, row.name);
  const double second = measure(b_first ? Side::kA : Side::kB, row.name);
  row.a.push_back(b_first ? second : first);
  row.b.push_back(b_first ? first : second);
}

void measure_anew(const std::vector<ComparedRow*>& rows, int rounds, const MeasureRow& measure,
                  std::ostream& progress) {
  for (ComparedRow* row : rows) {
    row->a.clear();
    row->b.clear();
    ++row->measurements;
  }
  for (int round = 0; round < rounds; ++round) {
    progress << "Round " << round + 1 << " of " << rounds << ", " << rows.size()
             << (rows.size() == 1 ? " row" : " rows") << std::endl;
    for (ComparedRow* row : rows) measure_pair(*row, round % 2 == 1, measure);
  }
}

}  // namespace

double ComparedRow::ratio() const {
  return median_ratio(b, a);
}

bool ComparedRow::looks_slower() const {
  std::size_t agree = 0;
  for (std::size_t i = 0; i < a.size(); ++i) agree += b[i] > a[i] ? 1 : 0;
  return ratio() > kSlower && double(agree) >= kAgreement * double(a.size());
}

std::vector<ComparedRow> compare_rows(const std::vector<std::string>& rows, int rounds, const MeasureRow& measure,
                                      std::ostream& progress) {
  std::vector<ComparedRow> result;
  for (const std::string& row : rows) result.push_back({row});
  std::vector<ComparedRow*> suspects;
  for (ComparedRow& row : result) suspects.push_back(&row);
  measure_anew(suspects, rounds, measure, progress);
  std::erase_if(suspects, [](const ComparedRow* row) { return row->ratio() <= kSuspect; });
  for (int time = 0; time < kConfirmations && !suspects.empty(); ++time) {
    progress << "Measured again, since they look slower:\n";
    measure_anew(suspects, 2 * rounds, measure, progress);
    std::erase_if(suspects, [](const ComparedRow* row) { return !row->looks_slower(); });
  }
  for (ComparedRow* row : suspects) row->slower = true;
  return result;
}

}  // namespace xtape::benchmarks
