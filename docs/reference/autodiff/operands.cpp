#include "docs/reference/example.hpp"

EXAMPLE("ArrayLike, Variable, Number, Arithmetic, Operand") {
  using Expression = decltype(xt::xarray<double>() + 1);
  static_assert(ArrayLike<Expression> && ArrayLike<std::vector<float>> &&
                !ArrayLike<Var<double>>);
  static_assert(Variable<Var<double>> && Variable<nn::Parameter<float>> &&
                !Variable<xt::xarray<double>>);
  static_assert(Number<Var<double>> && !Number<double> && Arithmetic<double> &&
                Arithmetic<int>);
  static_assert(Operand<Var<double>> && Operand<Expression> && Operand<int> &&
                !Operand<std::string>);
}

EXAMPLE("Operands, ArrayOperands, ArrayOperand") {
  using Floats = xt::xarray<float>;
  static_assert(Operands<Var<float>, Floats> && !Operands<Floats, Floats>);
  static_assert(ArrayOperands<Floats, double> && !ArrayOperands<double, double>);
  static_assert(ArrayOperand<Floats> && !ArrayOperand<double>);
}

EXAMPLE("common_var") {
  static_assert(
      std::same_as<common_var<Var<float>, xt::xarray<double>, int>, Var<float>>);
  static_assert(std::same_as<common_var<std::vector<double>, int>, Var<double>>);
}
