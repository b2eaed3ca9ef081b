#include "autodiff/transforms/checkpoint.hpp"

#include "autodiff/core/gradients.hpp"
#include "autodiff/core/level.hpp"
#include "autodiff/core/memo.hpp"
#include "autodiff/text.hpp"

#include <string>
#include <unordered_map>
#include <unordered_set>

namespace xtape {

namespace {

constexpr std::size_t kNoInput = std::size_t(-1);

// The innermost record while it lives.
template <class T>
class InnerRecord {
 public:
  explicit InnerRecord(bool check_finite) : record_(new Record<T>(check_finite)) { LiveTapes<T>::begin(record_); }
  ~InnerRecord() { LiveTapes<T>::finish(*record_); }
  InnerRecord(const InnerRecord&) = delete;
  InnerRecord& operator=(const InnerRecord&) = delete;
  Record<T>& operator*() const { return *record_; }

 private:
  Shared<Record<T>> record_;
};

// Where parameters find their leaves while this lives.
template <class T>
class Redirected {
 public:
  Redirected(Record<T>& record, KeyedLeaves<T>& leaves) : record_(record), before_(record.redirect_leaves(&leaves)) {}
  ~Redirected() { record_.redirect_leaves(before_); }
  Redirected(const Redirected&) = delete;
  Redirected& operator=(const Redirected&) = delete;

 private:
  Record<T>& record_;
  KeyedLeaves<T>* before_;
};

// Generators set to where they were in the first run, and put back at the end.
class Rewound {
 public:
  struct Start {
    Random* generator;
    Random::State state;
  };

  explicit Rewound(const std::vector<Start>& starts) {
    for (const Start& start : starts) {
      now_.push_back({start.generator, start.generator->state()});
      *start.generator = Random::from_state(start.state);
    }
  }
  ~Rewound() {
    for (auto start = now_.rbegin(); start != now_.rend(); ++start) {
      *start->generator = Random::from_state(start->state);
    }
  }
  Rewound(const Rewound&) = delete;
  Rewound& operator=(const Rewound&) = delete;

 private:
  std::vector<Start> now_;
};

template <class T>
struct UsedParameter {
  std::uint64_t key;
  Var<T> value;
};

// In the first run parameters are constants, so that nothing is recorded, and their keys are written down.
template <class T>
class Discovered final : public KeyedLeaves<T> {
 public:
  explicit Discovered(const Record<T>& outer) : outer_(outer) {}

  Var<T> leaf_for(std::uint64_t key, const SharedValue<T>& value) override {
    const Var<T>* const given = argument(key);
    const Var<T> now = given == nullptr ? Var<T>(value) : given->constant();
    if (known_.insert(key).second) used_.push_back({key, now});
    return now;
  }
  const Var<T>* argument(std::uint64_t key) const override { return outer_.argument(key); }
  const std::vector<UsedParameter<T>>& used() const { return used_; }  // in order of first use

 private:
  const Record<T>& outer_;
  std::unordered_set<std::uint64_t> known_;
  std::vector<UsedParameter<T>> used_;
};

// In the second run they have the values and the places that belong to the first one.
template <class T>
class Known final : public KeyedLeaves<T> {
 public:
  void add(std::uint64_t key, Var<T> leaf) { leaves_.emplace(key, std::move(leaf)); }
  Var<T> leaf_for(std::uint64_t key, const SharedValue<T>&) override {
    const auto place = leaves_.find(key);
    if (place != leaves_.end()) return place->second;
    throw TapeError(
        "[checkpoint] the function uses a parameter in its second run that it did not use in the first: "
        "it must do the same in both");
  }

 private:
  std::unordered_map<std::uint64_t, Var<T>> leaves_;
};

// Throws TapeError unless the second run gave results of the shapes that the first gave.
template <class T>
void check_same(const std::vector<Shape>& shapes, const std::vector<Var<T>>& y) {
  const std::string same = ": it must do the same in both";
  if (shapes.size() != y.size()) {
    throw TapeError("[checkpoint] the function gave " + std::to_string(shapes.size()) +
                    " results in its first run and " + std::to_string(y.size()) + " in the second" + same);
  }
  for (std::size_t r = 0; r < y.size(); ++r) {
    if (shapes[r] == y[r].shape()) continue;
    throw TapeError("[checkpoint] the function gave shape " + to_string(shapes[r]) + " in its first run and shape " +
                    to_string(y[r].shape()) + " in the second" + same);
  }
}

template <class T>
class CheckpointNode final : public Node<T> {
 public:
  CheckpointNode(const std::vector<Var<T>>& results, detail::Segment<T> f, const std::vector<Var<T>>& arguments,
                 const std::vector<UsedParameter<T>>& parameters, std::vector<Rewound::Start> starts, Memo<T> memo)
      : Node<T>(results[0].shape(), std::uint32_t(results.size())),
        f_(std::move(f)),
        starts_(std::move(starts)),
        memo_(std::move(memo)) {
    for (const Var<T>& result : results) shapes_.push_back(result.shape());
    std::unordered_map<NodeIndex, std::size_t> places;
    const auto input_of = [&](const Var<T>& v) {
      if (v.node() == kConstant) return kNoInput;
      const auto [place, fresh] = places.try_emplace(v.node(), inputs_.size());
      if (fresh) inputs_.push_back(v.node());
      return place->second;
    };
    for (const Var<T>& argument : arguments) arguments_.push_back({input_of(argument), argument.shared()});
    for (const auto& [key, value] : parameters) parameters_.push_back({{input_of(value), value.shared()}, key});
    values_.resize(inputs_.size());
    const auto keep = [this](const Operand& operand) {
      if (operand.input != kNoInput) values_[operand.input] = operand.value;
    };
    for (const Operand& argument : arguments_) keep(argument);
    for (const Parameter& parameter : parameters_) keep(parameter);
  }

