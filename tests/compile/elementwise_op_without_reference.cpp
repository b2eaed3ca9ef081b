// error: an element-wise op without an entry in tests/autodiff/ops/elementwise.hpp: declare its domain and an
// independent reference An op that is put on the list of element-wise ops must be declared to the tests.
#include "tests/autodiff/ops/elementwise.hpp"

namespace xtape::op {

struct Cube : Operation<"cube", kInput> {
  template <class S>
  static S eval(const S& x) {
    return x.v * x.v * x.v;
  }
  template <class S>
  static std::array<S, 1> vjp(const S& g, const auto&, const S& x) {
    return {3.0 * g * x * x};
  }
};

}  // namespace xtape::op

const auto cases = xtape::tests::cases_of(xtape::TypeList<xtape::Listed<xtape::op::Cube, 1>>{});
