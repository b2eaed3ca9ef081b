#include "nn/data/data_loader.hpp"

#include "autodiff/errors.hpp"
#include "autodiff/random.hpp"
#include "autodiff/text.hpp"
#include "nn/data/orders.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <span>
#include <string>

namespace xtape::nn {
namespace {

/// What the transforms of a batch draw from.
Random random_of_batch(std::uint64_t seed, const LoaderPosition& position) {
  return Random::from_state({seed, {0, detail::kTransforms + (position.epoch << 31) + position.batch}});
}

[[noreturn]] void refuse_name(std::string_view name, const char* what) {
  throw DataError("[DataLoader] a batch has no " + std::string(what) + " " + text::quoted(name) +
                  "; floating-point numbers, and what is divided (Dataset::add), come by batch[name], integers by "
                  "batch.integers(name)");
}

}  // namespace

template <class T>
const Array<T>& DataLoader<T>::Batch::operator[](std::string_view name) const {
  if (name == "images" && images.dimension() > 0) return images;
  if (name == "targets" && targets.size() > 0) return targets;
  const auto found = more_numbers_.find(name);
  if (found == more_numbers_.end()) refuse_name(name, "floating-point numbers");
  return found->second;
}

template <class T>
const Array<std::int64_t>& DataLoader<T>::Batch::integers(std::string_view name) const {
  if (name == "labels" && labels.size() > 0) return labels;
  const auto found = more_integers_.find(name);
  if (found == more_integers_.end()) refuse_name(name, "integers");
  return found->second;
}

template <class T>
Array<T>& DataLoader<T>::Batch::number_field(const std::string& name) {
  return name == "images" ? images : name == "targets" ? targets : more_numbers_[name];
}

template <class T>
Array<std::int64_t>& DataLoader<T>::Batch::integer_field(const std::string& name) {
  return name == "labels" ? labels : more_integers_[name];
}

template <class T>
DataLoader<T>::DataLoader(Dataset data, DataLoaderOptions options)
    : data_(std::move(data)), options_(std::move(options)), samples_(data_.size()) {
  for (std::string& name : data_.names()) {
    const bool is_integer = data_.is_integer(name);
    arrays_.emplace_back(std::move(name), is_integer);
  }
  check_options();
  check_sampling();
}

template <class T>
Dataset DataLoader<T>::of_samples(Array<T> samples) {
  if (samples.dimension() == 0) {
    throw ShapeError("[DataLoader] expected samples of shape (count, features...), got a single number");
  }
  return Dataset{{"images", AnyArray(std::move(samples))}};
}

template <class T>
Dataset DataLoader<T>::with_second(Dataset data, Array<std::int64_t> labels) {
  if (labels.dimension() != 1 || labels.shape(0) != data.size()) {
    throw DataError("[DataLoader] expected labels of shape " + to_string(Shape{data.size()}) +
                    ", one for each sample, got " + to_string(shape_of(labels)));
  }
  return data.add("labels", AnyArray(std::move(labels)));
}

template <class T>
Dataset DataLoader<T>::with_second(Dataset data, Array<T> targets) {
  if (targets.dimension() == 0 || targets.shape(0) != data.size()) {
    throw DataError("[DataLoader] expected targets of shape (" + std::to_string(data.size()) +
                    ", features...), a row for each sample, got " + to_string(shape_of(targets)));
  }
  return data.add("targets", AnyArray(std::move(targets)));
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
void DataLoader<T>::check_sampling() {
  const std::vector<double>& weights = options_.weights;
  if (!weights.empty() && !options_.stratify.empty()) {
    throw DataError("[DataLoader] expected weights or stratify, got both");
  }
  if (!weights.empty()) {
    if (weights.size() != samples_) {
      throw DataError("[DataLoader] expected a weight for each of the " + std::to_string(samples_) + " samples, got " +
                      std::to_string(weights.size()));
    }
    double sum = 0;
    for (std::size_t i = 0; i < weights.size(); ++i) {
      sum += weights[i];
      if (weights[i] >= 0 && std::isfinite(sum)) continue;
      throw DataError("[DataLoader] expected weights of 0 or more with a finite sum, weight " + std::to_string(i) +
                      " is " + text::number(weights[i]));
    }
    if (sum == 0) throw DataError("[DataLoader] expected a weight above 0, got none");
  }
  if (!options_.stratify.empty() &&
      !(data_.is_integer(options_.stratify) && data_.features(options_.stratify).empty())) {
    throw DataError("[DataLoader] stratify: expected integers, one for each sample, in " +
                    text::quoted(options_.stratify));
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
DataLoader<T>& DataLoader<T>::transform(std::string name, Transform<T> transform) {
  if (!transform) throw Error("[DataLoader::transform] a function expected, got an empty one");
  if (data_.is_integer(name)) {
    throw DataError(
        "[DataLoader::transform] " + text::quoted(name) +
        ": expected an array of floating-point numbers, or one that is divided (Dataset::add), got integers");
  }
  transforms_.emplace_back(std::move(name), std::move(transform));
  return *this;
}

template <class T>
void DataLoader<T>::apply_transforms(Batch& batch) const {
  if (transforms_.empty()) return;
  Random rng = random_of_batch(options_.seed, position_);
  bool is_first = true;
  for (const auto& [name, transform] : transforms_) {
    Array<T>& field = batch.number_field(name);
    const Shape shape = shape_of(field);
    if (name == "images" && std::exchange(is_first, false)) batch.originals = field;
    field = transform(field, rng);
    if (shape_of(field) == shape) continue;
    throw ShapeError("[DataLoader] a transform of samples " + to_string(shape) + " must keep their shape, got " +
                     to_string(shape_of(field)));
  }
}

/// What the epoch's samples are, one after the other.
template <class T>
std::vector<std::size_t> DataLoader<T>::order_of_epoch() const {
  Random rng = Random::from_state({options_.seed, {0, detail::kOrders + position_.epoch}});
  if (!options_.weights.empty()) return rng.choice(options_.weights, samples_);
  if (!options_.stratify.empty()) {
    const Array<std::int64_t> classes = data_.rows<std::int64_t>(options_.stratify);
    return detail::stratified_order({classes.data(), classes.size()}, options_.shuffle ? &rng : nullptr);
  }
  if (options_.shuffle) return rng.permutation(samples_);
  std::vector<std::size_t> order(samples_);
  std::iota(order.begin(), order.end(), std::size_t{0});
  return order;
}

template <class T>
void DataLoader<T>::start_epoch() {
  if (!at_start_) position_ = {position_.epoch + 1, 0};  // the last loop was left early
  at_start_ = false;
  ++loop_;
  if (order_.empty() || options_.shuffle || !options_.weights.empty()) order_ = order_of_epoch();
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
  batch.samples_ = indices.size();
  for (const auto& [name, is_integer] : arrays_) {
    if (is_integer) {
      batch.integer_field(name) = data_.rows<std::int64_t>(name, indices);
    } else {
      batch.number_field(name) = data_.rows<T>(name, indices);
    }
  }
  apply_transforms(batch);
  ++position_.batch;
  return true;
}

template class DataLoader<float>;
template class DataLoader<double>;

}  // namespace xtape::nn
