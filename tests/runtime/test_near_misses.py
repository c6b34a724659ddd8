"""Near misses: the closest local maxima of guards below zero, against closed forms."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from proofs import drive, small_network
from tqdm import tqdm

from saltation.runtime.near_misses import _ProbedNetwork, near_misses
from saltation.runtime.simulate import Run, Simulator, compile
from saltation.symbolic.errors import ArrayError, UnknownNameError
from saltation.symbolic.models import lif, lif_delta, lif_refractory

# The voltage after one spike of weight w peaks at w / 4**(4 / 3) when tau_m = 4 tau_s, and does so
# tau_m tau_s / (tau_m - tau_s) log(tau_m / tau_s) later.
TOUCHING = 4.0 ** (4.0 / 3.0)
RISE = 20e-3 * 5e-3 / 15e-3 * np.log(4.0)


@pytest.fixture(scope="module")
def simulator() -> Simulator:
    net = small_network(lif, np.ones((1, 4)), parameters={"theta": np.array([1.0, 1.0, 2.0, 1.0])})
    return compile(net, t_end=0.2, threads=1)


def weighted(simulator: Simulator, shares: list[float], *samples: Any) -> Run:
    """Run with weights that lift each neuron to these shares of its threshold."""
    theta = np.array([1.0, 1.0, 2.0, 1.0])
    weight = TOUCHING * theta * np.array(shares)
    return simulator.run(drive(*samples), {"in->out.weight": weight[None, :]})


def test_margin_and_time_are_those_of_the_peak(simulator: Simulator) -> None:
    run = weighted(simulator, [0.997, 0.5, 0.9999, 1.2], [(0.01, 0)])
    found = near_misses(run)
    assert [(miss.unit, miss.sample, miss.population) for miss in found] == [
        (2, 0, "out"),
        (0, 0, "out"),
    ]
    assert [miss.margin for miss in found] == pytest.approx([2e-4, 3e-3], rel=1e-3)
    assert [miss.share for miss in found] == pytest.approx([1e-4, 3e-3], rel=1e-3)
    assert [miss.time for miss in found] == pytest.approx([0.01 + RISE] * 2, abs=2e-4)
    assert "neuron 2, sample 0: at 0.019" in str(found[0])


def test_a_peak_above_the_threshold_is_a_spike_and_no_miss(simulator: Simulator) -> None:
    run = weighted(simulator, [1.0001, 1.01, 0.0, 0.0], [(0.01, 0)])
    assert run.spikes["out"].units.tolist() == [1, 0]
    assert near_misses(run) == ()


def test_a_look_for_near_misses_shows_its_progress(simulator: Simulator, capsys: Any) -> None:
    run = weighted(simulator, [0.5] * 4, [(0.01, 0)])
    near_misses(run, progress=True)
    shown = capsys.readouterr().err
    assert "compiling" in shown
    assert "near misses: 100%" in shown
    near_misses(run)
    assert capsys.readouterr().err == ""


def test_how_near_counts_is_a_choice(simulator: Simulator) -> None:
    run = weighted(simulator, [0.95, 0.0, 0.0, 0.0], [(0.01, 0)])
    assert near_misses(run) == ()
    (miss,) = near_misses(run, within=0.1, populations=["out"])
    assert miss.margin == pytest.approx(0.05, rel=1e-3)


def test_the_sample_and_the_closest_of_several_approaches_are_named(simulator: Simulator) -> None:
    """In sample 2 the second peak stands on what is left of the first."""
    run = weighted(simulator, [0.985, 0.0, 0.0, 0.0], [], [(0.01, 0)], [(0.01, 0), (0.11, 0)])
    after = np.linspace(0.0, 0.03, 300_001)
    both = [np.exp(-t / 20e-3) - np.exp(-t / 5e-3) for t in (after, after + 0.1)]
    voltage = 0.985 * TOUCHING / 3.0 * (both[0] + both[1])
    (miss,) = near_misses(run, within=0.02)
    assert miss.sample == 2
    assert miss.margin == pytest.approx(1.0 - voltage.max(), rel=1e-3)
    assert miss.time == pytest.approx(0.11 + after[voltage.argmax()], abs=2e-4)


def test_a_neuron_that_fires_can_nearly_fire_once_more(simulator: Simulator) -> None:
    """After its spike the membrane starts at the reset value: the second peak is alone."""
    run = weighted(simulator, [1.3, 0.0, 0.0, 0.0], [(0.01, 0)])
    spike = run.spikes["out"].times
    assert spike.size == 1
    assert near_misses(run) == ()
    late = 0.3
    missing = small_network(lif, np.array([[TOUCHING * 1.3], [TOUCHING * 0.998]]))
    again = compile(missing, t_end=0.4).run(drive([(0.01, 0), (late, 1)]))
    assert again.spikes["out"].times == pytest.approx(spike)
    (miss,) = near_misses(again)
    assert miss.time > late
    assert miss.margin == pytest.approx(0.002, rel=1e-3)


def test_an_arrival_can_end_an_approach(simulator: Simulator) -> None:
    """Inhibition makes a cusp: the guard is highest where it arrives."""
    net = small_network(lif, np.array([[TOUCHING * 1.2], [-50.0]]))
    rising = compile(net, t_end=0.05).run(drive([(0.01, 0)]))
    (crossing,) = rising.spikes["out"].times
    run = compile(net, t_end=0.05).run(drive([(0.01, 0), (crossing - 1e-6, 1)]))
    assert run.spikes["out"].times.size == 0
    (miss,) = near_misses(run)
    assert miss.time == pytest.approx(crossing - 1e-6, abs=1e-8)


@pytest.mark.parametrize("neuron", [lif_delta, lif_refractory], ids=lambda n: n.name)
def test_other_models_have_near_misses_too(neuron: Any) -> None:
    weight = 0.995 if neuron is lif_delta else 0.995 * TOUCHING
    net = small_network(neuron, np.array([[weight]]))
    run = compile(net, t_end=0.05).run(drive([(0.01, 0)]))
    (miss,) = near_misses(run)
    assert miss.margin == pytest.approx(0.005, rel=1e-3)


def test_a_network_without_near_misses_and_wrong_arguments(simulator: Simulator) -> None:
    run = weighted(simulator, [0.5] * 4, [(0.01, 0)])
    assert near_misses(run) == ()
    with pytest.raises(UnknownNameError, match=r"near_misses.*'outs'"):
        near_misses(run, populations=["outs"])
    with pytest.raises(ArrayError, match="within"):
        near_misses(run, within=0.0)


def test_probes_run_beside_the_very_run_whatever_its_solver() -> None:
    """At a loose tolerance a spike of computed steps is not where the closed form has it."""
    net = small_network(lif, np.array([[1.2 * TOUCHING]]))
    run = compile(net, t_end=0.05, solver="taylor", rtol=0.05).run(drive([(0.01, 0)]))
    exact = compile(net, t_end=0.05).run(drive([(0.01, 0)]))
    assert abs(run.spikes["out"].times - exact.spikes["out"].times) > 1e-9
    again = _ProbedNetwork(run, ["out"], tqdm(disable=True)).approach(run, "out", np.zeros(1))
    assert again.spikes["out"].times.tolist() == run.spikes["out"].times.tolist()
