// Every op with its number of operands, by family: from here come the `extern template` declarations (so that a user's
// file does not compile the kernels), the definitions in a family's .cpp, and the typelists that tests and benchmarks
// iterate. No macro stays: lists_end.hpp, included after the last use, takes all of them away. So no include guard.

// clang-format off
#define XTAPE_COMPARISON_OPS(X) \
  X(Greater, 2) X(GreaterEqual, 2) X(Less, 2) X(LessEqual, 2) X(Equal, 2) X(Sign, 1) X(Where, 3) X(Maximum, 2) \
  X(Minimum, 2) X(Clip, 1)
#define XTAPE_ARITHMETIC_OPS(X) \
  X(Add, 2) X(Subtract, 2) X(Multiply, 2) X(QuotientSlope, 3) X(Divide, 2) X(Negative, 1) X(Square, 1) X(Sqrt, 1) \
  X(Abs, 1) X(PowerSlope, 3) X(Power, 2)
#define XTAPE_EXPONENTIAL_OPS(X) \
  X(Exp, 1) X(Expm1, 1) X(Log, 1) X(Log1p, 1) X(Exp2, 1) X(Log2, 1) X(Log10, 1) X(LogAddExp, 2) \
  X(LogAddExp2, 2) X(XLogY, 2) X(XLog1pY, 2) X(Logit, 1)
#define XTAPE_TRIGONOMETRIC_OPS(X) \
  X(Sin, 1) X(Cos, 1) X(Tan, 1) X(Arcsin, 1) X(Arccos, 1) X(Arctan, 1) X(Arctan2Slope, 2) X(Arctan2, 2) \
  X(SincSlope, 1) X(Sinc, 1)
#define XTAPE_HYPERBOLIC_OPS(X) X(Sinh, 1) X(Cosh, 1) X(Arcsinh, 1) X(Arccosh, 1) X(Arctanh, 1)
#define XTAPE_ROOT_OPS(X) X(Cbrt, 1) X(Rsqrt, 1) X(HypotSlope, 2) X(Hypot, 2)
#define XTAPE_ROUNDING_OPS(X) \
  X(Floor, 1) X(Ceil, 1) X(Trunc, 1) X(Round, 1) X(IsNan, 1) X(IsInf, 1) X(IsFinite, 1) X(Copysign, 2) X(Mod, 2) \
  X(Fmod, 2) X(Fmax, 2) X(Fmin, 2) X(NanToNum, 1)
#define XTAPE_ACTIVATION_OPS(X) \
  X(SigmoidSlope, 1) X(Tanh, 1) X(Sigmoid, 1) X(Relu, 1) X(Softplus, 1) X(LogSigmoid, 1) X(Softsign, 1) X(LeakyRelu, 1) \
  X(Elu, 1) X(Silu, 1) X(Mish, 1) X(Gelu, 1) X(GeluTanh, 1)
#define XTAPE_SPECIAL_OPS(X) \
  X(Gaussian, 1) X(Erf, 1) X(Erfc, 1) X(Erfcx, 1) X(Ndtr, 1) X(LogNdtr, 1) X(Ndtri, 1) X(Erfinv, 1) X(Polygamma, 1) \
  X(Digamma, 1) X(Gammaln, 1) X(Betaln, 2) X(Beta, 2) X(Gammainc, 2) X(Gammaincc, 2) X(Betainc, 3) X(Zeta, 2) \
  X(BesselI, 1) X(BesselIe, 1) X(Lambertw, 1)

#define XTAPE_SHAPE_OPS(X) X(Reshape, 1) X(Transpose, 1) X(BroadcastTo, 1) X(SumTo, 1)
#define XTAPE_REDUCTION_OPS(X) \
  X(Sum, 1) X(Prod, 1) X(Mean, 1) X(Variance, 1) X(Norm, 1) X(Max, 1) X(Min, 1) X(LogSumExp, 1)
