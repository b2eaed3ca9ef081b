// Arrays that stay in their files, and how little memory a loader over them takes.

#include "nn/data/data_loader.hpp"
#include "nn/files/npy.hpp"

#include "files_for_tests.hpp"
#include "tests/testing.hpp"

#include <zlib.h>
#include <string>
#include <vector>

namespace xtape::nn {
namespace {

using testing::data_error_of;
using testing::read_bytes;
using testing::ScratchFolder;
using testing::write_bytes;

std::filesystem::path golden(const std::string& name) {
  return std::filesystem::path(XTAPE_GOLDEN_DIR) / name;
}

TEST(Mapping, HasTheElementsOfTheFile) {
  const ScratchFolder folder;
  const Array<double> x{{1, 2, 3}, {4, 5, 6}};
  write_npy(folder / "x.npy", x);
  const AnyArray mapped = map_npy(folder / "x.npy");
  EXPECT_EQ(mapped.as<double>(), x);
  const std::vector<std::size_t> places{1, 0};
  EXPECT_EQ(mapped.rows<float>(places), (xt::xtensor<float, 2>{{4, 5, 6}, {1, 2, 3}}));

  write_idx(folder / "labels", IdxArray{{3}, {7, 8, 9}});
  const AnyArray labels = map_idx(folder / "labels", 1);
  EXPECT_EQ(labels.as<std::int64_t>(), (Array<std::int64_t>{7, 8, 9}));
  const AnyArray kept = labels;
  std::filesystem::remove(folder / "labels");
  EXPECT_EQ(kept.as<std::int64_t>()(2), 9);

  write_npy(folder / "none.npy", zeros<float>(Shape{0, 3}));
  EXPECT_EQ(map_npy(folder / "none.npy").as<float>().size(), 0u);
}

TEST(Mapping, RefusesWhatCannotBeMapped) {
  const ScratchFolder folder;
  EXPECT_SAYS(data_error_of([] { map_npy(golden("numpy.npy")); }), "got big-endian numbers; read_npy reads it");
  write_npy(folder / "x.npy", zeros<float>(Shape{2, 2}));
  const std::string whole = read_bytes(folder / "x.npy");
  const auto error = [&](const std::string& bytes) {
    write_bytes(folder / "file", bytes);
    const std::string message = data_error_of([&] { map_npy(folder / "file"); });
    EXPECT_EQ(message.find("[map_npy] "), 0u) << message;
    return message;
  };
  std::string fortran = whole;
  const std::size_t order = fortran.find("False, ");
  fortran.replace(order, 7, "True,  ");
  EXPECT_SAYS(error(fortran), "got an array in Fortran order");
  EXPECT_SAYS(error(whole + "x"), "expected 16 bytes from byte 128 on for the shape (2, 2), got 17");
  EXPECT_SAYS(error(whole.substr(0, 140)),
              "truncated: expected 16 bytes from byte 128 on for the shape (2, 2), got 12");
  const ::gzFile file = ::gzopen((folder / "file.gz").c_str(), "wb");
  ::gzwrite(file, whole.data(), unsigned(whole.size()));
  ::gzclose(file);
  EXPECT_SAYS(data_error_of([&] { map_npy(folder / "file.gz"); }), "got a compressed file");
  EXPECT_EQ(read_npy(folder / "file.gz").as<float>(), zeros<float>(Shape{2, 2}));

  // Found by fuzzing: no elements, and more than there are numbers but for that.
  write_bytes(folder / "idx", std::string("\0\0\x08\4\0\0\0\0\0\x08\0\0\0abXcde)", 20));
  EXPECT_SAYS(data_error_of([&] { map_idx(folder / "idx"); }),
              "the size of shape (0, 524288, 6382168, 1667523881) overflows");
  write_bytes(folder / "idx", std::string("\0\0\x0C\1\0\0\0\1\0\0\0\7", 12));
  EXPECT_SAYS(data_error_of([&] { map_idx(folder / "idx"); }), "got 32-bit integers; read_idx reads it");
  write_bytes(folder / "idx", std::string("\0\0\x08\1\0\0\0\1\7\7", 10));
  EXPECT_SAYS(data_error_of([&] { map_idx(folder / "idx"); }), "expected the end of the file at byte 9");
  EXPECT_SAYS(data_error_of([&] { map_idx(folder / "idx", 3); }), "expected the magic number 0x00000803");
}

// A file with a hole, which takes no room on the disk, and far more than a loader over it takes in memory.
TEST(Mapping, ALoaderTakesTheMemoryOfItsBatches) {
  if (!testing::restart_peak()) GTEST_SKIP() << "the peak of memory cannot be told";
  const ScratchFolder folder;
  const std::size_t samples = 12'000, features = 25'000;  // 300 MB
  std::string header("\0\0\x08\2", 4);
  for (const std::size_t extent : {samples, features}) {
    for (const int shift : {24, 16, 8, 0}) header += char(extent >> shift & 255);
  }
  write_bytes(folder / "file", header);
  std::filesystem::resize_file(folder / "file", header.size() + samples * features);
  Dataset data;
  data.add("x", map_idx(folder / "file"), 255);
  DataLoader<float> loader(data, {.batch_size = 32, .shuffle = true});
  std::size_t seen = 0;
  const std::size_t growth = testing::peak_growth([&] {
    for (const auto& batch : loader) seen += batch.size();
  });
  EXPECT_EQ(seen, samples);
  EXPECT_LT(growth, std::size_t{150} << 20);
}

}  // namespace
}  // namespace xtape::nn
