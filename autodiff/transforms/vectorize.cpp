#include "autodiff/transforms/vectorize.hpp"

#include "autodiff/core/level.hpp"
#include "autodiff/core/live_tapes.hpp"
#include "autodiff/kernels/threads.hpp"
#include "autodiff/kernels/walk.hpp"
#include "autodiff/ops/all.hpp"
#include "autodiff/text.hpp"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <map>
#include <string_view>

namespace xtape::detail {

void throw_number_of_another_run() {
  throw TapeError(
      "[vectorize] a number was used beyond the run of the function that it belongs to: keep x.value(), or give it as "
      "a "
      "result");
}
void throw_too_many_numbers() {
  throw Error("[vectorize] a run of at most 2147483647 operations expected, got more");
}
void Chunks::grow() {
  chunks_.reserve(chunks_.size() + 1);
  chunks_.push_back({static_cast<std::byte*>(allocate_buffer(kBytes)), next_});
  next_ = chunks_.back().begin;
  end_ = next_ + kBytes;
}
std::uint32_t next_run() {
  static std::atomic<std::uint32_t> last{0};
  std::uint32_t run = 0;
  while (run == 0) run = 1 + last.fetch_add(1, std::memory_order_relaxed);
  return run;
}
void throw_ragged(std::size_t expected, std::size_t got) {
  throw ShapeError("[vectorize] the vectors of a result must have the same number of elements, got " +
                   std::to_string(expected) + " and " + std::to_string(got));
}
void throw_no_further_derivative() {
  throw Error(
      "[vectorize] first and second derivatives of a function of single numbers are to be had, and a third one was "
      "asked "
      "for: write the function in operations on arrays");
}

namespace {

/// "(n, 3)", as the signature has it.
std::string text_of(const Signature::Part& part, std::string_view text) {
  std::string result = "(";
  for (std::size_t d = 0; d < part.dimensions; ++d) {
    const SignatureDimension& dimension = part.dimension[d];
    result += (d > 0 ? ", " : "") + std::string(text.substr(dimension.begin, dimension.end - dimension.begin));
  }
  return result + ")";
}

/// Holds the extents of named dimensions, and compares.
class Extents {
 public:
  explicit Extents(std::string_view text) : text_(text) {}

  /// Throws ShapeError unless the last dimensions of `shape` are those of the part.
  void check(const std::string& what, const Signature::Part& part, const Shape& shape, bool whole) {
    const std::size_t most = shape.size(), least = part.dimensions;
    if (whole ? most != least : most < least) {
      throw ShapeError("[vectorize] " + what + " must have " + (whole ? "the" : "at least the") + " dimensions " +
                       text_of(part, text_) + ", got shape " + to_string(shape));
    }
    for (std::size_t d = 0; d < least; ++d) {
      const SignatureDimension& dimension = part.dimension[d];
      const std::size_t extent = shape[most - least + d];
      const std::string name(text_.substr(dimension.begin, dimension.end - dimension.begin));
      const std::size_t expected =
          dimension.extent > 0 ? dimension.extent : named_.try_emplace(name, extent).first->second;
      if (expected != extent) {
        throw ShapeError("[vectorize] " + what + " must have the dimensions " + text_of(part, text_) +
                         (dimension.extent > 0 ? "" : " with " + name + " = " + std::to_string(expected)) +
                         ", got shape " + to_string(shape));
      }
    }
  }

 private:
  std::string_view text_;
  std::map<std::string, std::size_t> named_;
};

/// The arguments row by row: dense ones, or one row for all.
template <class T>
struct Rows {
  Shape loop;
  std::size_t count = 1;
  std::vector<Shape> cores;
  std::vector<std::size_t> sizes;
  std::vector<Array<T>> held;
  std::vector<const T*> data;
  std::vector<std::size_t> strides;

  Rows(const VarList<T>& x, const std::vector<std::size_t>& dimensions) {
    std::vector<Shape> loops;
    std::vector<const Shape*> each;
    for (std::size_t k = 0; k < x.size(); ++k) {
      const Shape& shape = x[k].shape();
      const auto middle = shape.end() - std::ptrdiff_t(dimensions[k]);
      loops.emplace_back(shape.begin(), middle);
      cores.emplace_back(middle, shape.end());
      sizes.push_back(size_of(cores.back()));
    }
    for (const Shape& shape : loops) each.push_back(&shape);
    loop = kernels::broadcast_shapes("vectorize", each.data(), each.size());
    count = size_of(loop);
    for (std::size_t k = 0; k < x.size(); ++k) {
      const bool all = loops[k] == loop, one = size_of(loops[k]) == 1;
      Shape full = loop;
      full.insert(full.end(), cores[k].begin(), cores[k].end());
      held.push_back(all || one ? x[k].value() : broadcast_to(x[k], full).value());
      data.push_back(held.back().data());
      strides.push_back(one ? 0 : sizes[k]);
    }
  }

