#pragma once
// The pictures of what lies where in the space of a model's codes.

#include <vector>

#include "examples/programs/drawing/pictures.hpp"

namespace programs {

inline constexpr const char *kManifoldFile = "manifold.png", *kInterpolationsFile = "interpolations.png",
                            *kTraversalsFile = "traversals.png";

/// The plane of codes of two numbers, 20 x 20 of them decoded: the quantiles of N(0, 1) at (i + ½) / 20, so that each
/// stands for as much of the prior. D. Kingma and M. Welling, "Auto-encoding variational Bayes", 2014, figure 4.
/// decode: (n, 2) -> (n, pixels), as the images of `like`; std::invalid_argument is thrown for images of another shape.
Picture draw_manifold(const Map& decode, const xtape::nn::ImageSet& like);

/// Eight rows, each from a test image to one of another class (where there is one): both as they are at the ends,
/// and between them ten steps on the straight line from the code of the one to that of the other, decoded.
/// encode: (n, pixels) -> (n, latent), decode: (n, latent) -> (n, pixels). Throws std::invalid_argument for other
/// shapes, and for fewer than two test images.
Picture draw_interpolations(const xtape::nn::ImageSet& test, const Map& encode, const Map& decode);

/// What each number of the code does: a row for each, in which it goes from -3 to 3 and the others stay as they are.
/// The rows are those of the twelve numbers with the largest KL(q(z_j|x) ‖ p(z_j)), largest first.
/// code: (latent), such as zeros or the code of one image. kl_per_unit: of each number, in nats, a mean over images.
/// decode: (n, latent) -> (n, pixels), as the images of `like`. Throws std::invalid_argument for other shapes.
Picture draw_traversals(const Map& decode, const xtape::Array<float>& code, const std::vector<double>& kl_per_unit,
                        const xtape::nn::ImageSet& like);

}  // namespace programs
