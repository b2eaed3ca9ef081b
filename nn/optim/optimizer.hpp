#pragma once
// What all optimizers have in common: parameters in groups, a learning rate for each, and a state that files can hold.

#include "nn/module.hpp"

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace xtape::nn {

/// The most steps that a state may have: up to here a double tells t from t + 1, and nobody gets here.
inline constexpr std::uint64_t kMostSteps = std::uint64_t{1} << 53;

/// An array for each parameter that an optimizer remembers.
struct OptimizerSlot {
  std::string name;        ///< "first"
  double start = 0;        ///< what its elements are before the first step
  bool is_square = false;  ///< a mean or sum of squares: none of a file is below 0
};

/// What an optimizer remembers between steps; saved with a checkpoint.
template <class T>
struct OptimizerState {
  std::uint64_t step = 0;  ///< t, the steps done
  /// Of each group; empty as long as set_learning_rate was not called: then they are those of the options.
  std::vector<double> learning_rates = {};
  /// What is remembered of each parameter, in the order of the parameters, by its name: "first", "momentum".
  std::map<std::string, std::vector<Array<T>>> slots = {};
};

/// The base of optimizers: it holds parameters and state, and checks what comes; a class of its own says how to go.
///
///   struct Momentum : nn::Optimizer<double> {
///     Momentum(std::vector<nn::Parameter<double>> parameters, double rate) : Optimizer("Momentum") {
///       add_parameters(std::move(parameters), rate, {{"velocity"}});
///     }
///     void update(const std::vector<Array<double>>& gradients) override {
///       for (std::size_t k = 0; k < gradients.size(); ++k) {
///         Array<double>& v = slot("velocity")[k];
///         v = 0.9 * v + gradients[k];
///         parameters()[k].set(parameters()[k].value() - learning_rate(group_of(k)) * v);
///       }
///     }
///   };
template <class T>
class Optimizer {
 public:
  virtual ~Optimizer() = default;

  /// One step for all parameters that are not frozen, and what is remembered of them; `gradients` in the order of all,
  /// as tape.gradient(loss, parameters) gives them. Throws,
  /// before anything is changed, ShapeError where number or shapes differ and TapeError for an array that was moved
  /// from.
  void step(const std::vector<Array<T>>& gradients);

  const char* name() const { return name_; }                                   ///< "Adam"
  const std::vector<Parameter<T>>& parameters() const { return parameters_; }  ///< of all groups, one after the other
  std::size_t groups() const { return rates_.size(); }                         ///< one, and each that was added
  /// The group that a parameter of the list belongs to.
  std::size_t group_of(std::size_t parameter) const { return group_of_[parameter]; }
  const std::vector<OptimizerSlot>& slots() const { return slots_; }  ///< what the state has of each parameter

  /// The rate of the next step. Throws Error for a group that is not there.
  double learning_rate(std::size_t group = 0) const;
  /// Changes it, in all groups or in one. Throws Error for a rate that is negative or not finite, and for a group that
  /// is not there.
  void set_learning_rate(double rate);
  void set_learning_rate(double rate, std::size_t group);

  const OptimizerState<T>& state() const { return state_; }  ///< after the steps so far
  /// Goes on from a saved state. Throws, before anything is changed, ShapeError where it does not fit the parameters,
  /// TapeError for an array that was moved from, and Error for other slots, for rates out of range or of another number
  /// of groups, and for more than 2^53 steps.
  void set_state(OptimizerState<T> state);

 protected:
  /// `name` has to outlive the optimizer: a literal. In files it stands in lower case.
  explicit Optimizer(const char* name) : name_(name) {}
  Optimizer(const Optimizer&) = default;
  Optimizer(Optimizer&&) = default;
  Optimizer& operator=(const Optimizer&) = default;
  Optimizer& operator=(Optimizer&&) = default;

  /// One more group of parameters, and the slots that it needs; parameters have those of all groups. Throws, before
  /// anything is changed, Error for an empty list, a parameter that is listed twice, a rate that is negative or not
  /// finite, and after the first step.
  void add_parameters(std::vector<Parameter<T>> parameters, double learning_rate,
                      const std::vector<OptimizerSlot>& slots);

  /// The step itself: `gradients` fit, `steps()` counts this one, and nobody sees the parameters' arrays any more, so
  /// that mutable_data() copies nothing. A parameter that is frozen() has to stay as it is.
  virtual void update(const std::vector<Array<T>>& gradients) = 0;

  std::uint64_t steps() const { return state_.step; }  ///< t, from 1 on in an update
  bool has_slot(const std::string& name) const { return state_.slots.contains(name); }
  /// What is remembered under that name, an array a parameter.
  std::vector<Array<T>>& slot(const std::string& name) { return state_.slots.at(name); }

 private:
  void check_rate(double rate) const;
  void check_group(std::size_t group) const;

  const char* name_;
  std::vector<Parameter<T>> parameters_;
  std::vector<std::size_t> group_of_;
  std::vector<double> rates_;  // of each group, as the options have them
  std::vector<OptimizerSlot> slots_;
  OptimizerState<T> state_;
};

/// An optimizer whose groups have options, among them `learning_rate`.
template <class T, class Options>
class GroupedOptimizer : public Optimizer<T> {
 public:
  /// One more group, with options of its own. A step takes gradients of all groups, in the order of `parameters()`.
  /// Throws Error for an empty list, a parameter that is listed twice, options out of range, and after the first step.
  void add_group(std::vector<Parameter<T>> parameters, const Options& options = {}) {
    this->add_parameters(std::move(parameters), options.learning_rate, slots_for(options));
    options_.push_back(options);
  }

  const Options& options(std::size_t group = 0) const { return options_.at(group); }  ///< as given

 protected:
  using Optimizer<T>::Optimizer;

  /// What these options have to be remembered; throws Error where they are out of range.
  virtual std::vector<OptimizerSlot> slots_for(const Options& options) const = 0;

 private:
  std::vector<Options> options_;
};

extern template class Optimizer<float>;
extern template class Optimizer<double>;

}  // namespace xtape::nn
