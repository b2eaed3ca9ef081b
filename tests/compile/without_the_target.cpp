// error: link the CMake target xtape::autodiff
// flags: -UXTENSOR_USE_XSIMD
// A user who only sets an include path is told what to do.
#include "autodiff/array.hpp"
