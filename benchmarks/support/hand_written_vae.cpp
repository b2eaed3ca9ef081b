#include "benchmarks/support/hand_written_vae.hpp"

#include <omp.h>

#include <algorithm>
#include <cmath>
#include <random>
#include <vector>

#include "benchmarks/support/vae_passes.hpp"

namespace xtape::benchmarks {
namespace {

constexpr std::size_t kAlignment = 64;  // a cache line, and the widest SIMD register

// While it lives, this thread's denormal numbers count as zero. The first moment of a weight whose unit has died decays
// to the smallest denormal number and stays there, and arithmetic on those is many times slower.
class FlushDenormals {
#if defined(__x86_64__)
 public:
  FlushDenormals() : before_(_mm_getcsr()) {
    _mm_setcsr(before_ | kFlushResults | kZeroOperands);
  }
  ~FlushDenormals() {
    _mm_setcsr(before_);
  }

 private:
  static constexpr unsigned kFlushResults = 0x8000, kZeroOperands = 0x0040;
  unsigned before_;
#endif
};

template <class T>
using Vector = std::vector<T, xsimd::aligned_allocator<T, kAlignment>>;

}  // namespace

template <class T>
struct HandWrittenVae<T>::State {
  std::size_t pixels, hidden, latent, batch, threads;
  ProductThreads product_threads;
  // Parameters, their gradients and Adam's moments: the four weights, then the four biases, each at a cache line.
  std::size_t weight_offset[4], weight_size[4], bias_offset[4], bias_size[4], biases;
  Vector<T> parameters, gradient, first, second;
  std::size_t steps = 0;
  // What a step computes. The derivatives of heads and logits take the place of their values.
  Vector<T> h, heads, noise, z, g, logits, dh, dz, dg;
  Vector<T> bias_partials;       // the bias gradients of each thread's blocks
  Vector<double> loss_partials;  // one cache line a thread

  State(const VaeSizes& sizes, std::size_t batch_size, ProductThreads how)
      : pixels(sizes.pixels),
        hidden(sizes.hidden),
        latent(sizes.latent),
        batch(batch_size),
        threads(std::size_t(omp_get_max_threads())),
        product_threads(how) {
    const std::size_t out[4] = {hidden, 2 * latent, hidden, pixels}, in[4] = {pixels, hidden, latent, hidden};
    std::size_t end = 0;
    for (std::size_t l = 0; l < 4; ++l) {
      weight_offset[l] = end;
      weight_size[l] = out[l] * in[l];
      end = round_up(end + weight_size[l], kAlignment / sizeof(T));
    }
    biases = end;
    for (std::size_t l = 0; l < 4; ++l) {
      bias_offset[l] = end;
      bias_size[l] = out[l];
      end = round_up(end + bias_size[l], kAlignment / sizeof(T));
    }
    for (Vector<T>* v : {&parameters, &gradient, &first, &second}) v->assign(end, T(0));
    for (Vector<T>* v : {&h, &g, &dh, &dg}) v->assign(batch * hidden, T(0));
    for (Vector<T>* v : {&noise, &z, &dz}) v->assign(batch * latent, T(0));
    heads.assign(batch * 2 * latent, T(0));
    logits.assign(batch * pixels, T(0));
    bias_partials.assign(threads * (end - biases), T(0));
    loss_partials.assign(threads * (kAlignment / sizeof(double)), 0.0);
  }

  T* weight(Layer layer) { return parameters.data() + weight_offset[std::size_t(layer)]; }
  T* bias(Layer layer) { return parameters.data() + bias_offset[std::size_t(layer)]; }
  T* weight_gradient(Layer layer) { return gradient.data() + weight_offset[std::size_t(layer)]; }
  T* partial_bias_gradient(Layer layer, std::size_t part) {
    return bias_partials.data() + part * (parameters.size() - biases) + bias_offset[std::size_t(layer)] - biases;
  }
  double& partial_loss(std::size_t part) { return loss_partials[part * (kAlignment / sizeof(double))]; }

