#pragma once
// Levels: what variables mean within a transform that is neither a value nor a record. Inside vmap a Var stands for all
// examples of a batch and has the shape of one; inside jvp it stands for a value and its derivative in a direction. An
// operation on such a variable is carried out by its level, in operations on what the variables stand for: on the
// levels below, down to plain arrays. So transforms nest in any order, and tapes know nothing of it: they record an
// operation as it is written, with values that stand for others.

#include "autodiff/core/indices.hpp"
#include "autodiff/core/live_tapes.hpp"
#include "autodiff/core/operation.hpp"

#include <memory>
#include <span>
#include <vector>

namespace xtape {

/// An operation and its parameters, as a level sees it.
template <class T>
class AnyOp {
 public:
  using Operands = std::span<const Var<T>* const>;

  virtual const char* name() const = 0;
  /// Of these operands, recorded where they are variables; all of its results.
  virtual std::vector<Var<T>> apply(Operands x) const = 0;

  /// Whether it works element by element, broadcasting its operands.
  virtual bool elementwise() const { return false; }
  /// The operation on a batch: operand k has the examples along its first dimension where `batched[k]`, and so has each
  /// result. Empty where the op does not say how.
  virtual std::vector<Var<T>> apply_to_batch(BatchSize, Operands, std::span<const char>) const { return {}; }
  /// The age of the level of indices that are parameters; 0 for those that are the same everywhere.
  virtual std::uint64_t level_of_indices() const { return 0; }

  /// Whether its derivative is 0 everywhere.
  virtual bool flat() const { return false; }
  virtual Linearity linear() const { return Linearity::kNot; }
  /// For an element-wise op of the result y: the partial derivative in each operand times g, in variables. Empty where
  /// they are not known as such.
  virtual std::vector<Var<T>> slopes(const Var<T>&, const Var<T>&, Operands) const { return {}; }
  /// The derivative of the results in the direction of these tangents, empty for 0. Empty where the op does not say.
  virtual std::vector<Var<T>> push_forward(std::span<const Var<T>>, std::span<const Var<T>>, Operands) const {
    return {};
  }

 protected:
  ~AnyOp() = default;
};

template <class T>
class Level;

/// What a variable stands for at its level.
template <class T>
struct Meaning {
  std::shared_ptr<const Level<T>> level;
  Var<T> value;    // in a batch all examples along the first dimension
  Var<T> tangent;  // empty in a batch
};

/// A transform at work: younger ones are inside older ones.
template <class T>
class Level : public AnyLevel, public std::enable_shared_from_this<Level<T>> {
 public:
  Level();
  Level(const Level&) = delete;
  Level& operator=(const Level&) = delete;

  /// The results of an operation, of which at least one operand is of this level, and none of a younger one.
  virtual std::vector<Var<T>> operation(const AnyOp<T>& op, typename AnyOp<T>::Operands x) const = 0;
  /// The elements of a variable of this level, for who asks for them. Throws TapeError where there are none.
  virtual const Array<T>& elements(const Meaning<T>& meaning) const = 0;
  virtual const char* name() const = 0;

  std::uint64_t age() const final { return generation_; }  // in order with the records'
  /// From now on a variable of this level is an error.
  void end();
  bool ended() const { return ended_; }
  const void* owner() const { return owner_; }  // the thread
  /// Whether this thread is inside of some level.
  static bool any() { return alive_ > 0; }

  /// A variable of this level.
  Var<T> variable(Shape shape, Var<T> value, Var<T> tangent = {}) const;
  /// What x stands for, if it is of this level; else null.
  const Meaning<T>* meaning_of(const Var<T>& x) const {
    const Meaning<T>* const meaning = x.shared()->meaning();
    return meaning != nullptr && meaning->level.get() == this ? meaning : nullptr;
  }
  /// x as operations outside of this level may use it: a variable of a tape that began inside is none there.
  Var<T> seen_from_outside(const Var<T>& x) const {
    return x.node() != kConstant && x.generation() > generation_ ? x.constant() : x;
  }

  /// While it lives, operations go to the tape that was the innermost one when the level began.
  class Outside {
   public:
    explicit Outside(const Level& level);
    ~Outside();
    Outside(const Outside&) = delete;
    Outside& operator=(const Outside&) = delete;

   private:
    Record<T>* inside_;
  };

 private:
  const std::uint64_t generation_;
  const void* const owner_ = detail::this_thread();
  Shared<Record<T>> outer_;  // until the level ends: its nodes may keep variables of the level
  bool ended_ = false;

