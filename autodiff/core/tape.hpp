#pragma once
// Tape: records the operations of this thread from its construction to the end of its scope.

#include "autodiff/core/gradients.hpp"
#include "autodiff/core/inspect.hpp"

#include <algorithm>
#include <initializer_list>
#include <vector>

namespace xtape {

/// What a tape does beside recording.
struct TapeOptions {
  /// Check every result, and every gradient in the sweep, for NaN and infinity, and throw a NumericError that names the
  /// operation which first produced one (and says so where an operand was not finite to begin with). Costs a pass over
  /// every result.
  bool check_finite = false;
  /// Measure the time of every operation and of its part of the sweep, for `summary()`. Costs some tens of nanoseconds
  /// an operation.
  bool profile = false;
};

/// How `tape.gradient` sweeps.
struct GradientOptions {
  /// Keep the saved values, so that the same part of the tape can be swept again.
  bool retain = false;
  /// Give zeros where nothing else is to be had: for a target that is a constant, and for a parameter that has nothing
  /// to do with the target. Without it these are errors, as is a parameter that was used and that no module lists,
  /// since training on such zeros goes nowhere without a word.
  bool allow_unused = false;
};

/// How `tape.gradient` records, asked for by `{.record = true}`.
struct RecordedGradientOptions {
  /// Makes the two kinds of options differ: one that nobody names is not made.
  struct Yes {
    Yes(bool yes);  ///< throws Error for false
  };
  /// The gradient is made of operations that the tape records, and so can be differentiated itself.
  Yes record;
  /// As that of GradientOptions.
  bool allow_unused = false;
};

/// Something that has one leaf on each tape, found by its key: a parameter of a module.
template <class P>
concept Keyed = requires(const P& parameter) {
  { parameter.key() } -> std::convertible_to<std::uint64_t>;
  parameter.shape();
};

/// Records what this thread does to the variables that it watches. Tapes nest: the innermost one records, and variables
/// of an outer one are constants to it.
///
///   Tape<float> tape;
///   Var<float> w = tape.watch(weights);
///   Var<float> loss = mean(square(matmul(x, w) - y));
///   Array<float> dw = tape.gradient(loss, w);
template <class T>
class Tape {
 public:
  explicit Tape(const TapeOptions& options = {});
  ~Tape();
  Tape(const Tape&) = delete;
  Tape& operator=(const Tape&) = delete;

  /// A variable of differentiation with this value: an array (copied, or moved in: later changes to yours do not reach
  /// it), any xtensor expression, a number, or another Var, also of this tape, from which the
  /// derivative then does not go on. Throws TapeError on another thread than the tape's.
  Var<T> watch(const Var<T>& value);
  /// A number of a list, of any type.
  struct Element {
    T value;
    template <class C>
      requires std::is_arithmetic_v<C> Element(C number) : value(static_cast<T>(number)) {}
  };
  /// The same with the elements written out: watch({1, 2, 3}), or rows of them: watch({{1, 2}, {3, 4}}).
  Var<T> watch(std::initializer_list<Element> elements) {
    std::vector<T> numbers;
    for (const Element& element : elements) numbers.push_back(element.value);
    return watch(Var<T>(numbers));
  }
  Var<T> watch(std::initializer_list<std::initializer_list<T>> rows) {
    return watch(Var<T>(std::vector<std::vector<T>>(rows.begin(), rows.end())));
  }

