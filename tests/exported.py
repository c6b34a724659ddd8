"""Exported folders under test: networks worth exporting, and a way to drive the C from Python."""

import ctypes
import importlib.util
import re
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import scipy.sparse

import saltation as sal
from saltation.runtime.export import Export, export

FLAGS = ("-std=c99", "-O2", "-ffp-contract=off")

TWO_PORTS = sal.Neuron(
    "two_ports",
    dynamics={"v": "(e - n - v)/tau_m", "e": "-e/tau_e", "n": "-n/tau_n"},
    threshold="v - theta",
    reset={"v": "v_r"},
    receive={"exc": {"e": "e + w"}, "inh": {"n": "n + w"}, "kick": {"v": "v + w"}},
    parameters={"tau_m": 20e-3, "tau_e": 5e-3, "tau_n": 8e-3, "theta": 1.0, "v_r": 0.0},
)

OSCILLATOR = sal.Neuron(
    "oscillator",
    dynamics={"v": "a*v + b*u", "u": "-b*v + a*u"},
    threshold="v - 1",
    reset={"v": "0"},
    receive={"u": "u + w"},
    parameters={"a": -20.0, "b": 200.0},
)


def small_network(seed: int = 0) -> sal.Network:
    """LIF, 4-20-3."""
    generator = np.random.default_rng(seed)
    net = sal.Network()
    net.add_input("in", 4)
    net.add_population("hidden", sal.models.lif, 20)
    net.add_population("out", sal.models.lif, 3)
    net.connect("in", "hidden", weight=generator.normal(2.0, 1.0, (4, 20)))
    net.connect("hidden", "out", weight=generator.normal(0.9, 0.3, (20, 3)))
    return net


def rich_network(seed: int = 0) -> sal.Network:
    """Modes, several ports, kinds of delay, sparse weights, values per neuron, coupled flows."""
    generator = np.random.default_rng(seed)

    def sparse(rows: int, columns: int, low: float, high: float) -> Any:
        weight = generator.uniform(low, high, (rows, columns))
        return scipy.sparse.csr_array(weight * (generator.uniform(size=weight.shape) < 0.6))

    net = sal.Network()
    net.add_input("in", 4)
    net.add_input("side", 2)
    net.add_population(
        "resting",
        sal.models.lif_refractory,
        6,
        parameters={"theta": generator.uniform(0.8, 1.2, 6)},
    )
    net.add_population("ports", TWO_PORTS, 5)
    net.add_population("delta", sal.models.lif_delta, 4)
    net.add_population("adapting", sal.models.adaptive_lif, 3)
    net.add_population("ringing", OSCILLATOR, 2)
    net.connect(
        "in",
        "resting",
        weight=generator.normal(3.0, 1.0, (4, 6)),
        delay=generator.uniform(0.0, 3e-3, (4, 6)),
    )
    net.connect("side", "ports", weight=generator.normal(2.0, 1.0, (2, 5)), port="exc")
    net.connect("resting", "ports", weight=sparse(6, 5, 1.0, 2.0), port="exc", delay=1e-3)
    net.connect("in", "ports", weight=generator.uniform(0.0, 0.5, (4, 5)), port="inh", delay=2e-3)
    net.connect("in", "ports", weight=generator.uniform(0.0, 0.5, (4, 5)), port="kick", name="kick")
    net.connect("ports", "delta", weight=generator.uniform(0.2, 0.8, (5, 4)))
    net.connect("in", "delta", weight=generator.uniform(0.2, 0.8, (4, 4)))
    net.connect("delta", "adapting", weight=generator.uniform(1.0, 2.0, (4, 3)))
    pattern = sparse(5, 3, 1.0, 2.0)
    delays = pattern.copy()
    delays.data = generator.uniform(0.0, 2e-3, delays.data.size)
    net.connect("ports", "adapting", weight=pattern, delay=delays)
    net.connect("delta", "ringing", weight=generator.uniform(0.5, 1.0, (4, 2)))
    return net