  inline static constinit thread_local int alive_ = 0;
};

/// Ends a level at the end of its scope.
template <class T>
class LevelScope {
 public:
  LevelScope() = default;
  explicit LevelScope(std::shared_ptr<Level<T>> level) : level_(std::move(level)) {}
  LevelScope(LevelScope&&) = default;
  LevelScope& operator=(LevelScope&& other) {
    std::swap(level_, other.level_);
    return *this;
  }
  ~LevelScope() {
    if (level_ != nullptr) level_->end();
  }
  const Level<T>* operator->() const { return level_.get(); }

 private:
  std::shared_ptr<Level<T>> level_;
};

namespace detail {

template <class T>
bool at_level(std::span<const Var<T>* const> x) {
  for (const Var<T>* const operand : x) {
    if (operand->shared()->meaning() != nullptr) return true;
  }
  return false;
}

/// What x stands for as an example of a batch; null for others. What jvp's variables stand for has elements.
template <class T>
const Meaning<T>* batch_of(const Var<T>& x) {
  const Meaning<T>* meaning = x.shared()->meaning();
  while (meaning != nullptr && !meaning->tangent.empty()) meaning = meaning->value.shared()->meaning();
  return meaning;
}

/// The results of an operation on operands of which some are of a level: as the youngest one sees it. Throws TapeError
/// where the level has ended, and where the function of a transform that gives arrays closes over such an operand.
template <class T>
std::vector<SharedValue<T>> apply_at_level(const AnyOp<T>& op, std::span<const Var<T>* const> x);

/// `extent` before the shape, and behind it as many dimensions of extent 1 as the shape lacks to `rank`.
Shape with_first(std::size_t extent, const Shape& shape, std::size_t rank = 0);

/// Operands for an operation on a batch of examples along the first dimension of all of them: those that are not of the
/// batch repeated, which costs nothing. Where `aligned`, examples get leading dimensions of extent 1, to as many as the
/// one has that has the most.
template <class T>
std::vector<Var<T>> side_by_side(std::size_t batch, std::span<const Var<T>* const> x, std::span<const char> batched,
                                 bool aligned);
template <class T>
std::vector<const Var<T>*> pointers_to(const std::vector<Var<T>>& x) {
  std::vector<const Var<T>*> result;
  for (const Var<T>& each : x) result.push_back(&each);
  return result;
}

/// What f gives of the plain value that a constant stands for, at its levels again: for what depends on a variable
/// without a derivative, and takes any leading dimensions.
template <class T, class F>
Var<T> through_levels(const Var<T>& x, const F& f) {
  const Meaning<T>* const meaning = x.shared()->meaning();
  if (meaning == nullptr) return f(x);
  const Var<T> result = through_levels(meaning->value.constant(), f);
  if (!meaning->tangent.empty()) return result;
  return meaning->level->variable(Shape(result.shape().begin() + 1, result.shape().end()), result);
}

/// The plain value under all levels: of all examples, without tangents.
template <class T>
const Value<T>& ground_of(const Var<T>& x) {
  const Value<T>* value = x.shared().get();
  while (value->meaning() != nullptr) value = value->meaning()->value.shared().get();
  return *value;
}

/// Whether x is of the level, or stands for what is.
template <class T>
bool is_of(const Var<T>& x, const AnyLevel& level) {
  const Meaning<T>* meaning = x.shared()->meaning();
  while (meaning != nullptr && static_cast<const AnyLevel*>(meaning->level.get()) != &level) {
    meaning = meaning->value.shared()->meaning();
  }
  return meaning != nullptr;
}

/// x as an example of the batch that these indices are each one's own of: the same for all. Throws TapeError where they
/// are of another precision's batch.
template <class T>
Var<T> beside(const Indices& indices, const Var<T>& x);

/// x as a constant to every tape and every level: where Var::constant() alone leaves what x stands for as it is.
template <class T>
Var<T> stopped(const Var<T>& x) {
  if (x.shared()->meaning() == nullptr) return x.constant();
  return through_levels(x, [](const Var<T>& plain) { return plain.constant(); });
}
template <class S>
S stopped(const S& x) {  // inside map, and in a kernel
  return x.constant();
}

extern template Var<float> beside(const Indices&, const Var<float>&);
extern template Var<double> beside(const Indices&, const Var<double>&);
extern template std::vector<Var<float>> side_by_side(std::size_t, std::span<const Var<float>* const>,
                                                     std::span<const char>, bool);
extern template std::vector<Var<double>> side_by_side(std::size_t, std::span<const Var<double>* const>,
                                                      std::span<const char>, bool);
extern template std::vector<SharedValue<float>> apply_at_level(const AnyOp<float>&, std::span<const Var<float>* const>);
extern template std::vector<SharedValue<double>> apply_at_level(const AnyOp<double>&,
                                                                std::span<const Var<double>* const>);

}  // namespace detail

extern template class Level<float>;
extern template class Level<double>;

}  // namespace xtape
