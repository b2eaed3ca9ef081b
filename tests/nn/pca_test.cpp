// Principal components: against a covariance that is known, and a linear autoencoder trained to the same optimum.

#include "nn/classical/pca.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <limits>
#include <vector>

#include "autodiff/autodiff.hpp"
#include "nn/layers/linear.hpp"
#include "nn/optim/minimize.hpp"
#include "samples_for_tests.hpp"

namespace xtape::nn {
namespace {

TEST(PrincipalComponents, DiagonalizeTheCovariance) {
  const std::size_t n = 200, d = 12;
  const Array<double> x = anisotropic_samples(n, d);
  const PrincipalComponents pca = principal_components(moments(x));
  for (std::size_t i = 0; i < d; ++i) {
    EXPECT_LE(pca.variances(i), i > 0 ? pca.variances(i - 1) : pca.variances(0));
    for (std::size_t j = 0; j <= i; ++j) {
      double covariance = 0, product = 0;
      for (std::size_t s = 0; s < n; ++s) {
        double a = 0, b = 0;
        for (std::size_t k = 0; k < d; ++k) {
          a += (x(s, k) - pca.mean(k)) * pca.axes(i, k);
          b += (x(s, k) - pca.mean(k)) * pca.axes(j, k);
        }
        covariance += a * b / double(n);
      }
      for (std::size_t k = 0; k < d; ++k) product += pca.axes(i, k) * pca.axes(j, k);
      EXPECT_NEAR(covariance, i == j ? pca.variances(i) : 0, 1e-10 * pca.variances(0));
      EXPECT_NEAR(product, i == j ? 1 : 0, 1e-12);
    }
  }
  EXPECT_EQ(pca.residual(d), 0);
  EXPECT_NEAR(pca.residual(0), pca.residual(3) + pca.variances(0) + pca.variances(1) + pca.variances(2), 1e-10);
}

// Baldi and Hornik 1989. Full batches, float64, L-BFGS: minibatches of Adam end some 1e-3 above.
TEST(PrincipalComponents, AreTheOptimumOfALinearAutoencoder) {
  const std::size_t d = 12;
  const Array<double> x = anisotropic_samples(200, d);
  const PrincipalComponents pca = principal_components(moments(x));
  for (const std::size_t q : {1u, 3u, 6u}) {
    Random rng(q);
    const Linear<double> encoder(d, q, rng), decoder(q, d, rng);
    std::vector<Parameter<double>> parameters = encoder.parameters();
    for (const auto& parameter : decoder.parameters()) parameters.push_back(parameter);
    const auto loss = [&] { return mean(sum(square(decoder(encoder(Var<double>(x))) - x), -1)); };
    const MinimizeResult result = minimize<double>(parameters, [&] {
      Tape<double> tape;
      const Var<double> value = loss();
      return std::pair(value.item(), tape.gradient(value, parameters));
    });
    EXPECT_NEAR(result.value, pca.residual(q), 1e-5 * pca.residual(q));
    EXPECT_GT(result.value, pca.residual(q) * (1 - 1e-12));
    // Its decoder spans the first q directions.
    const Array<double> w = decoder.weight().value();  // (d, q)
    for (std::size_t c = 0; c < q; ++c) {
      double length = 0, inside = 0;
      for (std::size_t k = 0; k < d; ++k) length += w(k, c) * w(k, c);
      for (std::size_t i = 0; i < q; ++i) {
        double along = 0;
        for (std::size_t k = 0; k < d; ++k) along += w(k, c) * pca.axes(i, k);
        inside += along * along;
      }
      EXPECT_NEAR(inside / length, 1, 1e-5);
    }
  }
}

TEST(PrincipalComponents, RefuseMoreThanThereAre) {
  EXPECT_THROW(static_cast<void>(principal_components(moments(zeros<double>({2, 3}))).residual(4)), Error);
}

TEST(Moments, OfImagesAreThoseOfTheirNumbers) {
  std::vector<std::uint8_t> pixels;
  Random rng(8);
  for (int i = 0; i < 3000 * 6; ++i) pixels.push_back(std::uint8_t(rng.below(256)));
  const ImageSet images(2, 3, pixels);
  const Moments one = moments(images), other = moments(images.first<double>(3000));
  for (std::size_t i = 0; i < 6; ++i) {
    EXPECT_NEAR(one.mean(i), other.mean(i), 1e-13);
    for (std::size_t j = 0; j < 6; ++j) EXPECT_NEAR(one.covariance(i, j), other.covariance(i, j), 1e-12);
  }
}

TEST(Moments, RefuseBadInput) {
  EXPECT_THROW(moments(Array<double>{1.0, 2.0}), ShapeError);
  EXPECT_THROW(moments(zeros<double>({0, 3})), ShapeError);
  EXPECT_THROW(moments(Array<double>{{1.0, std::numeric_limits<double>::infinity()}}), NumericError);
  EXPECT_THROW(moments(ImageSet()), DataError);
}

}  // namespace
}  // namespace xtape::nn
