// .npy and .npz: NumPy's files give NumPy's values, what we write NumPy's format, and malformed files a clear error.

#include "nn/files/npz.hpp"

#include "files_for_tests.hpp"
#include "tests/golden.hpp"
#include "tests/testing.hpp"

#include <cmath>
#include <limits>
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

std::filesystem::path golden(const std::string& name) {
  return std::filesystem::path(XTAPE_GOLDEN_DIR) / name;
}

/// An .npy file of version 1.0 with this literal and these elements.
std::string npy(const std::string& literal, const std::string& data = "", char version = 1) {
  std::string bytes = "\x93NUMPY";
  bytes += {version, '\0', char(literal.size() & 255), char(literal.size() >> 8)};
  if (version > 1) bytes += std::string(2, '\0');
  return bytes + literal + data;
}

std::string header(const std::string& type, const std::string& shape) {
  return "{'descr': '" + type + "', 'fortran_order': False, 'shape': " + shape + ", }";
}

AnyArray read(const std::string& bytes, const NpyLimits& limits = {}) {
  const ScratchFolder folder;
  write_bytes(folder / "file", bytes);
  return read_npy(folder / "file", limits);
}

std::string error_for(const std::string& bytes, const NpyLimits& limits = {}) {
  return refusal_of("read_npy", [&] { read(bytes, limits); });
}

/// Whether the values are the same, NaN and the sign of zero included.
void expect_same(const Array<double>& got, const Array<double>& expected, const std::string& name) {
  ASSERT_EQ(shape_of(got), shape_of(expected)) << name;
  for (std::size_t i = 0; i < got.size(); ++i) {
    const double a = got.data()[i], b = expected.data()[i];
    EXPECT_TRUE((std::isnan(a) && std::isnan(b)) || (a == b && std::signbit(a) == std::signbit(b)))
        << name << ", element " << i << ": " << a << " for " << b;
  }
}

// Every type, both byte orders and both orders of elements, the three versions, deflated.
TEST(Npz, HasNumPysValues) {
  const Golden expected("npy");
  const TensorFile file = read_npz(golden("numpy.npz"));
  ASSERT_EQ(file.tensors().size(), 29u);
  for (const TensorView& tensor : file.tensors()) {
    expect_same(file.as<double>(tensor.name), expected[tensor.name], tensor.name);
  }
  EXPECT_EQ(file.find("u2big")->dtype, "U16");
  EXPECT_EQ(file.find("f2")->dtype, "F16");
  EXPECT_EQ(file.find("bool")->dtype, "BOOL");
  EXPECT_EQ(file.get<float>("f4").size(), 16u);
  EXPECT_SAYS(data_error_of([&] { file.get<float>("f8"); }), "tensor \"f8\" is F64, expected F32");
  EXPECT_SAYS(data_error_of([&] { file.as<float>("none"); }), "numpy.npz: no tensor \"none\"");
}

TEST(Npz, ReadsWhatNumPyStores) {
  const Golden expected("npy");
  const TensorFile file = read_npz(golden("numpy_stored.npz"));
  ASSERT_EQ(file.tensors().size(), 2u);
  expect_same(file.as<double>("arr_0"), expected["f4"], "arr_0");
  expect_same(file.as<double>("labels"), expected["i8"], "labels");
  const AnyArray kept = [] { return read_npz(golden("numpy_stored.npz")).array("labels"); }();
  expect_same(kept.as<double>(), expected["i8"], "what outlives the file");
}

TEST(Npy, ReadsNumPysFile) {
  const AnyArray array = read_npy(golden("numpy.npy"));
  EXPECT_EQ(array.dtype(), "F32");
  const Array<double> expected = xt::cast<double>(xt::cast<float>(Golden("npy")["fortran"]));
  expect_same(array.as<double>(), expected, "numpy.npy");
}

