#pragma once
// Learning rates that change: functions of the number of steps done, so that they have no state of their own.
//
//   const nn::Schedule rate = nn::warm_up(500, nn::cosine(1e-3, 20'000));
//   ...
//   optimizer.set_learning_rate(rate(optimizer.state().step));
//   optimizer.step(gradients);

#include <cstdint>
#include <functional>
#include <limits>
#include <vector>

namespace xtape::nn {

/// The learning rate of step t = 0, 1, ..., for any unit of t: steps or epochs. A rate of 1 makes a factor for groups
/// of several rates. A function of one's own will do.
using Schedule = std::function<double(std::uint64_t step)>;

// All throw Error for rates, factors and least rates that are negative or not finite, and for lengths of 0.

/// The same rate for ever.
Schedule constant_rate(double rate);

/// rate factor^⌊t / every⌋. PyTorch: StepLR.
Schedule step_decay(double rate, std::uint64_t every, double factor = 0.1);

/// rate factorᵏ, where k of the milestones are at t or before it. Throws Error unless they increase. PyTorch:
/// MultiStepLR.
Schedule multi_step(double rate, std::vector<std::uint64_t> milestones, double factor = 0.1);

/// rate factorᵗ. PyTorch: ExponentialLR.
Schedule exponential_decay(double rate, double factor);

/// Half a wave of the cosine, from `rate` at t = 0 to `least` at t = steps: least + (rate - least) (1 + cos(π t /
/// steps)) / 2. Ends there: called for t > steps it throws Error. I. Loshchilov and F. Hutter, "SGDR", 2017, equation
/// 5; PyTorch: CosineAnnealingLR, which goes up again.
Schedule cosine(double rate, std::uint64_t steps, double least = 0);

/// In front of any other one, the line (t + 1) / steps of its first rate, for t < steps; then the other one, whose t
/// begins at 0. PyTorch: LinearLR(start_factor=1/steps, total_iters=steps - 1) in a SequentialLR.
Schedule warm_up(std::uint64_t steps, Schedule after);

/// How a cycle goes.
struct OneCycleOptions {
  double rise = 0.3;          ///< the part of the steps that goes up
  double start_divisor = 25;  ///< begins at the largest rate, divided by this
  double end_divisor = 1e4;   ///< ends at the first rate, divided by this
};

/// Up to `most` and down again, along halves of a cosine. Has `steps` steps: for t = steps, when all are done, it is
/// the last rate, and for t > steps it throws Error, which PyTorch's OneCycleLR does as well. Throws Error for a rise
/// that is not between 0 and 1, one of less than two steps, and divisors that are not above 0. L. Smith and N. Topin,
/// "Super-convergence", 2018. The momentum stays as it is.
Schedule one_cycle(double most, std::uint64_t steps, const OneCycleOptions& options = {});

/// When a loss is said to stand still, and what happens then.
struct PlateauOptions {
  double factor = 0.1;          ///< by which the rate is multiplied
  std::uint64_t patience = 10;  ///< so many losses in a row may be no better than the best
  double threshold = 1e-4;     ///< a loss is better below (1 - threshold) of the best; of a negative one, 1 + threshold
  std::uint64_t cooldown = 0;  ///< losses after a change that do not count
  double least = 0;            ///< the rate stays at this or above
};

/// What a ReduceOnPlateau remembers: for a checkpoint's notes.
struct PlateauState {
  double rate = 0;
  double best = std::numeric_limits<double>::infinity();  ///< the least loss
  std::uint64_t bad = 0;                                  ///< losses in a row that were no better
  std::uint64_t cooling = 0;                              ///< losses that do not count yet
};

/// A rate that falls where a loss no longer does; called with each loss of the validation data, it gives the rate to go
/// on with. A loss that is NaN is no better. PyTorch: ReduceLROnPlateau, whose least change of 1e-8 is left out.
class ReduceOnPlateau {
 public:
  /// Throws Error for a rate that is negative or not finite, a factor outside of [0, 1), a threshold outside of [0, 1),
  /// and a negative least rate.
  explicit ReduceOnPlateau(double rate, const PlateauOptions& options = {});

  double operator()(double loss);  ///< the rate from here on

  const PlateauState& state() const { return state_; }           ///< so far
  void set_state(const PlateauState& state) { state_ = state; }  ///< goes on from there

 private:
  PlateauOptions options_;
  PlateauState state_;
};

}  // namespace xtape::nn