  /// Rows first, first + 1, ..., `lanes` of them, the last one again where there are no more; side by side.
  void gather(std::size_t first, std::size_t lanes, NumberLists<T>& into) const {
    into.resize(data.size());
    for (std::size_t k = 0; k < data.size(); ++k) {
      into[k].resize(sizes[k] * lanes);
      for (std::size_t lane = 0; lane < lanes; ++lane) {
        const T* const row = data[k] + std::min(first + lane, count - 1) * strides[k];
        for (std::size_t i = 0; i < sizes[k]; ++i) into[k][i * lanes + lane] = row[i];
      }
    }
  }
};

/// The results row by row, of the shapes that the first row had.
template <class T>
struct Results {
  std::vector<Shape> cores;
  std::vector<Array<T>> arrays;

  void allocate(const Shape& loop, const std::vector<Shape>& of_row) {
    cores = of_row;
    for (const Shape& core : cores) {
      Shape full = loop;
      full.insert(full.end(), core.begin(), core.end());
      arrays.push_back(empty<T>(full));
    }
  }
  void scatter(std::size_t first, std::size_t lanes, std::size_t rows, const std::vector<Shape>& of_row,
               const NumberLists<T>& from) {
    if (of_row != cores) refuse(of_row);
    for (std::size_t r = 0; r < arrays.size(); ++r) {
      const std::size_t size = from[r].size() / lanes;
      for (std::size_t lane = 0; lane < rows; ++lane) {
        T* const row = arrays[r].data() + (first + lane) * size;
        for (std::size_t i = 0; i < size; ++i) row[i] = from[r][i * lanes + lane];
      }
    }
  }

 private:
  [[noreturn]] void refuse(const std::vector<Shape>& got) const {
    const auto text = [](const std::vector<Shape>& shapes) {
      std::string result;
      for (const Shape& shape : shapes) result += (result.empty() ? "" : ", ") + to_string(shape);
      return result;
    };
    throw ShapeError("[vectorize] every row must give results of the same shapes, got " + text(cores) + " and " +
                     text(got));
  }
};

template <class T>
using Function = AnyFunctionOfNumbers<T>;

/// f of all rows: as many at a time as a register has lanes, on all threads.
template <class T>
std::vector<Array<T>> run_rows(const Function<T>& f, const Rows<T>& rows) {
  using Clock = std::chrono::steady_clock;
  constexpr std::size_t kLanes = Batch<T>::size;
  if (rows.count == 0) {
    throw ShapeError("[vectorize] at least one row expected, got none: the arguments broadcast to shape " +
                     to_string(rows.loop));
  }
  Results<T> results;
  const auto one_by_one = [&](std::size_t first, std::size_t last, NumberLists<T>& x) {
    for (std::size_t row = first; row < last; ++row) {
      rows.gather(row, 1, x);
      std::vector<Shape> shapes;
      const NumberLists<T> y = f.on_row(x, rows.cores, shapes);
      if (row == 0) results.allocate(rows.loop, shapes);
      results.scatter(row, 1, 1, shapes, y);
    }
  };
  const auto group = [&](std::size_t first, NumberLists<T>& x, NumberLists<T>& y) {
    const std::size_t last = std::min(first + kLanes, rows.count);
    if (last - first > 1) {
      rows.gather(first, kLanes, x);
      std::vector<Shape> shapes;
      if (f.on_rows(x, rows.cores, shapes, y)) {
        if (first == 0) results.allocate(rows.loop, shapes);
        return results.scatter(first, kLanes, last - first, shapes, y);
      }
    }
    one_by_one(first, last, x);
  };
  NumberLists<T> x, y;
  const auto start = Clock::now();
  group(0, x, y);
  const std::chrono::duration<double, std::nano> took = Clock::now() - start;  // says whether threads are worth it
  if (rows.count <= kLanes) return std::move(results.arrays);
  const std::size_t left = rows.count - kLanes, groups = (left + kLanes - 1) / kLanes;
  const std::size_t work = std::size_t(std::min(1e9, took.count()) * double(groups));
  kernels::parallel_for(
      groups, 1, work,
      [&](std::size_t begin, std::size_t end) {
        NumberLists<T> in, out;
        for (std::size_t i = begin; i < end; ++i) group((i + 1) * kLanes, in, out);
      },
      4);
  return std::move(results.arrays);
}

/// The run of a single row, kept for its sweep, with the number of its results.
template <class T>
struct Kept {
  std::unique_ptr<typename Function<T>::Recorded> run;
  std::size_t results = 0;

