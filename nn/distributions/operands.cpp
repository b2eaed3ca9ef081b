#include "nn/distributions/operands.hpp"

#include "autodiff/kernels/simd.hpp"
#include "autodiff/kernels/threads.hpp"
#include "autodiff/kernels/walk.hpp"
#include "autodiff/text.hpp"

#include <algorithm>
#include <atomic>
#include <limits>
#include <string>
#include <vector>

namespace xtape::nn::detail {

namespace {

Shape broadcast(const char* operation, const std::vector<const Shape*>& shapes) {
  return kernels::broadcast_shapes(operation, shapes.data(), shapes.size());
}

[[noreturn]] void refuse(const char* operation, const DensityOperand& bad, std::span<const DensityOperand> operands) {
  std::string text = text::bracketed(operation);
  text += std::string(bad.name) + " must have the last dimension of the others, over which is summed: ";
  for (const DensityOperand& operand : operands) {
    if (&operand != &operands.front()) text += &operand == &operands.back() ? " and " : ", ";
    text += std::string(operand.name) + " is " + to_string(operand.shape);
  }
  throw ShapeError(text + "; reshape one of them, or say with broadcast_to that it is meant");
}

// Whether a number that is not in [low, high] is among them.
template <class T>
bool leaves(const T* data, std::size_t size, T low, T high) {
  using Simd = xsimd::batch<T>;
  constexpr std::size_t L = Batch<T>::size, kBlock = 64 * L;
  const auto inside = [&](const Simd& x) { return (x >= Simd(low)) & (x <= Simd(high)); };
  std::size_t i = 0;
  while (i + L <= size) {
    auto all = inside(Batch<T>::load(data + i).v);
    const std::size_t end = std::min(size - L + 1, i + kBlock);
    for (i += L; i < end; i += L) all = all & inside(Batch<T>::load(data + i).v);
    if (!xsimd::all(all)) return true;
  }
  return !std::all_of(data + i, data + size, [=](T x) { return x >= low && x <= high; });
}

}  // namespace

void check_density_shapes(const char* operation, std::span<const DensityOperand> operands) {
  const Shape& first = operands.front().shape;
  const auto has_shape_of_first = [&](const DensityOperand& operand) { return operand.shape == first; };
  if (std::all_of(operands.begin(), operands.end(), has_shape_of_first)) return;
  std::vector<const Shape*> shapes;
  for (const DensityOperand& operand : operands) shapes.push_back(&operand.shape);
  const Shape out = broadcast(operation, shapes);
  std::vector<const Shape*> whole;
  for (const Shape* shape : shapes) {
    if (!shape->empty() && shape->back() == out.back()) whole.push_back(shape);
  }
  for (const DensityOperand& operand : operands) {
    const Shape& shape = operand.shape;
    if (shape.empty() || shape.back() == out.back()) continue;
    const bool number = operand.role != Role::kData && shape.size() == 1;
    const bool shared = operand.role == Role::kScale && kernels::broadcasts_to(shape, broadcast(operation, whole));
    if (!number && !shared) refuse(operation, operand, operands);
  }
}

template <class T>
void check_probabilities(const char* operation, const char* name, const Var<T>& x) {
  if (x.shared()->meaning() != nullptr) return;  // a variable of vmap has no elements of its own
  constexpr T kRounding = 8 * std::numeric_limits<T>::epsilon(), kLow = -kRounding, kHigh = 1 + kRounding;
  const T* data = x.shared()->data();
  const std::size_t size = x.size();
  std::atomic<bool> bad = false;
  kernels::parallel_for(size, 64, size / 2, [&](std::size_t first, std::size_t last) {
    if (leaves(data + first, last - first, kLow, kHigh)) bad.store(true, std::memory_order_relaxed);
  });
  if (!bad.load(std::memory_order_relaxed)) return;
  const auto at = std::size_t(std::find_if(data, data + size, [](T v) { return !(v >= kLow && v <= kHigh); }) - data);
  throw DataError(text::bracketed(operation) + name + " in [0, 1] expected, but element " + std::to_string(at) +
                  " of shape " + to_string(x.shape()) + " is " + text::number(data[at]) +
                  "; scale the data, or take normal_log_prob or mse for data that are no probabilities");
}

template void check_probabilities(const char*, const char*, const Var<float>&);
template void check_probabilities(const char*, const char*, const Var<double>&);

}  // namespace xtape::nn::detail
