#pragma once
// xtape's neural-network module.

#include "autodiff/autodiff.hpp"
#include "nn/classical/pca.hpp"
#include "nn/data/data_loader.hpp"
#include "nn/data/image_set.hpp"
#include "nn/data/transforms.hpp"
#include "nn/distributions/bernoulli.hpp"
#include "nn/distributions/normal.hpp"
#include "nn/files/checkpoint.hpp"
#include "nn/files/safetensors.hpp"
#include "nn/inference/importance.hpp"
#include "nn/layers/linear.hpp"
#include "nn/layers/mlp.hpp"
#include "nn/losses.hpp"
#include "nn/module.hpp"
#include "nn/optim/adam.hpp"
#include "nn/optim/lbfgs.hpp"
