// Transforms, beside those of benchmarks/peers/jax_transforms.py and torch_transforms.py. The check is the mean
// magnitude of what comes, of several arrays the sum of theirs.
//   hessian N                                 of sum(tanh(A u) exp(u / 10)), A (N, N)
//   per_example each|batch B                  gradients of a classifier 784-400-10, an example or a batch each
//   hvp PIXELS HIDDEN LATENT BATCH            of the loss of the VAE
//   jacobian tall|wide whole|products M N     M outputs of N inputs; `products` one by one, along the shorter side
//   sparse_band N                             the Hessian of Rosenbrock's chain, of which the pattern is known
//   odeint discrete|continuous                gradient through 101 times of Lotka and Volterra's equations, in doubles
//   gru scan|loop HIDDEN STEPS BATCH          value and gradient of a recurrent network

#include <benchmark/benchmark.h>

#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "benchmarks/support/same_numbers.hpp"
#include "benchmarks/support/same_parameters.hpp"
#include "benchmarks/support/vae_model.hpp"
#include "benchmarks/tasks/task.hpp"

namespace xtape::benchmarks {
namespace {

template <class T>
double magnitude_of(const Array<T>& x) {
  return mean_magnitude(x);
}
double magnitude_of(const Var<float>& x) {
  return mean_magnitude(x.value());
}
double magnitude_of(const SparseMatrix<float>& x) {
  return mean_magnitude(x.values);
}
template <class A>
double magnitude_of(const std::vector<A>& parts) {
  double sum = 0;
  for (const A& part : parts) sum += magnitude_of(part);
  return sum;
}
template <class A>
double magnitude_of(const std::map<std::string, A>& parts) {
  double sum = 0;
  for (const auto& [name, part] : parts) sum += magnitude_of(part);
  return sum;
}

template <class F>
Task task_of(const F& derivative) {
  return {magnitude_of(derivative()), [=] { return Step([=] { benchmark::DoNotOptimize(derivative()); }); }};
}

// Of two words the one that is given: whether it is the first.
bool is_first(const Arguments& arguments, std::size_t index, const std::string& first, const std::string& second) {
  const std::string& word = arguments.word(index);
  if (word != first && word != second) throw Error(first + " or " + second + " expected, got '" + word + "'");
  return word == first;
}

Task hessian_task(const Arguments& arguments) {
  const std::size_t n = arguments.number(0);
  const Var<float> a = same_weights(1, {n, n}, n);
  const Array<float> u = same_numbers(2, {n}, -1, 1);
  return task_of(
      [f = [a](const auto& x) { return sum(tanh(matmul(a, x)) * exp(0.1 * x)); }, u] { return hessian(f)(u); });
}

struct TanhClassifier : nn::Module<float> {
  static constexpr std::size_t kPixels = 784, kHidden = 400, kClasses = 10;
  nn::Linear<float> hidden, output;

