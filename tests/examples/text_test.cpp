// Numbers, times and suggestions as the programs print them.

#include "examples/programs/command_line/text.hpp"

#include <gtest/gtest.h>

#include <limits>

namespace {

using namespace programs;

TEST(Text, Numbers) {
  EXPECT_EQ(fixed(105.5604, 2), "105.56");
  EXPECT_EQ(fixed(-0.5, 0), "-0");
  EXPECT_EQ(fixed(1e300, 1).size(), 303u);
  EXPECT_EQ(fixed(-std::numeric_limits<double>::quiet_NaN(), 1), "nan");
  EXPECT_EQ(whole(-3), 0u);
  EXPECT_EQ(whole(1234.9), 1234u);
  EXPECT_EQ(whole(std::numeric_limits<double>::quiet_NaN()), 0u);
  EXPECT_EQ(whole(std::numeric_limits<double>::infinity()), 1'000'000'000'000'000u);
  EXPECT_EQ(shortest(0.001), "0.001");
  EXPECT_EQ(shortest(0.1 + 0.2), "0.30000000000000004");
  EXPECT_EQ(with_commas(0), "0");
  EXPECT_EQ(with_commas(999), "999");
  EXPECT_EQ(with_commas(1000), "1,000");
  EXPECT_EQ(with_commas(12345678), "12,345,678");
  EXPECT_EQ(byte_size(1536), "1.5 KiB");
  EXPECT_EQ(byte_size(100 * 1024 * 1024), "100 MiB");
  EXPECT_EQ(byte_size(std::uint64_t{5} << 30), "5.0 GiB");
}

TEST(Text, Times) {
  EXPECT_EQ(clock_time(0), "0:00");
  EXPECT_EQ(clock_time(67.4), "1:07");
  EXPECT_EQ(clock_time(59.6), "1:00");
  EXPECT_EQ(clock_time(7391), "2:03:11");
  EXPECT_EQ(clock_time(-3), "0:00");
  EXPECT_EQ(clock_time(std::numeric_limits<double>::infinity()), "2400:00:00");
}

TEST(Text, Lists) {
  EXPECT_EQ(one_of({}), "");
  EXPECT_EQ(one_of({"a"}), "a");
  EXPECT_EQ(one_of({"a", "b", "c"}), "a, b or c");
}

TEST(Text, ShellWords) {
  EXPECT_EQ(shell_word("out/vae"), "out/vae");
  EXPECT_EQ(shell_word("my runs"), "'my runs'");
  EXPECT_EQ(shell_word("it's"), "'it'\\''s'");
  EXPECT_EQ(shell_word("$HOME"), "'$HOME'");
  EXPECT_EQ(shell_word(""), "''");
  EXPECT_EQ(shell_word("grün und\xc2\xa0weit"), "'grün und\xc2\xa0weit'");
  EXPECT_EQ(shell_word("a\x1b[2J%'\xff"), R"x("$(printf 'a\033\1332J%%\047\377')")x");
}

TEST(Text, Suggestions) {
  EXPECT_EQ(edit_distance("", "abc"), 3u);
  EXPECT_EQ(edit_distance("kitten", "sitting"), 3u);
  EXPECT_EQ(edit_distance("epochs", "epochs"), 0u);
  const std::vector<std::string> options{"--epochs", "--latent", "--learning-rate", "--hidden"};
  EXPECT_EQ(nearest("--epoch", options), "--epochs");
  EXPECT_EQ(nearest("--latnet", options), "--latent");
  EXPECT_EQ(nearest("--learn", options), "--learning-rate");
  EXPECT_EQ(nearest("--zebra", options), "");
}

}  // namespace
