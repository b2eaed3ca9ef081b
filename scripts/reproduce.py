"""What scripts/reproduce runs: programs, their summary.json, and the figures to compare with."""

import argparse
import json
import math
import os
import pathlib
import re
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
RESULTS = ROOT / "docs/results"
EXAMPLES = ROOT / "build/release/examples"
PROGRAMS = EXAMPLES / "programs"

# What others have measured on MNIST: for each figure of a program with these options the text that is shown, here and in
# the programs' reports, and where it is wanted again, the number.
PUBLISHED = json.loads((ROOT / "scripts/published.json").read_text())


# The estimates of ln p(x) take longer than training, and no figure here is one of them.
QUICKLY = ["--evidence-samples", 20]


def is_finite(figure):
    """What is not finite in summary.json is null."""
    return figure is not None and math.isfinite(figure)


def digits(figure):
    return f"{figure:.6g}" if is_finite(figure) else "not finite"


class Claim:
    """A measured figure, and what it should be: `expected` within `tolerance`, or a bound on it, or nothing."""

    def __init__(self, what, measured, published="", expected=None, tolerance=None, above=None, below=None):
        self.what, self.measured, self.published = what, measured, published
        self.expected, self.tolerance, self.above, self.below = expected, tolerance, above, below

    def holds(self):
        if not is_finite(self.measured):
            return False
        if self.tolerance is not None and abs(self.measured - self.expected) > self.tolerance:
            return False
        if self.above is not None and self.measured <= self.above:
            return False
        return self.below is None or self.measured < self.below

    def wanted(self):
        if self.tolerance is not None:
            return f"{self.expected:.6g} ± {self.tolerance:.2g}"
        if self.above is not None:
            return f"above {self.above:.6g}"
        return "" if self.below is None else f"below {self.below:.6g}"

    def to_json(self):
        return {"what": self.what, "measured": self.measured, "published": self.published, "wanted": self.wanted(),
                "holds": self.holds()}


def published(program, figure, **options):
    """The entry of a figure that others have measured; there has to be one."""
    found = [one for one in PUBLISHED if (one["program"], one["figure"], one["options"]) == (program, figure, options)]
    return found[0]


def text(program, figure, **options):
    return published(program, figure, **options)["published"]


class Runs:
    """Runs programs, and remembers the commands."""

    def __init__(self, data):
        self.data, self.commands = data, []

    def run(self, program, *options):
        command = [program, "--data", self.data, *map(str, options)]
        shown = " ".join(["build/release/examples/programs/" + command[0], *command[1:]])
        print("==", shown, flush=True)
        self.commands.append(shown)
        with tempfile.TemporaryDirectory() as out:
            done = subprocess.run([PROGRAMS / program, *command[1:], "--out", out], cwd=ROOT)
            if done.returncode != 0:
                sys.exit(done.returncode)
            return json.loads((pathlib.Path(out) / "summary.json").read_text())

    def folder(self):
        """Where the data are, looked for as the programs do: examples know no names."""
        shared = os.environ.get("XDG_DATA_DIRS") or "/usr/local/share:/usr/share"
        places = [pathlib.Path(os.environ.get("XTAPE_DATA_DIR") or ROOT / "data", self.data), ROOT / "data" / self.data,
                  *(pathlib.Path(place, "datasets", self.data) for place in shared.split(":"))]
        return next((str(place) for place in places if place.is_dir()), self.data)

    def example(self, name, *arguments):
        """What an example prints."""
        command = [name, *map(str, arguments)]
        shown = " ".join(["build/release/examples/" + command[0], *command[1:]]).replace(self.folder(), self.data)
        print("==", shown, flush=True)
        self.commands.append(shown)
        with tempfile.TemporaryDirectory() as out:  # where it leaves pictures and weights
            done = subprocess.run([EXAMPLES / name, *command[1:]], cwd=out, stdout=subprocess.PIPE, text=True)
        print(done.stdout, end="", flush=True)
        if done.returncode != 0:
            sys.exit(done.returncode)
        return done.stdout


def number_after(label, said):
    """The number that stands behind a label in what an example printed."""
    found = re.search(re.escape(label) + r"\s*([-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?|[-+]?(?:nan|inf))", said)
    if not found:
        sys.exit(f"no number behind '{label}' in:\n{said}")
    return float(found[1])


