#pragma once
// Batches for training: a data set in a new order every epoch.

#include "autodiff/core/var.hpp"
#include "nn/data/dataset.hpp"
#include "nn/data/image_set.hpp"
#include "nn/data/transforms.hpp"

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <iterator>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace xtape::nn {

/// How a DataLoader makes batches.
struct DataLoaderOptions {
  std::size_t batch_size = 32;  ///< samples in a batch, at least 1; the last batch of an epoch holds what is left
  bool shuffle = false;         ///< whether every epoch has an order of its own
  std::uint64_t seed = 0;       ///< the orders depend on this and on the number of the epoch alone
  bool drop_last = false;       ///< leave out a last batch that is not full
  /// A weight for each sample: an epoch is as many draws as there are samples, each with the chance of its weight, so
  /// that a sample may come several times or not at all.
  std::vector<double> weights = {};
  /// The name of an array of integers, one for each sample ("labels"): every batch has the classes in the proportions
  /// of the data, to within two samples.
  std::string stratify = {};
};

/// How far a DataLoader has come: to be saved with a checkpoint.
struct LoaderPosition {
  std::uint64_t epoch = 0;                                 ///< the epoch in progress; after an epoch's end the next one
  std::uint64_t batch = 0;                                 ///< batches of it handed out so far
  bool operator==(const LoaderPosition&) const = default;  ///< whether both numbers agree
};

/// The element type of an array: of an xtensor container or expression, or of a (nested) std::vector.
template <ArrayLike E>
struct ElementOf {
  using type = typename std::remove_cvref_t<E>::value_type;
};
template <Sequence S>
struct ElementOf<S> {
  using type = sequence_element<S>;
};
template <ArrayLike E>
using element_of = typename ElementOf<E>::type;

/// An array of floating-point numbers: samples.
template <class E>
concept FloatingArray = ArrayLike<E> && std::floating_point<element_of<E>>;

/// An array of integers: labels.
template <class E>
concept IntegralArray = ArrayLike<E> && std::integral<element_of<E>>;

/// Gives a data set batch by batch, one epoch a loop:
///
///     nn::DataLoader loader(train, {.batch_size = 128, .shuffle = true, .seed = 7});
///     for (int epoch = 0; epoch < 10; ++epoch) {
///       for (const auto& batch : loader) ...   // batch.images: (128, 784), the last one maybe smaller
///     }
///
/// An array of samples comes as `batch.images`, integers that belong to them as `batch.labels`, floating-point numbers
/// as `batch.targets`. A Dataset has as many arrays as one likes; each comes under its name, as T or as integers:
///
///     nn::DataLoader loader(nn::Dataset{{"x", x}, {"y", y}, {"place", places}});
///     for (const auto& batch : loader) ...   // batch["x"], batch["y"], batch.integers("place")
///
/// Each loop is a new epoch with an order of its own, also where the loop before it was left early. The order of an
/// epoch is a function of the seed, the epoch's number and the size of the data set. `position` and `seek` let a
/// resumed program see the same remaining batches, bit for bit.
///
/// A loader is in one place at a time: a loop that goes on after another one has begun (a loop within a loop), or after
/// `seek`, throws Error. Loops that run at the same time take a loader each, of which one may be a copy of the other.
///
/// Arrays keep their element types, images that of bytes, and become numbers of type T batch by batch. An array is
/// copied once, or moved in, those of a Dataset or an ImageSet are shared with it. Copies of a loader share them, and
/// so does what it is moved to: the one that was moved from is still good.
template <class T = float>
class DataLoader {
 public:
  /// Samples that go through a model together.
  struct Batch {
    Array<T> images;  ///< (samples, features...); from an ImageSet (samples, height * width)
    /// The images before they were transformed, or (0) where the loader has no transforms of them.
    Array<T> originals = zeros<T>(Shape{0});
    Array<std::int64_t> labels = zeros<std::int64_t>(Shape{0});  ///< (samples), or (0) where the data have none
    Array<T> targets = zeros<T>(Shape{0});  ///< (samples, features...), or (0) where the data have none

    /// Samples; of a batch that no loader made those of its images.
    std::size_t size() const { return samples_ > 0 || images.dimension() == 0 ? samples_ : images.shape(0); }

    /// The rows of the array of that name, of floating-point numbers or divided (`Dataset::add`): (samples,
    /// features...). "images" and "targets" are those above. Throws DataError for a name that is not there, and for
    /// integers.
    const Array<T>& operator[](std::string_view name) const;
    /// The same of integers. "labels" are those above. Throws DataError for a name that is not there, and for others.
    const Array<std::int64_t>& integers(std::string_view name) const;

   private:
    friend DataLoader;
    Array<T>& number_field(const std::string& name);
    Array<std::int64_t>& integer_field(const std::string& name);

    std::size_t samples_ = 0;
    std::map<std::string, Array<T>, std::less<>> more_numbers_;
    std::map<std::string, Array<std::int64_t>, std::less<>> more_integers_;
  };

  /// Walks through one epoch. The batch it points to is valid until it moves on, and may be moved from. Moving on
  /// throws Error where another loop over the loader has begun since, or `seek` was called.
  class Iterator {
   public:
    using iterator_concept = std::input_iterator_tag;
    using value_type = Batch;
    using difference_type = std::ptrdiff_t;

    Batch& operator*() const { return *batch_; }        ///< the current batch
    Batch* operator->() const { return batch_.get(); }  ///< the current batch
    /// Makes the next batch, or comes to the end of the epoch.
    Iterator& operator++() {
      if (!loader_->next(loop_, *batch_)) loader_ = nullptr;
      return *this;
    }
    void operator++(int) { ++*this; }  ///< the same
    /// Whether the epoch has ended.
    friend bool operator==(const Iterator& a, std::default_sentinel_t) { return a.loader_ == nullptr; }

   private:
    friend DataLoader;
    Iterator(DataLoader* loader, std::uint64_t loop) : loader_(loader), loop_(loop), batch_(std::make_unique<Batch>()) {
      ++*this;
    }

    DataLoader* loader_;  // null at the end
    std::uint64_t loop_;
    std::unique_ptr<Batch> batch_;
  };

  DataLoader(const DataLoader&) = default;
  DataLoader& operator=(const DataLoader&) = default;

  /// Throws DataError for a set without samples, a batch size of zero, or where `drop_last` leaves no batch; for
  /// weights that are not as many as the samples, negative, not finite or all 0; for a `stratify` that is no array of
  /// integers, one for each sample; and where both are given.
  explicit DataLoader(Dataset data, DataLoaderOptions options = {});

  /// The images as "images", the labels as "labels". Throws as above.
  explicit DataLoader(const ImageSet& images, DataLoaderOptions options = {})
      : DataLoader(Dataset(images), std::move(options)) {}

  /// `samples`: (count, features...), of any floating-point type, as an xtensor array or a std::vector of vectors.
  /// Throws as above; ShapeError for rank 0, TapeError for an array that was moved from.
  template <ArrayLike E>
  explicit DataLoader(E&& samples, DataLoaderOptions options = {})
      : DataLoader(of_samples(taken_samples(std::forward<E>(samples))), std::move(options)) {}

  /// The same with integer labels, (count), or with floating-point targets, (count, features...): `y`. Throws DataError
  /// where their number differs from that of the samples.
  template <ArrayLike E, ArrayLike Y>
  DataLoader(E&& samples, Y&& y, DataLoaderOptions options = {})
      : DataLoader(with_second(of_samples(taken_samples(std::forward<E>(samples))), taken_second(std::forward<Y>(y))),
                   std::move(options)) {}

  /// Has the samples of every batch from now on made into others; one transform after the other where several are
  /// added. Their random numbers depend on `options().seed` and on the place of the batch alone: a resumed loader gives
  /// the same ones. Throws Error for an empty function; a transform that changes the shape makes the next batch throw
  /// ShapeError.
  DataLoader& transform(Transform<T> transform) { return this->transform("images", std::move(transform)); }
  /// The same of another array than "images". Throws DataError for a name that is not there, and for integers.
  DataLoader& transform(std::string name, Transform<T> transform);

  /// Starts an epoch: the one that `seek` asked for, or else the next that has not been started.
  Iterator begin() {
    start_epoch();
    return Iterator(this, loop_);
  }
  std::default_sentinel_t end() const { return {}; }  ///< of the epoch

  std::size_t samples() const { return samples_; }               ///< in the data set
  std::size_t batches() const { return batches_; }               ///< in an epoch
  const DataLoaderOptions& options() const { return options_; }  ///< as given

  /// Where the loader stands. Inside a loop the current batch counts as handed out.
  const LoaderPosition& position() const { return position_; }

  /// Makes the next loop continue at a saved position of a loader of the same data and options. Throws DataError where
  /// an epoch has fewer batches than that. A loop in progress cannot go on.
  void seek(const LoaderPosition& position);

 private:
  template <class Element, class E>
  static Array<Element> taken(E&& array) {  // copied, moved or evaluated
    if constexpr (Sequence<E>) {
      return array_of<Element>(array);
    } else {
      check_alive(array);
      return Array<Element>(std::forward<E>(array));
    }
  }
  template <class E>
  static Array<T> taken_samples(E&& samples) {
    static_assert(
        FloatingArray<E>,
        "xtape::nn::DataLoader: samples are floating-point numbers; convert them with xt::cast<float>(x), and "
        "scale bytes to [0, 1], or give an ImageSet");
    return taken<T>(std::forward<E>(samples));
  }
  template <class Y>
  static auto taken_second(Y&& y) {  // labels or targets
    if constexpr (IntegralArray<Y> && std::same_as<element_of<Y>, std::uint64_t>) {
      return AnyArray(std::forward<Y>(y)).template as<std::int64_t>();  // which refuses numbers that it does not have
    } else if constexpr (IntegralArray<Y>) {
      return taken<std::int64_t>(std::forward<Y>(y));
    } else {
      return taken<T>(std::forward<Y>(y));
    }
  }

  static Dataset of_samples(Array<T> samples);
  static Dataset with_second(Dataset data, Array<std::int64_t> labels);
  static Dataset with_second(Dataset data, Array<T> targets);

  void check_options();
  void check_sampling();
  std::vector<std::size_t> order_of_epoch() const;
  void start_epoch();
  bool next(std::uint64_t loop, Batch& batch);  // false at the end of the epoch
  void apply_transforms(Batch& batch) const;

  Dataset data_;
  std::vector<std::pair<std::string, bool>> arrays_;  // their names, and whether they are integers
  DataLoaderOptions options_;
  std::vector<std::pair<std::string, Transform<T>>> transforms_;  // of what
  std::size_t samples_ = 0, batches_ = 0;
  LoaderPosition position_;
  std::uint64_t loop_ = 0;          // changes where a loop in progress loses its place
  bool at_start_ = true;            // of what position_ says: no batch has been handed out from there on
  std::vector<std::size_t> order_;  // of the current epoch
};

DataLoader(Dataset, DataLoaderOptions = {})->DataLoader<float>;
DataLoader(ImageSet, DataLoaderOptions = {})->DataLoader<float>;
template <ArrayLike E>
DataLoader(E&&, DataLoaderOptions = {})
    -> DataLoader<std::conditional_t<std::same_as<element_of<E>, double>, double, float>>;
template <ArrayLike E, ArrayLike L>
DataLoader(E&&, L&&, DataLoaderOptions = {})
    -> DataLoader<std::conditional_t<std::same_as<element_of<E>, double>, double, float>>;

extern template class DataLoader<float>;
extern template class DataLoader<double>;

}  // namespace xtape::nn
