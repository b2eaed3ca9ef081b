#include "docs/reference/example.hpp"

EXAMPLE("Error, ShapeError") {
  try {
    reshape(std::vector{1.0, 2.0}, {3});
  } catch (const ShapeError& error) {
    std::cout << error.what();  // [reshape] 2 elements of shape (2,) do not fit the
                                // shape (3,)
  }
  // Error is the base of all.
  try {
    clip(Var<double>(1), 2, 0);
  } catch (const Error& error) {
    std::cout << error.what();  // [clip] low <= high expected, got 2 and 0
  }
}

EXAMPLE("TapeError") {
  Tape<double> tape;
  const Var<double> x = tape.watch(3), y = square(x);
  tape.gradient(y, x);
  try {
    tape.gradient(y, x);
  } catch (const TapeError& error) {
    std::cout << error.what();  // [gradient] the values that [square] saved were
                                // freed by an earlier gradient of this tape; pass
                                // {.retain = true} to the earlier call
  }
}

EXAMPLE("NumericError") {
  Tape<double> tape({.check_finite = true});
  try {
    log(tape.watch(0));
  } catch (const NumericError& error) {
    std::cout << error.what();  // [log] the result is not finite: element 0 of shape
                                // () is -inf
  }
}

EXAMPLE("DataError") {
  try {
    nn::read_idx("images.idx");
  } catch (const DataError& error) {
    std::cout << error.what();  // [read_idx] images.idx: cannot open it: No such file
                                // or directory
  }
}