TEST(Npy, ConvertsWhatATypeHolds) {
  const AnyArray bytes(std::vector<std::uint8_t>{0, 7, 255});
  EXPECT_EQ(bytes.dtype(), "U8");
  EXPECT_TRUE(bytes.is_integer());
  EXPECT_EQ(bytes.as<std::int64_t>()(2), 255);
  EXPECT_EQ(bytes.as<float>()(1), 7.0f);
  const AnyArray large(std::vector<std::int64_t>{1, 256});
  EXPECT_SAYS(data_error_of([&] { large.as<std::uint8_t>(); }), "element 1 is 256, which a byte does not hold");
  const AnyArray unsigned_ones(std::vector<std::uint64_t>{0xFFFFFFFFFFFFFFFF});
  EXPECT_SAYS(data_error_of([&] { unsigned_ones.as<std::int64_t>(); }), "which a 64-bit integer does not hold");
  const AnyArray floats(xt::xarray<float>{1, 2});
  EXPECT_SAYS(data_error_of([&] { floats.as<std::int64_t>(); }), "expected integers, got F32");
  EXPECT_FALSE(floats.is_integer());
  const std::vector<std::size_t> places{1, 1, 0};
  EXPECT_EQ(floats.rows<double>(places, 2), (Array<double>{1, 1, 0.5}));
  EXPECT_THROW(floats.rows<double>(std::vector<std::size_t>{2}), ShapeError);
  EXPECT_THROW(AnyArray(xt::xarray<float>(1.0f)).rows<float>(places), ShapeError);
}

TEST(Npy, WritesWhatItReads) {
  const ScratchFolder folder;
  const std::vector<std::pair<AnyArray, std::string>> arrays{
      {xt::xarray<float>{{1, 2, 3}, {4, 5, 6}}, "<f4', 'fortran_order': False, 'shape': (2, 3), }"},
      {xt::xarray<double>{0.1, -1e300}, "<f8', 'fortran_order': False, 'shape': (2,), }"},
      {std::vector<std::vector<std::uint8_t>>{{7}}, "|u1', 'fortran_order': False, 'shape': (1, 1), }"},
      {Array<std::int64_t>(std::numeric_limits<std::int64_t>::min()), "<i8', 'fortran_order': False, 'shape': (), }"}};
  for (const auto& [array, literal] : arrays) {
    write_npy(folder / "file", array);
    const std::string bytes = read_bytes(folder / "file");
    EXPECT_EQ(bytes.substr(0, 8), std::string("\x93NUMPY\1\0", 8));
    EXPECT_SAYS(bytes, literal);
    EXPECT_EQ((bytes.size() - array.bytes().size()) % 64, 0u);
    EXPECT_EQ(bytes[bytes.size() - array.bytes().size() - 1], '\n');
    const AnyArray back = read_npy(folder / "file");
    EXPECT_EQ(back.dtype(), array.dtype());
    EXPECT_EQ(back.shape(), array.shape());
    EXPECT_TRUE(std::equal(back.bytes().begin(), back.bytes().end(), array.bytes().begin(), array.bytes().end()));
  }
  const std::array<std::byte, 2> one{};
  const AnyArray brain("BF16", {1}, one, nullptr);
  EXPECT_SAYS(data_error_of([&] { write_npy(folder / "other", brain); }), "NumPy has no type for \"BF16\"");
  EXPECT_SAYS(data_error_of([&] { AnyArray("F32", {1}, one, nullptr); }), "2 bytes do not match F32 of shape (1,)");
  EXPECT_EQ(folder.entries(), 1u);
}

TEST(Npz, WritesWhatItReads) {
  const ScratchFolder folder;
  const Array<float> x = xt::arange<float>(0, 5000);
  const Array<std::int64_t> y{7, 8};
  const std::array tensors{view_of("encoder.weight", x), view_of("grüße", y)};
  for (const bool compress : {false, true}) {
    write_npz(folder / "file", tensors, {.compress = compress});
    const TensorFile file = read_npz(folder / "file");
    EXPECT_EQ(file.get<float>("encoder.weight"), x);
    EXPECT_EQ(file.get<std::int64_t>("grüße"), y);
    EXPECT_EQ(read_bytes(folder / "file").size() < 20000, compress);
  }
  const auto refused = [&](const std::string& first, const std::string& second) {
    const std::array two{view_of(first, x), view_of(second, y)};
    return data_error_of([&] { write_npz(folder / "other", two); });
  };
  EXPECT_SAYS(refused("a", "a"), "tensor \"a\": the name comes twice");
  EXPECT_SAYS(refused("a", ""), "expected a name of 1 to 60000 bytes");
  EXPECT_EQ(folder.entries(), 1u);
}

