// std::cout << x: text for text what NumPy prints (tests/golden/make_print.py).

#include "autodiff/autodiff.hpp"
#include "tests/testing.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <cstdlib>
#include <fstream>
#include <iomanip>
#include <map>
#include <sstream>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

namespace xtape {
namespace {

template <class X>
std::string printed(const X& x) {
  std::ostringstream out;
  out << x;
  return out.str();
}

// What a case's first line says: NAME DTYPE LINES RANK EXTENTS... values X..., or ... ramp START STEP.
struct Case {
  std::string name, dtype;
  Shape shape;
  std::vector<double> numbers;
  std::string text;
};

std::vector<double> read_numbers(std::istream& words, std::size_t size) {
  std::string how;
  words >> how;
  std::vector<double> read;
  for (std::string word; words >> word;) read.push_back(std::strtod(word.c_str(), nullptr));
  if (how == "values") return read;
  std::vector<double> ramp;
  for (std::size_t i = 0; i < size; ++i) ramp.push_back(read.at(0) + read.at(1) * double(i));
  return ramp;
}

std::vector<Case> read_cases() {
  std::ifstream file(std::string(XTAPE_GOLDEN_DIR) + "/print.txt");
  std::vector<Case> cases;
  std::string line;
  std::getline(file, line);  // what made it
  while (std::getline(file, line)) {
    std::istringstream words(line);
    Case read;
    std::size_t lines = 0, rank = 0;
    words >> read.name >> read.dtype >> lines >> rank;
    read.shape.resize(rank);
    for (std::size_t& extent : read.shape) words >> extent;
    read.numbers = read_numbers(words, size_of(read.shape));
    for (std::size_t i = 0; i < lines && std::getline(file, line); ++i) read.text += (i > 0 ? "\n" : "") + line;
    cases.push_back(read);
  }
  return cases;
}

template <class T>
Array<T> array_of(const Case& golden) {
  Array<T> array = empty<T>(golden.shape);
  for (std::size_t i = 0; i < array.size(); ++i) array.data()[i] = T(golden.numbers.at(i));
  return array;
}

template <class T>
void expect_text(const Case& golden) {
  const Array<T> array = array_of<T>(golden);
  EXPECT_EQ(printed(array), golden.text) << golden.name;
  if constexpr (std::is_floating_point_v<T>) {
    EXPECT_EQ(printed(Var<T>(array)), golden.text) << golden.name;
  }
}

TEST(Print, IsWhatNumPyPrints) {
  const std::map<std::string, void (*)(const Case&)> expect{
      {"float32", expect_text<float>},      {"float64", expect_text<double>},     {"uint8", expect_text<std::uint8_t>},
      {"int32", expect_text<std::int32_t>}, {"int64", expect_text<std::int64_t>}, {"bool", expect_text<bool>}};
  const std::vector<Case> cases = read_cases();
  EXPECT_GT(cases.size(), 500u);
  for (const Case& golden : cases) expect.at(golden.dtype)(golden);
}

TEST(Print, ShowsAVarByItsElementsAlone) {
  Tape<double> tape;
  const Var<double> x = tape.watch(xt::xarray<double>{{1, 2}, {3, 4}});
  EXPECT_EQ(printed(x * 0.5), "[[0.5 1. ]\n [1.5 2. ]]");
  EXPECT_EQ(printed(transpose(x)), "[[1. 3.]\n [2. 4.]]");
  EXPECT_EQ(printed(sum(x)), "10.0");
}

TEST(Print, ShowsExpressionsOfXtensor) {
  const Array<double> x{1, 2, 3};
  EXPECT_EQ(printed(2.0 * x - 1.0), "[1. 3. 5.]");
  EXPECT_EQ(printed(x > 1.5), "[False  True  True]");
  EXPECT_EQ(printed(xt::xarray<int>{1, 10}), "[ 1 10]");
  EXPECT_EQ(printed(xt::xtensor<float, 1>{0.25f, 1}), "[0.25 1.  ]");
}

TEST(Print, ShowsIndicesByTheirIntegers) {
  EXPECT_EQ(printed(Indices{2, 0, -1}), "[ 2  0 -1]");
  EXPECT_EQ(printed(argmax(Var<double>(Array<double>{1, 5, 2}))), "1");
  EXPECT_EQ(printed(argsort(Var<double>(Array<double>{{2, 1}, {1, 2}}))), "[[1 0]\n [0 1]]");
}

TEST(Print, NeitherReadsNorChangesTheStreamsSettings) {
  std::ostringstream out;
  out << std::setprecision(3) << std::scientific << std::showpos << std::setfill('*') << std::setw(40);
  out << Array<double>{1.23456, 2} << '|';
  EXPECT_EQ(out.str(), "[1.23456 2.     ]" + std::string(39, '*') + "|");  // the width is still to be used
  out.str("");
  out << 2.0;
  EXPECT_EQ(out.str(), "+2.000e+00");
}

TEST(Print, RefusesWhatHasNoElements) {
  EXPECT_TRUE(has(message_of<TapeError>([] { printed(Var<double>()); }), {"[Var] empty variable"}));
  Array<float> x{1, 2};
  const Array<float> taken = std::move(x);
  EXPECT_TRUE(has(message_of<TapeError>([&] { printed(x); }), {"[array]", "moved from"}));
  EXPECT_EQ(printed(taken), "[1. 2.]");
}

}  // namespace
}  // namespace xtape
