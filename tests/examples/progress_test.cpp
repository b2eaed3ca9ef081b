// The progress bar: what fits, what is drawn on a terminal, and what in a log.

#include "examples/programs/command_line/progress.hpp"

#include <gtest/gtest.h>

#include <limits>
#include <sstream>
#include <thread>

namespace {

using programs::Progress;
using programs::ProgressBar;

const Progress kHalf{3, 10, 30000, 60000, 108.314, 45211.3, 67.4};

/// Columns on a terminal: bytes that do not continue a UTF-8 sequence.
std::size_t columns(const std::string& text) {
  std::size_t count = 0;
  for (const char byte : text) count += (static_cast<unsigned char>(byte) & 0xC0) != 0x80;
  return count;
}

ProgressBar::Terminal terminal(bool interactive, std::size_t width) {
  ProgressBar::Terminal result;
  result.interactive = interactive;
  result.width = [width] { return width; };
  return result;
}

TEST(ProgressBar, ShowsAllFactsWhereThereIsRoom) {
  EXPECT_EQ(programs::render_bar(kHalf, 78, false),
            "epoch  3/10 ##########..........  50%  loss 108.31  45,211 images/s  1:07 left");
  EXPECT_EQ(programs::render_line(kHalf), "epoch  3/10  50%  loss 108.31  45,211 images/s  1:07 left");
}

TEST(ProgressBar, FitsEveryWidth) {
  for (const bool unicode : {false, true})
    for (std::size_t width = 0; width < 200; ++width) {
      const std::string bar = programs::render_bar(kHalf, width, unicode);
      EXPECT_LE(columns(bar), width) << bar;
      EXPECT_EQ(bar.find("loss 108.31") != std::string::npos, width >= 29) << width;
    }
}

TEST(ProgressBar, FillsFromEmptyToFull) {
  Progress progress = kHalf;
  progress.images = 0;
  EXPECT_EQ(programs::render_bar(progress, 100, false).find('#'), std::string::npos);
  progress.images = progress.images_per_epoch;
  const std::string full = programs::render_bar(progress, 100, false);
  EXPECT_EQ(full.find("..."), std::string::npos);
  EXPECT_NE(full.find("100%"), std::string::npos);
}

TEST(ProgressBar, CopesWithNumbersOutOfTheOrdinary) {
  Progress progress{1, 1, 0, 0, std::numeric_limits<double>::quiet_NaN(), -1, std::numeric_limits<double>::infinity()};
  EXPECT_LE(columns(programs::render_bar(progress, 80, true)), 80u);
  EXPECT_NE(programs::render_line(progress).find("loss nan"), std::string::npos);
}

TEST(ProgressBar, RedrawsOneLineOnATerminal) {
  std::ostringstream stream;
  {
    ProgressBar bar(stream, terminal(true, 60));
    bar.update(kHalf);
    const std::string once = stream.str();
    EXPECT_EQ(once.front(), '\r');
    EXPECT_EQ(once.find('\n'), std::string::npos);
    bar.update(kHalf);
    EXPECT_EQ(stream.str(), once) << "redrawn sooner than a tenth of a second later";
    std::this_thread::sleep_for(std::chrono::milliseconds(120));
    bar.update(kHalf);
    EXPECT_EQ(stream.str(), once + once);
    bar.print("a line");
    EXPECT_EQ(stream.str(), once + once + "\r\x1b[Ka line\n");
    bar.update(kHalf);
  }
  EXPECT_TRUE(stream.str().ends_with("\r\x1b[K")) << "the bar is left on the screen";
}

TEST(ProgressBar, PrintsNoBarIntoALog) {
  std::ostringstream stream;
  {
    ProgressBar bar(stream, terminal(false, 60));
    for (int i = 0; i < 100; ++i) bar.update(kHalf);
    bar.print("a line");
  }
  EXPECT_EQ(stream.str(), "a line\n");
}

}  // namespace
