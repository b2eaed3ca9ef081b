#include "docs/reference/example.hpp"

EXAMPLE("erf, erfc, erfcx, erfinv, erfcinv") {
  Tape<double> tape;
  const Var<double> x = tape.watch({0.5, 1.0, 10.0});
  std::cout << erf(x);    // [0.52049988 0.84270079 1.        ]
  std::cout << erfc(x);   // [4.79500122e-01 1.57299207e-01 2.08848758e-45]
  std::cout << erfcx(x);  // [0.61569034 0.42758358 0.05614099]
  // Beyond 6 erf is 1, and only erfc still knows x.
  std::cout << erfinv(erf(x));    // [0.5 1.  inf]
  std::cout << erfcinv(erfc(x));  // [ 0.5  1.  10. ]
  const Var<double> y = sum(erfcx(x));
  std::cout << tape.gradient(y, x);  // [-0.51268882 -0.27321201 -0.00555931]
}

EXAMPLE("ndtr, log_ndtr, ndtri") {
  Tape<double> tape;
  const Var<double> x = tape.watch({-40, -1, 1});
  const Var<double> y = log_ndtr(x);
  std::cout << ndtr(x);  // [0.         0.15865525 0.84134475]
  std::cout << y;        // [-8.04608442e+02 -1.84102165e+00 -1.72753779e-01]
  const auto slope = tape.gradient(sum(y), x);
  std::cout << slope;  // [40.02496885  1.52513528  0.28759997]
  const std::vector p{0.0, 0.5, 0.975};
  std::cout << ndtri(p);  // [      -inf 0.         1.95996398]
}

EXAMPLE("gammaln, digamma, polygamma") {
  Tape<double> tape;
  const Var<double> x = tape.watch({0.5, 1.0, 5.0}), y = gammaln(x);
  std::cout << y;           // [0.57236494 0.         3.17805383]
  std::cout << exp(y);      // [ 1.77245385  1.         24.        ]
  std::cout << digamma(x);  // [-1.96351003 -0.57721566  1.50611767]
  const auto slope = tape.gradient(sum(y), x);
  std::cout << slope;            // [-1.96351003 -0.57721566  1.50611767]
  std::cout << polygamma(2, x);  // [-16.82879664  -2.40411381  -0.04878973]
}

EXAMPLE("multigammaln") {
  const std::vector a{0.5, 3.0};
  std::cout << multigammaln(a, 1);  // [0.57236494 0.69314718]
  // ln π / 2 + ln Γ(3) + ln Γ(5/2)
  std::cout << multigammaln(a, 2);  // [       nan 1.55019499]
}

EXAMPLE("beta, betaln") {
  Tape<double> tape;
  const Var<double> a = tape.watch({1, 2, 1000}), y = betaln(a, 3);
  std::cout << beta(a, 3);       // [3.33333333e-01 8.33333333e-02 1.99401397e-09]
  std::cout << y;                // [ -1.09861229  -2.48490665 -20.03311616]
  std::cout << betaln(a, 1000);  // [   -6.90775528   -13.81651006 -1388.48260164]
  std::cout << tape.gradient(sum(y), a);  // [-1.83333333 -1.08333333 -0.002997  ]
}

EXAMPLE("gammainc, gammaincc") {
  Tape<double> tape;
  const Var<double> a = tape.watch({2, 2, 2}), x = tape.watch({0.5, 1.0, 50.0});
  std::cout << gammainc(a, x);   // [0.09020401 0.26424112 1.        ]
  std::cout << gammaincc(a, x);  // [9.09795990e-01 7.35758882e-01 9.83662422e-21]
  // How draws of Gamma(2, 1) move with the shape 2.
  const auto slopes = tape.gradient(sum(gammainc(a, x)), {a, x});
  std::cout << -slopes[0] / slopes[1];  // [0.49802672 0.75077869 3.57941575]
}

EXAMPLE("betainc") {
  Tape<double> tape;
  const Var<double> a = tape.watch(2), b = tape.watch(3),
                    x = tape.watch({0.25, 0.5, 1.0}), y = betainc(a, b, x);
  std::cout << y;  // [0.26171875 0.6875     1.        ]
  const auto slopes = tape.gradient(sum(y), {a, b, x});
  std::cout << slopes[0].flat(0) << " " << slopes[1].flat(0);  // -0.423342 0.26103
  std::cout << slopes[2];  // [1.6875 1.5    0.    ]
}

EXAMPLE("zeta") {
  Tape<double> tape;
  const Var<double> s = tape.watch({2, 3, 4}), y = zeta(s);
  std::cout << y;                         // [1.64493407 1.2020569  1.08232323]
  std::cout << zeta(s, 2);                // [0.64493407 0.2020569  0.08232323]
  std::cout << tape.gradient(sum(y), s);  // [-0.93754825 -0.19812624 -0.06891127]
}

EXAMPLE("i0, i1, i0e, i1e") {
  Tape<double> tape;
  const Var<double> x = tape.watch({0, 1, 1000});
  std::cout << i0(x);   // [1.         1.26606588        inf]
  std::cout << i1(x);   // [0.        0.5651591       inf]
  std::cout << i0e(x);  // [1.         0.46575961 0.01261724]
  std::cout << i1e(x);  // [0.         0.20791042 0.01261093]
  // The logarithmic slope I₁ / I₀, which tends to 1.
  const Var<double> y = log(i0e(x)) + abs(x);
  std::cout << tape.gradient(sum(y), x);  // [0.         0.44638997 0.99949987]
}

EXAMPLE("lambertw") {
  Tape<double> tape;
  const Var<double> x = tape.watch({-0.25, 0.0, 1.0, std::exp(1)}), w = lambertw(x);
  std::cout << w;           // [-0.35740296  0.          0.56714329  1.        ]
  std::cout << w * exp(w);  // [-0.25        0.          1.          2.71828183]
  const auto slope = tape.gradient(sum(w), x);
  std::cout << slope;  // [2.22474074 1.         0.36189626 0.18393972]
}
