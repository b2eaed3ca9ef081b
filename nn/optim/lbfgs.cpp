#include "nn/optim/descent.hpp"

#include <algorithm>
#include <deque>
#include <limits>
#include <memory>
#include <utility>

namespace xtape::nn::detail {

namespace {

// The steps s and changes of the gradient y that approximate the inverse of the second derivatives.
class History {
 public:
  explicit History(std::size_t most) : most_(most) {}

  void add(const Sample& from, const Sample& to) {
    Pair pair{along(to.x, -1, from.x), along(to.gradient, -1, from.gradient), 0};
    const double curvature = dot(pair.s, pair.y);
    if (!(curvature > std::numeric_limits<double>::epsilon() * dot(pair.y, pair.y))) return;  // says nothing
    pair.rho = 1 / curvature;
    if (pairs_.size() == most_) pairs_.pop_front();
    pairs_.push_back(std::move(pair));
  }
  bool empty() const { return pairs_.empty(); }
  void clear() { pairs_.clear(); }

  // -H g, by the two loops of algorithm 7.4.
  Vector direction(const Vector& gradient) const {
    Vector q = along(Vector(gradient.size(), 0.0), -1, gradient);
    Vector alpha(pairs_.size());
    for (std::size_t i = pairs_.size(); i-- > 0;) {
      alpha[i] = pairs_[i].rho * dot(pairs_[i].s, q);
      q = along(q, -alpha[i], pairs_[i].y);
    }
    if (!empty()) {
      const Pair& last = pairs_.back();
      const double scale = 1 / (last.rho * dot(last.y, last.y));
      for (double& x : q) x *= scale;
    }
    for (std::size_t i = 0; i < pairs_.size(); ++i) {
      const double beta = pairs_[i].rho * dot(pairs_[i].y, q);
      q = along(q, alpha[i] - beta, pairs_[i].s);
    }
    return q;
  }

 private:
  struct Pair {
    Vector s, y;
    double rho;
  };
  std::size_t most_;
  std::deque<Pair> pairs_;
};

class Lbfgs : public Descent {
 public:
  Lbfgs(Function& function, const MinimizeOptions& options)
      : function_(function), options_(options), history_(options.history) {}

  std::optional<Sample> next(const Sample& now) override {
    std::optional<Sample> found = along_direction(now);
    if (!found && !history_.empty()) {  // once more along the gradient
      history_.clear();
      found = along_direction(now);
    }
    if (found) history_.add(now, *found);
    return found;
  }

 private:
  std::optional<Sample> along_direction(const Sample& now) {
    Vector direction = history_.direction(now.gradient);
    if (!(dot(direction, now.gradient) < 0)) {  // lost to rounding
      history_.clear();
      direction = history_.direction(now.gradient);
    }
    const double step = history_.empty() ? std::min(1.0, 1 / largest(now.gradient)) : 1;
    return search_line(function_, now, direction, step, options_);
  }

  Function& function_;
  const MinimizeOptions& options_;
  History history_;
};

}  // namespace

std::unique_ptr<Descent> make_lbfgs(Function& function, const MinimizeOptions& options) {
  return std::make_unique<Lbfgs>(function, options);
}

}  // namespace xtape::nn::detail
