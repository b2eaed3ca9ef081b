#include "docs/reference/example.hpp"

EXAMPLE("view") {
  const Var<double> x(xt::xarray<double>{{1, 2, 3, 4}, {5, 6, 7, 8}});
  // Python's x[1, 1:3]
  std::cout << view(x, 1, xt::range(1, 3));  // [6. 7.]
  // x[:, ::-2]
  using xt::placeholders::_;
  std::cout << view(x, xt::all(), xt::range(_, _, -2));  // [[4. 2.]
                                                         //  [8. 6.]]
  // x[..., -1] and x[:, np.newaxis]
  std::cout << view(x, xt::ellipsis(), -1);                           // [4. 8.]
  std::cout << to_string(view(x, xt::all(), xt::newaxis()).shape());  // (2, 1, 4)
}

EXAMPLE("flip, rot90") {
  const Var<double> x(xt::xarray<double>{{1, 2}, {3, 4}});
  std::cout << flip(x);     // [[4. 3.]
                            //  [2. 1.]]
  std::cout << flip(x, 1);  // [[2. 1.]
                            //  [4. 3.]]
  std::cout << rot90(x);    // [[2. 4.]
                            //  [1. 3.]]
}

EXAMPLE("roll") {
  const Var<double> x(xt::xarray<double>{{1, 2, 3}, {4, 5, 6}});
  std::cout << roll(x, 1);               // [[6. 1. 2.]
                                         //  [3. 4. 5.]]
  std::cout << roll(x, -1, 1);           // [[2. 3. 1.]
                                         //  [5. 6. 4.]]
  std::cout << roll(x, {1, 1}, {0, 1});  // [[6. 4. 5.]
                                         //  [3. 1. 2.]]
}

EXAMPLE("repeat, tile") {
  const Var<double> x(std::vector{1, 2, 3});
  std::cout << repeat(x, 2);          // [1. 1. 2. 2. 3. 3.]
  std::cout << repeat(x, {2, 0, 1});  // [1. 1. 3.]
  std::cout << tile(x, 2);            // [1. 2. 3. 1. 2. 3.]
  const Var<double> rows(xt::xarray<double>{{1, 2}, {3, 4}});
  std::cout << repeat(rows, 2, 1);  // [[1. 1. 2. 2.]
                                    //  [3. 3. 4. 4.]]
  std::cout << tile(rows, {1, 2});  // [[1. 2. 1. 2.]
                                    //  [3. 4. 3. 4.]]
}

EXAMPLE("pad, PadMode, PadWidth") {
  const Var<double> x(std::vector{1, 2, 6});
  std::cout << pad(x, 2);  // [0. 0. 1. 2. 6. 0. 0.]
  std::cout << pad(x, {{1, 2}}, PadMode::kConstantValue, 9);  // [9. 1. 2. 6. 9. 9.]
  std::cout << pad(x, {2}, PadMode::kEdge);       // [1. 1. 1. 2. 6. 6. 6.]
  std::cout << pad(x, {2}, PadMode::kReflect);    // [6. 2. 1. 2. 6. 2. 1.]
  std::cout << pad(x, {2}, PadMode::kSymmetric);  // [2. 1. 1. 2. 6. 6. 2.]
  std::cout << pad(x, {2}, PadMode::kWrap);       // [2. 6. 1. 2. 6. 1. 2.]
  std::cout << pad(x, {2}, PadMode::kLinearRamp,
                   -1);  // [-1.   0.   1.   2.   6.   2.5 -1. ]
  std::cout << pad(x, {1}, PadMode::kMaximum);  // [6. 1. 2. 6. 6.]
  std::cout << pad(x, {1}, PadMode::kMinimum);  // [1. 1. 2. 6. 1.]
  std::cout << pad(x, {1}, PadMode::kMedian);   // [2. 1. 2. 6. 2.]
  std::cout << pad(x, {1}, PadMode::kMean);     // [3. 1. 2. 6. 3.]
  // No row more, and a column in front.
  const PadWidth rows = 0, columns(1, 0);
  std::cout << columns.before << " " << columns.after;             // 1 0
  std::cout << pad(Var<double>(eye<double>(2)), {rows, columns});  // [[0. 1. 0.]
                                                                   //  [0. 0. 1.]]
}

