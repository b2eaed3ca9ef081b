#include "examples/programs/command_line/vae_options.hpp"

#include <algorithm>
#include <span>

#include "examples/programs/command_line/program.hpp"
#include "examples/programs/command_line/text.hpp"

namespace programs {
namespace {

const std::vector<std::size_t> kSweepSizes{2, 5, 10, 20, 50};

}  // namespace

VaeOptions::VaeOptions(OptionParser& parser) {
  out = "out/vae";
  declare(parser);
  pixels.declare(parser);
  parser.count("samples", samples, "Codes drawn for each image in training", 1, 10'000);
  parser.positive("beta", beta, "Weight of the KL term in training; the losses shown have the weight 1", 1e6);
  parser.count("warm-up", warm_up, "Epochs in which that weight rises from 0", 0, 1'000'000);
  parser.choice("sweep", sweep, "Train with codes of 2, 5, 10, 20 and 50 numbers instead", {"none", "latent"});
  parser.count("evidence-images", evidence_images, "Images of each kind whose ln p(x) is estimated", 1, 100'000,
               OnResume::kReplace);
  parser.count("evidence-samples", evidence_samples, "Codes drawn for each of them", 1, 1'000'000, OnResume::kReplace);
  parser.count("generate", generate, "Make so many images with the decoder saved in the --out folder", 1, 1000);
  parser.keep_out_of_values("generate");
}

void VaeOptions::settle(const OptionParser& parser) {
  pixels.check(parser);
  if (sweep == "latent" && parser.given("latent"))
    throw UserError("--sweep latent chooses the sizes of the codes itself; leave --latent out");
  if (sweep == "latent")
    parser.refuse({"evidence-images", "evidence-samples"}, "--sweep latent, which estimates no ln p(x)");
  if (quick && !resume && !parser.given("evidence-samples")) evidence_samples = 200;
}

std::vector<std::size_t> VaeOptions::latent_sizes() const {
  return sweep == "latent" ? kSweepSizes : std::vector{latent};
}

std::string VaeOptions::phase_of(std::size_t latent_size) const {
  return latent_size == latent_sizes().front() ? "" : "latent-" + std::to_string(latent_size);
}

std::size_t VaeOptions::latent_size_of(const std::string& phase) const {
  const std::vector<std::size_t> sizes = latent_sizes();
  return *std::find_if(sizes.begin(), sizes.end() - 1, [&](std::size_t size) { return phase_of(size) == phase; });
}

std::vector<std::string> VaeOptions::more_phases() const {
  return sweep == "latent" ? phases_of_sweeps() : std::vector<std::string>{};
}

std::vector<std::string> VaeOptions::phases_of_sweeps() {
  std::vector<std::string> phases;
  for (const std::size_t size : std::span(kSweepSizes).subspan(1)) phases.push_back("latent-" + std::to_string(size));
  return phases;
}

EvidencePlan VaeOptions::evidence_plan() const {
  return {evidence_images, evidence_samples, pixels.outcomes(), pixels.how_outcomes(), seed};
}

double VaeOptions::kl_weight(double epochs_done) const {
  return warm_up == 0 ? beta : beta * std::min(1.0, epochs_done / static_cast<double>(warm_up));
}

std::string VaeOptions::loss() const {
  std::string text = pixels.reconstruction() + " + KL" +
                     (pixels.binarize == "none" ? "" : " of images binarized (" + pixels.binarize + ")");
  if (beta == 1 && warm_up == 0) return text;
  text += ", KL weighted by " + shortest(beta) + " in training";
  if (warm_up > 0) text += ", by less until epoch " + std::to_string(warm_up) + " is over";
  return text + (warm_up > epochs ? ": for all of this run" : "");
}

}  // namespace programs
