#pragma once
// What watches the operations of a tape: a profile of their time, and the check that results are finite.

#include "autodiff/core/var.hpp"

#include <chrono>
#include <memory>
#include <vector>

namespace xtape {

/// What a node of a profiled tape has cost.
struct NodeCost {
  double forward_seconds = 0, backward_seconds = 0;
  std::size_t saved_bytes = 0;
  bool noted = false;  // whether the bytes are
};

class Watch {
 public:
  explicit Watch(bool checks_finite) : checks_finite_(checks_finite) {}

  bool checks_finite() const { return checks_finite_; }
  /// f(), with results checked only if `checked`: a derivative that nobody asked for may well not be finite.
  template <class F>
  auto run(bool checked, const F& f) {
    struct Restore {
      bool& flag;
      bool value;
      ~Restore() { flag = value; }
    } restore{checks_finite_, checks_finite_};
    checks_finite_ = checks_finite_ && checked;
    return f();
  }

  /// From now on the time of every operation, and of its part of each first-order sweep, is measured.
  void start_profile() { profile_ = std::make_unique<Profile>(); }
  bool profiles() const { return profile_ != nullptr; }
  /// What the node has cost, or null without a profile.
  NodeCost* cost(NodeIndex i) const {
    if (!profile_) return nullptr;
    if (profile_->costs.size() <= std::size_t(i)) profile_->costs.resize(std::size_t(i) + 1);
    return &profile_->costs[std::size_t(i)];
  }
  /// The operation whose node comes next begins now.
  void operation_begins() {
    if (profile_) [[unlikely]]
      profile_->started = Clock::now();
  }
  /// It is recorded as node i.
  void operation_ends(NodeIndex i) {
    if (profile_) [[unlikely]]
      cost(i)->forward_seconds = std::chrono::duration<double>(Clock::now() - profile_->started).count();
  }
  /// sweep(), node i's part of a sweep.
  template <class Sweep>
  void time_backward(NodeIndex i, const Sweep& sweep) const {
    if (!profile_) [[likely]]
      return sweep();
    const auto start = Clock::now();
    sweep();
    cost(i)->backward_seconds += std::chrono::duration<double>(Clock::now() - start).count();
  }

 private:
  using Clock = std::chrono::steady_clock;
  struct Profile {
    Clock::time_point started;
    std::vector<NodeCost> costs;
  };
  bool checks_finite_;
  std::unique_ptr<Profile> profile_;  // null unless asked for
};

}  // namespace xtape