  /// The gradients of the arguments, where the row is cotangents, then arguments.
  NumberLists<T> sweep(const NumberLists<T>& row) const { return run->sweep({row.data(), results}); }
};

/// The most dimensions that an operand has in front of the function's own, without that of a batch.
template <class T>
std::size_t leading_dimensions(std::span<const Var<T>* const> x, const std::vector<std::size_t>& dimensions,
                               std::span<const char> batched = {}) {
  std::size_t most = 0;
  for (std::size_t k = 0; k < x.size(); ++k) {
    const bool has_batch = !batched.empty() && batched[k];
    most = std::max(most, x[k]->dimension() - dimensions[k] - (has_batch ? 1 : 0));
  }
  return most;
}

/// What to do with the results, given the number of dimensions that rows have in front.
template <class T>
using CheckResults = std::function<void(const VarList<T>&, std::size_t)>;

/// f of arguments of which so many dimensions are its own. `swept` is the run that f is the sweep of, if it was kept.
template <class T>
VarList<T> call(const std::shared_ptr<const Function<T>>& f, const std::vector<std::size_t>& dimensions, VarList<T> x,
                const std::shared_ptr<const Kept<T>>& swept, const CheckResults<T>& check_results) {
  // Kept where a tape will sweep it, and of plain values: at a level one call has several runs.
  const bool keeps = !at_level<T>(pointers_to<T>(x)) && std::any_of(x.begin(), x.end(), [](const Var<T>& each) {
    return LiveTapes<T>::of(each, "vectorize") != nullptr && each.node() != kConstant;
  });
  const auto kept = std::make_shared<Kept<T>>();
  const ListFunction<T> run = [=](const VarList<T>& values) {
    const Rows<T> rows(values, dimensions);
    std::vector<Array<T>> arrays;
    if (rows.count == 1 && (keeps || swept)) {
      NumberLists<T> row, y;
      std::vector<Shape> shapes;
      rows.gather(0, 1, row);
      if (swept && swept->run) {
        y = swept->sweep(row);
        shapes.assign(rows.cores.begin() + std::ptrdiff_t(swept->results), rows.cores.end());
      } else if (keeps && (kept->run = f->record(row, rows.cores, shapes, y))) {
        kept->results = y.size();
      } else {
        y = f->on_row(row, rows.cores, shapes);
      }
      Results<T> results;
      results.allocate(rows.loop, shapes);
      results.scatter(0, 1, 1, shapes, y);
      arrays = std::move(results.arrays);
    } else {
      arrays = run_rows(*f, rows);
    }
    VarList<T> results(std::make_move_iterator(arrays.begin()), std::make_move_iterator(arrays.end()));
    check_results(results, rows.loop.size());
    return results;
  };
  const DerivativeRule<T> rule = [=](const VarList<T>& g, const VarList<T>& y, const VarList<T>& at) {
    const std::size_t leading = leading_dimensions<T>(pointers_to<T>(at), dimensions);
    VarList<T> all = g;
    all.insert(all.end(), at.begin(), at.end());
    std::vector<std::size_t> of_all;
    for (const Var<T>& result : y) of_all.push_back(result.dimension() - leading);
    of_all.insert(of_all.end(), dimensions.begin(), dimensions.end());
    const CheckResults<T> nothing = [](const VarList<T>&, std::size_t) {};
    return call<T>(f->pulled_back(g.size()), of_all, std::move(all), kept, nothing);
  };
  // Examples of a batch are rows more, in front of those that there are.
  const OnBatch<T> on_batch = [=](BatchSize, std::span<const Var<T>* const> operands, std::span<const char> batched) {
    const std::size_t leading = leading_dimensions<T>(operands, dimensions, batched);
    VarList<T> rows;
    for (std::size_t k = 0; k < operands.size(); ++k) {
      rows.push_back(*operands[k]);
      if (!batched[k]) continue;
      const Shape& own = rows.back().shape();
      Shape shape(1 + leading + dimensions[k], 1);
      shape[0] = own[0];
      std::copy_backward(own.begin() + 1, own.end(), shape.end());
      rows.back() = reshape(rows.back(), shape);
    }
    return call<T>(f, dimensions, std::move(rows), nullptr, check_results);
  };
  return apply_custom<T>("vectorize", Custom::kEquation, run, rule, std::move(x), on_batch);
}

}  // namespace

template <class T>
VarList<T> vectorized(std::shared_ptr<const Function<T>> f, const Signature& signature, const char* text,
                      VarList<T> x) {
  Extents extents(text);
  std::vector<std::size_t> dimensions;
  for (std::size_t k = 0; k < x.size(); ++k) {
    extents.check("argument " + std::to_string(k + 1), signature.argument[k], x[k].shape(), false);
    dimensions.push_back(signature.argument[k].dimensions);
  }
  const CheckResults<T> check = [&](const VarList<T>& results, std::size_t leading) {
    if (!signature.says_results) return;
    if (results.size() != signature.results) {
      throw ShapeError("[vectorize] " + std::to_string(signature.results) + " results expected by the signature, got " +
                       std::to_string(results.size()));
    }
    for (std::size_t r = 0; r < results.size(); ++r) {
      const Shape& shape = results[r].shape();
      extents.check("result " + std::to_string(r + 1), signature.result[r],
                    Shape(shape.begin() + std::ptrdiff_t(leading), shape.end()), true);
    }
  };
  return call<T>(f, dimensions, std::move(x), nullptr, check);
}

template VarList<float> vectorized(std::shared_ptr<const Function<float>>, const Signature&, const char*,
                                   VarList<float>);
template VarList<double> vectorized(std::shared_ptr<const Function<double>>, const Signature&, const char*,
                                    VarList<double>);

}  // namespace xtape::detail