def near(what, measured, expected, relative, source=""):
    if not is_finite(expected):
        return Claim(what, None, source)
    return Claim(what, measured, source, expected, abs(expected) * relative)


def ae(runs, seeds):
    figures = runs.run("ae", "--linear")["figures"]
    yield near("squared error of the linear autoencoder, against PCA's", figures["error"], figures["optimum"], 1e-3,
               "closed form: Baldi and Hornik 1989")


def dae(runs, seeds):
    for noise, options in {"masking, rate 0.25": [], "Gaussian, sigma 0.5": ["--noise", "gaussian"]}.items():
        figures = runs.run("dae", "--linear", *options)["figures"]
        yield near(f"expected squared error of the linear DAE, {noise}", figures["error"], figures["optimum"], 1e-3,
                   "closed form: reduced-rank regression")


def vae(runs, seeds):
    for seed in seeds:
        summary = runs.run("vae", "--seed", seed, *QUICKLY)
        yield Claim(f"test loss after epoch 1, seed {seed}", summary["epochs"][0]["test_loss"],
                    text("vae", "test_loss_after_epoch_1"))
        others = published("vae", "test_loss")
        yield Claim(f"test loss after epoch {len(summary['epochs'])}, seed {seed}", summary["test_loss"],
                    others["published"], others["value"], 0.5)


def sweep(runs, seeds):
    figures = runs.run("vae", "--sweep", "latent")["figures"]
    sizes = [int(name.removeprefix("test_loss_")) for name in figures if re.fullmatch(r"test_loss_\d+", name)]
    for latent in sorted(sizes):
        others = published("vae", f"test_loss_{latent}", sweep="latent")
        yield near(f"test loss, codes of {latent}", figures[f"test_loss_{latent}"], others["value"], 0.03,
                   others["published"])
        yield Claim(f"KL, codes of {latent}", figures[f"test_kl_{latent}"])
        yield Claim(f"active units of {latent}", figures[f"active_units_{latent}"])


def gaussian(runs, seeds):
    fixed = runs.run("vae", "--likelihood", "gaussian", *QUICKLY)
    yield Claim("sigma = 1: KL", fixed["epochs"][-1]["test_kl"],
                text("vae", "test_kl", likelihood="gaussian"))
    yield Claim("sigma = 1: active units of 20", fixed["figures"]["active_units"],
                text("vae", "active_units", likelihood="gaussian"))
    yield Claim("sigma = 1: test loss", fixed["test_loss"])
    for kind in ("shared", "pixel"):
        learnt = runs.run("vae", "--likelihood", "gaussian", "--sigma", kind, *QUICKLY)
        others = text("vae", "test_loss_without_floor", likelihood="gaussian", sigma=kind) if kind == "pixel" else ""
        yield Claim(f"sigma learnt, {kind}: test loss", learnt["test_loss"], others)
        yield Claim(f"sigma learnt, {kind}: active units", learnt["figures"]["active_units"])


def ae_to_vae(runs, seeds):
    figures = runs.run("ae_to_vae")["figures"]
    yield Claim("KL from N(0, I) of an autoencoder's codes", figures["ae_codes_kl"],
                text("ae_to_vae", "ae_codes_kl"), above=10)
    yield Claim("the same of a VAE's", figures["scratch_codes_kl"], text("ae_to_vae", "scratch_codes_kl"), below=1)
    for model in ("converted", "retrained", "scratch"):
        yield Claim(f"negative bound, {model}", figures[model + "_reconstruction"] + figures[model + "_kl"])
    yield Claim("reconstruction, autoencoder", figures["ae_reconstruction"])
    squashed = runs.run("ae_to_vae", "--sigmoid-mean")["figures"]
    yield Claim("negative bound from scratch, mu kept in (0, 1)",
                squashed["scratch_reconstruction"] + squashed["scratch_kl"],
                above=figures["scratch_reconstruction"] + figures["scratch_kl"])


def cvae(runs, seeds):
    figures = runs.run("cvae")["figures"]
    of_vae = figures["vae_test_loss"]
    yield Claim("test loss of the VAE", of_vae, text("cvae", "vae_test_loss"))
    yield Claim("test loss of the CVAE, its own bound", figures["cvae_test_loss"],
                text("cvae", "cvae_test_loss"), below=of_vae)
    yield Claim("test loss of the CVAE, the label summed out", figures["cvae_marginalized_loss"],
                text("cvae", "cvae_marginalized_loss"), below=of_vae)
    yield Claim("label accuracy from the VAE's code", figures["vae_label_accuracy"], text("cvae", "vae_label_accuracy"))
    yield Claim("label accuracy from the CVAE's code", figures["cvae_label_accuracy"],
                text("cvae", "cvae_label_accuracy"), below=figures["vae_label_accuracy"])


