"""W7: what settings of compilations, runs and gradients are worth, each beside the default."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

import saltation as sal
from benchmarks.speed import yin_yang
from benchmarks.speed.options import Options
from benchmarks.speed.tables import Cell, Table
from benchmarks.speed.tasks import Task
from benchmarks.speed.timing import Measured, take_turns
from benchmarks.speed.w4_models import scaled
from saltation.runtime.interpreter import Interpreter
from saltation.runtime.simulate import Simulator

COUPLED = ("lif_two_compartment", "resonate_and_fire")
"""The shipped models whose flow is a matrix exponential."""

PRECISE = 8, 2
"""Neurons and samples whose spikes are compared with those of the interpreter."""


@dataclass(frozen=True, kw_only=True)
class Setting:
    """A network and its task with some setting, and the name of the setting to compare it with."""

    model: str
    name: str
    task: Task
    other: str = "default"
    error: float | None = None

    @property
    def key(self) -> tuple[str, str]:
        """What no two settings share."""
        return self.model, self.name

    def row(self, times: Measured[tuple[str, str]]) -> dict[str, Cell]:
        """Return one line of the table."""
        other, microseconds = (self.model, self.other), 1e6 / self.task.samples
        return {
            "network": self.model,
            "setting": self.name,
            "forward (us/sample)": microseconds * times.seconds(self.key, "forward"),
            "gradient (us/sample)": microseconds * times.seconds(self.key, "gradient"),
            "compared with": self.other,
            "forward / that": times.ratio(self.key, other, "forward"),
            "gradient / that": times.ratio(self.key, other, "gradient"),
            "step / that": times.ratio(self.key, other),
            "error of spikes (s)": self.error,
        }


def of_lif(samples: int) -> Iterator[Setting]:
    """Give settings of W1's network, whose flow is triangular."""
    net = yin_yang.network()
    weights, values = yin_yang.weights(net), net.values()
    every = {**weights, **values}
    time_constants = {key: values[key] for key in (*weights, "hidden.tau_m", "hidden.tau_s")}
    thresholds = {key: values[key] for key in (*weights, "hidden.theta", "out.theta")}
    default = sal.compile(net, yin_yang.T_END, threads=1)
    for name, sim, trained, batch in (
        ("default", default, weights, 32),
        ("single", compiled(net, precision="single"), weights, 32),
        ("until", compiled(net, until="out"), weights, 32),
        ("taylor", compiled(net, solver="taylor"), weights, 32),
        ("batch of 1", default, weights, 1),
        ("batch of 8", default, weights, 8),
        ("batch of 256", default, weights, 256),
        ("wrt output weights", default, {yin_yang.OUT: weights[yin_yang.OUT]}, 32),
        ("wrt weights, thresholds", default, thresholds, 32),
        ("wrt weights, hidden time constants", default, time_constants, 32),
        ("wrt everything", default, every, 32),
    ):
        yield Setting(model="lif", name=name, task=yin_yang.task(sim, trained, samples, batch))


def of_coupled(model: str, delayed: bool, samples: int) -> Iterator[Setting]:
    """Give settings of W1's network of a model whose flow is a matrix exponential."""
    net = network(model, delayed)
    weights = scaled(compiled(net))
    every = {**net.values(), **weights}
    name = f"{model}, {'a delay for each synapse' if delayed else 'no delays'}"
    for solver, rtol in (("auto", 1e-9), ("taylor", 1e-9), ("taylor", 1e-4)):
        sim = compiled(net, solver=solver, rtol=rtol)
        setting = "default" if solver == "auto" else f"taylor, rtol={rtol:.0e}"
        error = worst_error(model, weights[yin_yang.IN], solver, rtol) if not delayed else None
        for values, of in ((weights, ""), (every, ", wrt everything")):
            yield Setting(
                model=name,
                name=f"{setting}{of}",
                other=f"default{of}",
                task=yin_yang.task(sim, values, samples),
                error=None if of else error,
            )


def compiled(net: sal.Network, **settings: object) -> Simulator:
    """Compile a network for one thread."""
    return sal.compile(net, yin_yang.T_END, threads=1, **settings)  # type: ignore[arg-type]


def network(model: str, delayed: bool) -> sal.Network:
    """Return W1's network of a model, with or without delays of up to 1 ms of their own."""
    plain = yin_yang.network(getattr(sal.models, model))
    if not delayed:
        return plain
    generator = np.random.default_rng(1)
    net = sal.Network()
    net.add_input("in", 5)
    for name, population in plain.populations.items():
        net.add_population(name, population.neuron, population.size)
    for each in plain.projections.values():
        delay = generator.uniform(0.0, 1e-3, each.weight.shape)
        net.connect(each.pre, each.post, weight=each.weight, delay=delay)
    return net


def worst_error(model: str, weight: NDArray[np.float64], solver: str, rtol: float) -> float:
    """Return the largest error, in s, of any spike of some hidden neurons."""
    neurons, samples = PRECISE
    net = sal.Network()
    net.add_input("in", 5)
    net.add_population("hidden", getattr(sal.models, model), neurons)
    net.connect("in", "hidden", weight=weight[:, :neurons])
    spikes = {"in": yin_yang.data()[0][:samples]}
    run = compiled(net, solver=solver, rtol=rtol).run(spikes).spikes["hidden"]
    exact = Interpreter(net, spikes, t_end=yin_yang.T_END, digits=30).run().results["hidden"]
    worst = 0.0
    for sample, results in enumerate(exact):
        part = slice(run.offsets[sample], run.offsets[sample + 1])
        for unit, result in enumerate(results):
            expected = np.array([float(each.time) for each in result.emissions])
            found = run.times[part][run.units[part] == unit]
            worst = max(worst, float(np.abs(found - expected).max(initial=0.0)))
    return worst


def measure(options: Options) -> Table:
    """Measure all settings in turn, those of a network after those of another."""
    samples = 32 if options.quick else 256
    networks = [list(of_lif(8 * samples))]
    for model in COUPLED[:1] if options.quick else COUPLED:
        networks += [list(of_coupled(model, delayed, samples)) for delayed in (False, True)]
    rows: list[dict[str, Cell]] = []
    for settings in networks:
        times = take_turns({each.key: each.task.turn for each in settings}, options.rounds)
        rows += [each.row(times) for each in settings]
    return Table(
        title="W7: what settings are worth",
        rows=tuple(rows),
        notes=(
            "5-200-3 neurons as in W1, of LIF at the published initial weights, of the models "
            "whose flow is a matrix exponential at weights that let them spike as early. One "
            "thread; a batch of 32, double precision, all of a run and the gradient by weights "
            "where the setting does not say otherwise. A step is forward, loss, gradient and "
            f"optimiser. Errors are the largest of any spike of {PRECISE[0]} hidden neurons in "
            f"{PRECISE[1]} samples, against the interpreter with 30 digits.",
        ),
    )
