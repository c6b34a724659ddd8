"""The generated code under the compiler's sanitizers, and its memory over many runs."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import saltation.runtime.build as builds

PROGRAM = """
import sys
sys.path.insert(0, {tests!r})
import numpy as np
import scipy.sparse
import saltation.runtime.build as builds
builds.DEFAULT_FLAGS = tuple({flags!r})
from proofs import drive, observe, small_network
from saltation.runtime.network import Network
from saltation.runtime.simulate import compile
from saltation.symbolic.models import leaky_integrator, lif_delta, lif_refractory

random = np.random.default_rng(0)
W = random.uniform(0, 9, (4, 5))
net = Network()
net.add_input("in", 4)
net.add_population("a", lif_refractory, 5, parameters={{"tau_m": np.linspace(15e-3, 25e-3, 5)}})
net.add_population("b", lif_refractory, 3)
net.add_population("c", lif_delta, 4)
net.add_population("d", leaky_integrator, 2)
net.connect("in", "a", weight=W)
S = np.where(W[:, :3].repeat(2, 0)[:5] > 3, 5, 0.0)
net.connect("a", "b", weight=scipy.sparse.csr_matrix(S))
net.connect("a", "c", weight=random.uniform(0, 0.6, (5, 4)), delay=random.uniform(0, 3e-3, (5, 4)))
net.connect("b", "c", weight=random.uniform(0, 0.6, (3, 4)))
net.connect("c", "d", weight=random.uniform(-1, 1, (4, 2)), delay=1e-3)
D = random.uniform(1e-3, 2e-3, (4, 3))
net.connect("c", "b", weight=random.uniform(-1, 1, (4, 3)), delay=D)
net.connect("c", "c", weight=random.uniform(-0.2, 0.2, (4, 4)), delay=2e-3)
A = np.where(random.random((5, 5)) > 0.5, random.uniform(-1, 1, (5, 5)), 0)
net.connect("a", "a", weight=scipy.sparse.csr_matrix(A))
net.connect("d", "d", weight=random.uniform(-1, 1, (2, 2)))
for name in "abcd":
    observe(net, name, [("v", "max"), ("v", "integral"), ("v", "sample", [0.0, 0.02, 0.05])])
samples = [
    sorted((float(t), int(u)) for t, u in zip(random.uniform(0, 0.06, n), random.integers(0, 4, n)))
    for n in (30, 0, 7, 60, 1)
]
total = 0
for precision in ("double",):
    sim = compile(net, t_end=0.05, precision=precision, threads=2)
    sim.wait_until_optimised()
    for batch in (samples, [], samples[:1]):
        run = sim.run(drive(*batch))
        total += sum(len(s.times) for s in run.spikes.values())
        everything = dict(
            spike_times={{k: np.ones(len(s.times)) for k, s in run.spikes.items()}},
            observations={{k: np.ones(o.shape) for k, o in run.observations.items()}},
        )
        run.gradient(**everything)
        run.gradient(**everything, wrt=["in->a.weight"])
        run.gradient(**everything, wrt=["c->d.delay", "in.times"])
        run.gradient(spike_times={{}})
print("spikes", total)
"""

CROWDS = """
import itertools
import sys
sys.path.insert(0, {tests!r})
import numpy as np
import scipy.sparse
import saltation.runtime.build as builds
builds.DEFAULT_FLAGS = tuple({flags!r})
import saltation as sal

random = np.random.default_rng(0)
reads = sal.Neuron(
    "reads",
    dynamics={{"v": "(i - v)/tau_m", "i": "-i/tau_s"}},
    threshold="v - 1",
    reset={{"v": "0"}},
    receive={{"i": "i + w*(4 - i)"}},
    parameters={{"tau_m": 20e-3, "tau_s": 5e-3}},
)

def sparse(rows, columns, mean, deviation):
    some = random.random((rows, columns)) < 0.3
    return scipy.sparse.csr_array(np.where(some, random.normal(mean, deviation, some.shape), 0.0))

def delays(weight):
    rows, columns = weight.nonzero()
    own = random.uniform(1e-3, 4e-3, rows.size)
    return scipy.sparse.csr_array((own, (rows, columns)), shape=weight.shape)

net = sal.Network()
net.add_input("in", 20)
net.add_population("a", sal.models.lif_refractory, 110)
net.add_population("b", reads, 13)
net.connect("in", "a", weight=sparse(20, 110, 1.0, 0.4))
among = sparse(110, 110, 0.02, 0.07)
net.connect("a", "a", weight=among, delay=delays(among))
net.connect("a", "a", weight=sparse(110, 110, -0.013, 0.035), delay=1e-3, name="back")
net.connect("in", "b", weight=sparse(20, 13, 0.3, 0.1))
net.connect("b", "b", weight=sparse(13, 13, 0.0, 0.05), delay=1e-3)
net.connect("a", "b", weight=sparse(110, 13, 0.02, 0.02))
total = 0
sims = [sal.compile(net, t_end=0.05, threads=2, until=until) for until in (None, "b")]
samples = [
    [(float(t), int(random.integers(0, 20))) for t in np.sort(random.uniform(0, 0.06, n))]
    for n in (90, 0, 300)
]
for sim, batch in itertools.product(sims, (samples, samples[1:2], samples[:1])):
    sim.wait_until_optimised()
    run = sim.run({{"in": sal.Spikes.from_events(batch)}})
    ones = {{k: np.ones(len(s.times)) for k, s in run.spikes.items()}}
    total += sum(len(s.times) for s in run.spikes.values())
    for wanted in (None, ["a.tau_m"], ["b.initial.v", "in.times"], ["a->a.weight"]):
        run.gradient(ones, wrt=wanted, grazing="clip")