TEST(Npy, RefusesWhatItDoesNotRead) {
  const std::pair<const char*, const char*> kinds[] = {{"|O", "holds Python objects, which are never read"},
                                                       {"<U5", "holds text (\"<U5\")"},
                                                       {"|S5", "holds text"},
                                                       {"<c8", "holds complex numbers"},
                                                       {"<M8[ns]", "holds dates or times"},
                                                       {"|V4", "holds structures"},
                                                       {"<f16", "holds elements of another kind (\"<f16\")"},
                                                       {"", "holds elements of another kind"}};
  for (const auto& [type, message] : kinds) EXPECT_SAYS(error_for(npy(header(type, "(1,)"), "abcdefgh")), message);
  EXPECT_SAYS(error_for(npy("{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (1,), }", "abcd")),
              "holds structures; expected truth values, integers");
}

TEST(Npy, RefusesMalformedHeaders) {
  EXPECT_SAYS(error_for("<!DOCTYPE html>"), "expected \\x93NUMPY at byte 0, got \"<!DOCT\"; is this an .npy file?");
  EXPECT_SAYS(error_for(npy(header("<f4", "(1,)"), "abcd", 4)),
              "version 1.0, 2.0 or 3.0 of the format at byte 6, got 4.0");
  EXPECT_SAYS(error_for(npy(std::string(70000, ' '), "", 2).replace(8, 4, "\xff\xff\xff\x7f")),
              "expected a header of at most 65536 bytes, the length at byte 8 is 2147483647");
  const std::pair<std::string, const char*> headers[] = {
      {"[]", "the header at byte 10: expected '{', got \"[]\""},
      {"{'descr': '<f4', 'shape': (1,)}", "the header has no 'fortran_order'"},
      {"{'descr': '<f4', 'descr': '<f4', 'shape': (1,)}", "the header has 'descr' twice"},
      {"{'more': 1}", "the header has an unknown key \"more\""},
      {header("<f4", "(1)"), "expected ',' after the only extent of the shape, got \")"},
      {header("<f4", "(1 2)"), "expected ',' after"},
      {header("<f4", "(1, 2 3)"), "expected an extent of the shape, or ), got \"3)"},
      {header("<f4", "(-1,)"), "expected an extent of the shape, or ), got \"-1"},
      {header("<f4", "(1.5,)"), "expected ',' after"},
      {header("<f4", "(99999999999999999999,)"), "expected an extent of the shape"},
      {header("<f4", "[1]"), "expected '(', got \"[1]"},
      {header("<f4", "(1,)") + "x", "expected the end of the header, got \"x\""},
      {"{'descr': '<f4', 'fortran_order': 0, 'shape': (1,)}", "expected True or False, got \"0, 'shape"},
      {"{'descr': '<f\\x34', ", "expected the type of the elements in quotes"},
      {"{'descr': '<f4", "expected the type of the elements in quotes"},
      {header("<f4", "(4294967296, 4294967296)"), "the size of shape (4294967296, 4294967296) overflows"},
      {header("<f4", "(0, 4294967296, 4294967296)"), "overflows"},
      {header("|u1", "(1152921504606846976,)"), "overflows"}};
  for (const auto& [literal, message] : headers) EXPECT_SAYS(error_for(npy(literal, "abcd")), message);
  std::string many = "(";
  for (int i = 0; i < 65; ++i) many += "1, ";
  EXPECT_SAYS(error_for(npy(header("|u1", many + ")"), "a")), "more than 64 dimensions");
}

TEST(Npy, TakesHeadersAsOthersWriteThem) {
  EXPECT_EQ(read(npy("{\"shape\":(2L,),\"fortran_order\":False,\"descr\":\"=i2\"}", "abcd")).dtype(), "I16");
  EXPECT_EQ(read(npy(header("|u1", "()"), "a")).shape(), Shape{});
  EXPECT_EQ(read(npy(header("u1", "(2, 0)"))).shape(), (Shape{2, 0}));
}

TEST(Npy, RefusesTruncatedAndLongFiles) {
  const std::string whole = npy(header("<f4", "(2, 2)"), std::string(16, 'a'));
  EXPECT_EQ(read(whole).size(), 4u);
  for (std::size_t length = 0; length < whole.size(); ++length) error_for(whole.substr(0, length));
  EXPECT_SAYS(error_for(whole.substr(0, whole.size() - 1)), "truncated: expected 16 bytes from byte " +
                                                                std::to_string(whole.size() - 16) +
                                                                " on for the shape (2, 2), got at most 15");
  EXPECT_SAYS(error_for(whole + "x"), "expected the end of the array at byte " + std::to_string(whole.size()));
  EXPECT_SAYS(error_for(whole, {.max_bytes = 15}), "announces 16 bytes, more than the limit of 15");
  EXPECT_SAYS(error_for(npy(header("<f8", "(1000000000000,)"), "abc"), {.max_bytes = ~std::uint64_t{0}}),
              "truncated: expected 8000000000000 bytes");
  EXPECT_SAYS(data_error_of([] { read_npy("/nonexistent.npy"); }), "cannot open it");
}

