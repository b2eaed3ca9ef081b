#include "autodiff/kernels/walk.hpp"

#include "autodiff/errors.hpp"
#include "autodiff/text.hpp"

namespace xtape::kernels {

namespace {

[[noreturn]] void refuse(std::string_view operation, const char* why, const Shape* const* shapes, std::size_t count) {
  std::string text = text::bracketed(operation) + why + ": ";
  for (std::size_t k = 0; k < count; ++k) {
    if (k > 0) text += k + 1 == count ? " and " : ", ";
    text += to_string(*shapes[k]);
  }
  throw ShapeError(text);
}

}  // namespace

void refuse_rank(const Shape& shape) {
  throw ShapeError("[broadcast] more dimensions than the 32 that broadcasting allows: " + to_string(shape));
}

Shape broadcast_shapes(std::string_view operation, const Shape* const* shapes, std::size_t count) {
  std::size_t rank = 0;
  for (std::size_t k = 0; k < count; ++k) rank = std::max(rank, shapes[k]->size());
  if (rank > kMaxRank) refuse(operation, "more dimensions than the 32 that broadcasting allows", shapes, count);
  Shape out(rank, 1);
  for (std::size_t k = 0; k < count; ++k) {
    const Shape& shape = *shapes[k];
    const std::size_t missing = rank - shape.size();
    for (std::size_t d = 0; d < shape.size(); ++d) {
      std::size_t& extent = out[d + missing];
      if (extent == 1) {
        extent = shape[d];
      } else if (shape[d] != 1 && shape[d] != extent) {
        refuse(operation, "shapes do not broadcast", shapes, count);
      }
    }
  }
  size_of(out, operation);  // or it has too many elements
  return out;
}

Shape broadcast_shapes(std::string_view operation, std::initializer_list<const Shape*> shapes) {
  return broadcast_shapes(operation, shapes.begin(), shapes.size());
}

bool broadcasts_to(const Shape& from, const Shape& to) {
  if (from.size() > to.size()) return false;
  const std::size_t missing = to.size() - from.size();
  for (std::size_t d = 0; d < from.size(); ++d) {
    if (from[d] != 1 && from[d] != to[d + missing]) return false;
  }
  return true;
}

template Walk<2> make_walk(const Shape&, const std::array<Extents, 2>&);
template Walk<3> make_walk(const Shape&, const std::array<Extents, 3>&);
template Walk<4> make_walk(const Shape&, const std::array<Extents, 4>&);
template Walk<5> make_walk(const Shape&, const std::array<Extents, 5>&);
template Walk<7> make_walk(const Shape&, const std::array<Extents, 7>&);
template Walk<9> make_walk(const Shape&, const std::array<Extents, 9>&);

}  // namespace xtape::kernels
