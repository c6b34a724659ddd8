"""A population is no more than its neurons: many in one are what they are in several."""

from __future__ import annotations

import numpy as np
import pytest

from saltation.runtime.network import Network
from saltation.runtime.simulate import Run, compile
from saltation.runtime.spikes import Spikes
from saltation.symbolic.models import adaptive_lif, lif, lif_delta, lif_refractory
from saltation.symbolic.neuron import Neuron

SIZE = 173  # several times what is looked at together, and not a multiple of it
INPUTS = 6
T_END = 0.04


def weights(neuron: Neuron, busy: float) -> np.ndarray:
    """Weights that move most neurons by little: this share of them spikes, and the last one."""
    random = np.random.default_rng(3)
    weight = random.uniform(0.1, 0.6, (INPUTS, SIZE))
    chosen = random.random(SIZE) < busy
    chosen[-1] = True
    weight[:, chosen] = random.uniform(3.0, 7.0, (INPUTS, int(chosen.sum())))
    return weight * (0.15 if neuron is lif_delta else 1.0)


def run_of(neuron: Neuron, weight: np.ndarray, cuts: list[int]) -> Run:
    """Run the neurons in as many populations as there are cuts, each from one cut to the next."""
    net = Network()
    net.add_input("in", INPUTS)
    for k, (lo, hi) in enumerate(zip(cuts, [*cuts[1:], SIZE], strict=True)):
        net.add_population(f"p{k}", neuron, hi - lo)
        net.connect("in", f"p{k}", weight=weight[:, lo:hi])
    random = np.random.default_rng(5)
    events = [
        [(float(t), int(random.integers(0, INPUTS))) for t in np.sort(random.uniform(0, 0.03, 14))]
        for _ in range(6)
    ]
    return compile(net, t_end=T_END).run({"in": Spikes.from_events(events)})


def cotangent(spikes: Spikes) -> np.ndarray:
    """What a loss says of each spike: a function of its time."""
    return np.cos(3 + 1e3 * spikes.times)


@pytest.mark.parametrize("busy", [0.03, 0.4])
@pytest.mark.parametrize(
    "neuron", [lif, lif_refractory, lif_delta, adaptive_lif], ids=lambda n: n.name
)
def test_a_large_population_is_several_small_ones(neuron: Neuron, busy: float) -> None:
    """The same spikes and gradients by weights, bit by bit; other gradients are sums over all."""
    weight, cuts = weights(neuron, busy), list(range(0, SIZE, 19))
    one, several = run_of(neuron, weight, [0]), run_of(neuron, weight, cuts)
    whole = one.spikes["p0"]
    samples = np.repeat(np.arange(6), np.diff(whole.offsets))
    assert whole.times.size > 20
    assert (whole.units == SIZE - 1).any()
    for k, lo in enumerate(cuts):
        part = several.spikes[f"p{k}"]
        own = (whole.units >= lo) & (whole.units < lo + 19)
        assert whole.times[own].tobytes() == part.times.tobytes()
        assert (whole.units[own] - lo == part.units).all()
        assert (samples[own] == np.repeat(np.arange(6), np.diff(part.offsets))).all()
    found = one.gradient(spike_times={"p0": cotangent(whole)})
    parts = several.gradient(spike_times={p: cotangent(s) for p, s in several.spikes.items()})
    columns = [parts[f"in->p{k}.weight"] for k in range(len(cuts))]
    assert found["in->p0.weight"].tobytes() == np.concatenate(columns, axis=1).tobytes()
    assert found["in.times"] == pytest.approx(parts["in.times"], rel=1e-11)
    delays = sum(float(parts[f"in->p{k}.delay"]) for k in range(len(cuts)))
    assert float(found["in->p0.delay"]) == pytest.approx(delays, rel=1e-11)