def coupled_network(seed: int = 0) -> sal.Network:
    """Two models, one with modes and one with a coupled flow; sparse, with all kinds of delay."""
    generator = np.random.default_rng(seed)
    pattern = scipy.sparse.csr_array(
        generator.uniform(1.0, 2.0, (6, 2)) * np.array([[1, 0], [1, 1]] * 3)
    )
    delays = pattern.copy()
    delays.data = generator.uniform(0.0, 2e-3, delays.data.size)
    net = sal.Network()
    net.add_input("in", 4)
    net.add_population(
        "resting",
        sal.models.lif_refractory,
        6,
        parameters={"theta": generator.uniform(0.8, 1.2, 6)},
    )
    net.add_population("ringing", OSCILLATOR, 2)
    net.connect("in", "resting", weight=generator.normal(3.0, 1.0, (4, 6)), delay=1e-3)
    net.connect("resting", "ringing", weight=pattern, delay=delays)
    return net


def run_self_test(folder: Path, name: str, *flags: str, compiler: str = "gcc") -> str:
    """Build the self-test and run it; returns what it prints, with what went wrong."""
    sources = [f"{name}.c", f"{name}_test.c", f"{name}_test_main.c"]
    subprocess.run(
        [compiler, *(flags or FLAGS), *sources, "-o", "self_test"], cwd=folder, check=True
    )
    done = subprocess.run(
        ["./self_test"], cwd=folder, capture_output=True, text=True, check=False, timeout=300
    )
    return done.stdout + done.stderr


