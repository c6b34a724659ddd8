"""Time an epoch of Yin-Yang training, and the way from a network to a simulator.

    python benchmarks/yin_yang.py

Prints milliseconds per epoch of 5,000 samples (5-200-3 LIF, batch 32) for the forward pass, the
loss, the gradient by the weights and the optimiser: at the published initial weights and after two
epochs of training, on one thread and on two, in double and single precision. Then the time from
`sal.compile` to a simulator, cold and cached. Medians; the variants take turns.
"""

from __future__ import annotations

import os
import platform
import subprocess
import sys
import tempfile
import time
from argparse import ArgumentParser
from statistics import median

import numpy as np

import saltation as sal

SAMPLES, BATCH, T_END = 5000, 32, 60e-3
WEIGHTS = ("in->hidden.weight", "hidden->out.weight")
PARTS = ("forward", "loss", "backward", "optimiser")
COMPILE = """
import time, numpy, saltation as sal
net = sal.Network()
net.add_input("in", 5)
net.add_population("hidden", sal.models.lif, 200)
net.add_population("out", sal.models.lif, 3)
net.connect("in", "hidden", weight=numpy.zeros((5, 200)))
net.connect("hidden", "out", weight=numpy.zeros((200, 3)))
start = time.perf_counter()
sal.compile(net, t_end=0.06)
print(time.perf_counter() - start)
"""


def build_network() -> sal.Network:
    """Return the network at its published initial weights."""
    generator = np.random.default_rng(0)
    net = sal.Network()
    net.add_input("in", 5)
    net.add_population("hidden", sal.models.lif, 200)
    net.add_population("out", sal.models.lif, 3)
    net.connect("in", "hidden", weight=generator.normal(1.5, 0.78, (5, 200)))
    net.connect("hidden", "out", weight=generator.normal(0.93, 0.1, (200, 3)))
    return net


def time_epoch(sim, spikes, labels, weights, rate):
    """Run one epoch; return milliseconds per part, the weights after it, spikes per sample."""
    loss = sal.losses.FirstSpikeCrossEntropy("out")
    adam = sal.Adam(sal.ConstantRate(rate))
    state = adam.start(weights)
    seconds, count = np.zeros(len(PARTS)), 0
    for start in range(0, SAMPLES, BATCH):
        clock = [time.perf_counter()]
        run = sim.run({"in": spikes[start : start + BATCH]}, weights)
        clock.append(time.perf_counter())
        result = loss(run, labels[start : start + BATCH])
        clock.append(time.perf_counter())
        gradient = run.gradient(spike_times=result.spike_times, wrt=WEIGHTS, grazing="clip")
        clock.append(time.perf_counter())
        weights, state = adam.step(weights, gradient, state)
        clock.append(time.perf_counter())
        seconds += np.diff(clock)
        count += run.spikes["hidden"].n_spikes + run.spikes["out"].n_spikes
    return 1e3 * seconds, weights, count / SAMPLES


def time_compile(cache: str) -> float:
    """Return the seconds that `sal.compile` takes in a fresh process with a cache folder."""
    output = subprocess.run(
        [sys.executable, "-c", COMPILE],
        env=os.environ | {"SALTATION_CACHE": cache},
        capture_output=True,
        text=True,
        check=True,
    )
    return float(output.stdout)


def main() -> None:
    """Measure and print."""
    parser = ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--repeats", type=int, default=5, help="measured epochs of each variant")
    repeats = parser.parse_args().repeats
    samples, labels = sal.data.yin_yang(SAMPLES, sal.data.YIN_YANG_SEEDS["train"])
    spikes, net = sal.data.encode_yin_yang(samples), build_network()
    initial = {key: net.values()[key] for key in WEIGHTS}
    sims = {
        (precision, threads): sal.compile(net, T_END, precision, threads)
        for precision in ("double", "single")
        for threads in (1, 2)
    }
    trained = initial
    for _ in range(2):
        _, trained, _ = time_epoch(sims["double", 2], spikes, labels, trained, 5e-3)
    print(f"{platform.machine()}, {os.cpu_count()} processors, Python {platform.python_version()}")
    print(f"milliseconds per epoch of {SAMPLES:,} samples, batch {BATCH}, medians of {repeats}")
    print(f"{'weights':9}{'precision':10}{'threads':>8}{'spikes':>8}", end="")
    print("".join(f"{part:>11}" for part in (*PARTS, "epoch")))
    for name, weights in (("initial", initial), ("trained", trained)):
        times = {key: [] for key in sims}
        for _ in range(repeats):
            for key, sim in sims.items():
                parts, _, count = time_epoch(sim, spikes, labels, weights, 0.0)
                times[key].append(parts)
        for (precision, threads), rows in times.items():
            row = np.median(rows, axis=0)
            print(f"{name:9}{precision:10}{threads:8}{count:8.1f}", end="")
            print("".join(f"{value:11.1f}" for value in (*row, row.sum())))
    with tempfile.TemporaryDirectory() as folder:
        cold = [time_compile(f"{folder}/{k}") for k in range(3)]
        cached = [time_compile(f"{folder}/0") for _ in range(3)]
    print(f"compile: {median(cold):.2f} s cold, {1e3 * median(cached):.0f} ms cached")


if __name__ == "__main__":
    main()
