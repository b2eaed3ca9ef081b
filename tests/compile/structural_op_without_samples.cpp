// error: a structural op without samples in tests/autodiff/ops: declare the operands
#include "benchmarks/support/op_samples.hpp"

// An op that is put on the list of structural ops must be declared to the benchmark of every op.
namespace xtape::op {

struct Identity : Operation<"identity", kNothing> {
  template <class T>
  SharedValue<T> eval(const SharedValue<T>& x) const {
    return x;
  }
  template <class T>
  Var<T> vjp(std::size_t, const Var<T>& g, const Unsaved&, const ShapeOnly&) const {
    return g;
  }
};

}  // namespace xtape::op

const auto rows = xtape::benchmarks::samples(xtape::op::Identity{});