  const char* name() const override { return "checkpoint"; }
  std::span<const NodeIndex> inputs() const override { return inputs_; }

  void backward(const SharedValue<T>& g, Gradients<T>& gradients) const override {
    backward(std::span<const SharedValue<T>>(&g, 1), gradients);
  }
  void backward(std::span<const SharedValue<T>> g, Gradients<T>& gradients) const override {
    const InnerRecord<T> inner(gradients.record().watch().checks_finite());
    const std::vector<NodeIndex> leaves = make_leaves(*inner, [](std::size_t) { return kConstant; });
    const std::vector<Var<T>> y = run_again(*inner, leaves);
    sweep_part(*inner, leaves, y, g, gradients, [](Gradients<T>& part) { part.sweep(false); });
  }

  void backward(const Var<T>& g, RecordedGradients<T>& gradients) const override {
    backward(std::span<const Var<T>>(&g, 1), gradients);
  }
  void backward(std::span<const Var<T>> g, RecordedGradients<T>& gradients) const override {
    Record<T>& record = gradients.record();
    // Aliases, so that the sweep of this part ends at them, whatever lies between the inputs.
    const std::vector<NodeIndex> leaves =
        make_leaves(record, [&](std::size_t k) { return gradients.recorded_input(inputs_[k]); });
    const std::vector<Var<T>> y = run_again(record, leaves);
    sweep_part(record, leaves, y, g, gradients, [](RecordedGradients<T>& part) { part.sweep(); });
  }

 private:
  struct Operand {
    std::size_t input;  // its place among the inputs, or kNoInput
    SharedValue<T> value;
  };
  struct Parameter : Operand {
    std::uint64_t key;
  };

  template <class AliasOf>
  std::vector<NodeIndex> make_leaves(Record<T>& record, const AliasOf& alias_of) const {
    std::vector<NodeIndex> leaves;
    for (std::size_t k = 0; k < inputs_.size(); ++k) {
      leaves.push_back(record.leaf(values_[k], alias_of(k)).node());
    }
    return leaves;
  }

  // f(arguments) recorded on `record`, as in the first run.
  std::vector<Var<T>> run_again(Record<T>& record, const std::vector<NodeIndex>& leaves) const {
    const auto local = [&](const Operand& operand) {
      if (operand.input == kNoInput) return Var<T>(operand.value);
      return Var<T>(operand.value, leaves[operand.input], record.generation());
    };
    std::vector<Var<T>> arguments;
    for (const Operand& argument : arguments_) arguments.push_back(local(argument));
    Known<T> known;
    for (const Parameter& parameter : parameters_) known.add(parameter.key, local(parameter));
    const Redirected<T> redirected(record, known);
    const Rewound rewound(starts_);
    Memo<T> memo = memo_;  // which another sweep reads from its start again
    memo.replay();
    const MemoScope<T> remembering(record, &memo);
    std::vector<Var<T>> y = f_(arguments);
    memo.check_taken();
    check_same(shapes_, y);
    for (const Var<T>& result : y) static_cast<void>(LiveTapes<T>::of(result, "checkpoint"));
    return y;
  }

  // Sweeps what ran again, from the results that somebody needs to the leaves.
  template <class G, class Gs, class Sweep>
  void sweep_part(auto& record, const std::vector<NodeIndex>& leaves, const std::vector<Var<T>>& y, const G& g,
                  Gs& gradients, const Sweep& sweep) const {
    const auto needed = [&](std::size_t r) { return bool(!is_null(g[r]) && record.owns(y[r])); };
    NodeIndex last = kConstant;
    for (std::size_t r = 0; r < y.size(); ++r) {
      if (needed(r)) last = std::max(last, y[r].node());
    }
    if (last == kConstant) return;
    Gs part(record, wanted(gradients, leaves), last);
    exchange(gradients, part, leaves, last);
    for (std::size_t r = 0; r < y.size(); ++r) {
      if (needed(r)) part.add(y[r].node(), g[r]);
    }
    sweep(part);
    exchange(gradients, part, leaves, last);
  }
  static bool is_null(const SharedValue<T>& g) { return !g; }
  static bool is_null(const Var<T>& g) { return g.empty(); }

  // The leaves of the inputs whose gradients somebody asked for.
  template <class G>
  std::vector<NodeIndex> wanted(const G& gradients, const std::vector<NodeIndex>& leaves) const {
    std::vector<NodeIndex> result;
    for (std::size_t k = 0; k < inputs_.size(); ++k) {
      if (gradients.wants(inputs_[k])) result.push_back(leaves[k]);
    }
    return result;
  }

