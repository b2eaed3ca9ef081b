// safetensors files: a file from Python, round trips, and that every malformed file is refused with what and where.

#include "nn/files/tensor_file.hpp"

#include "files_for_tests.hpp"
#include "nn/files/safetensors_header.hpp"

#include <sys/stat.h>
#include <bit>
#include <cstring>
#include <limits>
#include <string>
#include <vector>

namespace xtape::nn {
namespace {

using testing::data_error_of;
using testing::expect_success_or_data_error;
using testing::read_bytes;
using testing::refusal_of;
using testing::ScratchFolder;
using testing::write_bytes;

std::string little_endian(std::uint64_t number) {
  const auto bytes = std::bit_cast<std::array<char, 8>>(number);
  return {bytes.begin(), bytes.end()};
}

/// A file with this header and this many data bytes.
std::string file_with(const std::string& header, std::size_t data_bytes) {
  return little_endian(header.size()) + header + std::string(data_bytes, '\1');
}

/// The entry of one tensor.
std::string entry(const std::string& name, const std::string& dtype, const std::string& shape,
                  const std::string& offsets) {
  return "\"" + name + "\":{\"dtype\":\"" + dtype + "\",\"shape\":" + shape + ",\"data_offsets\":" + offsets + "}";
}

TensorFile read(const std::string& bytes, const SafetensorsLimits& limits = {}) {
  const ScratchFolder folder;
  write_bytes(folder / "file", bytes);
  return read_safetensors(folder / "file", limits);
}

std::string error_for(const std::string& bytes, const SafetensorsLimits& limits = {}) {
  const std::string message = refusal_of("read_safetensors", [&] { read(bytes, limits); });
  EXPECT_EQ(message.find('\n'), std::string::npos) << message;
  return message;
}

/// The error for a header with 24 data bytes behind it.
std::string header_error(const std::string& header) {
  return error_for(file_with(header, 24));
}

// So the time to write a header is linear in the number of tensors: the text of each does not depend on those before.
TEST(TensorFile, AHeaderIsTheTextsOfItsEntriesOneAfterTheOther) {
  detail::SafetensorsHeader header;
  std::string expected = "{\"__metadata__\":{\"a\":\"\\n\",\"b\":\"\"}";
  header.metadata = {{"b", ""}, {"a", "\n"}};
  for (const std::string name : {"z", "a\"", "b"}) {
    header.entries.push_back({name, "F32", {2, 3}, header.data_bytes, header.data_bytes + 24});
    header.data_bytes += 24;
    expected += "," + detail::format_entry(header.entries.back());
  }
  EXPECT_EQ(detail::format_entry(header.entries[1]), entry("a\\\"", "F32", "[2,3]", "[24,48]"));
  expected += '}';
  expected.resize((expected.size() + 7) / 8 * 8, ' ');
  EXPECT_EQ(detail::format_header(header), expected);
  EXPECT_EQ(detail::parse_header(expected, "").entries.size(), 3u);
  EXPECT_EQ(detail::format_header({}), "{}      ");
}

TEST(TensorFile, IsEmptyWhenMovedFrom) {
  TensorFile file = read_safetensors(std::filesystem::path(XTAPE_GOLDEN_DIR) / "python.safetensors");
  const std::string name = file.tensors()[0].name;
  const std::byte* bytes = file.tensors()[0].bytes.data();
  const TensorFile moved = std::move(file);
  EXPECT_EQ(moved.tensors()[0].bytes.data(), bytes);
  EXPECT_EQ(moved.find(name), moved.tensors().data());
  EXPECT_EQ(file.tensors().size(), 0u);
  EXPECT_EQ(file.find(name), nullptr);
  EXPECT_SAYS(data_error_of([&] { file.get<float>(name); }), "no tensor");
}

TEST(TensorFile, RefusesToWriteAnArrayThatWasMovedFrom) {
  Array<float> array{1, 2, 3};
  const Array<float> taken = std::move(array);
  EXPECT_THROW(view_of("weight", array), TapeError);
  EXPECT_EQ(view_of("weight", taken).bytes.size(), 12u);
}

TEST(TensorFile, ReadsAFileFromPython) {
  const TensorFile file = read_safetensors(std::filesystem::path(XTAPE_GOLDEN_DIR) / "python.safetensors");
  EXPECT_EQ(file.tensors().size(), 8u);
  const Array<float> weight = file.get<float>("encoder.weight");
  EXPECT_EQ(to_string(shape_of(weight)), "(2, 3)");
  for (std::size_t i = 0; i < 6; ++i) EXPECT_EQ(weight.data()[i], float(i) / 8);
  const Array<double> doubles = file.get<double>("doubles");
  EXPECT_EQ(doubles(0), 1.0 / 3);
  EXPECT_EQ(doubles(1), -1e300);
  const Array<std::uint8_t> bytes = file.get<std::uint8_t>("bytes");
  EXPECT_EQ(bytes(0, 1), 255);
  EXPECT_EQ(bytes(1, 1), 128);
  const Array<std::int64_t> integers = file.get<std::int64_t>("integers");
  EXPECT_EQ(integers(0), std::numeric_limits<std::int64_t>::min());
  EXPECT_EQ(integers(2), std::numeric_limits<std::int64_t>::max());
  EXPECT_EQ(file.get<float>("scalar")(), 2.5f);
  EXPECT_EQ(to_string(shape_of(file.get<float>("scalar"))), "()");
  EXPECT_EQ(to_string(shape_of(file.get<float>("empty"))), "(0, 3)");
  EXPECT_EQ(file.get<float>("grüße \"and\" \\more")(0), 7.0f);
  ASSERT_NE(file.find("half"), nullptr);
  EXPECT_EQ(file.find("half")->dtype, "F16");
  EXPECT_EQ(file.find("nothing"), nullptr);
  EXPECT_EQ(file.metadata().at("safetensors"), "0.8.0");
  EXPECT_EQ(file.metadata().at("text"), "line one\nline two, a quote \" and an umlaut ä");
}

TEST(TensorFile, WritesWhatItReads) {
  const ScratchFolder folder;
  Array<float> weight = empty<float>({2, 3});
  for (std::size_t i = 0; i < 6; ++i) weight.data()[i] = float(i) - 0.1f;
  const Array<double> scalar = full<double>({}, -0.0);
  const Array<std::uint8_t> bytes = full<std::uint8_t>({5}, 200);
  const Array<std::int64_t> nothing = zeros<std::int64_t>({3, 0});
  const Metadata metadata{{"a", ""}, {"b", "two\nlines \"ü\""}};
  write_safetensors(
      folder / "file",
      std::vector{view_of("bytes", bytes), view_of("w", weight), view_of("s \n\"ü", scalar), view_of("n", nothing)},
      metadata);
  const TensorFile file = read_safetensors(folder / "file");
  EXPECT_EQ(file.metadata(), metadata);
  EXPECT_EQ(file.tensors().size(), 4u);
  EXPECT_EQ(file.get<float>("w"), weight);
  EXPECT_TRUE(std::signbit(file.get<double>("s \n\"ü")()));
  EXPECT_EQ(file.get<std::uint8_t>("bytes"), bytes);
  EXPECT_EQ(to_string(shape_of(file.get<std::int64_t>("n"))), "(3, 0)");

  const std::string written = read_bytes(folder / "file");
  std::uint64_t header = 0;
  std::memcpy(&header, written.data(), 8);
  EXPECT_EQ(header % 8, 0u) << "the tensors are aligned";
  EXPECT_EQ(file.tensors().back().name, "bytes") << "the smallest elements come last";
}

TEST(TensorFile, NumbersKeepTheirBits) {
  const ScratchFolder folder;
  Array<float> numbers = empty<float>({4});
  const std::uint32_t bits[] = {0x7fc01234, 0xff800000, 0x00000001,
                                0x80000000};  // NaN with a payload, -inf, denormal, -0
  std::memcpy(numbers.data(), bits, sizeof bits);
  write_safetensors(folder / "file", std::vector{view_of("x", numbers)});
  const Array<float> back = read_safetensors(folder / "file").get<float>("x");
  EXPECT_EQ(std::memcmp(back.data(), bits, sizeof bits), 0);
}

TEST(TensorFile, AcceptsTheFormatsCorners) {
  EXPECT_TRUE(read(file_with("{}", 0)).tensors().empty());
  EXPECT_TRUE(read(file_with("{}       ", 0)).tensors().empty());
  EXPECT_TRUE(read(file_with("{\"__metadata__\":{}}", 0)).metadata().empty());
  EXPECT_EQ(read(file_with("{" + entry("a", "F32", "[]", "[0,4]") + "}  ", 4)).get<float>("a").size(), 1u);
  EXPECT_EQ(read(file_with("{" + entry("a", "F32", "[0]", "[0,0]") + "}", 0)).get<float>("a").size(), 0u);
  EXPECT_EQ(read(file_with("{" + entry("", "U8", "[1]", "[0,1]") + "}", 1)).get<std::uint8_t>("")(0), 1);
  // The order of the keys is not that of the bytes; empty tensors lie anywhere between others.
  const TensorFile file =
      read(file_with("{" + entry("b", "U8", "[2]", "[3,5]") + "," + entry("e", "F32", "[0,9]", "[3,3]") + "," +
                         entry("a", "BF16", "[1]", "[1,3]") + "," + entry("c", "BOOL", "[1]", "[0,1]") + "}",
                     5));
  std::string order;
  for (const TensorView& tensor : file.tensors()) order += tensor.name;
  EXPECT_EQ(order, "caeb");
  EXPECT_EQ(file.find("a")->bytes.size(), 2u);
}

TEST(TensorFile, RefusesShortFilesAndLongHeaders) {
  EXPECT_SAYS(error_for(""), "expected at least 8 bytes, got 0");
  EXPECT_SAYS(error_for("1234567"), "got 7; is this a safetensors file?");
  EXPECT_SAYS(error_for(little_endian(100'000'001)), "at most 100000000 bytes, the length at byte 0 is 100000001");
  EXPECT_SAYS(error_for(little_endian(~std::uint64_t{0}) + "{}"), "is 18446744073709551615");
  EXPECT_SAYS(error_for(little_endian(100'000'000) + "{}"),
              "truncated: expected a header of 100000000 bytes from byte 8 on, got 2");
  EXPECT_SAYS(error_for(little_endian(3) + "{}"), "got 2");
}

TEST(TensorFile, RefusesWhatIsNoJsonObject) {
  EXPECT_SAYS(header_error(""), "expected a header that begins with {, got \"\"");
  EXPECT_SAYS(header_error(" {}"), "begins with {, got \" {}\"");
  EXPECT_SAYS(header_error("[]"), "begins with {");
  EXPECT_SAYS(header_error("\xef\xbb\xbf{}"), "begins with {");
  EXPECT_SAYS(header_error("{"), "no valid JSON at byte 2 of the header");
  EXPECT_SAYS(header_error("{}x"), "no valid JSON at byte 3");
  EXPECT_SAYS(header_error("{}{}"), "no valid JSON at byte 3");
  EXPECT_SAYS(header_error(std::string("{}\0\0", 4)), "no valid JSON at byte 3");
  EXPECT_SAYS(header_error("{} // comment"), "no valid JSON");
  EXPECT_SAYS(header_error("{\"a\xff\":{}}"), "no valid JSON at byte 4");
  EXPECT_SAYS(header_error("{\"\\ud800\":{}}"), "no valid JSON");
  EXPECT_SAYS(header_error("{'a':{}}"), "no valid JSON");
  EXPECT_SAYS(header_error("{\"a\":{\"shape\":[1e999]}}"), "no valid JSON");
}

TEST(TensorFile, RefusesOtherKindsOfValues) {
  EXPECT_SAYS(header_error("{\"a\":1}"), "key \"a\": expected an object, got 1");
  EXPECT_SAYS(header_error("{\"a\":[]}"), "key \"a\": expected an object, got an array");
  EXPECT_SAYS(header_error("{\"a\":null}"), "key \"a\": expected an object, got null");
  EXPECT_SAYS(header_error("{\"__metadata__\":\"x\"}"), "key \"__metadata__\": expected an object, got the text \"x\"");
  EXPECT_SAYS(header_error("{\"__metadata__\":{\"k\":1}}"), "metadata, field \"k\": expected text, got 1");
  EXPECT_SAYS(header_error("{\"__metadata__\":{\"k\":{}}}"), "metadata, field \"k\": expected text, got an object");
  EXPECT_SAYS(header_error("{\"a\":{\"dtype\":true}}"),
              "tensor \"a\", field \"dtype\": expected text, got a truth value");
  EXPECT_SAYS(header_error("{\"a\":{\"dtype\":[]}}"), "expected text, got an array");
  EXPECT_SAYS(header_error("{\"a\":{\"shape\":3}}"), "tensor \"a\", field \"shape\": expected an array, got 3");
  EXPECT_SAYS(header_error("{\"a\":{\"shape\":[-1]}}"), "expected whole numbers from 0 to 2^64 - 1, got -1");
  EXPECT_SAYS(header_error("{\"a\":{\"shape\":[1.5]}}"), "got \"1.5\"");
  EXPECT_SAYS(header_error("{\"a\":{\"shape\":[18446744073709551616]}}"), "got \"18446744073709551616\"");
  EXPECT_SAYS(header_error("{\"a\":{\"shape\":[[1]]}}"), "got an array");
  EXPECT_SAYS(header_error("{\"a\":{\"shape\":[\"1\"]}}"), "got the text \"1\"");
  EXPECT_SAYS(header_error("{\"a\":{\"data_offsets\":[0]}}"), "expected two numbers, got 1");
  EXPECT_SAYS(header_error("{\"a\":{\"data_offsets\":[0,1,2]}}"), "expected two numbers, got 3");
  EXPECT_SAYS(header_error("{\"a\":{\"size\":1}}"), "tensor \"a\": unknown field \"size\"");
  EXPECT_SAYS(header_error("{\"a\":{\"dtype\":\"F32\",\"shape\":[]}}"), "the field \"data_offsets\" is missing");
  EXPECT_SAYS(header_error("{\"a\":{}}"), "tensor \"a\": the field \"dtype\" is missing");
  std::string many = "1";
  for (int i = 0; i < 64; ++i) many += ",1";
  EXPECT_SAYS(header_error("{\"a\":{\"shape\":[" + many + "]}}"), "at most 64 numbers");
}

// Files from elsewhere have tensors of types that were not there when this was written.
TEST(TensorFile, KeepsTensorsOfOtherTypesAsBytes) {
  const std::string header =
      "{" + entry("complex", "C64", "[2]", "[0,16]") + "," + entry("scale", "F8_E8M0", "[3]", "[16,19]") + "," +
      entry("fn", "F8_E4M3FNUZ", "[1]", "[19,20]") + "," + entry("half byte", "F4", "[4]", "[20,22]") + "," +
      entry("six", "F6_E2M3", "[4]", "[22,25]") + "," + entry("new", "Q3_K\\u001b", "[7,9]", "[25,28]") + "," +
      entry("wanted", "F32", "[1]", "[28,32]") + "}";
  const TensorFile file = read(file_with(header, 32));
  EXPECT_EQ(file.tensors().size(), 7u);
  EXPECT_EQ(file.get<float>("wanted").size(), 1u);
  EXPECT_EQ(file.find("complex")->bytes.size(), 16u);
  EXPECT_EQ(file.find("new")->bytes.size(), 3u);
  EXPECT_SAYS(data_error_of([&] { file.get<float>("complex"); }), "tensor \"complex\" is C64, expected F32");
  EXPECT_SAYS(data_error_of([&] { file.get<double>("half byte"); }), "tensor \"half byte\" is F4, expected F64");
  EXPECT_SAYS(data_error_of([&] { file.get<float>("new"); }), "is Q3_K\\u001b, expected F32");
  EXPECT_EQ(dtype_bytes("C64"), 8u);
  EXPECT_EQ(dtype_bytes("F8_E8M0"), 1u);
  EXPECT_EQ(dtype_bytes("F4"), 0u) << "an element is no whole byte";

  // What can be said of them is said still.
  EXPECT_SAYS(header_error("{" + entry("a", "C64", "[3]", "[0,12]") + "}"), "expected 24 bytes for C64 of shape (3,)");
  EXPECT_SAYS(header_error("{" + entry("a", "F4", "[3]", "[1,12]") + "}"), "gap, expected the beginning 0");
  EXPECT_SAYS(header_error("{" + entry("a", "F4", "[4294967296,4294967296]", "[0,24]") + "}"), "overflows");
}

TEST(TensorFile, RefusesKeysThatComeTwice) {
  const std::string a = entry("a", "F32", "[1]", "[0,4]");
  EXPECT_SAYS(header_error("{" + a + "," + a + "}"), "the key \"a\" comes twice");
  EXPECT_SAYS(header_error("{" + a + "," + entry("\\u0061", "F32", "[1]", "[4,8]") + "}"), "the key \"a\" comes twice");
  EXPECT_SAYS(header_error("{\"__metadata__\":{},\"__metadata__\":{}}"), "the key \"__metadata__\" comes twice");
  EXPECT_SAYS(header_error("{\"__metadata__\":{\"k\":\"1\",\"k\":\"1\"}}"), "metadata, field \"k\" comes twice");
  EXPECT_SAYS(header_error("{\"a\":{\"dtype\":\"F32\",\"dtype\":\"F32\"}}"),
              "tensor \"a\", field \"dtype\" comes twice");
}

TEST(TensorFile, RefusesPlacesThatDoNotFit) {
  const auto two = [](const std::string& offsets_a, const std::string& offsets_b) {
    return header_error("{" + entry("a", "F32", "[3]", offsets_a) + "," + entry("b", "F32", "[3]", offsets_b) + "}");
  };
  EXPECT_SAYS(two("[0,12]", "[13,25]"), "tensor \"b\", data_offsets [13, 25]: gap, expected the beginning 12");
  EXPECT_SAYS(two("[0,12]", "[11,23]"), "tensor \"b\", data_offsets [11, 23]: overlap, expected the beginning 12");
  EXPECT_SAYS(two("[0,12]", "[0,12]"), "overlap, expected the beginning 12");
  EXPECT_SAYS(two("[4,16]", "[16,28]"), "tensor \"a\", data_offsets [4, 16]: gap, expected the beginning 0");
  EXPECT_SAYS(two("[0,12]", "[24,12]"), "data_offsets [24, 12]: the end lies before the beginning");
  EXPECT_SAYS(two("[0,12]", "[12,23]"), "expected 12 bytes for F32 of shape (3,)");
  EXPECT_SAYS(two("[0,12]", "[12,18446744073709551615]"), "expected 12 bytes");
}

TEST(TensorFile, RefusesSizesThatOverflow) {
  const auto shape = [](const std::string& dtype, const std::string& extents, const std::string& offsets) {
    return header_error("{" + entry("a", dtype, extents, offsets) + "}");
  };
  EXPECT_SAYS(shape("U8", "[2,9223372036854775807]", "[0,18446744073709551614]"), "overflows");
  EXPECT_SAYS(shape("F32", "[4611686018427387904]", "[0,0]"), "overflows");
  EXPECT_SAYS(shape("F32", "[4294967296,4294967296]", "[0,0]"), "overflows");
  EXPECT_SAYS(shape("F32", "[4294967296,4294967296,0]", "[0,0]"), "overflows");
  EXPECT_SAYS(shape("F32", "[0,4294967296,4294967296]", "[0,0]"), "overflows");
}

TEST(TensorFile, RefusesTruncatedDataAndTrailingBytes) {
  const std::string header = "{" + entry("a", "F32", "[6]", "[0,24]") + "}";
  const std::string start = std::to_string(8 + header.size());
  EXPECT_SAYS(error_for(file_with(header, 23)),
              "truncated: expected 24 bytes of tensors from byte " + start + " on, got 23");
  EXPECT_SAYS(error_for(file_with(header, 25)),
              "expected the end of the file after 24 bytes of tensors from byte " + start);
  const std::string whole = file_with(header, 24);
  EXPECT_EQ(read(whole).tensors().size(), 1u);
  for (std::size_t length = 0; length < whole.size(); ++length) error_for(whole.substr(0, length));
}

// A header can announce whatever it likes: memory is taken for bytes that came.
TEST(TensorFile, AHeaderAloneAllocatesNothing) {
  const std::string header = "{" + entry("a", "U8", "[8000000000000000000]", "[0,8000000000000000000]") + "}";
  EXPECT_SAYS(error_for(file_with(header, 9)),
              "announce 8000000000000000000 bytes, more than the limit of 17179869184");
  EXPECT_SAYS(error_for(file_with(header, 9), {.max_bytes = ~std::uint64_t{0}}), "truncated");
  EXPECT_SAYS(error_for(file_with("{" + entry("a", "U8", "[9]", "[0,9]") + "}", 9), {.max_bytes = 8}), "limit of 8");
  const std::string deep = "{\"a\":" + std::string(1'000'000, '[');
  EXPECT_SAYS(error_for(file_with(deep, 0)), "key \"a\": expected an object, got an array");
}

TEST(TensorFile, TakesTheMemoryOfTheFileOnce) {
  if (!testing::restart_peak()) GTEST_SKIP() << "the peak of memory cannot be told";
  const ScratchFolder folder;
  const std::size_t bytes = 100'000'000;
  write_bytes(folder / "file", file_with("{" + entry("a", "U8", "[100000000]", "[0,100000000]") + "}", bytes));
  EXPECT_LT(testing::peak_growth([&] { EXPECT_EQ(read_safetensors(folder / "file").tensors().size(), 1u); }),
            bytes / 20 * 21);
}

TEST(TensorFile, MessagesBoundAndEscapeNames) {
  const std::string message = header_error("{\"new\\nline" + std::string(5000, 'x') + "\":1}");
  EXPECT_SAYS(message, "key \"new\\nlinexxx");
  EXPECT_LT(message.size(), 400u);
  EXPECT_SAYS(header_error("{\"\\u001b]0;title\\u0007\":1}"), "key \"\\u001b]0;title\\u0007\"");
  EXPECT_SAYS(header_error("{\"\xc2\x9b\":1}"), "key \"\\u009b\"");
}

TEST(TensorFile, MissingFilesAndFolders) {
  const ScratchFolder folder;
  EXPECT_SAYS(data_error_of([&] { read_safetensors(folder / "none"); }),
              "none: cannot open it: No such file or directory");
  EXPECT_SAYS(data_error_of([&] { read_safetensors(folder.path()); }), "it is not a regular file");
}

TEST(TensorFile, APipeIsNoFile) {  // opening one would wait for a writer
  const ScratchFolder folder;
  ASSERT_EQ(::mkfifo((folder / "pipe").c_str(), 0600), 0);
  EXPECT_SAYS(data_error_of([&] { read_safetensors(folder / "pipe"); }), "it is not a regular file");
}

TEST(TensorFile, GetSaysWhatIsWrong) {
  const TensorFile file = read(file_with("{" + entry("a", "F32", "[6]", "[0,24]") + "}", 24));
  EXPECT_SAYS(data_error_of([&] { file.get<double>("a"); }), "tensor \"a\" is F32, expected F64");
  EXPECT_SAYS(data_error_of([&] { file.get<float>("b"); }), "no tensor \"b\"");
}

TEST(TensorFile, RefusesToWriteWhatItCouldNotRead) {
  const ScratchFolder folder;
  const Array<float> x = zeros<float>({2});
  const auto error = [&](const std::vector<TensorView>& tensors, const Metadata& metadata = {}) {
    return data_error_of([&] { write_safetensors(folder / "file", tensors, metadata); });
  };
  EXPECT_SAYS(error({view_of("a", x), view_of("a", x)}), "tensor \"a\": the name comes twice");
  EXPECT_SAYS(error({view_of("__metadata__", x)}), "the name is reserved");
  EXPECT_SAYS(error({view_of("a\xff", x)}), "expected names and metadata in UTF-8");
  EXPECT_SAYS(error({view_of("a", x)}, {{"k", "\xff"}}), "expected names and metadata in UTF-8");
  TensorView view = view_of("a", x);
  view.shape = Shape{3};
  EXPECT_SAYS(error({view}), "8 bytes do not match F32 of shape (3,)");
  view.dtype = "F99";
  EXPECT_SAYS(error({view}), "unknown dtype \"F99\"");
  EXPECT_EQ(folder.entries(), 0u);
}

TEST(TensorFile, MutatedFilesAreReadOrRefused) {
  const std::string python = read_bytes(std::filesystem::path(XTAPE_GOLDEN_DIR) / "python.safetensors");
  expect_success_or_data_error(python, 3, 6000, [](const std::filesystem::path& path) {
    const TensorFile file = read_safetensors(path, {.max_bytes = 1 << 20});
    for (const TensorView& tensor : file.tensors()) {
      if (dtype_bytes(tensor.dtype) > 0) {
        ASSERT_EQ(tensor.bytes.size(), dtype_bytes(tensor.dtype) * size_of(tensor.shape));
      }
      if (tensor.dtype == "F32") {
        ASSERT_EQ(file.get<float>(tensor.name).size() * 4, tensor.bytes.size());
      }
    }
  });
}

}  // namespace
}  // namespace xtape::nn