print("spikes", total)
"""

SIDE_BY_SIDE = """
import itertools
import sys
sys.path.insert(0, {tests!r})
import numpy as np
import saltation.runtime.build as builds
builds.DEFAULT_FLAGS = tuple({flags!r})
import saltation as sal

random = np.random.default_rng(0)
net = sal.Network()
net.add_input("in", 12)
net.add_population("a", sal.models.lif, 3)
net.add_population("b", sal.models.lif, 9)
net.connect("in", "a", weight=random.uniform(2, 3, (12, 3)))
net.connect("in", "b", weight=random.uniform(2, 3, (12, 9)))
net.connect("a", "b", weight=random.uniform(2, 3, (3, 9)))
sims = [
    sal.compile(net, t_end=0.05, threads=1, max_events=100, until=until) for until in (None, "b")
]
many = [(t, u) for t in np.linspace(0, 0.01, 100) for u in range(12)]
few = [(1e-3, u) for u in range(12)]
total = 0
for sim, samples in itertools.product(sims, ([few] * 21, [many, *[few] * 20])):
    sim.wait_until_optimised()
    try:
        run = sim.run({{"in": sal.Spikes.from_events(samples)}})
        total += sum(s.n_spikes for s in run.spikes.values())
    except sal.errors.RunawayError as error:
        assert "sample 0" in str(error), error
        total += 1000
print("spikes", total if total > 1000 else 0)
"""


def sanitizer(name: str) -> str | None:
    """Return the path of a sanitizer's library for preloading, if the compiler has it."""
    compiler = shutil.which("gcc")
    if compiler is None or not sys.platform.startswith("linux"):
        return None
    found = subprocess.run(
        [compiler, f"-print-file-name=lib{name}.so"], capture_output=True, text=True, check=False
    ).stdout.strip()
    return found if os.path.isabs(found) else None


@pytest.mark.skipif(sanitizer("asan") is None, reason="no gcc with AddressSanitizer on Linux")
@pytest.mark.parametrize("text", [PROGRAM, CROWDS, SIDE_BY_SIDE], ids=["all", "crowds", "beside"])
def test_no_sanitizer_complains(text: str, tmp_path: Path) -> None:
    """Addresses and undefined behaviour: cycles with and without delay, all projections."""
    flags = [
        *(f for f in builds.DEFAULT_FLAGS if f not in ("-O0", "-march=native")),
        "-O1",
        "-g",
        "-fsanitize=address,undefined",
        "-fno-sanitize-recover=all",
    ]
    program = text.format(tests=str(Path(__file__).parents[1]), flags=flags)
    result = subprocess.run(
        [sys.executable, "-c", program],
        env={
            **os.environ,
            "CC": "gcc",
            "SALTATION_CACHE": str(tmp_path),
            "LD_PRELOAD": f"{sanitizer('asan')} {sanitizer('ubsan')}",
            "ASAN_OPTIONS": "detect_leaks=0",
            "UBSAN_OPTIONS": "print_stacktrace=1",
        },
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert result.returncode == 0, result.stderr[-4000:]
    assert "runtime error" not in result.stderr
    assert int(result.stdout.split()[-1]) > 200


LEAK = """
import resource
import sys
sys.path.insert(0, {tests!r})
import numpy as np
from proofs import drive, small_network
from saltation.runtime.simulate import compile
from saltation.symbolic.models import adaptive_lif
from saltation.symbolic.errors import SaltationError

random = np.random.default_rng(0)
net = small_network(adaptive_lif, random.uniform(0, 9, (8, 100)), watch=[("v", "max")])
sim = compile(net, t_end=0.05, threads=1)
sim.wait_until_optimised()
spikes = drive(*[
    [(float(t), int(random.integers(0, 8))) for t in np.sort(random.uniform(0, 0.04, 40))]
    for _ in range(8)
])

def use(count):
    for _ in range(count):
        run = sim.run(spikes)
        run.gradient(spike_times={{"out": np.ones(len(run.spikes["out"].times))}})
        del run
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

first = use(20)
print(first, use(100))
"""


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="memory is read as on Linux")
def test_memory_does_not_grow_with_the_number_of_runs() -> None:
    """A hundred runs with gradients, of megabytes each, after twenty: the peak stays."""
    result = subprocess.run(
        [sys.executable, "-c", LEAK.format(tests=str(Path(__file__).parents[1]))],
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert result.returncode == 0, result.stderr[-4000:]
    before, after = map(int, result.stdout.split())
    assert after - before < 8_000  # kilobytes; a leak of one run's records would be tens of MB
