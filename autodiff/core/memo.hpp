#pragma once
// What a checkpoint keeps of its first run: the results of some operations, which its second run takes from here.

#include "autodiff/core/value.hpp"
#include "autodiff/errors.hpp"

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

namespace xtape {

/// The results of the operations of these names, in order. Of operations of one result that are not element-wise.
template <class T>
class Memo {
 public:
  explicit Memo(std::vector<std::string> operations) : operations_(std::move(operations)) {}

  bool keeps(std::string_view operation) const {
    return std::find(operations_.begin(), operations_.end(), operation) != operations_.end();
  }
  /// What evaluate() gives, in the first run; in the second what it gave there.
  template <class Evaluate>
  SharedValue<T> result(const char* operation, const Evaluate& evaluate) {
    if (!replays_) return results_.emplace_back(evaluate());
    if (next_ < results_.size()) return results_[next_++];
    throw TapeError("[checkpoint] the function applies [" + std::string(operation) +
                    "] more often in its second run than in the first: it must do the same in both");
  }
  void replay() {
    replays_ = true;
    next_ = 0;
  }
  const std::vector<SharedValue<T>>& results() const { return results_; }

 private:
  std::vector<std::string> operations_;
  std::vector<SharedValue<T>> results_;
  bool replays_ = false;
  std::size_t next_ = 0;
};

}  // namespace xtape