def ppca(runs, seeds):
    figures = runs.run("ppca")["figures"]
    exact = figures["ppca_exact"]
    for key, what in {"ppca_em": "probabilistic PCA by EM", "ppca_gradients": "probabilistic PCA by gradients",
                      "linear_vae": "bound of the linear VAE"}.items():
        yield near(f"{what}, against the closed form", figures[key], exact, 1e-4, "closed form: Tipping and Bishop 1999")
    yield near("factor analysis by gradients, against EM", figures["fa_gradients"], figures["fa_em"], 1e-3)


def iwae(runs, seeds):
    """Two stages, by one and by five samples, beside PyTorch."""
    for k in (1, 5):
        for seed in seeds:
            said = runs.example("iwae", runs.folder(), k, 1, 2, 1000, 200, seed)
            for stage in (1, 2):
                line = said[said.index(f"stage {stage}:"):]
                for figure, label in {"bound": "in training,", "-ln p(x)": "-ln p(x)"}.items():
                    others = published("iwae", f"{figure} after stage {stage}", k=k)
                    what = "negative bound of" if figure == "bound" else "-ln p(x) of 200"
                    yield Claim(f"k = {k}, stage {stage}: {what} test images, seed {seed}",
                                number_after(label, line), others["published"], others["value"], others["tolerance"])


def svi(runs, seeds):
    for seed in seeds:
        said = runs.example("svi", runs.folder(), 5, 100, 1000, seed)
        if seed == seeds[0]:
            yield near("linear decoder: approximation gap", number_after("approximation gap", said),
                       number_after("in closed form", said), 1e-5, "closed form")
        gap, approximation, amortization = (number_after(label, said) for label in (
            "gap of the encoder's bound:", "\napproximation gap:", "amortization gap:"))
        yield Claim(f"gap of the encoder's bound, seed {seed}", gap)
        yield Claim(f"of it the approximation gap, seed {seed}", approximation, above=0)
        yield Claim(f"and the amortization gap, seed {seed}", amortization, "", gap - approximation, 1e-3)


def flow_vae(runs, seeds):
    for seed in seeds:
        said = runs.example("flow_vae", runs.folder(), 1, "all", 1000, 100, seed)
        for kind in ("plain", "planar", "q-flow", "p-flow", "vamp"):
            others = published("flow_vae", "bound", kind=kind)
            yield Claim(f"{kind}: negative bound of test images after an epoch, seed {seed}",
                        number_after(f"{kind}:", said), others["published"], others["value"], others["tolerance"])


def gp(runs, seeds):
    said = runs.example("gp")
    others = published("gp", "ln p(y)")
    yield Claim("ln p(y) at its maximum", number_after("ln p(y) =", said), others["published"], others["value"], 1e-6)
    for label, unsure in {"signal": "its logarithm", "length": "its logarithm", "noise": "its logarithm",
                          "at 5:": "it"}.items():
        others, what = published("gp", label), label.replace("at 5:", "prediction at 5")
        yield Claim(what, number_after(label, said), others["published"], others["value"], 1e-6)
        deviation = number_after("+-", said[said.index(label):])
        yield Claim(f"{what}: deviation of {unsure}", deviation, others["published"], others["deviation"], 1e-6)


def laplace_network(runs, seeds):
    said = runs.example("laplace_network")
    for place in ("0.0", "1.5", "2.5", "4.0"):
        line = said[said.index(f"at {place}:"):]
        for by, label in {"Hessian": "+-", "Gauss and Newton's matrix": "matrix +-"}.items():
            others = published("laplace_network", f"deviation at {place}", by=by)
            yield near(f"deviation at {place} by {by}", number_after(label, line), others["value"], 1e-5,
                       others["published"])
    others = published("laplace_network", "log evidence of the last layer")
    yield near(others["figure"], number_after("log evidence", said), others["value"], 1e-5, others["published"])


