#pragma once
// Special functions of one number, in float64, which special.cpp gives all lanes of a batch; special_scalars.cpp has
// those that Boost.Math or a series computes, incomplete.cpp the integrals.

namespace xtape::kernels::scalars {

/// B₂, B₄, ... B₂₀.
inline constexpr double kBernoulli[] = {1.0 / 6,       -1.0 / 30, 1.0 / 42,      -1.0 / 30,     5.0 / 66,
                                        -691.0 / 2730, 7.0 / 6,   -3617.0 / 510, 43867.0 / 798, -174611.0 / 330};

/// e^(x²) times the n-th repeated integral of erfc.
double repeated_erfcx_of(double n, double x);

double gammaln_of(double x);
double digamma_of(double x);
double polygamma_of(double n, double x);
/// The derivative of that order in s of ζ(s, q).
double zeta_of(double order, double s, double q);
double betaln_of(double a, double b);
double beta_of(double a, double b);
/// ln Γ(x) - ((x - ½) ln x - x + ½ ln 2π) and ψ(x) - ln x.
double stirling_error(double x);
double digamma_error(double x);

double gammainc_of(double a, double x);
double gammaincc_of(double a, double x);
double betainc_of(double a, double b, double x);
/// P(a, x) or 1 - P(a, x), and I(a, b, x), of large parameters inside of the domain.
double large_gammainc(double a, double x, bool upper);
double large_betainc(double a, double b, double x);
/// ∂ⁿ/∂aⁿ of P(a, x), and of ∂P/∂x.
double gammainc_slope_of(double n, double a, double x);
double gamma_density_of(double n, double a, double x);
/// ∂ᵐ/∂aᵐ ∂ⁿ/∂bⁿ of I(a, b, x), and of ∂I/∂x.
double betainc_slope_of(double m, double n, double a, double b, double x);
double beta_density_of(double m, double n, double a, double b, double x);

/// I_n(x), and the derivative of that order of e^-|x| I_n(x).
double bessel_i_of(double n, double x);
double bessel_ie_of(double n, double order, double x);
double lambertw_of(double x);

}  // namespace xtape::kernels::scalars
