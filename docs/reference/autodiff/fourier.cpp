#include "docs/reference/example.hpp"

EXAMPLE("fft, ifft") {
  // 1, 2, i and -i: real and imaginary parts.
  const xt::xarray<double> x{{1, 0}, {2, 0}, {0, 1}, {0, -1}};
  std::cout << fft(x);        // [[ 3.  0.]
                              //  [ 2. -3.]
                              //  [-1.  2.]
                              //  [ 0.  1.]]
  std::cout << ifft(fft(x));  // [[ 1.  0.]
                              //  [ 2.  0.]
                              //  [ 0.  1.]
                              //  [ 0. -1.]]
  // The first two alone, and filled with zeros.
  std::cout << fft(x, 2);                     // [[ 3.  0.]
                                              //  [-1.  0.]]
  std::cout << to_string(fft(x, 8).shape());  // (8, 2)
}

EXAMPLE("rfft, irfft") {
  Tape<double> tape;
  const Var<double> x = tape.watch({1, 2, 4, 8}), y = rfft(x);
  std::cout << y;         // [[15.  0.]
                          //  [-3.  6.]
                          //  [-5.  0.]]
  std::cout << irfft(y);  // [1. 2. 4. 8.]
  // Of an odd length, which has to be said.
  std::cout << irfft(rfft(std::vector{1, 2, 4}), 3);  // [1. 2. 4.]
  // How much of the highest frequency each element adds.
  std::cout << tape.gradient(y(2, 0), x);  // [ 1. -1.  1. -1.]
}

EXAMPLE("fft2, ifft2, rfft2, irfft2") {
  const xt::xarray<double> image{{1, 2}, {3, 5}};
  const Var<double> y = rfft2(image);
  std::cout << to_string(y.shape());   // (2, 2, 2)
  std::cout << slice(y, {{}, {}, 0});  // [[11. -3.]
                                       //  [-5.  1.]]
  std::cout << irfft2(y);              // [[1. 2.]
                                       //  [3. 5.]]
  const auto pairs = zeros<double>({4, 8, 2});
  std::cout << to_string(fft2(pairs).shape())
            << to_string(ifft2(pairs).shape());  // (4, 8, 2)(4, 8, 2)
}