  // result = input weight', finished block by block
  template <class Finish>
  void forward(Layer layer, const T* input, std::size_t in, T* result, std::size_t out, Finish finish) {
    const Product<T> product{
        {input, Form::kNormal, in}, {weight(layer), Form::kTransposed, in}, batch, out, in, result};
    multiply(product_threads, product, layer == Layer::kHeads, finish);
  }

  // weight gradient = d_output' input; d_input = d_output weight, finished block by block
  template <class Finish>
  void backward(Layer layer, const T* d_output, std::size_t out, const T* input, std::size_t in, T* d_input,
                Finish finish) {
    weights_backward(layer, d_output, out, input, in);
    const Product<T> product{
        {d_output, Form::kNormal, out}, {weight(layer), Form::kNormal, in}, batch, in, out, d_input};
    multiply(product_threads, product, layer == Layer::kHidden, finish);
  }
  void weights_backward(Layer layer, const T* d_output, std::size_t out, const T* input, std::size_t in) {
    const Product<T> product{
        {d_output, Form::kTransposed, out}, {input, Form::kNormal, in}, out, in, batch, weight_gradient(layer)};
    multiply(product_threads, product, false, [](const Range&, const Range&, std::size_t) {});
  }

  void run_forward(const T* images, const T* epsilon, T scale) {
    forward(Layer::kEncoder, images, pixels, h.data(), hidden,
            [&](const Range& rows, const Range& columns, std::size_t) {
              bias_relu(h.data(), bias(Layer::kEncoder), hidden, rows, columns);
            });
    forward(Layer::kHeads, h.data(), hidden, heads.data(), 2 * latent,
            [&](const Range& rows, const Range&, std::size_t part) {
              partial_loss(part) +=
                  reparameterize(heads.data(), bias(Layer::kHeads), epsilon, noise.data(), z.data(), latent, rows);
            });
    forward(Layer::kHidden, z.data(), latent, g.data(), hidden,
            [&](const Range& rows, const Range& columns, std::size_t) {
              bias_relu(g.data(), bias(Layer::kHidden), hidden, rows, columns);
            });
    forward(Layer::kDecoder, g.data(), hidden, logits.data(), pixels,
            [&](const Range& rows, const Range& columns, std::size_t part) {
              partial_loss(part) +=
                  bernoulli(logits.data(), bias(Layer::kDecoder), images, partial_bias_gradient(Layer::kDecoder, part),
                            scale, pixels, rows, columns);
            });
  }

  void run_backward(const T* images, T scale) {
    backward(Layer::kDecoder, logits.data(), pixels, g.data(), hidden, dg.data(),
             [&](const Range& rows, const Range& columns, std::size_t part) {
               relu_backward(dg.data(), g.data(), partial_bias_gradient(Layer::kHidden, part), hidden, rows, columns);
             });
    backward(Layer::kHidden, dg.data(), hidden, z.data(), latent, dz.data(),
             [&](const Range& rows, const Range&, std::size_t part) {
               reparameterize_backward(heads.data(), dz.data(), noise.data(),
                                       partial_bias_gradient(Layer::kHeads, part), scale, latent, rows);
             });
    backward(Layer::kHeads, heads.data(), 2 * latent, h.data(), hidden, dh.data(),
             [&](const Range& rows, const Range& columns, std::size_t part) {
               relu_backward(dh.data(), h.data(), partial_bias_gradient(Layer::kEncoder, part), hidden, rows, columns);
             });
    weights_backward(Layer::kEncoder, dh.data(), hidden, images, pixels);
  }

