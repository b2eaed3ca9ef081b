#include "benchmarks/runner/op_reasons.hpp"

#include <regex>
#include <vector>

namespace xtape::benchmarks {
namespace {

struct Reason {
  std::string rows;  // a regular expression
  std::string text;
};

// The first one whose rows these are.
const std::vector<Reason>& reasons() {
  static const std::vector<Reason> all = {
      {"^(maximum|minimum|nan_to_num)/", "looks at NaN, infinities and the sign of 0, as IEEE 754-2019 has them"},
      {"^is(nan|inf|finite)/", "gives numbers of four bytes where JAX gives truth values of one"},
      {"^add/.*gradient", "gradients are arrays of their own; PyTorch's are the cotangent itself"},
      {"^logit/", "two logarithms, of which the one that does not cancel is chosen"},
      {"^((power|log10|arcsin|arccos|arctan2|arcsinh|arctanh|hypot|ndtri|erfinv|polygamma)/|digamma/.*gradient)",
       "computed in doubles, for all but the last bit of a float"},
      {"^gelu/", "beyond 1 from erfcx, which is precise in the tail too: a polynomial, a quotient, an exponential"},
      {"^gelu_tanh/.*gradient", "a fused function, whose slope is computed along with the value, and written"},
      {"^(beta|betaln|gammainc|gammaincc|zeta|bessel_ie?)/",
       "number by number in doubles, precise to some units in the last place; the faster one computes in floats"},
      {"^(reshape|broadcast_to)/.*gradient", "the cotangent is copied, since gradients are arrays of their own"},
      {"^concatenate/.*gradient", "gradients are arrays of their own; PyTorch's are views of the cotangent"},
      {"^take/.*gradient", "rows are added to zeros, since an index may come again"},
      {"^take_along_axis/", "each index is checked, and may count from the end"},
      {"^index_put/", "the place of each element is computed, and in the sweep which of equal ones is the last"},
      {"^prod/", "multiplied in doubles with an exponent of its own, so that no product on the way leaves the range"},
      {"^(max|min)/", "looks for NaN in each step, and takes the lanes one by one at the end of a row"},
      {"^(var|var_mean|norm)/", "the squares are written as an array before they are summed"},
      {"^(softmax|log_softmax)/.*gradient", "the sum over a row, and what is made of it, are two passes over memory"},
      {"^logsumexp/.*gradient", "the exponentials are computed again in the sweep: the tape keeps none"},
      {"^erfcx/.*gradient", "the slope is a repeated integral of erfc, number by number in doubles"},
      {"^(where|exp2|tanh|arccosh)/.*gradient",
       "what the sweep reads has gone through memory, where one compiled loop has it in registers"},
      {"^(sum|mean)/axis:1/.*forward", "at the end of a row the lanes' sums are added one by one, in doubles"},
      {"^expm/.*gradient",
       "the exponential of a matrix of twice the extent, which has derivatives of any order itself"},
      {"^expm/", "the approximant of degree 13 for every norm; the others have smaller ones for small norms"},
      {"^svdvals/.*gradient", "computed without vectors, and in the sweep once more with them"},
      {"^(cholesky|det|eigh|eigvalsh|inv|pinv|qr|slogdet|solve|solve_triangular|svd|svdvals)/",
       "OpenBLAS's LAPACK, called for each matrix; the faster one has another"},
      {"^convolution", "by oneDNN, of which PyTorch brings a newer one"},
      {"^fourier/1x", "in doubles; the roots of unity are computed in each call"},
      {"^fourier/", "in doubles, of which a register holds half as many"},
  };
  return all;
}

}  // namespace

std::string reason_for(const std::string& row) {
  for (const Reason& reason : reasons()) {
    if (std::regex_search(row, std::regex(reason.rows))) return reason.text;
  }
  return "not known";
}

}  // namespace xtape::benchmarks