@dataclass
class Device:
    """An exported network on this machine, its functions called as an embedded caller would."""

    folder: Path
    made: Export
    name: str
    real: Any
    codes: dict[str, int] = field(init=False)
    library: ctypes.CDLL = field(init=False)
    context: Any = field(init=False)

    def __post_init__(self) -> None:
        subprocess.run(
            ["gcc", *FLAGS, "-shared", "-fPIC", f"{self.name}.c", "-o", "device.so"],
            cwd=self.folder,
            check=True,
        )
        header = (self.folder / f"{self.name}.h").read_text()
        found = re.findall(rf"#define {self.name.upper()}_(\w+) (\d+)U", header)
        self.codes = {key: int(value) for key, value in found}
        self.library = ctypes.CDLL(str(self.folder / "device.so"))
        self.context = self.new_context()

    def new_context(self) -> Any:
        """A context of its own, initialised."""
        context = (ctypes.c_uint64 * (self.codes["CONTEXT_BYTES"] // 8 + 1))()
        assert self.library[f"{self.name}_init"](context) == 0
        return context

    def call(self, function: str, *arguments: Any) -> int:
        """Call a function on the context; returns its code."""
        return int(self.library[f"{self.name}_{function}"](self.context, *arguments))

    def push(self, source: str, unit: int, time: float) -> int:
        """Push an input's spike."""
        return self.call("push", self.number(source), unit, self.real(time))

    def run(self, spikes: Sequence[tuple[float, int]], t_end: float) -> int:
        """Simulate a sample of the first input's spikes as a whole."""

        class Spike(ctypes.Structure):
            _fields_ = [("time", self.real), ("input", ctypes.c_uint16), ("unit", ctypes.c_uint16)]

        rows = (Spike * len(spikes))(*((time, 0, unit) for time, unit in spikes))
        return self.call("run", rows, len(spikes), self.real(t_end))

    def advance(self, time: float) -> int:
        """Advance to a time."""
        return self.call("advance", self.real(time))

    def number(self, source: str) -> int:
        """The number of an input or population."""
        return self.codes[f"SOURCE_{source.upper()}"]

    def poll(self, source: str) -> tuple[float, int] | int:
        """The next spike's time and unit, or the code."""
        unit, time = ctypes.c_uint32(), self.real()
        code = self.call("poll", self.number(source), ctypes.byref(unit), ctypes.byref(time))
        return (time.value, unit.value) if code == 0 else code

    def polled(self, source: str) -> list[tuple[float, int]]:
        """All spikes that can be polled now."""
        spikes = []
        while isinstance(spike := self.poll(source), tuple):
            spikes.append(spike)
        return spikes

    def spikes(self, source: str) -> list[tuple[float, int]]:
        """The spikes that the context holds."""
        time, unit = ctypes.POINTER(self.real)(), ctypes.POINTER(ctypes.c_uint16)()
        count = ctypes.c_uint32()
        pointers = (ctypes.byref(time), ctypes.byref(unit), ctypes.byref(count))
        assert self.call("spikes", self.number(source), *pointers) == 0
        return [(time[k], unit[k]) for k in range(count.value)]

    def weights(self, projection: str) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
        """The weights of a projection and their gradient."""
        weight, slope = ctypes.POINTER(self.real)(), ctypes.POINTER(self.real)()
        count = ctypes.c_uint32()
        number = self.codes[f"PROJECTION_{projection.replace('->', '_to_').upper()}"]
        pointers = (ctypes.byref(weight), ctypes.byref(slope), ctypes.byref(count))
        assert self.call("weights", number, *pointers) == 0
        return (
            np.array(weight[: count.value], dtype=np.float64),
            np.array(slope[: count.value], dtype=np.float64),
        )


def device(net: sal.Network, folder: Path, t_end: float, **options: Any) -> Device:
    """Export a network, compile it here, and make it callable."""
    made = export(net, folder, t_end, name="net", **options)
    single = options.get("precision", "single") == "single"
    return Device(folder, made, "net", ctypes.c_float if single else ctypes.c_double)


def events_of(spikes: sal.Spikes, sample: int) -> list[tuple[float, int]]:
    """One sample's spikes as a list."""
    times, units = spikes.sample(sample)
    return list(zip(times.tolist(), units.tolist(), strict=True))


def push_all(target: Device, spikes: dict[str, sal.Spikes], sample: int) -> None:
    """Push one sample's input spikes."""
    for name, given in spikes.items():
        for time, unit in events_of(given, sample):
            assert target.push(name, unit, time) == 0


def random_drive(
    sizes: dict[str, int], t_end: float, samples: int, each: int, seed: int = 1
) -> dict[str, sal.Spikes]:
    """Random spikes for inputs of the given sizes."""
    generator = np.random.default_rng(seed)
    drive = {}
    for name, size in sizes.items():
        batch: list[Sequence[tuple[float, int]]] = []
        for _ in range(samples):
            times = np.sort(generator.uniform(0.0, t_end, size * each)).tolist()
            units = generator.integers(0, size, size * each).tolist()
            batch.append(list(zip(times, units, strict=True)))
        drive[name] = sal.Spikes.from_events(batch)
    return drive


def nonlinear_network(model: sal.Neuron, weight: float, seed: int = 0) -> sal.Network:
    """One model without a closed form, 3-5-2, with parameters per neuron and a delay."""
    generator = np.random.default_rng(seed)
    constant = next(name for name in model.parameters if name.startswith("tau"))
    each = model.parameters[constant] * generator.uniform(0.9, 1.1, 5)
    net = sal.Network()
    net.add_input("in", 3)
    net.add_population("hidden", model, 5, parameters={constant: each})
    net.add_population("out", model, 2)
    net.connect("in", "hidden", weight=weight * generator.uniform(0.7, 1.3, (3, 5)))
    net.connect("hidden", "out", weight=weight * generator.uniform(0.7, 1.3, (5, 2)), delay=1e-3)
    return net


CATCHING = sal.Neuron(
    "catching",
    modes={
        "on": sal.Mode(
            dynamics={"v": "(v**2 + i)/tau", "i": "-i/tau_s", "left": "0"},
            events=[
                sal.Event(
                    guard="v - theta", reset={"v": "-1", "left": "rest"}, to="off", spike=True
                )
            ],
        ),
        "off": sal.Mode(
            dynamics={"v": "0", "i": "-i/tau_s", "left": "-1"},
            events=[sal.Event(guard="-left", reset={}, to="on")],
        ),
    },
    receive={"current": {"i": "i + w"}, "kick": {"v": "v + w*(2 - v)"}},
    parameters={"tau": 0.01, "tau_s": 5e-3, "theta": 1.5, "rest": 1e-3},
    initial={"v": -1.0},
)
"""Rests after a spike; has a port whose adjoint reads the state, and which can fire it."""


def stepped_network(seed: int = 0) -> sal.Network:
    """Flows with and without closed form, modes, ports, sparse weights with a delay each."""
    generator = np.random.default_rng(seed)
    pattern = scipy.sparse.csr_array(
        generator.uniform(3.0, 6.0, (4, 3)) * np.array([[1, 0, 1], [1, 1, 0]] * 2)
    )
    delays = pattern.copy()
    delays.data = generator.uniform(0.0, 2e-3, delays.data.size)
    net = sal.Network()
    net.add_input("in", 3)
    net.add_population("closed", sal.models.lif, 4)
    net.add_population("catching", CATCHING, 3)
    net.add_population("last", sal.models.qif, 2)
    net.connect("in", "closed", weight=generator.uniform(3.0, 6.0, (3, 4)))
    net.connect("closed", "catching", weight=pattern, delay=delays, port="current")
    kicks = generator.uniform(0.2, 0.9, (3, 3))
    net.connect("in", "catching", weight=kicks, port="kick", delay=1e-3)
    net.connect("catching", "last", weight=generator.uniform(9.0, 20.0, (3, 2)))
    net.connect("closed", "last", weight=generator.uniform(9.0, 20.0, (4, 2)))
    return net


def recurrent_network(seed: int = 0, each: bool = False) -> sal.Network:
    """Two cycles through three populations, one before and one after them; all kinds of delay.

    If asked, each neuron has its own parameter, of the same value.
    """
    generator = np.random.default_rng(seed)
    uniform = generator.uniform
    sparse = scipy.sparse.csr_array(uniform(1, 2, (4, 3)) * (uniform(size=(4, 3)) < 0.7))
    delays = sparse.copy()
    delays.data = uniform(0.0, 2e-3, delays.data.size)
    net = sal.Network()

    def add(name: str, neuron: sal.Neuron, size: int) -> None:
        own = {"tau_m": np.full(size, neuron.parameters["tau_m"])} if each else {}
        net.add_population(name, neuron, size, parameters=own)

    net.add_input("in", 3)
    add("first", sal.models.lif, 3)
    add("a", sal.models.lif, 4)
    add("b", sal.models.lif_refractory, 3)
    add("c", sal.models.lif, 2)
    add("last", sal.models.lif, 2)
    net.connect("in", "first", weight=uniform(3, 6, (3, 3)))
    net.connect("first", "a", weight=uniform(3, 6, (3, 4)), delay=uniform(0, 2e-3, (3, 4)))
    net.connect("in", "a", weight=uniform(3, 6, (3, 4)))
    net.connect("a", "b", weight=sparse, delay=delays)
    net.connect("b", "c", weight=uniform(2, 4, (3, 2)))
    net.connect("c", "a", weight=uniform(-1, 1.5, (2, 4)), delay=uniform(0.7e-3, 2e-3, (2, 4)))
    net.connect("c", "c", weight=uniform(-1, 1.5, (2, 2)), delay=1e-3, name="own")
    net.connect("b", "last", weight=uniform(1, 3, (3, 2)))
    net.connect("first", "last", weight=uniform(1, 3, (3, 2)), delay=uniform(0, 2e-3, (3, 2)))
    return net


def load(path: Path) -> ModuleType:
    """Import a script."""
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[path.stem] = module
    spec.loader.exec_module(module)
    return module


LIFTED = sal.Neuron(
    "lifted",
    modes={
        "on": sal.Mode(
            {"v": "(0.6 - v*sqrt(1 + v**2))/tau", "clock": "0"},
            [sal.Event("v - 0.4", reset={"v": "0.2*v - 1", "clock": "0"}, to="off")],
        ),
        "off": sal.Mode(
            {"v": "-v*sqrt(1 + v**2)/tau", "clock": "1"},
            [sal.Event("clock - rest", reset={"clock": "0"}, to="on", spike=False)],
        ),
    },
    receive={"v": "v + w"},
    parameters={"tau": 9e-3, "rest": 5e-3},
    initial={"v": -0.5},
)
"""Above its threshold when its refractory time ends, if an arrival lifts it: two events at once."""


def lifted_network() -> tuple[sal.Network, dict[str, sal.Spikes]]:
    """Neurons that fire again at the very end of their refractory time, and the spikes for it."""
    net = sal.Network()
    net.add_input("in", 1)
    net.add_population("out", LIFTED, 2)
    net.connect("in", "out", weight=np.array([[1.5, 1.6]]))
    return net, {"in": sal.Spikes.from_events([[(1e-3, 0), (3e-3, 0)]])}
