"""The recurrent network of W3 in Brian2, as C++ standalone; run by `benchmarks.speed.peers`.

Arguments: the file of patterns, weights and delays of one size, and the file to write. The
network's rates take turns in one program, since compiling takes longer than running. Between two of
them all voltages are held far below the threshold, until the last spikes under way have arrived.
The program runs as often as the file says; of the times the medians are taken.
"""

import json
import sys
import tempfile
import time
from collections.abc import Mapping
from typing import Any

import brian2 as b
import numpy as np

STEP, GAP = 0.1 * b.ms, 10 * b.ms
"""Of the time grid; and between two rates."""

EQUATIONS = """
dv/dt = (current - v) / (20*ms) : 1
dcurrent/dt = -current / (5*ms) : 1
"""
BEFORE = "saltation_began = std::clock();"
AFTER = """
saltation_times << double(std::clock() - saltation_began) / CLOCKS_PER_SEC << " "
    << brian::_array_counted_N[0] << std::endl;
"""


def build(data: Mapping[str, Any]) -> tuple[Any, Any, Any]:
    """Return neurons, both kinds of synapses, and all that has to be simulated."""
    size = int(data["size"])
    neurons = b.NeuronGroup(size, EQUATIONS, threshold="v > 1", reset="v = 0", method="exact")
    offsets = np.concatenate([[0.0], np.cumsum(data["seconds"] + float(GAP))[:-1]])
    given = [(data[f"times{k}"], data[f"units{k}"]) for k in range(len(offsets))]
    times = np.concatenate([offset + pair[0] for offset, pair in zip(offsets, given, strict=True)])
    inputs = b.SpikeGeneratorGroup(
        int(data["inputs"]), np.concatenate([pair[1] for pair in given]), times * b.second
    )
    driving = b.Synapses(inputs, neurons, "w : 1", on_pre="current_post += w")
    driving.connect(i=data["in_pre"], j=data["in_post"])
    among = b.Synapses(neurons, neurons, "w : 1", on_pre="current_post += w")
    among.connect(i=data["pre"], j=data["post"])
    among.w = data["w"]
    among.delay = data["delays"] * b.second
    counted = b.SpikeMonitor(neurons, record=False, name="counted")
    return neurons, driving, b.Network(neurons, inputs, driving, among, counted)


def without_ties(data: Mapping[str, Any]) -> dict[str, Any]:
    """Move spikes of one input within one step to the next: the generator refuses two at once."""
    moved = dict(data)
    step = float(STEP)
    for k in range(len(data["seconds"])):
        times, units = data[f"times{k}"], data[f"units{k}"]
        slots = np.round(times / step).astype(np.int64)
        while True:
            _, first = np.unique(np.stack([units, slots]), axis=1, return_index=True)
            later = np.setdiff1d(np.arange(slots.size), first)
            if not later.size:
                break
            slots[later] += 1
        order = np.argsort(slots, kind="stable")
        moved[f"times{k}"], moved[f"units{k}"] = step * slots[order], units[order]
    return moved


def main() -> None:
    """Measure."""
    with np.load(sys.argv[1]) as file:
        data = without_ties(dict(file))
    began = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        b.set_device("cpp_standalone", directory=folder, build_on_run=False)
        b.defaultclock.dt = STEP
        b.prefs.devices.cpp_standalone.openmp_threads = 0
        neurons, driving, network = build(data)
        output = f"{folder}/saltation_times"
        b.device.insert_code(
            "before_start",
            f'std::ofstream saltation_times("{output}"); std::clock_t saltation_began = 0;',
        )
        b.device.insert_code("before_network_run", BEFORE)
        b.device.insert_code("after_network_run", AFTER)
        for k, seconds in enumerate(data["seconds"]):
            driving.w = float(data["drives"][k])
            neurons.v, neurons.current = data[f"v{k}"], data[f"i{k}"]
            network.run(float(seconds) * b.second)
            neurons.v, neurons.current = -1e6, 0
            network.run(GAP)
        b.device.build(directory=folder, compile=True, run=False, with_output=False)
        built = time.perf_counter() - began
        runs = []
        for _ in range(int(data["rounds"])):
            b.device.run(directory=folder, results_directory="results", with_output=False)
            runs.append(np.loadtxt(output))
    rows = np.median(runs, axis=0)
    counts = np.diff(rows[:, 1], prepend=0.0)
    result = {
        "seconds": rows[::2, 0].tolist(),
        "spikes": counts[::2].astype(int).tolist(),
        "first_call": built,
    }
    with open(sys.argv[2], "w") as file:
        json.dump(result, file)


if __name__ == "__main__":
    main()
