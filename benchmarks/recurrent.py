"""Time a recurrent network of LIF neurons with sparse weights, forward and backward.

    python benchmarks/recurrent.py

One second of N neurons, each with 100 random targets (four fifths excite, one fifth inhibits) and
100 inputs that fire at 10 Hz, on one thread in double precision: with one delay, with delays of
their own, and with none. Prints spikes per neuron and second, synaptic events, processor seconds
of the forward pass, of the gradient by the weights, and of that by all values, and millions of
synaptic events per second. Medians; the variants take turns.
"""

from __future__ import annotations

import os
import platform
import time
from argparse import ArgumentParser

import numpy as np
import scipy.sparse

import saltation as sal

FAN_OUT, INPUTS, RATE, T_END = 100, 1000, 10.0, 1.0
WEIGHTS = ("in->a.weight", "a->a.weight")
VARIANTS = ("1 ms", "1 to 5 ms", "none")


def random_rows(generator, pre, post, fan_out, weight):
    """Return weights with so many random targets in each row; `weight` has one number per row."""
    targets = np.argsort(generator.random((pre, post)), axis=1)[:, :fan_out]
    rows = np.repeat(np.arange(pre), fan_out)
    return scipy.sparse.csr_array(
        (np.repeat(weight, fan_out), (rows, targets.ravel())), shape=(pre, post)
    )


def build_network(size, delay):
    """Return the network."""
    generator = np.random.default_rng(0)
    net = sal.Network()
    net.add_input("in", INPUTS)
    net.add_population("a", sal.models.lif, size)
    fan_in = random_rows(generator, size, INPUTS, FAN_OUT, np.full(size, 0.21)).T.tocsr()
    net.connect("in", "a", weight=fan_in)
    signs = np.where(np.arange(size) < 0.8 * size, 0.1, -0.4)
    weight = random_rows(generator, size, size, FAN_OUT, signs)
    delays = {"1 ms": 1e-3, "none": 0.0}.get(delay)
    if delays is None:
        delays = scipy.sparse.csr_array(
            (generator.uniform(1e-3, 5e-3, weight.nnz), weight.indices, weight.indptr),
            shape=weight.shape,
        )
    net.connect("a", "a", weight=weight, delay=delays)
    return net


def input_spikes():
    """Return Poisson spikes of all inputs."""
    generator = np.random.default_rng(1)
    count = generator.poisson(INPUTS * RATE * T_END)
    times = np.sort(generator.uniform(0, T_END, count))
    units = generator.integers(0, INPUTS, count)
    return sal.Spikes.from_events([list(zip(times.tolist(), units.tolist(), strict=True))])


def measure(sim, drive):
    """Run once; return the run and the seconds of each part."""
    clock = [time.process_time()]
    run = sim.run({"in": drive})
    clock.append(time.process_time())
    cotangent = {"a": np.ones(run.spikes["a"].n_spikes)}
    run.gradient(spike_times=cotangent, wrt=WEIGHTS, grazing="clip")
    clock.append(time.process_time())
    run.gradient(spike_times=cotangent, grazing="clip")
    clock.append(time.process_time())
    return run, np.diff(clock)


def main() -> None:
    """Measure and print."""
    parser = ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sizes", type=int, nargs="+", default=[1000, 10000])
    parser.add_argument("--repeats", type=int, default=3, help="measured runs of each variant")
    arguments = parser.parse_args()
    drive = input_spikes()
    print(f"{platform.machine()}, {os.cpu_count()} processors, Python {platform.python_version()}")
    print(f"{'neurons':>8}{'delays':>11}{'rate/Hz':>9}{'events':>12}", end="")
    print(f"{'forward/s':>11}{'weights/s':>11}{'all/s':>8}{'forward M/s':>13}{'weights M/s':>13}")
    for size in arguments.sizes:
        sims = {name: sal.compile(build_network(size, name), T_END, threads=1) for name in VARIANTS}
        seconds = {name: [] for name in VARIANTS}
        for _ in range(arguments.repeats):
            for name, sim in sims.items():
                run, parts = measure(sim, drive)
                seconds[name].append(parts)
                count = run.spikes["a"].n_spikes
                if len(seconds[name]) < arguments.repeats:
                    continue
                events = count * FAN_OUT + drive.n_spikes * FAN_OUT * size // INPUTS
                forward, weights, everything = np.median(seconds[name], axis=0)
                print(f"{size:8}{name:>11}{count / size / T_END:9.1f}{events:12,}", end="")
                print(f"{forward:11.2f}{weights:11.2f}{everything:8.2f}", end="")
                print(f"{1e-6 * events / forward:13.1f}{1e-6 * events / weights:13.1f}")


if __name__ == "__main__":
    main()
