"""Gradients of a model of every kind, through every output, against the interpreter."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from saltation.runtime.check import check_run
from saltation.runtime.check_loss import Array, random_loss
from saltation.runtime.check_table import CheckRow, GradientCheck
from saltation.runtime.interpreter import Interpreter, Outcome, Perturbation
from saltation.runtime.network import Network
from saltation.runtime.simulate import Run, Simulator, compile
from saltation.runtime.spikes import Spikes
from saltation.symbolic.errors import (
    LateArrivalWarning,
    ModelWarning,
    SimulationError,
    StructuralZeroWarning,
)
from saltation.symbolic.own_drive import Drive

if TYPE_CHECKING:
    from saltation.symbolic.neuron import Neuron

THROUGH = ("spike time", "maximum", "integral", "sample")
"""The outputs through which a loss depends on the network."""

DIGITS = 28
"""Of the interpreter: one-sided differences are then exact to about 14."""

SHARE = 1e-3
"""Entries are measured against at least this part of their key's largest, through any output."""

RTOL, ATOL = 1e-12, 1e-25
"""Tolerances of numerical flows; currents and conductances in SI units are small numbers."""

_LONGEST = 0.025
_SPIKES = 3

Setting = tuple[Network, dict[str, Spikes], float]
"""A network, its input spikes and the length of the run in s."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One kind of gradient through one kind of output."""

    subject: str
    """The model, or the name of the case."""

    recurrent: bool
    kind: str
    """As in `CheckRow`, with the parameters by where they occur first."""

    through: str
    """One of `THROUGH`."""

    key: str
    checked: int
    """Entries that were compared."""

    skipped: int
    """Entries where the loss is not differentiable."""

    double: float
    """Worst relative error in double precision, against the interpreter's differences."""

    single: float
    """The same in single precision, against the gradient in double precision."""


class RememberedInterpreter(Interpreter):
    """An interpreter that runs each perturbation once, however many losses ask for it."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._outcomes: dict[tuple[Perturbation, ...], Outcome] = {}

    def run(self, *perturbations: Perturbation) -> Outcome:
        """Run all samples, with some values changed."""
        if perturbations not in self._outcomes:
            self._outcomes[perturbations] = super().run(*perturbations)
        return self._outcomes[perturbations]


def driven_network(neuron: Neuron, drive: Drive) -> Setting:
    """Return a neuron under its example input, and beside it two such neurons that hear each other.

    Parameters
    ----------
    neuron : Neuron
        The model.
    drive : Drive
        Its example input; the run ends shortly after the third spike.

    Returns
    -------
    tuple
        Network with populations "out" and "cycle", input spikes, length of the run in s.
    """
    net = Network()
    spikes = {}
    for population, size in (("out", 1), ("cycle", 2)):
        parameters = dict(drive.parameters) or None
        initial = dict(drive.initial) or None
        net.add_population(population, neuron, size, parameters=parameters, initial=initial)
    for port, arrivals in drive.arrivals.items():
        source = f"in_{port}"
        net.add_input(source, len(arrivals))
        spikes[source] = Spikes.from_events([[(t, k) for k, (t, _) in enumerate(arrivals)]])
        weight = np.array([[w] for _, w in arrivals])
        for population, factors in (("out", [1.0]), ("cycle", [1.0, 1.1])):
            net.connect(
                source,
                population,
                weight=weight * factors,
                delay=2e-4 * np.arange(1, len(factors) + 1) * np.ones_like(weight),
                port=port,
            )
    port = neuron.ports[0]
    back = np.array([[-0.1, 0.2], [0.15, 0.05]]) * max(abs(w) for _, w in drive.arrivals[port])
    with _quiet():
        net.connect("cycle", "cycle", weight=back, delay=[[1e-3, 8e-4], [1.2e-3, 6e-4]], port=port)
    t_end = _length(_observed(net, drive.t_end), spikes, drive.t_end)
    return _observed(net, t_end), spikes, t_end


@contextmanager
def _quiet() -> Iterator[None]:
    """Let pass what is so on purpose.

    A loss of one output leaves much alone, weights have either sign, and a run that ends after a
    few spikes may not reach an input's first.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", LateArrivalWarning)
        warnings.simplefilter("ignore", StructuralZeroWarning)
        warnings.simplefilter("ignore", ModelWarning)
        yield


def _length(net: Network, spikes: Mapping[str, Spikes], t_end: float) -> float:
    """Return when to stop: just after the third spike, or earlier ones if that is late already."""
    times = _compiled(net, t_end).run(spikes).spikes["out"].times
    if not times.size:
        return min(t_end, _LONGEST)
    early = times[:_SPIKES][times[:_SPIKES] < _LONGEST]
    return float(min(t_end, 1.05 * (early[-1] if early.size else times[0]) + 1e-3))


def _compiled(net: Network, t_end: float, precision: str = "double") -> Simulator:
    sim = compile(net, t_end=t_end, precision=precision, rtol=RTOL, atol=ATOL)
    sim.wait_until_optimised()  # what is proved is what stays
    return sim


def _observed(bare: Network, t_end: float) -> Network:
    net = bare.copy()
    for name, population in net.populations.items():
        state, *others = population.initial
        net.observe(f"{name}_maximum", name, others[0] if others else state, kind="max")
        net.observe(f"{name}_integral", name, state, kind="integral")
        net.observe(f"{name}_sample", name, state, kind="sample", at=[0.61 * t_end, 0.97 * t_end])
    return net