  explicit TanhClassifier(Random& rng) : hidden(kPixels, kHidden, rng), output(kHidden, kClasses, rng) {
    add("hidden", hidden);
    add("output", output);
    set_same_weights(*this);
  }
  Var<float> operator()(const Var<float>& x) const { return output(tanh(hidden(x))); }
};

// The check of a batch's gradient would be another one.
Task per_example(const Arguments& arguments) {
  const bool each = is_first(arguments, 0, "each", "batch");
  const std::size_t batch = arguments.number(1);
  Random rng(1);
  const auto model = std::make_shared<const TanhClassifier>(rng);
  std::vector<std::size_t> classes;
  for (std::size_t i = 0; i < batch; ++i) classes.push_back(i % TanhClassifier::kClasses);
  const Var<float> images = same_images(batch, TanhClassifier::kPixels);
  const Var<float> labels = one_hot<float>(classes, TanhClassifier::kClasses);
  const auto loss = [](const TanhClassifier& m, const Var<float>& x, const Var<float>& y) {
    return -sum(y * log_softmax(m(x)));
  };
  if (each) return task_of([=] { return vmap(grad(loss, argnums<0>))(*model, images, labels); });
  Task task = task_of([=] { return grad(loss, argnums<0>)(*model, images.value(), labels.value()); });
  task.check = kNothingToCheck;
  return task;
}

Task hvp_of_vae(const Arguments& arguments) {
  const std::size_t pixels = arguments.number(0), latent = arguments.number(2), batch = arguments.number(3);
  Random rng(1);
  const auto model = std::make_shared<const Vae>(pixels, arguments.number(1), latent, rng);
  set_same_weights(*model);
  std::map<std::string, Array<float>> direction;
  std::uint64_t seed = 300;
  for (const auto& [name, parameter] : model->named_parameters()) {
    direction.emplace(name, same_numbers(++seed, parameter.shape(), -1, 1));
  }
  const Var<float> images = same_images(batch, pixels), noise = same_noise(batch, latent);
  const auto loss = [=](const Vae& m) { return -mean(m.elbo(images, noise)); };
  return task_of([=] { return hvp(loss)(*model, direction); });
}

// The k-th column of an identity matrix.
std::vector<Array<float>> unit_vectors(std::size_t n) {
  std::vector<Array<float>> all(n, zeros<float>({n}));
  for (std::size_t k = 0; k < n; ++k) all[k](k) = 1;
  return all;
}

Task jacobian_task(const Arguments& arguments) {
  const bool tall = is_first(arguments, 0, "tall", "wide"), whole = is_first(arguments, 1, "whole", "products");
  const std::size_t m = arguments.number(2), n = arguments.number(3);
  const Var<float> a = same_weights(1, {m, n}, n), b = same_weights(2, {m, n}, n);
  const Array<float> x = same_numbers(3, {n}, -1, 1);
  const auto f = [=](const auto& u) { return sin(matmul(a, u)) * exp(-square(matmul(b, tanh(u)))); };
  if (whole) return task_of([=] { return jacobian(f)(x); });
  std::vector<Array<float>> seeds = unit_vectors(tall ? n : m);
  // Each product has as many elements as the others: the mean of all is that of the whole.
  const auto along_columns = [=] {
    std::vector<Array<float>> columns;
    for (const Array<float>& seed : seeds) columns.push_back(jvp(f)(x, seed).tangent);
    return columns;
  };
  const auto along_rows = [=] {
    const auto call = vjp(f)(x);
    std::vector<Array<float>> rows;
    for (const Array<float>& seed : seeds) rows.push_back(call.pullback(seed));
    return rows;
  };
  Task task = tall ? task_of(along_columns) : task_of(along_rows);
  task.check /= double(seeds.size());
  return task;
}

Task sparse_band(const Arguments& arguments) {
  const std::size_t n = arguments.number(0);
  const auto chain = [](const auto& x) {
    const auto here = slice(x, {{0, -1}}), next = slice(x, {{1, {}}});
    return sum(100.0 * square(next - square(here)) + square(1.0 - here));
  };
  return task_of([hessian_at = sparse_hessian(chain, SparsityPattern::band(n, n, 1, 1)),
                  x = same_numbers(1, {n}, -1, 1)] { return hessian_at(x); });
}

Task odeint_task(const Arguments& arguments) {
  const bool discrete = is_first(arguments, 0, "discrete", "continuous");
  const OdeOptions options{.adjoint = discrete ? OdeAdjoint::kDiscrete : OdeAdjoint::kContinuous,
                           .relative_tolerance = 1e-6,
                           .absolute_tolerance = 1e-6};
  const auto slope = [](const auto& state, double, const auto& rates) {
    const auto x = state(0), y = state(1), met = x * y;
    return stack({rates(0) * x - rates(1) * met, rates(2) * met - rates(3) * y});
  };
  const Array<double> times = xt::linspace<double>(0, 10, 101), start{1, 1}, rates{1.5, 1, 0.75, 3};
  const auto loss = [=](const auto& r) { return sum(square(odeint(slope, options)(start, times, r))); };
  return task_of([=] { return grad(loss)(rates); });
}

// The cell of examples/scan.cpp.
struct Gru : nn::Module<float> {
  nn::Linear<float> gates, candidate, output;

  Gru(std::size_t hidden, Random& rng)
      : gates(1 + hidden, 2 * hidden, rng), candidate(1 + hidden, hidden, rng), output(hidden, 1, rng) {
    add("gates", gates);
    add("candidate", candidate);
    add("output", output);
    set_same_weights(*this);
  }
  auto operator()(const Var<float>& h, const Var<float>& x) const {
    const auto both = split(sigmoid(gates(concatenate({x, h}, -1))), 2, -1);
    const Var<float> reset = both[0], update = both[1];
    const Var<float> fresh = tanh(candidate(concatenate({x, reset * h}, -1)));
    const Var<float> next = update * h + (1 - update) * fresh;
    return std::pair(next, Var<float>(output(next)));
  }
};

Var<float> guesses_by_loop(const Gru& gru, Var<float> h, const Var<float>& xs) {
  std::vector<Var<float>> guesses;
  for (std::size_t i = 0; i < xs.shape()[0]; ++i) {
    auto [next, guess] = gru(h, xs[i]);
    h = std::move(next);
    guesses.push_back(std::move(guess));
  }
  return stack(guesses);
}

Task gru_task(const Arguments& arguments) {
  const bool by_scan = is_first(arguments, 0, "scan", "loop");
  const std::size_t hidden = arguments.number(1), steps = arguments.number(2), batch = arguments.number(3);
  Random rng(1);
  const auto gru = std::make_shared<const Gru>(hidden, rng);
  const Var<float> start = zeros<float>({batch, hidden}), wave = same_numbers(10, {steps + 1, batch, 1}, -1, 1);
  return task_of([=] {
    Tape<float> tape;
    const Var<float> xs = slice(wave, {{0, -1}}), next = slice(wave, {{1, {}}});
    const auto step = [&](const Var<float>& h, const Var<float>& x) { return (*gru)(h, x); };
    const Var<float> guesses = by_scan ? scan(step)(start, xs).second : guesses_by_loop(*gru, start, xs);
    const Var<float> loss = mean(square(guesses - next));
    std::vector<Array<float>> all = tape.gradient(loss, gru->parameters());
    all.push_back(loss.value());
    return all;
  });
}

}  // namespace

Tasks xtape_transform_tasks() {
  return {{"hessian", hessian_task},    {"per_example", per_example}, {"hvp", hvp_of_vae}, {"jacobian", jacobian_task},
          {"sparse_band", sparse_band}, {"odeint", odeint_task},      {"gru", gru_task}};
}

}  // namespace xtape::benchmarks
