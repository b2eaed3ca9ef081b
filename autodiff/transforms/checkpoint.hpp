#pragma once
// checkpoint: memory for time. What a function's operations would save for the sweep is computed a second time there.
//
// T. Chen, B. Xu, C. Zhang, C. Guestrin, "Training deep nets with sublinear memory cost", arXiv:1604.06174.

#include "autodiff/core/dispatch.hpp"
#include "autodiff/core/live_tapes.hpp"
#include "autodiff/random.hpp"
#include "autodiff/transforms/structure.hpp"

#include <algorithm>
#include <cmath>
#include <functional>
#include <iterator>
#include <memory>
#include <optional>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

namespace xtape {

/// What a checkpoint keeps after all.
struct CheckpointOptions {
  std::vector<std::string> save = {};  ///< operations, by the names that errors call them, whose results are kept and
                                       ///< not computed again: those that cost more than their memory is worth. Not of
                                       ///< element-wise operations, nor of those of several results
};
/// Products of matrices and convolutions: checkpoint(f, {.save = kProducts}) computes the rest again.
inline const std::vector<std::string> kProducts{"matmul", "linear", "convolution", "convolution_with_bias"};

namespace detail {

/// A checkpoint's function of any arguments and results.
template <class T>
using Segment = std::function<std::vector<Var<T>>(const std::vector<Var<T>>&)>;

/// A vector, an array, a span, ...: what <ranges>, most of which no file here needs, calls a random access range.
template <class R>
concept RandomAccess = requires(R& range) {
  { std::begin(range) } -> std::random_access_iterator;
  std::end(range);
};

/// f(arguments), recorded as one node that runs f again in the sweep, from the states that the generators have now.
template <class T>
std::vector<Var<T>> apply_checkpoint(Segment<T> f, std::vector<Var<T>> arguments, std::vector<Random*> generators,
                                     const CheckpointOptions& options = {});

/// A layer, or a pointer to one.
template <class L, class T>
Var<T> call_layer(const L& layer, const Var<T>& x) {
  if constexpr (requires { layer(x); }) {
    return as_number<Var<T>>(layer(x));
  } else {
    return as_number<Var<T>>((*layer)(x));
  }
}

}  // namespace detail

/// checkpoint(f)(x...) = f(x...), without keeping what f's operations save: the tape gets one node, which holds the
/// arguments, and the backward sweep runs f a second time and sweeps that. It costs one more forward pass of f, and the
/// memory of f's intermediate values while its own part is swept. Checkpoints nest.
///
///   Var<float> h = checkpoint([&](const auto& v) { return tanh(hidden(v)); })(x);          // hidden: an nn::Linear
///   Var<float> z = checkpoint([&](const auto& v) { return noisy(v, rng); }, rng)(h);
///
/// Arguments are Vars, arrays and numbers of any shapes, and structures of them; f takes Vars (structures of Vars) and
/// returns one Var of any shape, or a tuple, a std::vector or another structure of them, which then is what comes:
/// auto [h, c] = checkpoint(cell)(x, h, c). The parameters of modules that f uses get their gradients as well.
/// First-order gradients are the same to the bit as without; a sweep that is recorded (`grad` of `grad`, `hessian`,
/// ...) records f in full, and higher derivatives agree to rounding.
///
/// f must do the same in both runs. Random generators that it draws from are named after it: they start the second run
/// where they started the first, and are put back afterwards. They, and whatever else f refers to, must live until the
/// last sweep. A module is given as `std::ref(module)`.
///
/// checkpoint(f, {.save = kProducts}, rng)(x...) keeps the results of some operations, and does not compute them again.
///
/// Throws TapeError if f closes over a variable of the tape: make it an argument. (Within a checkpoint in a checkpoint
/// that comes to light in the sweep.) Throws TapeError in the sweep if the second run differs visibly from the first:
/// other shapes or another number of results, or other parameters. Outside of a tape it is f(x...).
template <class F, std::same_as<Random>... R>
auto checkpoint(F f, const CheckpointOptions& options, R&... generators) {
  return [f = std::make_shared<const F>(std::move(f)), drawn = std::vector<Random*>{&generators...},
          options](const auto&... x) {
    using V = detail::common_var_of<std::remove_cvref_t<decltype(x)>...>;
    const auto like = detail::skeletons<V>(x...);
    using Given = decltype(detail::call_with_parts<V>(*f, {}, like));
    constexpr bool kKnown = detail::Structured<Given>;
    static_assert(kKnown, "xtape::checkpoint: the function must return a Var, or a tuple or a std::vector of them");
    if constexpr (kKnown) {
      const auto first =
          std::make_shared<std::optional<Given>>();  // what the first run gives says how to put results together
      const auto run = [f, like, seen = std::weak_ptr(first)](const std::vector<V>& arguments) {
        Given results = detail::call_with_parts<V>(*f, arguments, like);
        std::vector<V> parts = detail::parts_of<V>(results);
        if (const auto wanted = seen.lock()) wanted->emplace(std::move(results));
        return parts;
      };
      auto parts = detail::apply_checkpoint<typename V::value_type>(run, detail::parts_of<V>(x...), drawn, options);
      return detail::put_together<V>(first->value(), std::move(parts));
    }
  };
}
template <class F, std::same_as<Random>... R>
auto checkpoint(F f, R&... generators) {
  return checkpoint(std::move(f), CheckpointOptions{}, generators...);
}

/// layers[n - 1](... layers[1](layers[0](x))), in `segments` parts of about equal length of which each but the last is
/// a checkpoint: with √n parts a chain of n layers keeps about 2 √n intermediate values instead of n, for one more
/// forward pass. `layers` is a vector, a span or another range of callables or of pointers to them: functions, modules,
/// std::function. If it is an lvalue (or a view), it must live until the last sweep. `generators` are those that any
/// layer draws from. No layers give x. Throws Error for no segments; more than layers are as many as layers.
template <detail::RandomAccess Layers, class X, std::same_as<Random>... R>
auto checkpoint_sequential(Layers&& layers, const X& x, std::size_t segments, R&... generators) {
  using V = common_var<X>;
  if (segments == 0) throw Error("[checkpoint_sequential] at least one segment expected, got 0");
  const auto held = std::make_shared<std::tuple<Layers>>(std::forward<Layers>(layers));  // by reference if an lvalue
  const std::size_t count = std::size_t(std::distance(std::begin(std::get<0>(*held)), std::end(std::get<0>(*held))));
  segments = std::max<std::size_t>(1, std::min(segments, count));
  V h = as_number<V>(x);
  static_cast<void>(h.shared());  // an empty variable says so itself
  for (std::size_t s = 0; s < segments; ++s) {
    const auto run = [held, begin = s * count / segments, end = (s + 1) * count / segments](const V& input) {
      V value = input;
      const auto first = std::begin(std::get<0>(*held));
      using Distance = std::iter_difference_t<decltype(first)>;
      for (std::size_t i = begin; i < end; ++i) value = detail::call_layer(first[Distance(i)], value);
      return value;
    };
    h = s + 1 < segments ? checkpoint(run, generators...)(h) : run(h);
  }
  return h;
}
/// The same in round(√n) segments.
template <detail::RandomAccess Layers, class X, std::same_as<Random>... R>
auto checkpoint_sequential(Layers&& layers, const X& x, R&... generators) {
  const double count = double(std::distance(std::begin(layers), std::end(layers)));
  const auto segments = std::max<std::size_t>(1, std::size_t(std::lround(std::sqrt(count))));
  return checkpoint_sequential(std::forward<Layers>(layers), x, segments, generators...);
}

extern template std::vector<Var<float>> detail::apply_checkpoint(Segment<float>, std::vector<Var<float>>,
                                                                 std::vector<Random*>, const CheckpointOptions&);
extern template std::vector<Var<double>> detail::apply_checkpoint(Segment<double>, std::vector<Var<double>>,
                                                                  std::vector<Random*>, const CheckpointOptions&);

}  // namespace xtape
