#pragma once
// Steps that no number reaches the weights by which is not finite, and that name the operation which made it.

#include "autodiff/autodiff.hpp"
#include "nn/module.hpp"
#include "nn/optim/optimizer.hpp"

#include <functional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

namespace xtape::nn {

/// The loss of a batch, of rank 0, that draws all its random numbers from the generator which it is given.
template <class T>
using LossFunction = std::function<Var<T>(Random&)>;

/// A loss or a gradient was NaN or infinite.
class NotFiniteError : public NumericError {
 public:
  NotFiniteError(const std::string& message, std::string cause) : NumericError(message), cause_(std::move(cause)) {}
  /// The operation to blame, as a checked tape names it: "[log] the result is not finite: ...".
  const std::string& cause() const { return cause_; }

 private:
  std::string cause_;
};

/// Whether no element of any of the arrays is NaN or infinite. One parallel pass.
template <class T>
bool all_finite(const std::vector<Array<T>>& arrays);

/// Which operation made a loss or a gradient that is not finite: does the work again, on a tape that checks every
/// result, with the generator as it was `before`; without parameters, the loss alone. Returns the message of that
/// tape's NumericError, or, where none came, "no operation produced it a second time".
template <class T>
std::string first_not_finite(const std::type_identity_t<LossFunction<T>>& loss,
                             const std::vector<Parameter<T>>& parameters, const Random& before);

namespace detail {

/// The same with the generator itself, which has to be as it was before, and is not put back: layers may hold a
/// reference to it.
template <class T>
std::string first_not_finite_again(const LossFunction<T>& loss, const std::vector<Parameter<T>>& parameters,
                                   Random& rng);

}  // namespace detail

/// What one batch comes to.
template <class T>
struct LossAndGradients {
  T loss;
  std::vector<Array<T>> gradients;  ///< in the order of the parameters
};

/// Loss and gradients, all of them finite. Where a number is not, throws NotFiniteError, which names the operation that
/// produced it. Throws what the loss and tape.gradient throw. Buffers, counters and generators of the model, and `rng`,
/// are as they were before whenever it throws.
template <class T>
LossAndGradients<T> finite_gradients(const Module<T>& model, const std::vector<Parameter<T>>& parameters,
                                     const std::type_identity_t<LossFunction<T>>& loss, Random& rng);

/// One step of the optimizer by these gradients; returns the loss. Throws as they do, and then nothing was changed:
///
///   for (const auto& batch : loader) {
///     nn::finite_step(model, optimizer, [&](Random& r) { return -mean(model.elbo(batch.images, r)); }, rng);
///   }
template <class T>
T finite_step(const Module<T>& model, Optimizer<T>& optimizer, const std::type_identity_t<LossFunction<T>>& loss,
              Random& rng);

#define XTAPE_EXTERN(T)                                                                                                \
  extern template bool all_finite(const std::vector<Array<T>>&);                                                       \
  extern template std::string first_not_finite(const LossFunction<T>&, const std::vector<Parameter<T>>&,               \
                                               const Random&);                                                         \
  extern template std::string detail::first_not_finite_again(const LossFunction<T>&, const std::vector<Parameter<T>>&, \
                                                             Random&);                                                 \
  extern template LossAndGradients<T> finite_gradients(const Module<T>&, const std::vector<Parameter<T>>&,             \
                                                       const LossFunction<T>&, Random&);                               \
  extern template T finite_step(const Module<T>&, Optimizer<T>&, const LossFunction<T>&, Random&);
XTAPE_EXTERN(float)
XTAPE_EXTERN(double)
#undef XTAPE_EXTERN

}  // namespace xtape::nn
