"""Train with the published settings, or with ours, over several seeds, and write a table.

    python benchmarks/published.py yin_yang --seeds 10
    python benchmarks/published.py yin_yang --settings better --seeds 10
    python benchmarks/published.py yin_yang --settings "better without delays" --seeds 10
    python benchmarks/published.py yin_yang --model adaptive_lif --seeds 3
    python benchmarks/published.py mnist --data FOLDER --seeds 5

Each seed is a training of `examples/yin_yang.py` or `examples/mnist.py` with a checkpoint of its
own: run the same command again after an interruption, and it goes on with the epoch that was
interrupted. What is finished is kept in `benchmarks/published.json`, from which the table,
`benchmarks/published.md`, is written after every seed, and is not trained again: name another file
by `--results` (and another `--folder` of checkpoints) to do so. Runs of several tasks may share one
folder.
"""

from __future__ import annotations

import json
import os
import platform
import sys
import time
from argparse import ArgumentParser, Namespace
from importlib import import_module
from pathlib import Path

import numpy as np

import saltation as sal

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent / "examples"))

REFERENCES = """\
Wunderlich and Pehle (2021), their own stored runs of 10 seeds: Yin-Yang 98.10 ± 0.18 %, MNIST
97.58 ± 0.12 % (mean and standard deviation of the accuracy on the test split after the last epoch).
Why MNIST comes out higher here: docs/decisions/0013-mnist-settings.md.
"""
NUMBERS = ("test", "best", "validation", "silent_labels", "silent_neurons", "spikes", "cpu_seconds")
MACHINE = platform.machine()
TITLE = {"yin_yang": "Yin-Yang, 5-200-3", "mnist": "MNIST, 784-350-10"}


def train(options: Namespace, seed: int, checkpoint: Path) -> dict[str, float]:
    """Train with one seed, and give what is reported of it."""
    task = import_module(options.task)
    what = options.model if options.task == "yin_yang" else options.data
    started = time.process_time()
    done = len(sal.load_checkpoint(checkpoint).history) if checkpoint.exists() else 0
    sim, loss, result, test = task.train(
        what, task.SETTINGS[options.settings], seed, checkpoint, options.epochs, options.threads
    )
    last, epochs = result.history[-1], len(result.history)
    # Of this process, whose epochs are only those after its start.
    cpu_seconds = (time.process_time() - started) / max(epochs - done, 1)
    return {
        "test": sal.evaluate(sim, result.values, *test, loss).accuracy,
        "best": sal.evaluate(sim, result.best, *test, loss).accuracy,
        "validation": last.validation_accuracy,
        "silent_labels": last.silent_labels,
        "silent_neurons": last.silent_neurons,
        "spikes": last.spikes_per_sample,
        "cpu_seconds": round(cpu_seconds, 4),
        "epochs": epochs,
    }


def measured(values: np.ndarray, digits: int) -> str:
    """Write the mean of what was measured, or a dash."""
    known = values[np.isfinite(values)]
    return f"{known.mean():.{digits}f}" if known.size else "-"


def row(name: str, seeds: dict[str, dict[str, float]]) -> str:
    """Write one line of the table."""
    runs = list(seeds.values())
    # What a run did not measure is null, and counts as NaN.
    column = {key: np.array([run[key] for run in runs], dtype=float) for key in NUMBERS}
    deviation = {
        key: values.std(ddof=1) if len(runs) > 1 else 0.0 for key, values in column.items()
    }

    def percent(key: str) -> str:
        spread = f" ± {100 * deviation[key]:.2f}" if len(runs) > 1 else ""
        return f"{100 * column[key].mean():.2f}{spread}"

    cells = [
        *name.split("/"),
        " ".join(seeds),
        str(int(runs[0]["epochs"])),
        percent("test"),
        percent("best"),
        percent("validation"),
        f"{100 * column['silent_labels'].mean():.2f}",
        measured(100 * column["silent_neurons"], 0),
        measured(column["spikes"], 0),
        measured(column["cpu_seconds"], 2),
    ]
    return f"| {' | '.join(cells)} |"


def write_table(results: dict[str, dict[str, dict[str, float]]], path: Path) -> None:
    """Write all that is finished as a table."""
    columns = (
        "task",
        "model",
        "settings",
        "seeds",
        "epochs",
        "test, last epoch (%)",
        "test, best epoch (%)",
        "validation (%)",
        "silent labels (%)",
        "silent neurons (%)",
        "spikes a sample",
        "CPU s an epoch",
    )
    lines = [
        "# The published results",
        "",
        "Written by `python benchmarks/published.py`; see its head for the commands. Accuracies",
        "are means and standard deviations over the seeds; the best epoch is the one of the",
        "highest validation accuracy. Silent labels are training samples without a gradient,",
        "silent neurons those that no training sample makes spike, both in the last epoch.",
        "",
        "CPU seconds are of the whole training with validation, divided by its epochs, with one",
        f"thread of a machine of {os.cpu_count()} processors ({MACHINE}).",
        "",
        f"| {' | '.join(columns)} |",
        f"|{' --- |' * len(columns)}",
        *(row(name, seeds) for name, seeds in sorted(results.items())),
        "",
        *REFERENCES.splitlines(),
    ]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def main() -> None:
    """Train the seeds that are not finished, and write the table after each."""
    parser = ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("task", choices=TITLE)
    parser.add_argument("--settings", default="published", help="of the example, by their name")
    parser.add_argument("--model", default="lif", help="of Yin-Yang: any in saltation.models")
    parser.add_argument("--seeds", type=int, default=10, help="how many seeds, from the first")
    parser.add_argument("--first", type=int, default=0, help="the first seed")
    parser.add_argument("--epochs", type=int, help="epochs, if not those of the settings")
    parser.add_argument("--data", help="folder of MNIST")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--folder", type=Path, default=Path("published"), help="of checkpoints")
    parser.add_argument("--results", type=Path, default=HERE / "published.json")
    options = parser.parse_args()
    known = import_module(options.task).SETTINGS
    if options.settings not in known:
        parser.error(f"--settings: expected one of {', '.join(known)}, got {options.settings!r}")
    if options.task == "mnist" and not options.data:
        parser.error("mnist needs --data, the folder of its four gzipped files")
    name = f"{TITLE[options.task]}/{options.model}/{options.settings}"
    for seed in range(options.first, options.first + options.seeds):
        # Read anew each time: another task may have written to it meanwhile.
        text = options.results.read_text("utf-8") if options.results.exists() else "{}"
        known_runs = json.loads(text).get(name, {})
        if str(seed) in known_runs:
            print(
                f"{name}, seed {seed}: {known_runs[str(seed)]['test']:.2%}, from {options.results} "
                "(--results names another file to train it again)"
            )
            continue
        stem = f"{options.task}-{options.model}-{options.settings}-{seed}"
        run = train(options, seed, options.folder / f"{stem}.npz")
        text = options.results.read_text("utf-8") if options.results.exists() else "{}"
        results = json.loads(text)
        results.setdefault(name, {})[str(seed)] = run
        results[name] = dict(sorted(results[name].items(), key=lambda item: int(item[0])))
        options.results.write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")
        write_table(results, options.results.with_suffix(".md"))
        print(f"{name}, seed {seed}: {run['test']:.2%}")


if __name__ == "__main__":
    main()
