#include "nn/distributions/families.hpp"

#include "autodiff/kernels/walk.hpp"
#include "autodiff/text.hpp"
#include "nn/distributions/kl.hpp"

#include <cmath>
#include <string>

namespace xtape::nn::detail {

namespace {

template <class T>
bool belongs(T x, Domain domain) {
  switch (domain) {
    case Domain::kPositive:
      return x > 0 && std::isfinite(x);
    case Domain::kNonNegative:
      return x >= 0;
    case Domain::kCount:
      return x >= 0 && x == std::floor(x) && std::isfinite(x);
    case Domain::kReal:
      break;
  }
  return true;
}

const char* described(Domain domain) {
  switch (domain) {
    case Domain::kPositive:
      return "numbers above 0";
    case Domain::kNonNegative:
      return "numbers of at least 0";
    case Domain::kCount:
      return "whole numbers of at least 0";
    case Domain::kReal:
      break;
  }
  return "numbers";
}

Shape last_dimensions(const Shape& shape, std::size_t count) {
  return Shape(shape.end() - std::ptrdiff_t(std::min(count, shape.size())), shape.end());
}

}  // namespace

template <class T>
void check_domain(const char* family, const ParameterDomain& parameter, const Var<T>& x) {
  if (parameter.domain == Domain::kReal || x.shared()->meaning() != nullptr) return;
  const T* const data = x.shared()->data();
  const T* const end = data + x.size();
  const T* const bad = std::find_if(data, end, [&](T v) { return !belongs(v, parameter.domain); });
  if (bad == end) return;
  throw DataError(text::bracketed(family) + parameter.name + ": " + (std::isinf(*bad) ? "finite " : "") +
                  described(parameter.domain) + " expected, but element " + std::to_string(bad - data) + " of shape " +
                  to_string(x.shape()) + " is " + text::number(*bad));
}

template void check_domain(const char*, const ParameterDomain&, const Var<float>&);
template void check_domain(const char*, const ParameterDomain&, const Var<double>&);

Shape joined(const Shape& leading, const Shape& shape) {
  Shape whole = leading;
  whole.insert(whole.end(), shape.begin(), shape.end());
  return whole;
}

Shape shape_of_draw(const char* family, const std::vector<const Shape*>& shapes) {
  return kernels::broadcast_shapes(family, shapes.data(), shapes.size());
}

void check_event_dims(const char* family, std::size_t event_dims, std::size_t least, const Shape& shape) {
  if (event_dims < least) {
    throw ShapeError(text::bracketed(family) +
                     "an event of at least the last dimension expected, for draws are rows, got " +
                     std::to_string(event_dims));
  }
  if (event_dims <= shape.size()) return;
  throw ShapeError(text::bracketed(family) + "an event of at most the " + std::to_string(shape.size()) +
                   " dimensions of shape " + to_string(shape) + " expected, got " + std::to_string(event_dims) +
                   "; broadcast_to gives parameters the shape of an event");
}

void check_event(const char* operation, const Shape& x, const Shape& shape, std::size_t event_dims) {
  const Shape event = last_dimensions(shape, event_dims);
  if (last_dimensions(x, event_dims) == event) return;
  throw ShapeError(text::bracketed(operation) + "an event of shape " + to_string(event) + " expected, but x is " +
                   to_string(x));
}

void check_event_shapes(const char* operation, std::size_t event_dims, std::span<const DensityOperand> operands) {
  if (event_dims == 1) return check_density_shapes(operation, operands);
  std::vector<const Shape*> shapes;
  for (const DensityOperand& operand : operands) shapes.push_back(&operand.shape);
  const Shape event = last_dimensions(kernels::broadcast_shapes(operation, shapes.data(), shapes.size()), event_dims);
  // All but the first may lack an event's leading dimensions, or have extents of 1 there: one parameter for many.
  if (operands.front().role != Role::kData) return;  // common_event_dims has compared the events of two distributions
  shapes.erase(shapes.begin());
  const Shape of_parameters =
      last_dimensions(kernels::broadcast_shapes(operation, shapes.data(), shapes.size()), event_dims);
  const Shape& x = operands.front().shape;
  if (of_parameters == event && (x.empty() || last_dimensions(x, event_dims) == event)) return;
  throw ShapeError(text::bracketed(operation) + "an event of shape " + to_string(of_parameters) +
                   " expected, but x is " + to_string(x));
}

std::size_t common_event_dims(const char* operation, const Shape& p, std::size_t p_event_dims, const Shape& q,
                              std::size_t q_event_dims) {
  if (q.empty()) return p_event_dims;
  if (p.empty()) return q_event_dims;
  if (p_event_dims == q_event_dims) {
    const bool equal = last_dimensions(p, p_event_dims) == last_dimensions(q, p_event_dims);
    if (p_event_dims < 2 || equal) return p_event_dims;  // of one dimension check_density_shapes says more
    throw ShapeError(text::bracketed(operation) + "events of equal shape expected, got " +
                     std::to_string(p_event_dims) + " dimensions of " + to_string(p) + " and " + to_string(q));
  }
  throw ShapeError(text::bracketed(operation) + "events of as many dimensions expected, got " +
                   std::to_string(p_event_dims) + " of shape " + to_string(p) + " and " + std::to_string(q_event_dims) +
                   " of shape " + to_string(q) + "; with_event_dims says how many");
}

std::size_t same_event_dims(const char* operation, const Shape& p, std::size_t p_event_dims, const Shape& q,
                            std::size_t q_event_dims) {
  const std::size_t event_dims = common_event_dims(operation, p, p_event_dims, q, q_event_dims);
  if (p.empty() || q.empty() || last_dimensions(p, event_dims) == last_dimensions(q, event_dims)) return event_dims;
  throw ShapeError(text::bracketed(operation) + "events of equal shape expected, got " + std::to_string(event_dims) +
                   " dimensions of " + to_string(p) + " and " + to_string(q));
}

void check_common_draws(const Shape& p, std::size_t p_event_dims, const Shape& q, std::size_t q_event_dims) {
  bool fits = q.size() <= p.size() && q_event_dims <= p_event_dims;
  for (std::size_t k = 1; fits && k <= std::min(p_event_dims, q.size()); ++k) {
    fits = q[q.size() - k] == p[p.size() - k] || q[q.size() - k] == 1;
  }
  if (fits) return;
  throw ShapeError("[kl_monte_carlo] p of shape " + to_string(p) + " with events of " + std::to_string(p_event_dims) +
                   " dimensions cannot draw for q of shape " + to_string(q) + " with events of " +
                   std::to_string(q_event_dims) + "; broadcast_to gives p's parameters the shape of q");
}

}  // namespace xtape::nn::detail
