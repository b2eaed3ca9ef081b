#include "benchmarks/support/op_rows.hpp"

#include "autodiff/autodiff.hpp"
#include "benchmarks/support/op_samples.hpp"
#include "benchmarks/support/same_numbers.hpp"

#include <array>

namespace xtape::benchmarks {
namespace {

constexpr std::uint64_t kCotangentSeed = 104;

template <class Op>
void add(std::vector<OpRow>& rows, const std::string& family, const OpSamples& samples) {
  for (const OpSample& sample : samples) {
    rows.push_back({family, Op::name, detail::kSaves<Op>, !detail::Flat<Op>, sample});
  }
}

template <class... Ops>
void add_elementwise(std::vector<OpRow>& rows, TypeList<Ops...>) {
  (add<typename Ops::op>(rows, "element-wise", elementwise_samples(Ops{})), ...);
}
template <class... Ops>
void add_family(std::vector<OpRow>& rows, const std::string& family, TypeList<Ops...>) {
  (add<typename Ops::op>(rows, family, samples(typename Ops::op{})), ...);
}

// A name for each family: one too few or too many does not compile.
template <class... Families>
void add_families(std::vector<OpRow>& rows, TypeList<Families...>,
                  const std::array<const char*, sizeof...(Families)>& names) {
  std::size_t k = 0;
  (add_family(rows, names[k++], Families{}), ...);
}

/// (xᵀ + x) / 2 + diag(3n, 3n + 1, ..., 4n - 1), by 3.5n: eigenvalues about 1, apart from each other.
void make_definite(Array<float>& x) {
  const std::size_t n = x.shape(x.dimension() - 1);
  for (float* a = x.data(); a != x.data() + x.size(); a += n * n) {
    for (std::size_t i = 0; i < n; ++i) {
      a[i * n + i] = (a[i * n + i] + float(3 * n + i)) / (3.5F * float(n));
      for (std::size_t j = 0; j < i; ++j) {
        a[i * n + j] = a[j * n + i] = (a[i * n + j] + a[j * n + i]) / (7 * float(n));
      }
    }
  }
}

}  // namespace

const std::vector<OpRow>& op_rows() {
  static const std::vector<OpRow> rows = [] {
    std::vector<OpRow> all;
    add_elementwise(all, ElementwiseOps{});
    add_families(all, StructuralFamilies{},
                 std::to_array({"shape", "reduction", "product", "linear-algebra", "index", "scan", "index", "index",
                                "shape", "convolution", "pooling", "fourier"}));
    return all;
  }();
  return rows;
}

OpOperands::OpOperands(const OpRow& row) {
  const OpSample& sample = row.sample;
  for (std::size_t k = 0; k < sample.shapes.size(); ++k) {
    const tests::Interval from = sample.interval(k);
    Array<float> numbers = same_numbers(k + 1, sample.shapes[k], from.low, from.high);
    if (k == 0 && sample.definite) make_definite(numbers);
    x.emplace_back(std::move(numbers));
  }
  seeds.push_back(same_numbers(kCotangentSeed, sample.apply(x).shape(), 0.5, 1.5));
}

Var<float> apply_op(const OpRow& row, std::span<const Var<float>> x) {
  Var<float> y = row.sample.apply(x);
  static_cast<void>(y.shared()->data());
  return y;
}

std::vector<Array<float>> gradient_of_op(const OpRow& row, const OpOperands& operands,
                                         const std::function<void()>& around_sweep) {
  Tape<float> tape;
  std::vector<Var<float>> x;
  for (const Var<float>& operand : operands.x) x.push_back(tape.watch(operand));
  const std::vector<Var<float>> y{apply_op(row, x)};
  if (around_sweep) around_sweep();
  std::vector<Array<float>> dx = tape.gradient(y, x, operands.seeds);
  if (around_sweep) around_sweep();
  return dx;
}

}  // namespace xtape::benchmarks