  /// d target / d source, of the source's shape. The target must have one element; the source may be any variable on
  /// this tape, also an intermediate one. Zeros if the target does not depend on the source. Throws TapeError for a
  /// target that is a constant.
  ///
  /// The sweep frees the saved values that it passes: a second call over the same operations throws TapeError, unless
  /// the first one was given `{.retain = true}`.
  Array<T> gradient(const Var<T>& target, const Var<T>& source, const GradientOptions& options = {});
  /// The vector-Jacobian product: the gradient of sum(seed * target). `seed` has the target's shape. (A template, so
  /// that a braced list in its place can only be options.)
  template <ArrayLike Seed>
  Array<T> gradient(const Var<T>& target, const Var<T>& source, const Seed& seed, const GradientOptions& options = {}) {
    return gradient_with_seed(target, source, evaluated<T>(seed), options);
  }
  /// With respect to several sources, in one sweep.
  std::vector<Array<T>> gradient(const Var<T>& target, const std::vector<Var<T>>& sources,
                                 const GradientOptions& options = {});
  std::vector<Array<T>> gradient(const Var<T>& target, std::initializer_list<Var<T>> sources,
                                 const GradientOptions& options = {}) {
    return gradient(target, std::vector<Var<T>>(sources), options);
  }
  template <ArrayLike Seed>
  std::vector<Array<T>> gradient(const Var<T>& target, const std::vector<Var<T>>& sources, const Seed& seed,
                                 const GradientOptions& options = {}) {
    return gradient(std::vector<Var<T>>{target}, sources, {evaluated<T>(seed)}, options);
  }
  template <ArrayLike Seed>
  std::vector<Array<T>> gradient(const Var<T>& target, std::initializer_list<Var<T>> sources, const Seed& seed,
                                 const GradientOptions& options = {}) {
    return gradient(target, std::vector<Var<T>>(sources), seed, options);
  }
  /// Of the sum of several targets, or of the sum of seeds[i] * targets[i], with respect to several sources, in one
  /// sweep.
  std::vector<Array<T>> gradient(const std::vector<Var<T>>& targets, const std::vector<Var<T>>& sources,
                                 const std::vector<Array<T>>& seeds = {}, const GradientOptions& options = {});
  /// With respect to parameters, for an optimizer. Throws TapeError, before anything is swept and unless the options
  /// allow it, for one that has nothing to do with the target, as where its value was taken before the tape began or
  /// went through value() or stop_gradient; for none at all; and where the target depends on a parameter that was made
  /// together with their module but never added to it. One that was used together with others on which the target
  /// depends, as a last layer's bias is whose network's slope alone is the target, has a gradient of zeros.
  template <Keyed P>
  std::vector<Array<T>> gradient(const Var<T>& target, const std::vector<P>& parameters,
                                 const GradientOptions& options = {}) {
    return parameter_gradients(target, parameters, {}, options);
  }
  template <Keyed P>
  std::vector<Array<T>> gradient(const Var<T>& target, std::initializer_list<P> parameters,
                                 const GradientOptions& options = {}) {
    return parameter_gradients(target, std::vector<P>(parameters), {}, options);
  }
  template <Keyed P>
  Array<T> gradient(const Var<T>& target, const P& parameter, const GradientOptions& options = {}) {
    return std::move(parameter_gradients(target, std::vector<P>{parameter}, {}, options)[0]);
  }
  template <Keyed P, ArrayLike Seed>
  Array<T> gradient(const Var<T>& target, const P& parameter, const Seed& seed, const GradientOptions& options = {}) {
    const Array<T> array = evaluated<T>(seed);
    return std::move(parameter_gradients(target, std::vector<P>{parameter}, {&array, 1}, options)[0]);
  }