  // Exchanges what the two sweeps hold for the inputs.
  template <class G>
  void exchange(G& gradients, G& part, const std::vector<NodeIndex>& leaves, NodeIndex last) const {
    for (std::size_t k = 0; k < inputs_.size(); ++k) {
      if (!gradients.wants(inputs_[k]) || leaves[k] > last) continue;
      auto held = gradients.exchange(inputs_[k], {});
      gradients.exchange(inputs_[k], part.exchange(leaves[k], std::move(held)));
    }
  }

  void visit_saved(SavedVisitor<T>& visit) const override {
    for (const Operand& argument : arguments_) visit(argument.input, *argument.value);
    for (const Parameter& parameter : parameters_) visit(parameter.input, *parameter.value);
    memo_.visit([&visit](const Value<T>& result) { visit(SavedVisitor<T>::kNoOperand, result); });
  }
  void drop_saved() override {
    f_ = nullptr;
    arguments_.clear();
    parameters_.clear();
    values_.clear();
    starts_.clear();
    memo_ = Memo<T>({});
  }

  std::vector<Shape> shapes_;  // of the results
  detail::Segment<T> f_;
  std::vector<Operand> arguments_;
  std::vector<Parameter> parameters_;
  std::vector<NodeIndex> inputs_;       // the variables among them, each once
  std::vector<SharedValue<T>> values_;  // of the inputs
  std::vector<Rewound::Start> starts_;
  Memo<T> memo_;
};

}  // namespace

template <class T>
std::vector<Var<T>> detail::apply_checkpoint(Segment<T> f, std::vector<Var<T>> arguments,
                                             std::vector<Random*> generators, const CheckpointOptions& options) {
  for (const Var<T>& argument : arguments) static_cast<void>(argument.shared());  // an empty variable says so itself
  const auto checked = [](std::vector<Var<T>> results) {
    if (results.empty()) throw Error("[checkpoint] the function must return at least one Var, got an empty vector");
    for (const Var<T>& result : results) static_cast<void>(result.shared());
    return results;
  };
  Record<T>* const outer = LiveTapes<T>::innermost();
  // Inside vmap and jvp variables stand for others, which another tape records: f runs as it is, and keeps its memory.
  if (outer == nullptr) return checked(f(arguments));
  if (Level<T>::any()) {
    const MemoScope<T> none(*outer, nullptr);  // of a checkpoint around this one: it has none of this one's operations
    return checked(f(arguments));
  }
  std::vector<Var<T>> constants;
  for (Var<T>& argument : arguments) {
    constants.push_back(argument.constant());
    if (LiveTapes<T>::of(argument, "checkpoint") == nullptr) argument = constants.back();
  }
  outer->watch().operation_begins();
  std::vector<Rewound::Start> starts;
  for (Random* generator : generators) starts.push_back({generator, generator->state()});

  Discovered<T> discovered(*outer);
  Memo<T> memo(options.save);
  std::vector<Var<T>> results;
  {
    const InnerRecord<T> inner(outer->watch().checks_finite());
    (*inner).redirect_leaves(&discovered);
    LiveTapes<T>::refuse_closed_over(*inner, "checkpoint", LiveTapes<T>::Gives::kOneOperation);
    const MemoScope<T> remembering(*inner, &memo);
    for (const Var<T>& result : f(constants)) {
      static_cast<void>(LiveTapes<T>::of(result, "checkpoint"));
      results.emplace_back(result.shared());
    }
  }
  results = checked(std::move(results));
  if (!options.save.empty() && memo.empty()) {
    throw Error(
        "[checkpoint] `save` names no operation that the function applies: " + text::quoted(options.save[0]) +
        (options.save.size() > 1 ? ", ...; " : "; ") +
        "tape.summary() lists the names, of which those count that are not element-wise, have one result, and are "
        "not in a checkpoint or a scan within");
  }
  std::vector<UsedParameter<T>> parameters;
  for (const auto& [key, value] : discovered.used()) {
    parameters.push_back({key, outer->leaf_for(key, value.shared())});
  }
  const auto varies = [](const Var<T>& v) { return v.node() != kConstant; };
  if (std::none_of(arguments.begin(), arguments.end(), varies) &&
      std::none_of(parameters.begin(), parameters.end(), [&](const auto& p) { return varies(p.value); })) {
    return results;
  }
  return outer->push_results(std::move(results), [&](const std::vector<Var<T>>& placed) {
    outer->template push<CheckpointNode<T>>(placed, std::move(f), arguments, parameters, std::move(starts),
                                            std::move(memo));
  });
}

template std::vector<Var<float>> detail::apply_checkpoint(Segment<float>, std::vector<Var<float>>, std::vector<Random*>,
                                                          const CheckpointOptions&);
template std::vector<Var<double>> detail::apply_checkpoint(Segment<double>, std::vector<Var<double>>,
                                                           std::vector<Random*>, const CheckpointOptions&);

}  // namespace xtape
