// The IDX reader: what it accepts, and that every malformed file is refused with what is wrong and where.

#include "nn/files/idx.hpp"

#include "files_for_tests.hpp"

#include <zlib.h>
#include <numeric>
#include <string>

namespace xtape::nn {
namespace {

using testing::data_error_of;
using testing::expect_success_or_data_error;
using testing::read_bytes;
using testing::refusal_of;
using testing::ScratchFolder;
using testing::write_bytes;

std::string big_endian(std::uint32_t number) {
  return {char(number >> 24), char(number >> 16), char(number >> 8), char(number)};
}

std::string header(const std::vector<std::uint32_t>& extents, char type = 8) {
  std::string bytes{0, 0, type, char(extents.size())};
  for (const std::uint32_t extent : extents) bytes += big_endian(extent);
  return bytes;
}

/// Two images of 3 x 2 pixels with the values 10 to 21.
std::string small_file() {
  std::string bytes = header({2, 3, 2});
  for (char pixel = 10; pixel < 22; ++pixel) bytes += pixel;
  return bytes;
}

// small_file() as compressed by Python 3.11: gzip.compress(bytes, mtime=0).
const std::string kCompressed(
    "\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\x03\x63\x60\xe0\x60\x66\x60\x60\x60\x02\x62\x30\xcd\xc5\xcd\xc3\xcb\xc7\x2f"
    "\x20"
    "\x28\x24\x2c\x22\x0a\x00\xb9\x04\x44\x0f\x1c\x00\x00\x00",
    43);

// A header of 4,000,000,000 elements, without them, compressed likewise.
const std::string kCompressedHeader(
    "\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\x03\x63\x60\xe0\x60\x7c\x97\xad\xc1\x00\x00\xd4\xc8\x6e\x9b\x08\x00\x00\x00",
    28);

/// Reads a file of these bytes.
IdxArray read(const std::string& bytes, const IdxLimits& limits = {}) {
  const ScratchFolder folder;
  write_bytes(folder / "file", bytes);
  return read_idx(folder / "file", limits);
}

std::string error_for(const std::string& bytes, const IdxLimits& limits = {}) {
  return refusal_of("read_idx", [&] { read(bytes, limits); });
}

TEST(Idx, ReadsPlainAndCompressedFiles) {
  std::vector<std::uint8_t> expected(12);
  std::iota(expected.begin(), expected.end(), std::uint8_t{10});
  for (const std::string& bytes : {small_file(), kCompressed}) {
    const IdxArray array = read(bytes);
    EXPECT_EQ(to_string(array.shape), "(2, 3, 2)");
    EXPECT_EQ(array.bytes, expected);
  }
  EXPECT_EQ(to_string(read(header({3}) + "abc").shape), "(3,)");
}

TEST(Idx, ReadsEmptyArrays) {
  EXPECT_EQ(to_string(read(header({0, 28, 28})).shape), "(0, 28, 28)");
  EXPECT_TRUE(read(header({0, 28, 28})).bytes.empty());
  const auto far_too_large_but_for_the_zero = header({0xFFFFFFFF, 0xFFFFFFFF, 0xFFFFFFFF, 0});
  EXPECT_TRUE(read(far_too_large_but_for_the_zero).bytes.empty());
}

TEST(Idx, WritesWhatItReads) {
  const ScratchFolder folder;
  IdxArray array{{2, 3, 2}, std::vector<std::uint8_t>(12)};
  std::iota(array.bytes.begin(), array.bytes.end(), std::uint8_t{10});
  write_idx(folder / "file", array);
  EXPECT_EQ(read_bytes(folder / "file"), small_file());
  array.bytes.pop_back();
  EXPECT_THROW(write_idx(folder / "other", array), ShapeError);
  EXPECT_THROW(write_idx(folder / "other", IdxArray{{}, {1}}), ShapeError);
  EXPECT_EQ(folder.entries(), 1u);
}

// More than the reader asks for at once, so that it reads in several steps.
TEST(Idx, ReadsLargeFiles) {
  IdxArray array{{1000, 1000}, std::vector<std::uint8_t>(1000000)};
  for (std::size_t i = 0; i < array.bytes.size(); ++i) array.bytes[i] = std::uint8_t(i * i >> 7);
  const ScratchFolder folder;
  write_idx(folder / "file", array);
  EXPECT_EQ(read_idx(folder / "file").bytes, array.bytes);
}

TEST(Idx, RefusesOtherMagicNumbers) {
  EXPECT_SAYS(error_for(header({3}, 0x0A) + "abc"), "expected a magic number from 0x00000801");
  EXPECT_SAYS(error_for(header({3}, 0x0F) + "abc"), "got 0x00000f01; is this an IDX file?");
  EXPECT_SAYS(error_for("\x01" + small_file().substr(1)), "got 0x01000803");
  EXPECT_SAYS(error_for(std::string("\0\1\x08\1", 4)), "got 0x00010801");
  EXPECT_SAYS(error_for(std::string("\0\0\x08\0a", 5)), "got 0x00000800");
  EXPECT_SAYS(error_for("<!DOCTYPE html>"), "is this an IDX file?");
}

// The magic number tells images from labels: what follows it, and how much, is not looked at in the wrong file.
TEST(Idx, RefusesAnotherRankThanTheOneAskedFor) {
  const ScratchFolder folder;
  const auto error = [&](const std::string& bytes, std::size_t rank) {
    write_bytes(folder / "file", bytes);
    return data_error_of([&] { read_idx(folder / "file", {}, rank); });
  };
  const std::string labels = header({64}) + std::string(64, 'a');
  EXPECT_SAYS(error(labels, 3),
              "expected the magic number 0x00000803 (unsigned bytes, 3 dimensions) at byte 0, got 0x00000801 (unsigned "
              "bytes, 1 dimension); is this the right file?");
  EXPECT_SAYS(error(small_file(), 1), "expected the magic number 0x00000801 (unsigned bytes, 1 dimension)");
  EXPECT_SAYS(error(small_file(), 1), "got 0x00000803");
  EXPECT_SAYS(error(labels.substr(0, 4), 3), "got 0x00000801");
  EXPECT_SAYS(error(labels + "more", 3), "got 0x00000801");
  EXPECT_SAYS(error(header({5, 2, 2, 3}) + std::string(60, 'a'), 3), "got 0x00000804 (unsigned bytes, 4 dimensions)");
  EXPECT_SAYS(error(header({64}, 0x0D), 3), "got 0x00000d01 (32-bit floats, 1 dimension); is this the right file?");
  write_bytes(folder / "file", small_file());
  EXPECT_EQ(read_idx(folder / "file", {}, 3).bytes.size(), 12u);
}

// As idx2numpy and others write labels.
TEST(Idx, ReadsOtherIntegersFrom0To255) {
  const std::string four{0, 7, char(255), 1};
  std::string shorts, integers;
  for (const char byte : four) {
    shorts += std::string{0, byte};
    integers += std::string{0, 0, 0, byte};
  }
  const std::vector<std::uint8_t> expected{0, 7, 255, 1};
  EXPECT_EQ(read(header({4}, 0x0B) + shorts).bytes, expected);
  EXPECT_EQ(read(header({2, 2}, 0x0C) + integers).bytes, expected);
  EXPECT_EQ(to_string(read(header({2, 2}, 0x0C) + integers).shape), "(2, 2)");
  EXPECT_EQ(read(header({3}, 0x09) + std::string{0, 7, 127}).bytes, (std::vector<std::uint8_t>{0, 7, 127}));

  EXPECT_SAYS(error_for(header({2}, 0x0C) + std::string{0, 0, 0, 9, 0, 0, 1, 0}),
              "holds 32-bit integers, of which those from 0 to 255 are read; element 1 is 256");
  EXPECT_SAYS(error_for(header({1}, 0x0C) + std::string(4, char(0xFF))), "element 0 is -1");
  EXPECT_SAYS(error_for(header({1}, 0x0B) + std::string{char(0x80), 0}), "element 0 is -32768");
  EXPECT_SAYS(error_for(header({3}, 0x09) + std::string{1, 2, char(0x80)}), "element 2 is -128");

  const std::string whole = header({4}, 0x0C) + integers;
  EXPECT_SAYS(error_for(whole + "x"), "expected the end of the file at byte 24");
  for (std::size_t length = 0; length < whole.size(); ++length) {
    EXPECT_SAYS(error_for(whole.substr(0, length)), "truncated");
  }
  EXPECT_SAYS(error_for(whole.substr(0, 19)), "expected 4 elements from byte 8 on for the extents (4,), got 2");
  EXPECT_SAYS(error_for(whole, {.max_bytes = 15}), "more than the limit of 15 bytes");
  EXPECT_EQ(read(whole, {.max_bytes = 16}).bytes, expected);
}

// Larger than a block of what is converted at once.
TEST(Idx, ReadsManyOtherIntegers) {
  std::string bytes = header({700'000}, 0x0C);
  for (int i = 0; i < 700'000; ++i) bytes += std::string{0, 0, 0, char(i % 251)};
  const IdxArray array = read(bytes);
  ASSERT_EQ(array.bytes.size(), 700'000u);
  for (std::size_t i = 0; i < array.bytes.size(); ++i) ASSERT_EQ(array.bytes[i], i % 251);
}

TEST(Idx, SaysWhatAFileOfFloatsHolds) {
  for (const auto& [type, name] : {std::pair{char(0x0D), "32-bit floats"}, std::pair{char(0x0E), "64-bit floats"}}) {
    const std::string message = error_for(header({2, 1, 1}, type) + std::string(16, '\0'));
    EXPECT_SAYS(message, "holds " + std::string(name) + "; only unsigned bytes are read");
    EXPECT_EQ(message.find("is this an IDX file"), std::string::npos);
  }
}

TEST(Idx, RefusesTruncatedFiles) {
  const std::string whole = small_file();
  EXPECT_SAYS(error_for(""), "expected the 4 bytes of the magic number at byte 0, got 0");
  EXPECT_SAYS(error_for(whole.substr(0, 3)), "expected the 4 bytes of the magic number at byte 0, got 3");
  EXPECT_SAYS(error_for(whole.substr(0, 10)), "the extent of dimension 1 at byte 8, got 2");
  EXPECT_SAYS(error_for(whole.substr(0, 16)), "expected 12 elements from byte 16 on for the extents (2, 3, 2), got 0");
  for (std::size_t length = 0; length < whole.size(); ++length) {
    EXPECT_SAYS(error_for(whole.substr(0, length)), "truncated");
  }
}

TEST(Idx, RefusesTrailingBytes) {
  EXPECT_SAYS(error_for(small_file() + "x"), "expected the end of the file at byte 28 for the extents (2, 3, 2)");
  EXPECT_SAYS(error_for(header({0}) + "x"), "expected the end of the file at byte 8");
}

TEST(Idx, RefusesDamagedCompression) {
  for (std::size_t length = 11; length < kCompressed.size(); ++length) {
    EXPECT_SAYS(error_for(kCompressed.substr(0, length)), "unexpected end of file") << length;
  }
  std::string wrong_sum = kCompressed;
  wrong_sum[35] = char(wrong_sum[35] ^ 1);
  EXPECT_SAYS(error_for(wrong_sum), "incorrect data check");
  std::string wrong_length = kCompressed;
  wrong_length[39] = char(wrong_length[39] ^ 1);
  EXPECT_SAYS(error_for(wrong_length), "incorrect length check");
  std::string wrong_data = kCompressed;
  wrong_data[10] = char(0x07);  // a block type that does not exist
  // zlib 1.3.2 takes for an empty file what it cannot read from its beginning.
  const std::string error = error_for(wrong_data);
  EXPECT_TRUE(error.ends_with("after 0 (uncompressed) bytes: invalid block type") ||
              error.ends_with("truncated: expected the 4 bytes of the magic number at byte 0, got 0"))
      << error;
}

// A header can announce whatever it likes: memory is taken for bytes that came. The test would need 16 TiB otherwise.
TEST(Idx, AHeaderAloneAllocatesNothing) {
  const IdxLimits unlimited{.max_bytes = ~std::uint64_t{0}};
  EXPECT_SAYS(error_for(header({0xFFFFFFFF, 4096}) + "abc", unlimited), "got 3");
  EXPECT_SAYS(error_for(header({0xFFFFFFFF, 0xFFFFFFFF, 0xFFFFFFFF}) + "abc", unlimited), "more than the limit");
  const std::string many = error_for(header(std::vector<std::uint32_t>(255, 2)) + "abc", unlimited);
  EXPECT_SAYS(many, "2, 2, and 239 more) announce more than the limit");
  EXPECT_LT(many.size(), 300u);
}

// compress() and gzip cannot make more than 1,032 bytes of one.
TEST(Idx, ACompressedFileIsNotBelievedToHoldMoreThanItCan) {
  const std::string message = error_for(kCompressedHeader, {.max_bytes = ~std::uint64_t{0}});
  EXPECT_SAYS(message,
              "expected 4000000000 elements from byte 8 on for the extents (4000000000,), got a compressed file "
              "of 28 bytes, which cannot hold more than 28888");
}

/// Bytes that are all the same, as zlib compresses them.
std::string compressed(const std::string& bytes) {
  const ScratchFolder folder;
  const ::gzFile file = ::gzopen((folder / "file").c_str(), "wb9");
  ::gzwrite(file, bytes.data(), unsigned(bytes.size()));
  ::gzclose(file);
  return read_bytes(folder / "file");
}

TEST(Idx, TakesTheMemoryOfItsElementsOnce) {
  const std::uint32_t count = 100'000'000;
  const std::string file = compressed(header({count}) + std::string(count, 'x'));
  EXPECT_LT(file.size(), count / 1000) << "nearly as much as deflate can do";
  if (!testing::restart_peak()) GTEST_SKIP() << "the peak of memory cannot be told";
  const ScratchFolder folder;
  write_bytes(folder / "file", file);
  EXPECT_LT(testing::peak_growth([&] { EXPECT_EQ(read_idx(folder / "file").bytes.back(), 'x'); }), count / 20 * 21);
  write_bytes(folder / "cut", file.substr(0, file.size() / 10));
  EXPECT_LT(testing::peak_growth([&] { data_error_of([&] { read_idx(folder / "cut"); }); }), count / 5);
}

TEST(Idx, TheLimitIsSettable) {
  EXPECT_EQ(read(small_file(), {.max_bytes = 12}).bytes.size(), 12u);
  EXPECT_SAYS(error_for(small_file(), {.max_bytes = 11}),
              "the extents (2, 3, 2) announce more than the limit of 11 bytes");
  EXPECT_SAYS(error_for(kCompressed, {.max_bytes = 11}), "more than the limit of 11 bytes");
  EXPECT_SAYS(error_for(header({100000, 100000}) + "abc"), "more than the limit of 4294967296 bytes");
}

TEST(Idx, MissingFilesAndFolders) {
  const ScratchFolder folder;
  EXPECT_SAYS(data_error_of([&] { read_idx(folder / "none"); }), "none: cannot open it: No such file or directory");
  EXPECT_SAYS(data_error_of([&] { read_idx(folder.path()); }), "expected a file, got a folder");
}

TEST(Idx, MutatedFilesAreReadOrRefused) {
  const auto read_file = [](const std::filesystem::path& path) {
    const IdxArray array = read_idx(path, {.max_bytes = 1 << 20});
    ASSERT_EQ(array.bytes.size(), size_of(array.shape));
  };
  expect_success_or_data_error(small_file(), 1, 3000, read_file);
  expect_success_or_data_error(header({4}, 0x0C) + std::string(16, '\0'), 3, 3000, read_file);
  expect_success_or_data_error(kCompressed, 2, 3000, read_file);
}

}  // namespace
}  // namespace xtape::nn
