#pragma once
// Special functions of one number, as far as special.cpp and incomplete.cpp need each other's.

namespace xtape::kernels::scalars {

double gammaln_of(double x);
double digamma_of(double x);
double polygamma_of(double n, double x);
/// ln Γ(x) - ((x - ½) ln x - x + ½ ln 2π) and ψ(x) - ln x.
double stirling_error(double x);
double digamma_error(double x);

double gammainc_of(double a, double x);
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

}  // namespace xtape::kernels::scalars
