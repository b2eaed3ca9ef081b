#include "autodiff/transforms/grad.hpp"

#include "autodiff/text.hpp"

namespace xtape::detail {

void check_scalar(const char* operation, const Shape& shape) {
  if (size_of(shape) == 1) return;
  throw ShapeError(text::bracketed(operation) + "the function must return one number, got shape " + to_string(shape) +
                   "; reduce it with sum or mean, or use jacobian or vjp");
}

void refuse_shared_parameter() {
  throw Error("[grad] two arguments have a parameter in common; a module, or a parameter, may be an argument once");
}

template <class T>
std::vector<Array<T>> gradients_of_number(const char* operation, Tape<T>& tape, const Var<T>& y,
                                          const std::vector<Var<T>>& leaves) {
  check_scalar(operation, y.shape());
  return tape.gradient(y, leaves, {.allow_unused = true});
}
template std::vector<Array<float>> gradients_of_number(const char*, Tape<float>&, const Var<float>&,
                                                       const std::vector<Var<float>>&);
template std::vector<Array<double>> gradients_of_number(const char*, Tape<double>&, const Var<double>&,
                                                        const std::vector<Var<double>>&);

}  // namespace xtape::detail
