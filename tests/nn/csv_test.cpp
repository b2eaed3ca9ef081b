// The CSV reader: numbers, categories and missing values, and what is wrong with a line, by line and column.

#include "nn/files/csv.hpp"

#include "files_for_tests.hpp"
#include "tests/testing.hpp"

#include <zlib.h>
#include <cmath>
#include <limits>
#include <string>

namespace xtape::nn {
namespace {

using testing::data_error_of;
using testing::expect_success_or_data_error;
using testing::refusal_of;
using testing::ScratchFolder;
using testing::write_bytes;

CsvTable read(const std::string& text, const CsvOptions& options = {}) {
  const ScratchFolder folder;
  write_bytes(folder / "file", text);
  return read_csv(folder / "file", options);
}

std::string error_for(const std::string& text, const CsvOptions& options = {}) {
  return refusal_of("read_csv", [&] { read(text, options); });
}

TEST(Csv, ReadsNumbersUnderNames) {
  const CsvTable table = read("height,width\n1.5,-2\n+3e2, .25 \n");
  EXPECT_EQ(table.rows(), 2u);
  EXPECT_EQ(table.names(), (std::vector<std::string>{"height", "width"}));
  EXPECT_EQ(table.column<double>("height"), (Array<double>{1.5, 300}));
  EXPECT_EQ(table.numbers<float>(), (xt::xtensor<float, 2>{{1.5f, -2}, {300, 0.25f}}));
  const std::vector<std::string> other_order{"width", "height"};
  EXPECT_EQ(table.columns<float>(other_order), (xt::xtensor<float, 2>{{-2, 1.5f}, {0.25f, 300}}));
}

TEST(Csv, ReadsOtherForms) {
  const xt::xtensor<double, 2> expected{{1, 2}, {3, 4}};
  const std::pair<const char*, CsvOptions> forms[] = {{"1,2\n3,4\n", {.header = false}},
                                                      {"1,2\r\n3,4", {.header = false}},
                                                      {"1;2\n\n \n3;4\n", {.separator = ';', .header = false}},
                                                      {"1\t2\n3\t4", {.separator = '\t', .header = false}},
                                                      {"  1   2 \n3 4\n", {.separator = ' ', .header = false}},
                                                      {"\"1\" \"2\" \n3 4\n", {.separator = ' ', .header = false}},
                                                      {"\"1\",\"2\"\n \"3\" ,4\n", {.header = false}},
                                                      {"\xef\xbb\xbf\"a\",\"b \"\"c\"\", and\nd\"\n1,2\n3,4\n", {}},
                                                      {"a,b,c\n1,9,2\n3,x,4\n", {.columns = {"a", "c"}}}};
  for (const auto& [text, options] : forms) EXPECT_EQ(read(text, options).numbers<double>(), expected) << text;
  EXPECT_EQ(read("1,2\n", {.header = false}).names(), (std::vector<std::string>{"0", "1"}));
  EXPECT_EQ(read("\"a\",\"b \"\"c\"\", and\nd\"\n1,2\n").names()[1], "b \"c\", and\nd");
  EXPECT_EQ(read("a,b\n").rows(), 0u);
  EXPECT_EQ(to_string(shape_of(read("a,b\n").numbers<float>())), "(0, 2)");
}

TEST(Csv, NumbersAreTheNearest) {
  const CsvTable table = read("x\n0.1\n1e-400\n9007199254740993\n-inf\n1.7976931348623157e308\n");
  const Array<double> x = table.column<double>("x");
  const double expected[] = {0.1, 0, 9007199254740992, -INFINITY, std::numeric_limits<double>::max()};
  for (std::size_t i = 0; i < 5; ++i) EXPECT_EQ(x(i), expected[i]);
}

TEST(Csv, CategoriesAreSortedAndCounted) {
  const CsvTable table = read("species,length\nvirginica,1\nsetosa,2\n\"virginica\",3\n,4\n\"\",5\n",
                              {.categorical = {"species"}, .allow_missing = true});
  EXPECT_EQ(table.categories("species"), (std::vector<std::string>{"", "setosa", "virginica"}));
  EXPECT_EQ(table.codes("species"), (Array<std::int64_t>{2, 1, 2, -1, 0}));
  EXPECT_EQ(to_string(shape_of(table.numbers<float>())), "(5, 1)");
  EXPECT_SAYS(data_error_of([&] { table.column<float>("species"); }),
              "[CsvTable::column] the column \"species\" is categorical: codes(name)");
  EXPECT_SAYS(data_error_of([&] { table.codes("length"); }), "the column \"length\" holds numbers");
  EXPECT_SAYS(data_error_of([&] { table.codes("more"); }), "the table has no column \"more\"");
}

TEST(Csv, MissingValuesAreRefusedOrNan) {
  const std::string text = "x,y\n1,\n?,NaN\n";
  EXPECT_SAYS(error_for(text),
              "line 2, column \"y\": a missing value (\"\"); CsvOptions::allow_missing makes NaN of it");
  const Array<double> numbers = read(text, {.allow_missing = true}).numbers<double>();
  EXPECT_EQ(numbers(0, 0), 1);
  for (const double x : {numbers(0, 1), numbers(1, 0), numbers(1, 1)}) EXPECT_TRUE(std::isnan(x));
  EXPECT_SAYS(error_for(text, {.missing = {"none"}, .allow_missing = true}), "expected a number, got \"?\"");
}

TEST(Csv, SaysWhereATextIs) {
  EXPECT_SAYS(error_for("x,name\n1,2\n3,Anna\n"),
              "line 3, column \"name\": expected a number, got \"Anna\"; a column of texts is read if it is named in "
              "CsvOptions::categorical, and left out by CsvOptions::columns");
  EXPECT_SAYS(error_for("x,y\n1,2\n", {.header = false}), "line 1, column \"0\": expected a number, got \"x\"");
  EXPECT_SAYS(error_for("x,y\n1,2\n", {.header = false}), "does the first line hold the names?");
  EXPECT_SAYS(error_for("x,\"y\n2\"\n\n1,a\n"), "line 4, column \"y\\n2\": expected a number, got \"a\"");
  for (const char* text : {"1,5", "1e", "0x10", "1e999", "--1", "+-1", "1 2", "-nan", "1.2.3"}) {
    EXPECT_SAYS(error_for("x\n" + std::string("\"") + text + "\"\n"), "expected a number, got");
  }
}

TEST(Csv, RefusesMalformedFiles) {
  EXPECT_SAYS(error_for(""), "expected lines of fields, got an empty file");
  EXPECT_SAYS(error_for("\n\n"), "got an empty file");
  EXPECT_SAYS(error_for("x,y\n1,2\n1,2,3\n"), "line 3: expected 2 fields as in the first line, got 3");
  EXPECT_SAYS(error_for("x,y\n1\n"), "line 2: expected 2 fields as in the first line, got 1");
  EXPECT_SAYS(error_for("x\n\"1\n2\n"), "line 2: a quote is not closed");
  EXPECT_SAYS(error_for("x\n\"1\"2\n"), "line 2, field 1: expected the separator after a closed quote");
  EXPECT_SAYS(error_for("x\n1\"2\"\n"), "line 2, field 1: a quote within \"1\\\"2\\\"\"");
  EXPECT_SAYS(error_for("x,x\n1,2\n"), "the column \"x\" comes twice");
  EXPECT_SAYS(error_for("x,y\n1,2\n", {.columns = {"z"}}), "has no column \"z\"; its columns are \"x\", \"y\"");
  EXPECT_SAYS(error_for("x,y\n1,2\n", {.columns = {"x", "x"}}), "the column \"x\" comes twice");
  EXPECT_SAYS(error_for("x,y\n1,2\n", {.categorical = {"z"}}), "has no column \"z\"");
  EXPECT_SAYS(error_for("x,y\n1,2\n", {.max_bytes = 7}), "expected at most 7 bytes, got more");
  EXPECT_EQ(read("x,y\n1,2\n", {.max_bytes = 8}).rows(), 1u);
  EXPECT_TRUE(has(message_of<Error>([] { read("x\n", {.separator = '"'}); }), {"expected a separator"}));
}

// Larger than the blocks that are read at once, and compressed.
TEST(Csv, ReadsLargeFiles) {
  std::string text = "i,\"text, long\"\n";
  for (int i = 0; i < 100'000; ++i) text += std::to_string(i) + ",\"" + std::string(std::size_t(i % 50), 'x') + "\"\n";
  EXPECT_GT(text.size(), std::size_t{2} << 20);
  const ScratchFolder folder;
  const ::gzFile file = ::gzopen((folder / "file.gz").c_str(), "wb1");
  ::gzwrite(file, text.data(), unsigned(text.size()));
  ::gzclose(file);
  const CsvTable table = read_csv(folder / "file.gz", {.categorical = {"text, long"}});
  ASSERT_EQ(table.rows(), 100'000u);
  EXPECT_EQ(table.column<double>("i")(99'999), 99'999);
  EXPECT_EQ(table.categories("text, long").size(), 50u);
  EXPECT_EQ(table.codes("text, long")(99'999), 49);
}

TEST(Csv, MutatedFilesAreReadOrRefused) {
  const auto read_file = [](const std::filesystem::path& path) {
    const CsvTable table = read_csv(path, {.categorical = {"name"}, .allow_missing = true});
    ASSERT_EQ(table.codes("name").size(), table.rows());
  };
  expect_success_or_data_error("x,name,\"y\"\n1,a,2\n,\"b\"\"\",1e5\n3,,4\n", 1, 3000, read_file);
}

TEST(Csv, RefusesWhatWouldBeReadAsSomethingElse) {
  EXPECT_SAYS(error_for("a,b\r1,2\r3,4\r"), "carriage return");
  EXPECT_SAYS(error_for("a,b\n1,2\r3\n"), "line 2, field 2: a carriage return");
  EXPECT_EQ(read("a\r\n1\r\n").rows(), 1u);
  const CsvTable tabs = read("a\tb\n1\t2\n\t\n3\t4\n", {.separator = '\t', .allow_missing = true});
  EXPECT_EQ(tabs.rows(), 3u);
  EXPECT_TRUE(std::isnan(tabs.column<double>("b")(1)));
  const CsvTable large = read("a\n1\n1e39\n");
  EXPECT_EQ(large.column<double>("a")(1), 1e39);
  EXPECT_SAYS(data_error_of([&] { large.column<float>("a"); }), "row 1 of the column \"a\" is 1e+39");
  EXPECT_SAYS(data_error_of([&] { large.numbers<float>(); }), "row 1 of the column \"a\" is 1e+39");
  EXPECT_TRUE(std::isinf(read("a\ninf\n").column<float>("a")(0)));
}

}  // namespace
}  // namespace xtape::nn
