#include "examples/programs/command_line/progress.hpp"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cmath>
#include <cstdlib>
#include <ostream>
#include <string_view>
#include <utility>
#include <vector>

#include "examples/programs/command_line/text.hpp"

namespace programs {
namespace {

constexpr std::size_t kNarrowestBar = 8, kWidestBar = 40;

double fraction_done(const Progress& progress) {
  if (progress.images_per_epoch == 0) return 1;
  return std::min(1.0, static_cast<double>(progress.images) / static_cast<double>(progress.images_per_epoch));
}

std::string percent(const Progress& progress) {
  const std::string text = fixed(std::floor(100 * fraction_done(progress)), 0);
  return std::string(3 - std::min<std::size_t>(3, text.size()), ' ') + text + "%";
}

std::string rate(const Progress& progress) {
  return with_commas(whole(progress.images_per_second)) + " images/s";
}

/// `cells` columns, filled from the left to `fraction`; block characters resolve an eighth of a column.
std::string bar(double fraction, std::size_t cells, bool unicode) {
  static constexpr std::array<const char*, 8> kPartial{"", "▏", "▎", "▍", "▌", "▋", "▊", "▉"};
  const auto eighths = static_cast<std::size_t>(fraction * 8 * static_cast<double>(cells));
  const std::size_t full = eighths / 8, part = unicode ? eighths % 8 : 0;
  std::string text;
  for (std::size_t i = 0; i < full; ++i) text += unicode ? "█" : "#";
  text += kPartial.at(part);
  text.append(cells - full - (part > 0 ? 1 : 0), unicode ? ' ' : '.');
  return text;
}

/// The last set of the three variables that name the locale decides, as for setlocale(3).
bool locale_is_utf8() {
  for (const char* variable : {"LC_ALL", "LC_CTYPE", "LANG"}) {
    const char* value = std::getenv(variable);
    if (value == nullptr || *value == '\0') continue;
    std::string name = value;
    std::transform(name.begin(), name.end(), name.begin(), [](unsigned char c) { return char(std::tolower(c)); });
    return name.find("utf-8") != std::string::npos || name.find("utf8") != std::string::npos;
  }
  return false;
}

}  // namespace

std::string epoch_label(std::size_t epoch, std::size_t epochs) {
  std::string number = std::to_string(epoch);
  const std::string last = std::to_string(epochs);
  number.insert(0, last.size() - std::min(last.size(), number.size()), ' ');
  return "epoch " + number + "/" + last;
}

std::string render_line(const Progress& progress) {
  return epoch_label(progress.epoch, progress.epochs) + " " + percent(progress) + "  loss " + fixed(progress.loss, 2) +
         "  " + rate(progress) + "  " + clock_time(progress.seconds_left) + " left";
}

std::string render_bar(const Progress& progress, std::size_t width, bool unicode) {
  // The pieces in the order of their importance; all are ASCII, so that sizes are columns.
  const std::string head = epoch_label(progress.epoch, progress.epochs);
  const std::vector<std::string> tail{" " + percent(progress), "  loss " + fixed(progress.loss, 2),
                                      "  " + clock_time(progress.seconds_left) + " left", "  " + rate(progress)};
  if (width < head.size()) return head.substr(0, width);
  std::vector<bool> fits(tail.size());
  std::size_t used = head.size();
  for (std::size_t i = 0; i < tail.size(); ++i) {
    fits[i] = used + tail[i].size() <= width;
    if (!fits[i]) break;
    used += tail[i].size();
  }
  std::string line = head;
  if (width >= used + 1 + kNarrowestBar)
    line += " " + bar(fraction_done(progress), std::min(kWidestBar, width - used - 1), unicode);
  for (const std::size_t i : {0, 1, 3, 2})  // the time left stands last
    if (fits[i]) line += tail[i];
  return line;
}

ProgressBar::Terminal ProgressBar::Terminal::of_standard_output() {
  const char* kind = std::getenv("TERM");
  Terminal terminal;
  terminal.interactive = isatty(STDOUT_FILENO) == 1 && kind != nullptr && std::string_view(kind) != "dumb";
  terminal.unicode = locale_is_utf8();
  terminal.width = [] {
    struct winsize size {};
    const bool known = ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0;
    return std::size_t{known ? size.ws_col : 80u};
  };
  return terminal;
}

ProgressBar::ProgressBar(std::ostream& stream, Terminal terminal)
    : stream_(stream), terminal_(std::move(terminal)), last_(Clock::now()) {}

ProgressBar::~ProgressBar() {
  erase();
}

void ProgressBar::update(const Progress& progress) {
  using namespace std::chrono_literals;
  const Clock::time_point now = Clock::now();
  if (terminal_.interactive) {
    if (drawn_ && now - last_ < 100ms) return;
    // One column stays free: a full line would wrap on some terminals, and '\r' would not return to its start.
    const std::size_t width = terminal_.width();
    stream_ << '\r' << render_bar(progress, width > 0 ? width - 1 : 0, terminal_.unicode) << "\x1b[K" << std::flush;
    drawn_ = true;
  } else {
    if (now - last_ < 30s) return;
    stream_ << render_line(progress) << std::endl;
  }
  last_ = now;
}

void ProgressBar::print(const std::string& line) {
  erase();
  stream_ << line << std::endl;
  last_ = Clock::now();
}

void ProgressBar::erase() {
  if (drawn_) stream_ << "\r\x1b[K" << std::flush;
  drawn_ = false;
}

}  // namespace programs
