// error: xtape::nn::kl: no closed form is known for these two distributions
#include "nn/nn.hpp"

int main() {
  const xtape::nn::Normal p{0, 0};
  const xtape::nn::Bernoulli q{0};
  xtape::nn::kl(p, q);
}
