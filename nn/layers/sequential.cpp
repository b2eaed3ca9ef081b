#include "nn/layers/sequential.hpp"

#include "nn/class_name.hpp"

namespace xtape::nn {

namespace {

/// A function's place among the layers.
template <class T>
class FunctionLayer : public Module<T> {
 public:
  explicit FunctionLayer(std::string kind) : kind_(std::move(kind)) {}
  std::string kind() const override { return kind_; }

 private:
  std::string kind_;
};

}  // namespace

template <class T>
void Sequential<T>::append_module(std::unique_ptr<Module<T>> module, Function call) {
  this->add_own(std::to_string(steps_.size()), *module);
  steps_.push_back({std::move(module), std::move(call)});
}

template <class T>
void Sequential<T>::append_function(Function function, const std::type_info& type) {
  if (!function) refuse_empty();
  const std::string name = detail::class_name(type);
  append_module(std::make_unique<FunctionLayer<T>>(name.empty() ? "function" : name), std::move(function));
}

template <class T>
Var<T> Sequential<T>::operator()(const Var<T>& x) const {
  Var<T> y = x;
  for (const Step& step : steps_) y = step.call(y);
  return y;
}

template <class T>
void Sequential<T>::refuse_empty() const {
  throw Error("[Sequential] a layer or a function expected as number " + std::to_string(steps_.size()) +
              ", got a null pointer or an empty function");
}

template <class T>
void Sequential<T>::refuse_layer(std::size_t index) const {
  if (index >= steps_.size()) {
    throw Error("[Sequential] one of " + std::to_string(steps_.size()) + " layers expected, got number " +
                std::to_string(index));
  }
  throw Error("[Sequential] layer " + std::to_string(index) + " is of another type: it is a " +
              steps_[index].module->kind());
}

template <class T>
Var<T> Residual<T>::operator()(const Var<T>& x) const {
  const Var<T> y = Sequential<T>::operator()(x);
  return this->located([&] {
    if (y.shape() == x.shape()) return x + y;
    throw ShapeError("[residual] a result of the shape of x, " + to_string(x.shape()) + ", expected, got " +
                     to_string(y.shape()));
  });
}

template class Sequential<float>;
template class Sequential<double>;
template class Residual<float>;
template class Residual<double>;

}  // namespace xtape::nn