  /// The gradient as a variable of this tape: a penalty on it, a Hessian times a vector, and what else is computed from
  /// it, can be differentiated in turn.
  ///
  ///   const auto g = tape.gradient(loss, model.parameters(), {.record = true});     // Vars
  ///   const auto hv = tape.gradient(sum(g[0] * v0) + sum(g[1] * v1), model.parameters());
  ///
  /// Nothing is freed. A part that does not depend on the target is zeros, a variable too. Throws TapeError as the
  /// other forms do, and where another tape is alive inside of this one, which would record it.
  Var<T> gradient(const Var<T>& target, const Var<T>& source, const RecordedGradientOptions& options);
  std::vector<Var<T>> gradient(const Var<T>& target, const std::vector<Var<T>>& sources,
                               const RecordedGradientOptions& options);
  std::vector<Var<T>> gradient(const Var<T>& target, std::initializer_list<Var<T>> sources,
                               const RecordedGradientOptions& options) {
    return gradient(target, std::vector<Var<T>>(sources), options);
  }
  template <Keyed P>
  std::vector<Var<T>> gradient(const Var<T>& target, const std::vector<P>& parameters,
                               const RecordedGradientOptions& options);
  template <Keyed P>
  Var<T> gradient(const Var<T>& target, const P& parameter, const RecordedGradientOptions& options) {
    return gradient(target, std::vector<P>{parameter}, options)[0];
  }

  /// The number of nodes recorded so far.
  std::size_t size() const { return std::size_t(record_->size()); }
  /// A table of the recorded operations by name: calls, bytes of the values that they keep for the sweep, and, with
  /// `TapeOptions{.profile = true}`, the time of the operations and of their parts of the first-order sweeps. It prints
  /// (`std::cout << tape.summary()`). What is shared counts once. A sweep frees what it passes: take the summary before
  /// it, or profile, which notes the bytes before each sweep. Of a checkpoint it sees the arguments it keeps and the
  /// total time; indices that an operation such as `take` holds are not counted.
  TapeSummary summary() const { return summarize(*record_); }
  /// What the tape has recorded; outlives the tape while somebody holds it.
  const Shared<Record<T>>& record() const { return record_; }

 private:
  Array<T> gradient_with_seed(const Var<T>& target, const Var<T>& source, const Array<T>& seed,
                              const GradientOptions& options);
  template <Keyed P>
  std::vector<Array<T>> parameter_gradients(const Var<T>& target, const std::vector<P>& parameters,
                                            std::span<const Array<T>> seeds, const GradientOptions& options);
  std::vector<Array<T>> sweep(std::span<const Var<T>> targets, std::span<const Array<T>> seeds,
                              std::span<const NodeIndex> sources, const GradientOptions& options);
  std::vector<Var<T>> recorded_sweep(const Var<T>& target, std::span<const NodeIndex> sources, bool allow_unused);
  std::vector<Array<T>> implied_seeds(std::span<const Var<T>> targets, std::span<const Array<T>> seeds,
                                      bool allow_unused) const;
  NodeIndex source_node(const Var<T>& source) const;
  std::vector<NodeIndex> source_nodes(const std::vector<Var<T>>& sources) const;
  template <class P>
  auto leaves_of(const std::vector<P>& parameters) const;

