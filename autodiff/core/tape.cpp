#include "autodiff/core/tape.hpp"

#include "autodiff/core/live_tapes.hpp"

#include <algorithm>
#include <string>

namespace xtape {

template <class T>
std::vector<Array<T>> gradients_of(const Record<T>& record, std::span<const Var<T>> targets,
                                   std::span<const Array<T>> seeds, std::span<const NodeIndex> sources, bool retain) {
  if (const char* const level = record.place().holds_level) {
    throw TapeError(std::string("[gradient] what this tape recorded depends on a variable of ") + level +
                    " around it, and arrays would lose that: take grad of a Var");
  }
  NodeIndex last = kConstant;
  for (const Var<T>& target : targets) last = std::max(last, target.node());
  Gradients<T> gradients(record, sources, last);
  for (std::size_t i = 0; i < targets.size(); ++i) {
    if (targets[i].node() != kConstant) gradients.add(targets[i].node(), share(seeds[i]));
  }
  gradients.sweep(retain);
  std::vector<Array<T>> result;
  result.reserve(sources.size());
  for (std::size_t k = 0; k < sources.size(); ++k) {
    const auto earlier = std::find(sources.begin(), sources.begin() + std::ptrdiff_t(k), sources[k]);
    const std::size_t same = std::size_t(earlier - sources.begin());
    result.push_back(same < k ? result[same] : gradients.take(sources[k]));
  }
  return result;
}

template <class T>
Tape<T>::Tape(const TapeOptions& options) : record_(new Record<T>(options.check_finite)) {
  if (options.profile) record_->watch().start_profile();
  LiveTapes<T>::begin(record_);
}

template <class T>
Tape<T>::~Tape() {
  LiveTapes<T>::finish(*record_);
}

template <class T>
Var<T> Tape<T>::watch(const Var<T>& value) {
  LiveTapes<T>::check_thread(*record_, "watch");
  return record_->leaf(value.shared());
}

template <class T>
NodeIndex Tape<T>::source_node(const Var<T>& source) const {
  static_cast<void>(source.shared());  // an empty variable says so itself
  if (record_->owns(source)) return source.node();
  throw TapeError(
      source.node() == kConstant
          ? "[gradient] the source is a constant, not a variable of this tape: watch it, or a value that it "
            "is computed from, before computing the target"
          : "[gradient] the source belongs to another tape");
}

template <class T>
std::vector<NodeIndex> Tape<T>::source_nodes(const std::vector<Var<T>>& sources) const {
  std::vector<NodeIndex> nodes;
  for (const Var<T>& source : sources) nodes.push_back(source_node(source));
  return nodes;
}

// Checks targets and seeds. What takes the place of seeds where there are none: a one for each target.
template <class T>
std::vector<Array<T>> Tape<T>::implied_seeds(std::span<const Var<T>> targets, std::span<const Array<T>> seeds,
                                             bool allow_unused) const {
  LiveTapes<T>::check_thread(*record_, "gradient");
  if (!seeds.empty() && seeds.size() != targets.size()) {
    throw ShapeError("[gradient] one seed for each target expected: " + std::to_string(targets.size()) + " targets, " +
                     std::to_string(seeds.size()) + " seeds");
  }
  const auto varies = [](const Var<T>& target) { return target.node() != kConstant; };
  if (!allow_unused && std::none_of(targets.begin(), targets.end(), varies)) {
    for (const Var<T>& target : targets) static_cast<void>(target.shared());  // an empty variable says so itself
    throw TapeError(
        "[gradient] the target is a constant: it does not depend on anything that this tape recorded. Compute it after "
        "the tape began, from variables that the tape watches or from parameters; value(), stop_gradient and "
        "comparisons end what a tape can follow. {.allow_unused = true} gives zeros");
  }
  std::vector<Array<T>> result;
  for (std::size_t i = 0; i < targets.size(); ++i) {
    const Shape& shape = targets[i].shape();
    if (targets[i].node() != kConstant && !record_->owns(targets[i])) {
      throw TapeError("[gradient] the target belongs to another tape");
    }
    if (!seeds.empty()) {
      check_alive(seeds[i]);
      if (shape_of(seeds[i]) == shape) continue;
      throw ShapeError("[gradient] the seed must have the target's shape " + to_string(shape) + ", got " +
                       to_string(shape_of(seeds[i])));
    }
    if (targets[i].size() != 1) {
      throw ShapeError("[gradient] without a seed the target must have one element, got shape " + to_string(shape) +
                       "; reduce it with sum or mean, or pass a seed of that shape");
    }
    result.push_back(ones<T>(shape));
  }
  return result;
}

template <class T>
std::vector<Array<T>> Tape<T>::sweep(std::span<const Var<T>> targets, std::span<const Array<T>> seeds,
                                     std::span<const NodeIndex> sources, const GradientOptions& options) {
  const std::vector<Array<T>> implied = implied_seeds(targets, seeds, options.allow_unused);
  return gradients_of<T>(*record_, targets, seeds.empty() ? implied : seeds, sources, options.retain);
}

template <class T>
std::vector<Var<T>> Tape<T>::recorded_sweep(const Var<T>& target, std::span<const NodeIndex> sources,
                                            bool allow_unused) {
  const Var<T> cotangent(std::move(implied_seeds({&target, 1}, {}, allow_unused)[0]));
  if (LiveTapes<T>::innermost() != record_.get()) {
    throw TapeError("[gradient] the innermost tape would record the gradient, and this one is not it");
  }
  std::vector<Var<T>> result = recorded_gradients<T>(*record_, target, cotangent, sources);
  // What does not depend on anything is a variable all the same: its own derivative is zero for good.
  for (Var<T>& g : result) g = record_->owns(g) ? g : record_->leaf(g.shared());
  return result;
}

RecordedGradientOptions::Yes::Yes(bool yes) {
  if (!yes) throw Error("[gradient] {.record = true} expected, which gives variables; leave it out for arrays");
}

void detail::refuse_unused(std::size_t place, std::size_t count, const Shape& shape) {
  throw TapeError("[gradient] the target has nothing to do with parameter " + std::to_string(place) + " of " +
                  std::to_string(count) + " (counted from 0), of shape " + to_string(shape) +
                  ", so that its gradient would be zero: use it after the tape began, and not through value() or "
                  "stop_gradient; or pass {.allow_unused = true} where this is meant");
}

void detail::refuse_no_parameters() {
  throw TapeError(
      "[gradient] at least one parameter expected, got an empty list: a module lists what was added to it "
      "with add(\"name\", member)");
}

void detail::refuse_forgotten(const Shape& shape) {
  throw TapeError(
      "[gradient] a parameter of shape " + to_string(shape) +
      " was used that was made together with the module whose parameters are listed, and is none of them: "
      "it would not be trained or saved. Add it, or the part that it belongs to, with add(\"name\", member), or "
      "pass {.allow_unused = true} where this is meant");
}

template <class T>
Array<T> Tape<T>::gradient(const Var<T>& target, const Var<T>& source, const GradientOptions& options) {
  const NodeIndex node = source_node(source);
  return std::move(sweep({&target, 1}, {}, {&node, 1}, options)[0]);
}

template <class T>
Array<T> Tape<T>::gradient_with_seed(const Var<T>& target, const Var<T>& source, const Array<T>& seed,
                                     const GradientOptions& options) {
  const NodeIndex node = source_node(source);
  return std::move(sweep({&target, 1}, {&seed, 1}, {&node, 1}, options)[0]);
}

template <class T>
std::vector<Array<T>> Tape<T>::gradient(const Var<T>& target, const std::vector<Var<T>>& sources,
                                        const GradientOptions& options) {
  return sweep({&target, 1}, {}, source_nodes(sources), options);
}

template <class T>
Var<T> Tape<T>::gradient(const Var<T>& target, const Var<T>& source, const RecordedGradientOptions& options) {
  const NodeIndex node = source_node(source);
  return recorded_sweep(target, {&node, 1}, options.allow_unused)[0];
}

template <class T>
std::vector<Var<T>> Tape<T>::gradient(const Var<T>& target, const std::vector<Var<T>>& sources,
                                      const RecordedGradientOptions& options) {
  return recorded_sweep(target, source_nodes(sources), options.allow_unused);
}

template <class T>
std::vector<Array<T>> Tape<T>::gradient(const std::vector<Var<T>>& targets, const std::vector<Var<T>>& sources,
                                        const std::vector<Array<T>>& seeds, const GradientOptions& options) {
  return sweep(targets, seeds, source_nodes(sources), options);
}

template class Tape<float>;
template class Tape<double>;
template std::vector<Array<float>> gradients_of(const Record<float>&, std::span<const Var<float>>,
                                                std::span<const Array<float>>, std::span<const NodeIndex>, bool);
template std::vector<Array<double>> gradients_of(const Record<double>&, std::span<const Var<double>>,
                                                 std::span<const Array<double>>, std::span<const NodeIndex>, bool);

}  // namespace xtape