def gru(runs, seeds):
    others = published("gru", "error")
    for seed in seeds:
        said = runs.example("gru", 600, 50, seed)
        yield Claim(f"mean squared error of a sum, seed {seed}", number_after("error", said), others["published"],
                    below=others["below"])
        yield Claim(f"that of saying 1 always, seed {seed}", number_after("of saying 1 always", said),
                    "1/6: the variance", 1 / 6, 0.02)


def epoch_of(epoch, said):
    """What an example has printed of an epoch."""
    return said[said.index(f"epoch {epoch}"):].split("\n")[0]


def conv_vae(runs, seeds):
    others = published("conv_vae", "test_loss")
    for seed in seeds:
        said = epoch_of("1/1", runs.example("conv_vae", runs.folder(), 1, seed))
        yield near(f"negative bound of test images after an epoch, seed {seed}", number_after("validation_loss", said),
                   others["value"], 0.01, others["published"])


def vq_vae(runs, seeds):
    said = {least: epoch_of("1:", runs.example("vq_vae", runs.folder(), 1, seeds[0], least)) for least in (1, 0)}
    without = number_after("perplexity", said[0])
    yield Claim(f"mean squared error of a pixel after an epoch, seed {seeds[0]}", number_after("error", said[1]),
                below=number_after("error", said[0]))
    yield Claim(f"perplexity of the codes, seed {seeds[0]}", number_after("perplexity", said[1]), above=4 * without)
    yield Claim(f"perplexity where no code begins anew, seed {seeds[0]}", without)


def hvae(runs, seeds):
    for seed in seeds:
        said = runs.example("hvae", runs.folder(), 4, seed)
        for nats, bounds in {"0": {"below": 10}, "0.1": {"above": 9}}.items():
            line = epoch_of("4:", said[said.index(f"{nats} nats free"):])
            yield Claim(f"negative bound after four epochs, {nats} nats free, seed {seed}", number_after("4:", line))
            yield Claim(f"active numbers of the upper layer's 10, {nats} nats free, seed {seed}",
                        number_after("above,", line), **bounds)


def transformer(runs, seeds):
    others = published("transformer", "accuracy")
    for seed in seeds:
        said = runs.example("transformer", 1200, seed)
        yield Claim(f"accuracy of what is recalled, seed {seed}", number_after("in the end: accuracy", said),
                    others["published"], above=others["above"])


def fashion(runs, seeds):
    """No published figures: these are for others to compare with."""
    columns = {
        "ae: cross-entropy": (["ae"], lambda s: s["test_loss"]),
        "ae --latent 2: cross-entropy": (["ae", "--latent", 2], lambda s: s["test_loss"]),
        "ae --loss squared-error": (["ae", "--loss", "squared-error"], lambda s: s["test_loss"]),
        "dae: cross-entropy": (["dae"], lambda s: s["test_loss"]),
        "vae: -bound": (["vae", *QUICKLY], lambda s: s["test_loss"]),
        "vae --binarize: -bound": (["vae", "--binarize", *QUICKLY], lambda s: s["test_loss"]),
        "vae --likelihood gaussian: -bound": (["vae", "--likelihood", "gaussian", *QUICKLY], lambda s: s["test_loss"]),
        "ae_to_vae: -bound, retrained": (["ae_to_vae"], lambda s: s["test_loss"]),
        "cvae: -bound of ln p(x|y)": (["cvae"], lambda s: s["test_loss"]),
        "cvae: -bound of ln p(x)": (["cvae"], lambda s: s["figures"]["cvae_marginalized_loss"]),
        "ppca: bound of ln p(x) of training images, linear VAE": (["ppca"], lambda s: s["figures"]["linear_vae"]),
    }
    entropy, done = None, {}
    for what, (command, figure) in columns.items():
        for seed in seeds:
            key = (*command, seed)
            if key not in done:
                done[key] = runs.run(*command, "--seed", seed)
            entropy = done[key]["figures"].get("grey_level_entropy", entropy) if "figures" in done[key] else entropy
            yield Claim(f"{what}, seed {seed}", figure(done[key]))
    yield Claim("entropy of the test images' grey levels, a floor to the cross-entropies", entropy,
                "188.3 (of the training images)")


OF_FASHION = {"fashion", "svi", "flow_vae", "conv_vae", "vq_vae", "hvae"}  # the others are of MNIST
NAMES = {f.__name__: f for f in (ae, dae, vae, sweep, gaussian, ae_to_vae, cvae, ppca, iwae, svi, flow_vae, conv_vae, vq_vae, hvae, gp,
                                 laplace_network, gru, transformer, fashion)}


