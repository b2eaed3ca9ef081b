#pragma once
// Which dimensions of a draw are one event.

#include "autodiff/autodiff.hpp"

#include <cstddef>
#include <vector>

namespace xtape::nn {

namespace detail {

/// The last `count` axes.
inline Axes last_axes(std::size_t count) {
  std::vector<std::ptrdiff_t> axes;
  for (std::size_t k = 0; k < count; ++k) axes.push_back(-std::ptrdiff_t(k) - 1);
  return Axes(axes);
}

/// x, summed over its last dimensions, so many of them.
template <class T>
Var<T> sum_last(const Var<T>& x, std::size_t count) {
  return count == 0 ? x : Var<T>(sum(x, last_axes(count)));
}

/// Throws ShapeError unless an event may have so many dimensions: not fewer than `least`, nor more than the shape.
void check_event_dims(const char* family, std::size_t event_dims, std::size_t least, const Shape& shape);

/// Throws ShapeError unless x ends with the dimensions of an event of a distribution of that shape.
void check_event(const char* operation, const Shape& x, const Shape& shape, std::size_t event_dims);

/// The dimensions of an event of two distributions together, of one family of vectors or classes. Throws ShapeError
/// unless they are the same, where both have some.
std::size_t same_event_dims(const char* operation, const Shape& p, std::size_t p_event_dims, const Shape& q,
                            std::size_t q_event_dims);

}  // namespace detail

/// The last dimensions of a draw, `event_dims()` of them, are one event: densities, entropies and divergences are sums
/// over them. A base of all distributions.
template <class Family>
class EventDims {
 public:
  /// How many of a draw's last dimensions are one event.
  std::size_t event_dims() const { return event_dims_; }
  /// The same distribution with so many. Throws ShapeError for more than the shape has, and for fewer than a single
  /// draw: of vectors 1.
  Family with_event_dims(std::size_t event_dims) const {
    Family copy(static_cast<const Family&>(*this));
    detail::check_event_dims(family_, event_dims, least_, copy.shape());
    static_cast<EventDims&>(copy).event_dims_ = event_dims;
    return copy;
  }

 protected:
  /// `least` dimensions of a single draw, and `now` unless another number is asked for.
  EventDims(const char* family, std::size_t least, std::size_t now)
      : family_(family), least_(least), event_dims_(now) {}
  ~EventDims() = default;
  EventDims(const EventDims&) = default;
  EventDims(EventDims&&) = default;
  EventDims& operator=(const EventDims&) = default;
  EventDims& operator=(EventDims&&) = default;

  /// Those dimensions of an event that are more than a single draw.
  std::size_t further_dims() const { return event_dims_ - least_; }
  /// A number of each draw, summed over them.
  template <class T>
  Var<T> summed(const Var<T>& x) const {
    return detail::sum_last(x, further_dims());
  }
  /// Throws ShapeError where x would be taken several times in one event.
  void check_further(const char* operation, const Shape& x) const {
    if (further_dims() > 0) {
      detail::check_event(operation, x, static_cast<const Family&>(*this).shape(), event_dims_);
    }
  }

 private:
  const char* family_;
  std::size_t least_, event_dims_;
};

}  // namespace xtape::nn