EXAMPLE("swapaxes, moveaxis") {
  const Var<float> images(zeros<float>({16, 28, 20, 3}));
  std::cout << to_string(swapaxes(images, 1, 2).shape());  // (16, 20, 28, 3)
  // Channels first.
  std::cout << to_string(moveaxis(images, -1, 1).shape());  // (16, 3, 28, 20)
  const Var<float> planes = moveaxis(images, {1, 2}, {-2, -1});
  std::cout << to_string(planes.shape());  // (16, 3, 28, 20)
}

EXAMPLE("atleast_1d, atleast_2d, atleast_3d") {
  const Var<double> x(std::vector{1, 2});
  std::cout << to_string(atleast_1d(Var<double>(5)).shape());  // (1,)
  std::cout << to_string(atleast_1d(x).shape());               // (2,)
  std::cout << to_string(atleast_2d(x).shape());               // (1, 2)
  std::cout << to_string(atleast_3d(x).shape());               // (1, 2, 1)
}

EXAMPLE("array_split") {
  const Var<double> x(std::vector{1, 2, 3, 4, 5, 6, 7});
  for (const auto& part : array_split(x, 3))
    std::cout << part;  // [1. 2. 3.][4. 5.][6. 7.]
  for (const auto& part : array_split(x, {1, 5}))
    std::cout << part;  // [1.][2. 3. 4. 5.][6. 7.]
}

EXAMPLE("meshgrid, Indexing") {
  const Var<double> x(std::vector{1, 2, 3}), y(std::vector{10, 20});
  const std::vector<Var<double>> grid = meshgrid({x, y});
  std::cout << grid[0];  // [[1. 2. 3.]
                         //  [1. 2. 3.]]
  std::cout << grid[1];  // [[10. 10. 10.]
                         //  [20. 20. 20.]]
  std::cout << to_string(meshgrid({x, y}, Indexing::kIj)[0].shape());  // (3, 2)
}

EXAMPLE("tril, triu") {
  const Var<double> x(xt::xarray<double>{{1, 2, 3}, {4, 5, 6}, {7, 8, 9}});
  std::cout << tril(x);     // [[1. 0. 0.]
                            //  [4. 5. 0.]
                            //  [7. 8. 9.]]
  std::cout << triu(x, 1);  // [[0. 2. 3.]
                            //  [0. 0. 6.]
                            //  [0. 0. 0.]]
}

EXAMPLE("diagonal, diag, trace") {
  Tape<double> tape;
  const Var<double> x = tape.watch({{1, 2, 3}, {4, 5, 6}});
  std::cout << diagonal(x) << " " << diagonal(x, 1);  // [1. 5.] [2. 6.]
  std::cout << diag(x, -1);                           // [4.]
  std::cout << diag(Var<double>(std::vector{1, 2}));  // [[1. 0.]
                                                      //  [0. 2.]]
  std::cout << trace(x);                              // 6.0
  std::cout << tape.gradient(trace(x), x);            // [[1. 0. 0.]
                                                      //  [0. 1. 0.]]
}

EXAMPLE("eye, tri") {
  std::cout << eye<double>(2);        // [[1. 0.]
                                      //  [0. 1.]]
  std::cout << eye<double>(2, 3, 1);  // [[0. 1. 0.]
                                      //  [0. 0. 1.]]
  std::cout << tri<double>(3, 3);     // [[1. 0. 0.]
                                      //  [1. 1. 0.]
                                      //  [1. 1. 1.]]
}

EXAMPLE("arange, linspace") {
  std::cout << arange<double>(0, 5);         // [0. 1. 2. 3. 4.]
  std::cout << arange<double>(1, 0, -0.25);  // [1.   0.75 0.5  0.25]
  std::cout << linspace<double>(0, 1, 5);    // [0.   0.25 0.5  0.75 1.  ]
}
