#include "autodiff/transforms/tangent.hpp"

#include "autodiff/core/conform.hpp"
#include "autodiff/core/memo.hpp"
#include "autodiff/transforms/jacobian.hpp"

#include <optional>

namespace xtape::detail {

namespace {

template <class T>
class TangentLevel final : public Level<T> {
 public:
  explicit TangentLevel(const char* who) : who_(who) {}
  const char* name() const override { return who_; }
  const Array<T>& elements(const Meaning<T>& meaning) const override { return meaning.value.value(); }

  std::vector<Var<T>> operation(const AnyOp<T>& op, typename AnyOp<T>::Operands x) const override {
    const typename Level<T>::Outside outside(*this);
    VarList<T> values, tangents;
    for (const Var<T>* const operand : x) {
      const Meaning<T>* const meaning = this->meaning_of(*operand);
      values.push_back(meaning == nullptr ? this->seen_from_outside(*operand) : meaning->value);
      tangents.push_back(meaning == nullptr ? Var<T>() : meaning->tangent);
    }
    VarList<T> y, moved;
    if (op.flat()) return op.apply(pointers_to<T>(values));
    if (op.linear() == Linearity::kTogether) {
      y = op.apply(pointers_to<T>(values));
      moved = together(op, values, tangents);
    } else if (op.linear() == Linearity::kEach) {
      y = op.apply(pointers_to<T>(values));
      moved = each(op, values, tangents);
    } else if (op.elementwise()) {
      y = op.apply(pointers_to<T>(values));
      moved = by_slopes(op, y[0], values, tangents);
    } else {
      y = op.apply(pointers_to<T>(values));
      moved = op.push_forward(tangents, y, pointers_to<T>(values));
    }
    if (moved.empty()) std::tie(y, moved) = by_transposing(op, values, tangents);
    for (std::size_t r = 0; r < y.size(); ++r) {
      Var<T> tangent = conform(moved[r], y[r].shape());
      y[r] = this->variable(y[r].shape(), y[r], std::move(tangent));
    }
    return y;
  }

 private:
  static VarList<T> together(const AnyOp<T>& op, const VarList<T>& values, VarList<T> tangents) {
    for (std::size_t k = 0; k < values.size(); ++k) {
      if (tangents[k].empty()) tangents[k] = Var<T>(zeros<T>(values[k].shape()));
    }
    return op.apply(pointers_to<T>(tangents));
  }

  static VarList<T> each(const AnyOp<T>& op, const VarList<T>& values, const VarList<T>& tangents) {
    VarList<T> total;
    for (std::size_t k = 0; k < values.size(); ++k) {
      if (tangents[k].empty()) continue;
      VarList<T> operands = values;
      operands[k] = tangents[k];
      const VarList<T> terms = op.apply(pointers_to<T>(operands));
      if (total.empty()) {
        total = terms;
      } else {
        for (std::size_t r = 0; r < terms.size(); ++r) total[r] = recorded_sum(total[r], terms[r]);
      }
    }
    return total;
  }

  static VarList<T> by_slopes(const AnyOp<T>& op, const Var<T>& y, const VarList<T>& values,
                              const VarList<T>& tangents) {
    Var<T> total;
    for (std::size_t k = 0; k < values.size(); ++k) {
      if (tangents[k].empty()) continue;
      const VarList<T> slopes = op.slopes(tangents[k], y, pointers_to<T>(values));
      if (slopes.empty()) return {};
      const Var<T> term = conform(slopes[k], y.shape());
      total = total.empty() ? term : recorded_sum(total, term);
    }
    return {total};
  }

  // The pullback is linear in its cotangent: its derivative along the tangents is theirs.
  std::pair<VarList<T>, VarList<T>> by_transposing(const AnyOp<T>& op, const VarList<T>& values,
                                                   const VarList<T>& tangents) const {
    std::optional<Tape<T>> own;
    const auto varies = [](const Var<T>& v) { return !v.empty() && v.node() != kConstant; };
    if (std::none_of(values.begin(), values.end(), varies) && std::none_of(tangents.begin(), tangents.end(), varies)) {
      own.emplace();
    }
    Record<T>& record = *LiveTapes<T>::innermost();
    const MemoScope<T> none(record, nullptr);  // a checkpoint's, which had this on a tape of its own in its first run
    VarList<T> operands = values, leaves, along;
    for (std::size_t k = 0; k < values.size(); ++k) {
      if (tangents[k].empty()) continue;
      operands[k] = own_leaf<T>(op.name(), record, values[k]);
      leaves.push_back(operands[k]);
      along.push_back(tangents[k]);
    }
    VarList<T> y = op.apply(pointers_to<T>(operands));
    VarList<T> moved = recorded_tangents<T>(record, y, leaves, along);
    for (VarList<T>* const list : {&y, &moved}) {
      for (Var<T>& v : *list) v = own ? v.constant() : v;
    }
    return {y, moved};
  }

  const char* who_;
};

}  // namespace

template <class T>
Direction<T>::Direction(const char* who, const VarList<T>& points, const VarList<T>& tangents)
    : level_(std::make_shared<TangentLevel<T>>(who)) {
  for (std::size_t k = 0; k < points.size(); ++k) {
    variables_.push_back(level_->variable(points[k].shape(), points[k], tangents[k]));
  }
}

template <class T>
Var<T> Direction<T>::value_of(const Var<T>& y) const {
  const Meaning<T>* const meaning = level_->meaning_of(y);
  return meaning != nullptr ? meaning->value : level_->seen_from_outside(y);
}

template <class T>
Var<T> Direction<T>::tangent_of(const Var<T>& y) const {
  const Meaning<T>* const meaning = level_->meaning_of(y);
  return meaning != nullptr ? meaning->tangent : Var<T>(zeros<T>(y.shape()));
}

template class Direction<float>;
template class Direction<double>;

}  // namespace xtape::detail
