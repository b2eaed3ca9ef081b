#pragma once
// How a long run shows that it lives: one line redrawn in place on a terminal, plain lines elsewhere.

#include <chrono>
#include <cstddef>
#include <functional>
#include <iosfwd>
#include <string>

namespace programs {

/// Where training stands.
struct Progress {
  std::size_t epoch = 0;  ///< counted from 1
  std::size_t epochs = 0;
  std::size_t images = 0;  ///< done in this epoch
  std::size_t images_per_epoch = 0;
  double loss = 0;  ///< mean so far in this epoch, in nats per image
  double images_per_second = 0;
  double seconds_left = 0;  ///< until the end of the last epoch
};

/// "epoch  3/10", as wide as the last epoch's.
std::string epoch_label(std::size_t epoch, std::size_t epochs);

/// The bar as one line of at most `width` columns:
///   epoch  3/10 ████████▌            42%  loss 108.31  45,200 images/s  0:07 left
/// What does not fit is left out, least important first. `unicode` chooses between block characters and '#'.
std::string render_bar(const Progress& progress, std::size_t width, bool unicode);

/// The same facts without the bar, for logs.
std::string render_line(const Progress& progress);

/// Draws `Progress` on a stream.
class ProgressBar {
 public:
  /// What the stream can do.
  struct Terminal {
    bool interactive = false;  ///< redraw in place; otherwise print lines, seldom
    bool unicode = false;
    std::function<std::size_t()> width = [] { return std::size_t{80}; };  ///< asked anew at every redraw

    /// What standard output is connected to, and what the locale promises.
    static Terminal of_standard_output();
  };

  explicit ProgressBar(std::ostream& stream, Terminal terminal = Terminal::of_standard_output());
  /// Erases the bar, so that whatever is printed next starts on a clean line.
  ~ProgressBar();
  ProgressBar(const ProgressBar&) = delete;
  ProgressBar& operator=(const ProgressBar&) = delete;

  /// Shows where training stands: at most ten times a second on a terminal, every half a minute elsewhere.
  void update(const Progress& progress);

  /// Prints a line that stays, above the bar.
  void print(const std::string& line);

  /// Takes the bar off the screen until the next update.
  void erase();

 private:
  using Clock = std::chrono::steady_clock;

  std::ostream& stream_;
  Terminal terminal_;
  Clock::time_point last_;
  bool drawn_ = false;  ///< a bar is on the screen
};

}  // namespace programs