  Shared<Record<T>> record_;
};

/// The vector-Jacobian products of `targets` (constants among them contribute nothing) with `seeds` of their shapes.
template <class T>
std::vector<Array<T>> gradients_of(const Record<T>& record, std::span<const Var<T>> targets,
                                   std::span<const Array<T>> seeds, std::span<const NodeIndex> sources, bool retain);

namespace detail {

[[noreturn]] void refuse_unused(std::size_t place, std::size_t count, const Shape& shape);
[[noreturn]] void refuse_no_parameters();
[[noreturn]] void refuse_forgotten(const Shape& shape);

/// Throws TapeError where a step with the gradients of these parameters would leave one of them, or one that their
/// modules forgot, as it is.
template <class T, class P>
void check_parameters(const Record<T>& record, const Var<T>& target, const std::vector<P>& parameters) {
  if (parameters.empty()) refuse_no_parameters();
  if (!record.owns(target)) return;  // the sweep says so
  NodeIndex first = target.node();
  record.visit_leaves([&first](std::uint64_t, NodeIndex leaf) { first = std::min(first, leaf); });
  const auto marks = record.ancestors(target.node(), first);
  const auto varies = [&](NodeIndex leaf) {
    return leaf >= first && leaf <= target.node() && marks[std::size_t(leaf - first)] != 0;
  };
  std::vector<NodeIndex, PoolAllocator<NodeIndex>> reached;
  reached.reserve(parameters.size());
  for (const P& parameter : parameters) {
    const NodeIndex leaf = record.find_leaf(parameter.key());
    if (varies(leaf)) reached.push_back(leaf);
  }
  for (std::size_t k = 0; k < parameters.size() && reached.size() < parameters.size(); ++k) {
    const NodeIndex leaf = record.find_leaf(parameters[k].key());
    if (varies(leaf) || (leaf != kConstant && record.meets(leaf, reached))) continue;
    refuse_unused(k, parameters.size(), parameters[k].shape());
  }
  if constexpr (requires { parameters[0].roster()->forgot(0); }) {
    if (record.leaf_count() == parameters.size()) return;  // no others
    const auto listed = [&](std::uint64_t key) {
      return std::any_of(parameters.begin(), parameters.end(), [key](const P& p) { return p.key() == key; });
    };
    const void* checked = nullptr;
    for (const P& parameter : parameters) {
      const auto* roster = parameter.roster();
      if (roster == checked || roster == nullptr) continue;
      record.visit_leaves([&](std::uint64_t key, NodeIndex leaf) {
        if (roster->forgot(key) && varies(leaf) && !listed(key)) refuse_forgotten(record.node(leaf).shape());
      });
      checked = roster;
    }
  }
}

}  // namespace detail

// The leaves of those that this tape has met.
template <class T>
template <class P>
auto Tape<T>::leaves_of(const std::vector<P>& parameters) const {
  std::vector<NodeIndex, PoolAllocator<NodeIndex>> leaves;
  for (const P& parameter : parameters) {
    if (const NodeIndex leaf = record_->find_leaf(parameter.key()); leaf != kConstant) leaves.push_back(leaf);
  }
  return leaves;
}

template <class T>
template <Keyed P>
std::vector<Var<T>> Tape<T>::gradient(const Var<T>& target, const std::vector<P>& parameters,
                                      const RecordedGradientOptions& options) {
  if (!options.allow_unused) detail::check_parameters(*record_, target, parameters);
  const std::vector<Var<T>> found = recorded_sweep(target, leaves_of(parameters), options.allow_unused);
  std::vector<Var<T>> result;
  std::size_t next = 0;
  for (const P& parameter : parameters) {
    const bool there = record_->find_leaf(parameter.key()) != kConstant;
    result.push_back(there ? found[next++] : watch(zeros<T>(parameter.shape())));
  }
  return result;
}

template <class T>
template <Keyed P>
std::vector<Array<T>> Tape<T>::parameter_gradients(const Var<T>& target, const std::vector<P>& parameters,
                                                   std::span<const Array<T>> seeds, const GradientOptions& options) {
  if (!options.allow_unused) detail::check_parameters(*record_, target, parameters);
  std::vector<Array<T>> found = sweep({&target, 1}, seeds, leaves_of(parameters), options);
  std::vector<Array<T>> result;
  result.reserve(parameters.size());
  std::size_t next = 0;
  for (const P& parameter : parameters) {
    const bool there = record_->find_leaf(parameter.key()) != kConstant;
    result.push_back(there ? std::move(found[next++]) : zeros<T>(parameter.shape()));
  }
  return result;
}

/// The recorded graph in Graphviz's language (`dot -Tsvg tape.dot -o tape.svg`): a box for every operation with its
/// name, the shape of its result and the bytes that it keeps for the sweep; a filled ellipse for every variable that
/// was watched and every parameter; grey text on a dashed edge for every constant operand, with its shape if it was
/// saved.
template <class T>
std::string to_dot(const Tape<T>& tape) {
  return to_dot(*tape.record());
}

extern template class Tape<float>;
extern template class Tape<double>;

}  // namespace xtape
