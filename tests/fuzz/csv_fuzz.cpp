// The CSV reader, plain and gzip.

#include "nn/files/csv.hpp"

#include "tests/fuzz/memory_file.hpp"

#include <algorithm>

using namespace xtape;
using fuzz::kMostBytes;
using fuzz::require;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  return fuzz::read_or_refuse(data, size, [](const std::filesystem::path& path) {
    for (const char separator : {',', ' '}) {
      const nn::CsvTable table =
          nn::read_csv(path, {.separator = separator, .header = false, .allow_missing = true, .max_bytes = kMostBytes});
      require(table.numbers<float>().size() == table.rows() * table.names().size());
    }
    const nn::CsvTable table = nn::read_csv(path, {.categorical = {"kind"}, .max_bytes = kMostBytes});
    if (std::count(table.names().begin(), table.names().end(), "kind") == 1) {
      for (const std::int64_t code : table.codes("kind")) require(std::size_t(code) < table.categories("kind").size());
    }
  });
}
