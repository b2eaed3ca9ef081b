"""What scripts/throughput runs once all is built: the example programs and the same models in PyTorch take turns, a
process each time. Writes throughput.md and throughput.json."""

import argparse
import json
import pathlib
import platform
import re
import statistics
import subprocess
import sys
import tempfile

import torch

PEERS = pathlib.Path(__file__).resolve().parent
SIZES = ["--latent", "20", "--batch-size", "128"]  # as in torch_training.py, with the default width; not all are defaults
ROWS = ["ae", "dae", "vae", "vae --likelihood gaussian", "ae_to_vae", "cvae", "ppca"]


def output_of(command):
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode != 0:
        words = done.stderr.strip().splitlines() or [f"exit code {done.returncode}"]
        sys.exit(f"throughput: {' '.join(map(str, command))}: {words[-1]}")
    return done.stdout


def of_xtape(row, options):
    """Images per second of training, and the mean loss of the last epoch."""
    name, *arguments = row.split()
    program = options.programs / name
    known = output_of([program, "--help"])
    for option in "--evidence-images", "--evidence-samples", "--iterations":  # of what comes after the training
        if option in known:
            arguments += [option, "1"]
    with tempfile.TemporaryDirectory() as out:
        output_of([program, *arguments, *SIZES, "--data", options.data, "--epochs", str(options.epochs),
                   "--threads", str(options.threads), "--out", out])
        summary = json.loads(pathlib.Path(out, "summary.json").read_text())
    return summary["images_per_second"], summary["epochs"][-1]["train_loss"]


def of_torch(row, options):
    """The same of PyTorch."""
    rate, loss = output_of([sys.executable, PEERS / "torch_training.py", row, options.images, str(options.epochs),
                            str(options.threads)]).split()
    return float(rate), float(loss)


def measure(row, options):
    contestants = {"xtape": of_xtape, "pytorch": of_torch}
    rates = {name: [] for name in contestants}
    losses = {}
    for i in range(options.rounds):
        for name in sorted(contestants, reverse=i % 2 == 0):  # each goes first in every other round
            rate, losses[name] = contestants[name](row, options)
            rates[name].append(rate)
    medians = {name: statistics.median(values) for name, values in rates.items()}
    ratios = [x / p for x, p in zip(rates["xtape"], rates["pytorch"])]  # what slows a round down slows both
    ratio, least, most = statistics.median(ratios), min(ratios), max(ratios)
    print(f"{row:<26} {medians['xtape']:>10,.0f} {medians['pytorch']:>10,.0f} {ratio:>6.2f}   {least:.2f} to {most:.2f}",
          flush=True)
    return {"program": row, "images_per_second": medians, "ratio": ratio, "ratios": ratios, "rounds": rates,
            "train_loss": losses}


def processor():
    found = re.search(r"^model name\s*: (.*)$", pathlib.Path("/proc/cpuinfo").read_text(), re.MULTILINE)
    return found[1] if found else platform.machine()


def counted(number, noun):
    return f"{number} {noun}" + ("" if number == 1 else "s")


def markdown(results):
    lines = [
        "# Throughput",
        "",
        "Images per second in training, beside the same models in PyTorch: 784-400-20 (ppca: 784-20), Adam, batches of 128, float32. "
        "PyTorch runs",
        "eagerly with fused Adam and denormals flushed to zero, as xtape has it, on images that are in memory as floats; the programs turn bytes into floats batch by "
        "batch. Reading data,",
        "tests after an epoch and PyTorch's first steps are not counted. Ratios above 1 say that xtape is faster. "
        "`ae_to_vae` is measured where",
        "it trains the autoencoder on as a variational one, so that its loss is lower than that of PyTorch, which begins "
        "anew; and",
        "`ppca` begins with the best encoder of its decoder, PyTorch with random weights.",
        "",
        f"Medians of {results['rounds']} rounds of {counted(results['epochs'], 'epoch')}, in which both take turns; the ratio is the median of the rounds' own; on "
        f"{results['data']} with {counted(results['threads'], 'thread')}",
        f"of an {results['processor']}, at commit {results['commit']}, PyTorch {results['pytorch']}. The losses are "
        "those of the last epoch",
        "in training, and alike but for other random numbers where both have done the same work.",
        "",
        "| program | xtape, images/s | PyTorch, images/s | ratio | least to most | xtape's loss | PyTorch's loss |",
        "| --- | --- | --- | --- | --- | --- | --- |",
    ]
    for row in results["rows"]:
        rate, loss = row["images_per_second"], row["train_loss"]
        lines.append(f"| `{row['program']}` | {rate['xtape']:,.0f} | {rate['pytorch']:,.0f} | {row['ratio']:.2f} "
                     f"| {min(row['ratios']):.2f} to {max(row['ratios']):.2f} | {loss['xtape']:.2f} | {loss['pytorch']:.2f} |")
    return "\n".join(lines) + "\n"


def main():
    parser = argparse.ArgumentParser(prog="throughput")
    parser.add_argument("--programs", nargs="+", required=True, help="the folder that they are in, and their names")
    parser.add_argument("--data", required=True, help="as the programs take it")
    parser.add_argument("--images", required=True, help="the same, of benchmarks/export_images")
    parser.add_argument("--epochs", type=int, required=True)
    parser.add_argument("--rounds", type=int, required=True)
    parser.add_argument("--threads", type=int, required=True)
    parser.add_argument("--commit", required=True)
    parser.add_argument("--out", type=pathlib.Path, required=True)
    options = parser.parse_args()
    folder, *names = options.programs
    options.programs = pathlib.Path(folder)

    print(f"{'program':<26} {'xtape':>10} {'PyTorch':>10} {'ratio':>6}   images per second, medians; ratios of the rounds")
    rows = [measure(row, options) for row in ROWS if row.split()[0] in names]
    results = {"commit": options.commit, "processor": processor(), "pytorch": torch.__version__,
               "data": pathlib.Path(options.data).name, "threads": options.threads, "epochs": options.epochs,
               "rounds": options.rounds, "rows": rows}
    options.out.mkdir(parents=True, exist_ok=True)
    (options.out / "throughput.md").write_text(markdown(results))
    (options.out / "throughput.json").write_text(json.dumps(results, indent=2) + "\n")


if __name__ == "__main__":
    main()