def cell(text):
    return str(text).replace("|", "\\|")


def table(claims):
    lines = ["| figure | measured | wanted | published |", "| --- | --- | --- | --- |"]
    for claim in claims:
        mark = "" if claim["holds"] else " **outside**"
        cells = [claim["what"], digits(claim["measured"]) + mark, claim["wanted"], claim["published"]]
        lines.append("| " + " | ".join(map(cell, cells)) + " |")
    return "\n".join(lines)


def table_by_seed(claims):
    """One row a figure, one column a seed, where the figures are those of several seeds."""
    rows = {}
    for claim in claims:
        what, _, seed = claim["what"].partition(", seed ")
        rows.setdefault(what, {})[seed] = digits(claim["measured"])
    seeds = sorted({seed for row in rows.values() for seed in row if seed})
    lines = ["| figure | " + " | ".join(f"seed {seed}" for seed in seeds) + " |", "| --- |" + " --- |" * len(seeds)]
    for what, row in rows.items():  # what does not depend on the seed stands once
        lines.append(f"| {cell(what)} | " + " | ".join(row.get(seed, row.get("", "")) for seed in seeds) + " |")
    return "\n".join(lines)


def twins():
    """What scripts/twins has found."""
    path = RESULTS / "twins.json"
    if not path.exists():
        return []
    found = json.loads(path.read_text())
    lines = ["## twins", "", "    scripts/twins", "",
             f"Models of programs and examples and the same ones in PyTorch {found['pytorch']}, from the same weights, on the same",
             f"{found['steps']} batches of {found['batch']} images of {found['data']} and with the same epsilon: largest "
             "relative difference of a loss,",
             f"the steps before one is above {found['tolerance']:.0e}, and as a yardstick the difference of PyTorch's float32 and",
             "float64: where a rounding lets a ReLU open or not, any two trainings part.", "",
             "| model | xtape, PyTorch | steps alike | PyTorch, in float64 |", "| --- | --- | --- | --- |"]
    for row in found["models"]:
        lines.append(f"| {row['model']} | {row['difference']:.1e} | {row['steps_alike']} | "
                     f"{row['of_torch_in_float64']:.1e} |")
    return [*lines, ""]


def write_readme():
    page = ["# Measured against published", "",
            "Made by `scripts/reproduce NAME`, which checks each figure again. Losses are in nats an image unless it says",
            "otherwise. (PyTorch) is a run of the same model there. How fast all this is: [throughput](throughput.md); and each",
            "operation by itself: [operations](ops.md).", ""]
    for name in NAMES:
        path = RESULTS / f"{name}.json"
        if path.exists():
            found = json.loads(path.read_text())
            by_seed = name == "fashion"
            form = table_by_seed if by_seed else table
            commands = [c for c in found["commands"] if not by_seed or c.endswith("--seed 1")]  # the others are alike
            page += [f"## {name}", "", *(f"    {command}" for command in commands), "", form(found["claims"]), ""]
    page += twins()
    (RESULTS / "README.md").write_text("\n".join(page).rstrip() + "\n")


def reproduce(name, data, seeds):
    runs = Runs(data or ("fashion-mnist" if name in OF_FASHION else "mnist"))
    claims = [claim.to_json() for claim in NAMES[name](runs, seeds)]
    print(table(claims))
    RESULTS.mkdir(parents=True, exist_ok=True)
    found = {"name": name, "commands": [c.replace(runs.data, pathlib.Path(runs.data).name) for c in runs.commands],
             "claims": claims}
    (RESULTS / f"{name}.json").write_text(json.dumps(found, indent=1, ensure_ascii=False) + "\n")
    write_readme()
    return all(claim["holds"] for claim in claims)


def main():
    parser = argparse.ArgumentParser(prog="scripts/reproduce")
    parser.add_argument("name", choices=[*NAMES, "all"])
    parser.add_argument("--data")
    parser.add_argument("--seeds", default="1,2,3", type=lambda text: [int(seed) for seed in text.split(",")])
    arguments = parser.parse_args()
    names = list(NAMES) if arguments.name == "all" else [arguments.name]
    sys.exit(0 if all([reproduce(name, arguments.data, arguments.seeds) for name in names]) else 1)


if __name__ == "__main__":
    main()