TEST(Npz, RefusesMalformedArchives) {
  const ScratchFolder folder;
  const auto error = [&](const std::string& bytes, const NpyLimits& limits = {}) {
    write_bytes(folder / "file", bytes);
    const std::string message = data_error_of([&] { read_npz(folder / "file", limits); });
    EXPECT_EQ(message.find("[read_npz] "), 0u) << message;
    return message;
  };
  const Array<float> x{1, 2, 3}, y{4};
  const std::array tensors{view_of("a", x), view_of("b", y)};
  for (const bool compress : {false, true}) {
    write_npz(folder / "good", tensors, {.compress = compress});
    const std::string whole = read_bytes(folder / "good");
    for (std::size_t length = 0; length < whole.size(); ++length) error(whole.substr(0, length));
    const std::size_t directory = whole.find("PK\1\2"), end = whole.rfind("PK\5\6");
    const auto with = [&](std::size_t at, const std::string& bytes) {
      return std::string(whole).replace(at, bytes.size(), bytes);
    };
    EXPECT_SAYS(error("hello"), "expected a zip archive's directory at its end; is this an .npz file?");
    EXPECT_SAYS(error(with(directory + 8, "\1")), "\"a.npy\" is encrypted");
    EXPECT_SAYS(error(with(directory + 10, "\x0e")), "\"a.npy\" is compressed by method 14; expected 0");
    EXPECT_SAYS(error(with(directory + 16, std::string(1, char(whole[directory + 16] ^ 1)))),
                "member \"a.npy\": damaged: its bytes have another checksum");
    EXPECT_SAYS(error(with(directory + 24, "\xff\xff\xff\xff")), "zip64");
    EXPECT_SAYS(error(with(directory + 24, "\xff\xff\xff\x7f")), "which cannot hold 2147483647");
    EXPECT_SAYS(error(with(directory + 46, "b")), "the name \"b.npy\" comes twice");
    EXPECT_SAYS(error(with(directory + 46 + 4, "z")), "expected members NAME.npy, got \"a.npz\"");
    EXPECT_SAYS(error(with(end + 4, "\1")), "expected an archive of one volume");
    EXPECT_SAYS(error(with(end + 8, std::string("\3\0\3", 3))), "entry 2 of the directory");
    EXPECT_SAYS(error(with(end + 16, "\xff\xff\xff\xff")), "zip64");
    EXPECT_SAYS(error(with(0, "xx")), "member \"a.npy\": expected PK\\x03\\x04 at byte 0");
    EXPECT_SAYS(error(whole, {.max_bytes = 15}),
                "member \"b.npy\": the shape (1,) announces 4 bytes, more than the limit of 3");
    const std::string second = whole.substr(directory + 46 + 5 + 42, 4);  // the place of b's header
    EXPECT_SAYS(error(with(directory + 42, second)), "shares bytes with another");
  }
}

TEST(Npy, MutatedFilesAreReadOrRefused) {
  const NpyLimits limits{.max_bytes = 1 << 20};
  const auto read_file = [&](const std::filesystem::path& path) {
    const AnyArray array = read_npy(path, limits);
    ASSERT_EQ(array.bytes().size(), array.size() * dtype_bytes(array.dtype()));
  };
  expect_success_or_data_error(read_bytes(golden("numpy.npy")), 1, 3000, read_file);
  const auto read_archive = [&](const std::filesystem::path& path) { read_npz(path, limits); };
  expect_success_or_data_error(read_bytes(golden("numpy_stored.npz")), 2, 3000, read_archive);
  const ScratchFolder folder;
  const Array<float> x{1, 2, 3};
  const std::array tensors{view_of("a", x)};
  write_npz(folder / "file", tensors, {.compress = true});
  expect_success_or_data_error(read_bytes(folder / "file"), 3, 3000, read_archive);
}

}  // namespace
}  // namespace xtape::nn
