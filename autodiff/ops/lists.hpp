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
#define XTAPE_EXPONENTIAL_OPS(X) X(Exp, 1) X(Expm1, 1) X(Log, 1) X(Log1p, 1)
#define XTAPE_TRIGONOMETRIC_OPS(X) X(Sin, 1) X(Cos, 1)
#define XTAPE_ACTIVATION_OPS(X) X(SigmoidSlope, 1) X(Tanh, 1) X(Sigmoid, 1) X(Relu, 1) X(Softplus, 1) X(LogSigmoid, 1)

#define XTAPE_SHAPE_OPS(X) X(Reshape, 1) X(Transpose, 1) X(BroadcastTo, 1) X(SumTo, 1)
#define XTAPE_REDUCE_OPS(X) \
  X(Sum, 1) X(Mean, 1) X(Variance, 1) X(Norm, 1) X(Max, 1) X(Min, 1) X(LogSumExp, 1) X(Softmax, 1) X(LogSoftmax, 1)
#define XTAPE_PRODUCT_OPS(X) X(Matmul, 2) X(Linear, 3)
#define XTAPE_LINALG_OPS(X) \
  X(Cholesky, 1) X(SolveTriangular, 2) X(Solve, 3) X(Inverse, 1) X(Determinant, 2) X(EigenvaluesOnly, 1) X(SingularValuesOnly, 1) \
  X(PseudoInverse, 1) X(MatrixExponential, 1)
#define XTAPE_INDEX_OPS(X) X(Slice, 1) X(Take, 1)

#define XTAPE_ELEMENTWISE_OPS(X) \
  XTAPE_COMPARISON_OPS(X) XTAPE_ARITHMETIC_OPS(X) XTAPE_EXPONENTIAL_OPS(X) XTAPE_TRIGONOMETRIC_OPS(X) XTAPE_ACTIVATION_OPS(X)
#define XTAPE_STRUCTURAL_OPS(X) XTAPE_SHAPE_OPS(X) XTAPE_REDUCE_OPS(X) XTAPE_PRODUCT_OPS(X) XTAPE_LINALG_OPS(X) XTAPE_INDEX_OPS(X)

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
