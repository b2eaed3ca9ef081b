#pragma once
// What a checkpoint keeps of its first run: the results of some operations, which its second run takes from here.

#include "autodiff/core/record.hpp"
#include "autodiff/errors.hpp"

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace xtape {

/// The results of the operations of these names, in order: of operations of one result that are not element-wise.
template <class T>
class Memo {
 public:
  explicit Memo(std::vector<std::string> operations) : operations_(std::move(operations)) {}

  bool keeps(std::string_view operation) const {
    return std::find(operations_.begin(), operations_.end(), operation) != operations_.end();
  }
  /// What evaluate() gives, in the first run; in the second what it gave there. Throws TapeError where the second run
  /// takes another way.
  template <class Evaluate>
  SharedValue<T> result(std::string_view operation, const Evaluate& evaluate) {
    if (!replays_) return results_.emplace_back(operation, evaluate()).second;
    if (next_ < results_.size() && results_[next_].first == operation) return results_[next_++].second;
    refuse("[" + std::string(operation) + "]");
  }
  void replay() {
    replays_ = true;
    next_ = 0;
  }
  /// Throws TapeError unless the second run has taken all.
  void check_taken() const {
    if (next_ < results_.size()) refuse("no [" + std::string(results_[next_].first) + "]");
  }
  bool empty() const { return results_.empty(); }
  template <class Visit>
  void visit(const Visit& visit_one) const {
    for (const auto& [operation, result] : results_) visit_one(*result);
  }

 private:
  [[noreturn]] void refuse(const std::string& what) const {
    throw TapeError("[checkpoint] the function applies " + what +
                    " in its second run where it did not in the first: "
                    "it must do the same in both");
  }

  std::vector<std::string> operations_;
  std::vector<std::pair<std::string_view, SharedValue<T>>> results_;
  bool replays_ = false;
  std::size_t next_ = 0;
};

/// The operations of a run on this record take their results from a memo, or from none, while this lives.
template <class T>
class MemoScope {
 public:
  MemoScope(Record<T>& record, Memo<T>* memo) : place_(record.place()), before_(std::exchange(place_.memo, memo)) {}
  ~MemoScope() { place_.memo = before_; }
  MemoScope(const MemoScope&) = delete;
  MemoScope& operator=(const MemoScope&) = delete;

 private:
  LivePlace<T>& place_;
  Memo<T>* before_;
};

}  // namespace xtape
