"""Record what the self-test of exported C repeats: runs of the simulator on this machine."""

from __future__ import annotations

import warnings
from collections.abc import Collection, Mapping
from dataclasses import dataclass

import numpy as np

from saltation.codegen.export_test import Train, Vectors, cotangent, hash_numbers
from saltation.runtime.arrays import FloatArray
from saltation.runtime.export_columns import columns_of
from saltation.runtime.network import Network
from saltation.runtime.population import Population
from saltation.runtime.random_spikes import random_spikes
from saltation.runtime.settings import chosen_precision
from saltation.runtime.simulate import Run, Simulator, compile
from saltation.runtime.spikes import Spikes
from saltation.symbolic.errors import GrazingWarning, SimulationError, StructuralZeroWarning

CUTS = 4
"""In how many equal parts the streamed run is cut."""

SAMPLES = 4
_DOUBLINGS = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """How the recorded runs are simulated: until when (s), and as of ``compile``."""

    t_end: float
    precision: str
    rtol: float
    atol: float

    def compile(self, net: Network, max_events: int | None = None) -> Simulator:
        """Compile a network with these settings."""
        return compile(
            net,
            self.t_end,
            self.precision,
            threads=1,
            rtol=self.rtol,
            atol=self.atol,
            max_events=max_events,
        )


def drawn_spikes(
    net: Network,
    settings: Settings,
    values: Mapping[str, FloatArray],
    outputs: Collection[str],
) -> dict[str, Spikes]:
    """Draw spikes for the self-test: as many of each unit as it takes that an output spikes.

    At first a few in the first half of the run, then twice as many, until a polled population
    spikes in every sample, or any where none of the polled ones can; at most 128, or as many as the
    models bear.
    """
    t_end = settings.t_end
    sim = sampled(net, settings, [t_end])
    spiking = [name for name, population in net.populations.items() if _can_spike(population)]
    watched = [name for name in outputs if name in spiking] or spiking
    borne: list[dict[str, Spikes]] = []
    for doubling in range(_DOUBLINGS if watched else 2):
        drawn = random_spikes(net, t_end, SAMPLES, 2**doubling, np.random.default_rng(0))
        try:
            spikes = sim.run(drawn, values).spikes
        except SimulationError:
            if not borne:
                raise
            break
        counts = sum(np.diff(spikes[name].offsets) for name in watched)
        if watched and np.all(counts):
            return drawn
        borne.append(drawn)
    return borne[:2][-1]


def _can_spike(population: Population) -> bool:
    modes = population.neuron.system.modes
    return any(event.spike for mode in modes for event in mode.events)


def record(
    net: Network,
    settings: Settings,
    spikes: Mapping[str, Spikes],
    values: Mapping[str, FloatArray],
    *,
    gradient: bool,
) -> Vectors:
    """Run a batch as a whole and cut in parts, and sample by sample backward if wanted.

    The loss of the recorded gradients depends on the times of all spikes.
    """
    t_end = settings.t_end
    cuts = [t_end * k / CUTS for k in range(1, CUTS)] + [t_end]
    # Both are the same C, compiled once: a sample at the end cuts nothing.
    sim = sampled(net, settings, [t_end])
    whole, cut = sim.run(spikes, values), sampled(net, settings, cuts).run(spikes, values)
    learned = []
    if gradient:
        for sample in range(whole.batch):
            alone = {name: s.select([sample]) for name, s in spikes.items()}
            learned.append(_learned(sim.run(alone, values), values))
    return Vectors(
        inputs=tuple(_inputs(sim, spikes, sample) for sample in range(whole.batch)),
        cuts=tuple(cuts),
        whole=_trains(whole),
        cut=_trains(cut),
        states=tuple(_states(cut, net, sample) for sample in range(cut.batch)),
        learned=tuple(learned),
        events=tuple(map(max, zip(whole.most_events(), cut.most_events(), strict=True))),
    )


def sampled(
    net: Network, settings: Settings, at: list[float], max_events: int | None = None
) -> Simulator:
    """Compile the network with samples of all states, which end every population's intervals."""
    observed = net.copy()
    for name, population in net.populations.items():
        for state in population.initial:
            observed.observe(_sample_name(name, state), name, state, kind="sample", at=at)
    return settings.compile(observed, max_events)


def _sample_name(population: str, state: str) -> str:
    return f"{population}__{state}"  # no state's name has two underscores in a row


def _states(run: Run, net: Network, sample: int) -> tuple[int, ...]:
    """Return the hash of all states at each cut: by population, neuron, state."""
    hashes = []
    for cut in range(CUTS):
        numbers: list[float] = []
        for name, population in net.populations.items():
            kinds = [
                run.observations[_sample_name(name, state)][sample, cut]
                for state in population.initial
            ]
            numbers += np.stack(kinds, axis=-1).ravel().tolist()
        hashes.append(hash_numbers(numbers, chosen_precision(run.simulator.precision)))
    return tuple(hashes)


def _inputs(
    sim: Simulator, spikes: Mapping[str, Spikes], sample: int
) -> tuple[tuple[float, int, int], ...]:
    found = []
    for index, given in enumerate(spikes[name] for name in sim.net.inputs):
        times, units = given.sample(sample)
        found += [(float(t), index, int(u)) for t, u in zip(times, units, strict=True)]
    end = sim.real.type(sim.t_end)
    return tuple(sorted(spike for spike in found if sim.real.type(spike[0]) <= end))


def _trains(run: Run) -> tuple[tuple[Train, ...], ...]:
    return tuple(
        tuple(
            Train(times=tuple(times.tolist()), units=tuple(units.tolist()))
            for times, units in (train.sample(sample) for train in run.spikes.values())
        )
        for sample in range(run.batch)
    )


def _learned(run: Run, values: Mapping[str, FloatArray]) -> tuple[int, ...]:
    """Return the hashes of the gradient and of the weights after a step, by projection."""
    sim = run.simulator
    precision = chosen_precision(sim.precision)
    cotangents = {
        name: np.array([cotangent(k) for k in range(train.times.size)])
        for name, train in run.spikes.items()
    }
    keys = [f"{name}.weight" for name in sim.net.projections]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", GrazingWarning)
        warnings.simplefilter("ignore", StructuralZeroWarning)  # of the network: not of each sample
        gradient = run.gradient(spike_times=cotangents, wrt=keys)
    hashes = []
    for key, projection in zip(keys, sim.net.projections.values(), strict=True):
        columns = columns_of(projection)
        slope, weight = gradient[key].ravel(), np.asarray(values[key]).ravel()
        if columns is not None:
            slope, weight = slope[columns.entry], weight[columns.entry]
        after = weight.astype(sim.real) - slope.astype(sim.real)
        hashes += [hash_numbers(a.tolist(), precision) for a in (slope, after)]
    return tuple(hashes)