def prove(subject: str, setting: Setting) -> Iterator[Finding]:
    """Compare all gradients of a network, population by population and output by output.

    Parameters
    ----------
    subject : str
        What the findings are called.
    setting : tuple
        Network, input spikes and length of the run.

    Yields
    ------
    Finding
        For each key and output, one entry of the gradient, drawn at random.
    """
    net, spikes, t_end = setting
    with _quiet():
        run = _compiled(net, t_end).run(spikes)
        single = _single_run(net, spikes, t_end)
    interpreter = RememberedInterpreter(net, spikes, t_end=t_end, digits=DIGITS)
    times, observations = random_loss(net, run, t_end, np.random.default_rng(0))
    cycles = {name for group in net.cycles() for name in group}
    for population in net.populations:
        keys = list(_keys(net, population))
        compared = []
        for through in THROUGH:
            loss = _part(net, population, through, times, observations)
            if loss:
                with _quiet():
                    report = check_run(
                        run, interpreter, keys=keys, entries=1, loss=loss, progress=False
                    )
                exact, rough = _gradient(run, loss, keys), _single_gradient(single, run, loss, keys)
                compared.append(_Compared(through, report, exact, rough))
        for one in compared:
            yield from _findings(one, compared, subject, population in cycles, net)


@dataclass(frozen=True, slots=True)
class _Compared:
    """The gradients through one output."""

    through: str
    report: GradientCheck
    exact: Mapping[str, Array]
    rough: Mapping[str, Array]


def _single_run(net: Network, spikes: Mapping[str, Spikes], t_end: float) -> Run | None:
    """Return a run in single precision, None where that resolves too little to be run at all."""
    try:
        return _compiled(net, t_end, "single").run(spikes)
    except SimulationError:
        return None


def _keys(net: Network, population: str) -> Iterator[str]:
    for projection in net.projections.values():
        if projection.post == population:
            yield f"{projection.name}.weight"
            yield f"{projection.name}.delay"
    for parameter in net.populations[population].parameters:
        yield f"{population}.{parameter}"
    for state in net.populations[population].initial:
        yield f"{population}.initial.{state}"
    for name in net.inputs:
        yield f"{name}.times"


def _part(
    net: Network,
    population: str,
    through: str,
    times: Mapping[str, Array],
    observations: Mapping[str, Array],
) -> dict[str, dict[str, Array]]:
    """Return the part of a loss that reads one kind of output of one population."""
    if through == "spike time":
        return {"spike_times": {population: times[population]}} if times[population].size else {}
    kind = {"maximum": "max"}.get(through, through)
    chosen = {
        name: observations[name]
        for name, one in net.observations.items()
        if one.population == population and one.kind == kind
    }
    return {"observations": chosen} if chosen else {}


def _findings(
    one: _Compared,
    compared: Sequence[_Compared],
    subject: str,
    recurrent: bool,
    net: Network,
) -> Iterator[Finding]:
    if one.report.forward.miscounted:
        raise SimulationError(f"{subject}: {one.report}")
    for row in one.report.rows:
        floor = SHARE * max(abs(other.exact[row.key]).max(initial=0.0) for other in compared)
        yield Finding(
            subject=subject,
            recurrent=recurrent,
            kind=_kind(row, net),
            through=one.through,
            key=row.key,
            checked=row.checked,
            skipped=row.skipped,
            double=_worst(np.array(row.compiled), np.array(row.difference), floor),
            single=(
                _worst(one.rough[row.key], one.exact[row.key], floor) if one.rough else float("inf")
            ),
        )


def _gradient(
    run: Run, loss: Mapping[str, Mapping[str, Array]], keys: list[str]
) -> dict[str, Array]:
    with _quiet():
        return run.gradient(loss.get("spike_times"), loss.get("observations"), keys, grazing="clip")


def _single_gradient(
    single: Run | None, run: Run, loss: Mapping[str, Mapping[str, Array]], keys: list[str]
) -> dict[str, Array]:
    """Return the gradient in single precision; nothing if it has other spikes, or none at all."""
    if single is None:
        return {}
    for name, spikes in run.spikes.items():
        if not np.array_equal(np.sort(single.spikes[name].units), np.sort(spikes.units)):
            return {}
    return _gradient(single, loss, keys)


def _worst(a: Array, b: Array, floor: float) -> float:
    differ = a != b
    scale = np.maximum(np.maximum(abs(a), abs(b)), floor)
    return float(np.max((abs(a - b) / np.where(differ, scale, 1.0)), initial=0.0))


def _kind(row: CheckRow, net: Network) -> str:
    """Return the kind of a key, a parameter's by where it occurs first in the model."""
    if row.kind != "parameter":
        return row.kind
    population, _, name = row.key.rpartition(".")
    system = net.populations[population].neuron.system
    events = [event for mode in system.modes for event in mode.events]
    parts = {
        "flow": [f for mode in system.modes for f in mode.flow],
        "threshold": [event.guard for event in events],
        "reset": [r for event in events for r in event.reset],
        "port": [j for port in system.ports for j in port.jump],
    }
    for part, expressions in parts.items():
        if any(name in {s.name for s in e.free_symbols} for e in expressions):
            return part
    return "parameter"
