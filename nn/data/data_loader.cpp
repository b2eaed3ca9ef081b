#include "nn/data/data_loader.hpp"

#include "autodiff/errors.hpp"
#include "autodiff/random.hpp"

#include <algorithm>
#include <numeric>
#include <span>
#include <string>

namespace xtape::nn {
namespace {

// Orders and transforms take parts of the seed's stream that no Random(seed) gets to, so that a program may use one
// seed for everything.
constexpr std::uint64_t kOrders = std::uint64_t{2} << 62, kTransforms = std::uint64_t{3} << 62;

/// The order of an epoch.
std::vector<std::size_t> shuffled(std::size_t count, std::uint64_t seed, std::uint64_t epoch) {
  return Random::from_state({seed, {0, kOrders + epoch}}).permutation(count);
}

/// What the transforms of a batch draw from.
Random random_of_batch(std::uint64_t seed, const LoaderPosition& position) {
  return Random::from_state({seed, {0, kTransforms + (position.epoch << 31) + position.batch}});
}

/// The rows `indices` of an array of (count, features...).
template <class T>
Array<T> gather_rows(const Array<T>& array, std::span<const std::size_t> indices) {
  Shape shape = shape_of(array);
  const std::size_t row = array.size() / shape[0];
  shape[0] = indices.size();
  Array<T> rows = empty<T>(shape);
  T* to = rows.data();
  for (const std::size_t index : indices) to = std::copy_n(array.data() + index * row, row, to);
  return rows;
}

}  // namespace

template <class T>
DataLoader<T>::DataLoader(ImageSet images, DataLoaderOptions options)
    : images_(std::move(images)), options_(options), samples_(images_.size()) {
  check_options();
}

template <class T>
DataLoader<T>::DataLoader(Array<T> samples, Array<std::int64_t> labels, bool has_labels, DataLoaderOptions options)
    : options_(options) {
  if (samples.dimension() == 0) {
    throw ShapeError("[DataLoader] expected samples of shape (count, features...), got a single number");
  }
  samples_ = samples.shape(0);
  if (has_labels && (labels.dimension() != 1 || labels.shape(0) != samples_)) {
    throw DataError("[DataLoader] expected labels of shape " + to_string(Shape{samples_}) +
                    ", one for each sample of " + to_string(shape_of(samples)) + ", got " +
                    to_string(shape_of(labels)));
  }
  array_ = std::make_shared<const Array<T>>(std::move(samples));
  if (has_labels) labels_ = std::make_shared<const Array<std::int64_t>>(std::move(labels));
  check_options();
}

template <class T>
void DataLoader<T>::check_options() {
  if (samples_ == 0) throw DataError("[DataLoader] expected at least one sample, got an empty data set");
  if (options_.batch_size == 0) throw DataError("[DataLoader] expected a batch_size of at least 1, got 0");
  const std::size_t full = samples_ / options_.batch_size;
  batches_ = options_.drop_last || samples_ % options_.batch_size == 0 ? full : full + 1;
  if (batches_ == 0) {
    throw DataError("[DataLoader] drop_last leaves no batch: expected at least " + std::to_string(options_.batch_size) +
                    " samples (batch_size), got " + std::to_string(samples_));
  }
}

template <class T>
void DataLoader<T>::seek(const LoaderPosition& position) {
  if (position.batch > batches_) {
    throw DataError("[DataLoader::seek] expected a position within the " + std::to_string(batches_) +
                    " batches of an epoch, got batch " + std::to_string(position.batch) +
                    "; was it saved with other data or another batch_size?");
  }
  position_ = position;
  at_start_ = true;
  ++loop_;
}

template <class T>
DataLoader<T>& DataLoader<T>::transform(Transform<T> transform) {
  if (!transform) throw Error("[DataLoader::transform] a function expected, got an empty one");
  transforms_.push_back(std::move(transform));
  return *this;
}

template <class T>
void DataLoader<T>::apply_transforms(Batch& batch) const {
  if (transforms_.empty()) return;
  Random rng = random_of_batch(options_.seed, position_);
  batch.originals = batch.images;
  for (const Transform<T>& transform : transforms_) {
    batch.images = transform(batch.images, rng);
    if (shape_of(batch.images) == shape_of(batch.originals)) continue;
    throw ShapeError("[DataLoader] a transform of samples " + to_string(shape_of(batch.originals)) +
                     " must keep their shape, got " + to_string(shape_of(batch.images)));
  }
}

template <class T>
void DataLoader<T>::start_epoch() {
  if (!at_start_) position_ = {position_.epoch + 1, 0};  // the last loop was left early
  at_start_ = false;
  ++loop_;
  if (options_.shuffle) {
    order_ = shuffled(samples_, options_.seed, position_.epoch);
  } else if (order_.empty()) {
    order_.resize(samples_);
    std::iota(order_.begin(), order_.end(), std::size_t{0});
  }
}

template <class T>
bool DataLoader<T>::next(std::uint64_t loop, Batch& batch) {
  if (loop != loop_) {
    throw Error(
        "[DataLoader] another loop over this loader has begun, or seek was called, since this loop did; give "
        "loops that run at the same time a loader each");
  }
  if (position_.batch == batches_) {
    position_ = {position_.epoch + 1, 0};
    at_start_ = true;
    return false;
  }
  const std::size_t first = std::size_t(position_.batch) * options_.batch_size;
  const auto indices = std::span(order_).subspan(first, std::min(options_.batch_size, samples_ - first));
  batch = Batch{};  // its memory goes back to the pool, from where the new batch takes it
  if (array_ != nullptr) {
    batch.images = gather_rows(*array_, indices);
    if (labels_ != nullptr) batch.labels = gather_rows(*labels_, indices);
  } else {
    batch.images = images_.template gather<T>(indices);
    if (images_.has_labels()) {
      batch.labels = empty<std::int64_t>(Shape{indices.size()});
      std::transform(indices.begin(), indices.end(), batch.labels.data(),
                     [this](std::size_t index) { return std::int64_t{images_.label(index)}; });
    }
  }
  apply_transforms(batch);
  ++position_.batch;
  return true;
}

template class DataLoader<float>;
template class DataLoader<double>;

}  // namespace xtape::nn