  void add_bias_partials() {
    const std::size_t count = parameters.size() - biases;
    std::copy_n(bias_partials.data(), count, gradient.data() + biases);
    for (std::size_t part = 1; part < threads; ++part) {
      for (std::size_t i = 0; i < count; ++i) gradient[biases + i] += bias_partials[part * count + i];
    }
  }
};

template <class T>
HandWrittenVae<T>::HandWrittenVae(const VaeSizes& sizes, std::size_t batch, ProductThreads product_threads,
                                  std::uint64_t seed)
    : state_(std::make_unique<State>(sizes, batch, product_threads)) {
  std::mt19937_64 engine(seed);
  for (const Layer layer : {Layer::kEncoder, Layer::kHeads, Layer::kHidden, Layer::kDecoder}) {
    const double bound = 1 / std::sqrt(double(weight(layer).size()) / double(bias(layer).size()));
    std::uniform_real_distribution<double> uniform(-bound, bound);
    for (T& w : weight(layer)) w = T(uniform(engine));
    for (T& b : bias(layer)) b = T(uniform(engine));
  }
}

template <class T>
HandWrittenVae<T>::~HandWrittenVae() = default;

template <class T>
T HandWrittenVae<T>::loss_and_gradient(const T* images, const T* epsilon) {
  State& s = *state_;
  std::fill(s.bias_partials.begin(), s.bias_partials.end(), T(0));
  std::fill(s.loss_partials.begin(), s.loss_partials.end(), 0.0);
  const T scale = T(1) / T(s.batch);
  s.run_forward(images, epsilon, scale);
  s.run_backward(images, scale);
  s.add_bias_partials();
  double loss = 0;
  for (const double partial : s.loss_partials) loss += partial;
  return T(loss / double(s.batch));
}

template <class T>
void HandWrittenVae<T>::update() {
  State& s = *state_;
  ++s.steps;
  const double beta1 = 0.9, beta2 = 0.999, count = double(s.steps);
  const T keep1 = T(beta1), keep2 = T(beta2), take1 = T(1 - beta1), take2 = T(1 - beta2), epsilon = T(1e-8);
  const T rate = T(1e-3 / (1 - std::pow(beta1, count))), root = T(1 / std::sqrt(1 - std::pow(beta2, count)));
#pragma omp parallel
  {
    [[maybe_unused]] const FlushDenormals flush;
    const std::size_t part = std::size_t(omp_get_thread_num()), parts = std::size_t(omp_get_num_threads());
    for_lanes<T>(share(s.parameters.size(), part, parts), [&](auto lanes) {
      const auto g = lanes.load(s.gradient.data());
      const auto m = keep1 * lanes.load(s.first.data()) + take1 * g;
      const auto v = keep2 * lanes.load(s.second.data()) + take2 * g * g;
      lanes.store(s.first.data(), m);
      lanes.store(s.second.data(), v);
      lanes.store(s.parameters.data(), lanes.load(s.parameters.data()) - rate * m / (xsimd::sqrt(v) * root + epsilon));
    });
  }
}

template <class T>
T HandWrittenVae<T>::step(const T* images, const T* epsilon) {
  const T loss = loss_and_gradient(images, epsilon);
  update();
  return loss;
}

template <class T>
std::span<T> HandWrittenVae<T>::weight(Layer layer) {
  return {state_->weight(layer), state_->weight_size[std::size_t(layer)]};
}

template <class T>
std::span<T> HandWrittenVae<T>::bias(Layer layer) {
  return {state_->bias(layer), state_->bias_size[std::size_t(layer)]};
}

template <class T>
std::span<const T> HandWrittenVae<T>::weight_gradient(Layer layer) {
  return {state_->weight_gradient(layer), state_->weight_size[std::size_t(layer)]};
}

template <class T>
std::span<const T> HandWrittenVae<T>::bias_gradient(Layer layer) {
  return {state_->gradient.data() + state_->bias_offset[std::size_t(layer)], state_->bias_size[std::size_t(layer)]};
}

template class HandWrittenVae<float>;
template class HandWrittenVae<double>;

}  // namespace xtape::benchmarks
