#pragma once
// Losses over loaders and other ranges of batches, whatever their type is.

#include "nn/data/data_loader.hpp"
#include "nn/training/finite_step.hpp"

#include <concepts>
#include <cstdint>
#include <functional>
#include <memory>
#include <type_traits>
#include <utility>

namespace xtape::nn {

/// The samples of a batch, by which its loss counts: what its size() says, the first extent of an array, 1 of anything
/// else.
template <class Batch>
double samples_of(const Batch& batch) {
  if constexpr (requires { batch.dimension(); }) {
    return batch.dimension() == 0 ? 1 : double(batch.shape()[0]);
  } else if constexpr (requires { double(batch.size()); }) {
    return double(batch.size());
  } else {
    return 1;
  }
}

/// A range that knows how far it has come, as a DataLoader does.
template <class Batches>
concept SeekableBatches = requires(Batches& batches, const LoaderPosition& position) {
  { batches.position() } -> std::convertible_to<LoaderPosition>;
  batches.seek(position);
};

namespace detail {

/// What is done with the loss of each batch and its number of samples; false ends the walk.
template <class T>
using BatchVisitor = std::function<bool(const LossFunction<T>&, double)>;

/// The losses of the batches of a range: its type, and that of the batches, end here.
template <class T>
struct LossSource {
  /// Walks through an epoch, or from the place on that was sought. Whether it came to the end.
  std::function<bool(const BatchVisitor<T>&)> walk;
  std::function<LoaderPosition()> position;
  std::function<void(const LoaderPosition&)> seek;
};

/// `batches` and `loss` have to outlive it.
template <class T, class Batches, class Loss>
LossSource<T> loss_source(Batches& batches, const Loss& loss) {
  const auto visit_batch = [&loss](auto& batch, const BatchVisitor<T>& visit) {
    return visit([&](Random& rng) -> Var<T> { return loss(batch, rng); }, samples_of(batch));
  };
  if constexpr (SeekableBatches<Batches>) {
    return {[&batches, visit_batch](const BatchVisitor<T>& visit) {
              for (auto&& batch : batches) {
                if (!visit_batch(batch, visit)) return false;
              }
              return true;
            },
            [&batches]() -> LoaderPosition { return batches.position(); },
            [&batches](const LoaderPosition& position) { batches.seek(position); }};
  } else {
    const auto place = std::make_shared<LoaderPosition>();
    return {[&batches, visit_batch, place](const BatchVisitor<T>& visit) {
              const std::uint64_t done = std::exchange(place->batch, 0);
              for (auto&& batch : batches) {
                if (++place->batch > done && !visit_batch(batch, visit)) return false;
              }
              *place = {place->epoch + 1, 0};
              return true;
            },
            [place] { return *place; }, [place](const LoaderPosition& position) { *place = position; }};
  }
}

template <class T>
double mean_loss(const LossSource<T>& source, Random& rng);

extern template double mean_loss(const LossSource<float>&, Random&);
extern template double mean_loss(const LossSource<double>&, Random&);

}  // namespace detail

/// The mean of loss(batch, rng) over the samples of all `batches`, a loader or any other range; the loss is the mean
/// over those of its batch. Nothing is recorded. Parts that are used in another way than they are trained need
/// model.eval() before. Throws NotFiniteError, which names the operation, for a loss that is NaN or infinite, and Error
/// where there is no batch.
///
///   model.eval();
///   Random noise(2);   // the same after every epoch
///   const double held_out = nn::mean_loss(loader, [&](const auto& batch, Random& r) { return ...; }, noise);
template <class Batches, class Loss>
double mean_loss(Batches& batches, const Loss& loss, Random& rng) {
  using Result = std::remove_cvref_t<decltype(loss(*batches.begin(), rng))>;
  return detail::mean_loss(detail::loss_source<typename Result::value_type>(batches, loss), rng);
}

}  // namespace xtape::nn
