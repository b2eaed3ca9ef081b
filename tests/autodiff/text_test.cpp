// Numbers and foreign text in messages: no digit is lost, and nothing reaches a terminal but what it shows.

#include "autodiff/text.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>
#include <limits>
#include <string>

namespace xtape {
namespace {

TEST(Text, NumbersReadBackAndAreShort) {
  EXPECT_EQ(text::number(1e-8), "1e-08");
  EXPECT_EQ(text::number(0.1), "0.1");
  EXPECT_EQ(text::number(0.1f), "0.1");
  EXPECT_EQ(text::number(3.0), "3");
  EXPECT_EQ(text::number(100000.0), "100000");
  EXPECT_EQ(text::number(-0.0), "-0");
  EXPECT_EQ(text::number(1.0 / 3), "0.3333333333333333");
  for (const double x : {1e-300, 5e-324, 1.7976931348623157e308, -123456.789, 2.0 / 3, 1e22, 4e-5}) {
    EXPECT_EQ(std::strtod(text::number(x).c_str(), nullptr), x);
    EXPECT_EQ(std::strtof(text::number(float(x)).c_str(), nullptr), float(x));
  }
}

TEST(Text, NotANumberHasNoSign) {
  const double nan = std::numeric_limits<double>::quiet_NaN(), infinity = std::numeric_limits<double>::infinity();
  EXPECT_EQ(text::number(nan), "nan");
  EXPECT_EQ(text::number(std::copysign(nan, -1.0)), "nan");
  EXPECT_EQ(text::number(std::copysign(float(nan), -1.0f)), "nan");
  EXPECT_EQ(text::number(infinity), "inf");
  EXPECT_EQ(text::number(-float(infinity)), "-inf");
}

TEST(Text, ControlCharactersAreEscaped) {
  EXPECT_EQ(text::escaped("plain grüße \xe6\x97\xa5 \xf0\x9f\x98\x80 \"\\"),
            "plain grüße \xe6\x97\xa5 \xf0\x9f\x98\x80 \"\\");
  EXPECT_EQ(text::escaped("a\nb\rc\td"), "a\\nb\\rc\\td");
  EXPECT_EQ(text::escaped("\x1b]0;title\x07"), "\\u001b]0;title\\u0007");
  EXPECT_EQ(text::escaped(std::string("\0", 1)), "\\u0000");
  EXPECT_EQ(text::escaped("\x7f"), "\\u007f");
  EXPECT_EQ(text::escaped("\xc2\x9b"
                          "2J"),
            "\\u009b2J")
      << "the control sequence introducer of eight bits";
  EXPECT_EQ(text::escaped("\xe2\x80\xae"
                          "abc"),
            "\\u202eabc")
      << "right to left from here on";
  EXPECT_EQ(text::escaped("\xf3\xa0\x81\x81"), "\\U000e0041");
}

TEST(Text, BytesThatAreNoUtf8AreEscaped) {
  EXPECT_EQ(text::escaped("\xff"), "\\xff");
  EXPECT_EQ(text::escaped("a\x9bz"), "a\\x9bz");
  EXPECT_EQ(text::escaped("\xc3"), "\\xc3") << "cut off";
  EXPECT_EQ(text::escaped("\xc0\xaf"), "\\xc0\\xaf") << "too long for what it says";
  EXPECT_EQ(text::escaped("\xe0\x80\xaf"), "\\xe0\\x80\\xaf");
  EXPECT_EQ(text::escaped("\xed\xa0\x80"), "\\xed\\xa0\\x80") << "half of a surrogate pair";
  EXPECT_EQ(text::escaped("\xf4\x90\x80\x80"), "\\xf4\\x90\\x80\\x80") << "beyond the last character";
}

TEST(Text, IsCutAtACharacter) {
  EXPECT_EQ(text::escaped(std::string(101, 'x')), std::string(100, 'x') + "...");
  EXPECT_EQ(text::escaped(std::string(100, 'x')), std::string(100, 'x'));
  EXPECT_EQ(text::escaped("aä", 2), "a...");
  EXPECT_EQ(text::escaped("aä", 3), "aä");
  EXPECT_LT(text::escaped(std::string(1'000'000, '\x1b')).size(), 1000u);
}

TEST(Text, NamesAreQuoted) {
  EXPECT_EQ(text::quoted("a.b"), "\"a.b\"");
  EXPECT_EQ(text::quoted("\"\\\n"), "\"\\\"\\\\\\n\"");
}

TEST(Text, PathsKeepTheirEnd) {
  EXPECT_EQ(text::path("a b/ü.gz"), "a b/ü.gz");
  EXPECT_EQ(text::path("out\x1b[2J/file"), "out\\u001b[2J/file");
  const std::string shown = text::path(std::string(1'000'000, 'd') + "/file");
  EXPECT_EQ(shown.size(), 1003u);
  EXPECT_TRUE(shown.starts_with("...d") && shown.ends_with("d/file"));
}

}  // namespace
}  // namespace xtape