#define XTAPE_REDUCE_OPS(X) XTAPE_REDUCTION_OPS(X) X(Softmax, 1) X(LogSoftmax, 1)
#define XTAPE_PRODUCT_OPS(X) X(Matmul, 2) X(Linear, 3)
#define XTAPE_EQUATION_OPS(X) X(Cholesky, 1) X(SolveTriangular, 2) X(Solve, 3) X(Inverse, 1) X(Determinant, 2)
#define XTAPE_DECOMPOSITION_OPS(X) X(EigenvaluesOnly, 1) X(SingularValuesOnly, 1) X(PseudoInverse, 1)
#define XTAPE_MATRIX_FUNCTION_OPS(X) X(MatrixExponential, 1)
#define XTAPE_LINALG_OPS(X) XTAPE_EQUATION_OPS(X) XTAPE_DECOMPOSITION_OPS(X) XTAPE_MATRIX_FUNCTION_OPS(X)
#define XTAPE_INDEX_OPS(X) X(Slice, 1) X(Take, 1)
#define XTAPE_SCAN_OPS(X) X(CumSum, 1) X(CumProd, 1) X(Recurrence, 2) X(LogCumSumExp, 1)
#define XTAPE_ORDER_OPS(X) X(TakeAlong, 1)
#define XTAPE_UPDATE_OPS(X) X(IndexAdd, 2) X(IndexPut, 2)
#define XTAPE_REARRANGE_OPS(X) X(Diagonal, 1)
#define XTAPE_CONVOLUTION_OPS(X) X(Convolution, 2) X(BiasedConvolution, 3)
#define XTAPE_RESAMPLE_OPS(X) X(Resample, 1)
#define XTAPE_UNFOLD_OPS(X) X(Unfold, 1)
#define XTAPE_POOLING_OPS(X) XTAPE_RESAMPLE_OPS(X) XTAPE_UNFOLD_OPS(X)
#define XTAPE_FOURIER_OPS(X) X(Fourier, 1)

#define XTAPE_ELEMENTWISE_OPS(X) \
  XTAPE_COMPARISON_OPS(X) XTAPE_ARITHMETIC_OPS(X) XTAPE_EXPONENTIAL_OPS(X) XTAPE_TRIGONOMETRIC_OPS(X) XTAPE_ACTIVATION_OPS(X) \
  XTAPE_HYPERBOLIC_OPS(X) XTAPE_ROOT_OPS(X) XTAPE_ROUNDING_OPS(X) XTAPE_SPECIAL_OPS(X)
#define XTAPE_STRUCTURAL_OPS(X) \
  XTAPE_SHAPE_OPS(X) XTAPE_REDUCE_OPS(X) XTAPE_PRODUCT_OPS(X) XTAPE_LINALG_OPS(X) XTAPE_INDEX_OPS(X) XTAPE_SCAN_OPS(X) \
  XTAPE_ORDER_OPS(X) XTAPE_UPDATE_OPS(X) XTAPE_REARRANGE_OPS(X) XTAPE_CONVOLUTION_OPS(X) XTAPE_POOLING_OPS(X) \
  XTAPE_FOURIER_OPS(X)

// What a family's list is given to.
#define XTAPE_APPLY(prefix, apply_kind, Op, N, T) \
  prefix template Var<T> apply_kind<op::Op, T, N>(const op::Op&, const std::array<const Var<T>*, N>&);
#define XTAPE_DECLARE_ELEMENTWISE(Op, N) \
  XTAPE_APPLY(extern, apply_elementwise, Op, N, float) XTAPE_APPLY(extern, apply_elementwise, Op, N, double)
#define XTAPE_DEFINE_ELEMENTWISE(Op, N) \
  XTAPE_APPLY(, apply_elementwise, Op, N, float) XTAPE_APPLY(, apply_elementwise, Op, N, double)
#define XTAPE_DECLARE_STRUCTURAL(Op, N) \
  XTAPE_APPLY(extern, apply_structural, Op, N, float) XTAPE_APPLY(extern, apply_structural, Op, N, double)
#define XTAPE_DEFINE_STRUCTURAL(Op, N) \
  XTAPE_APPLY(, apply_structural, Op, N, float) XTAPE_APPLY(, apply_structural, Op, N, double)
// clang-format on
