"""Crossings near grazing, twice in an interval, in extreme intervals: against analytic voltages."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence

import mpmath as mp
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from proofs import drive, examples, model, small_network

from saltation.runtime.simulate import Simulator, compile
from saltation.runtime.spikes import Spikes
from saltation.symbolic.models import lif

DIGITS = 50
T_END = 0.05


Arrivals = Sequence[tuple[float, float]]
"""Time and weight of each."""


def potential(t: mp.mpf, arrivals: Arrivals, tau_m: float, tau_s: float) -> mp.mpf:
    """Return the voltage of a LIF neuron that does not spike: a sum of double exponentials."""
    m, s = mp.mpf(tau_m), mp.mpf(tau_s)
    total = mp.mpf(0)
    for start, weight in arrivals:
        h = t - mp.mpf(start)
        if h > 0:
            total += (
                weight * h / m * mp.exp(-h / m)
                if m == s
                else weight * s / (m - s) * (mp.exp(-h / m) - mp.exp(-h / s))
            )
    return total


def slope(t: mp.mpf, arrivals: Arrivals, tau_m: float, tau_s: float) -> mp.mpf:
    """Return the voltage's rate of change, ``(i - v) / tau_m``."""
    current = sum(
        (w * mp.exp(-(t - mp.mpf(start)) / mp.mpf(tau_s)) for start, w in arrivals if t >= start),
        start=mp.mpf(0),
    )
    return (current - potential(t, arrivals, tau_m, tau_s)) / mp.mpf(tau_m)


def bisect(function: Callable[[mp.mpf], mp.mpf], low: mp.mpf, high: mp.mpf) -> mp.mpf:
    """Return where a function changes its sign, to the working precision."""
    negative = function(low) < 0
    assert (function(high) < 0) != negative
    for _ in range(int(DIGITS * 3.4)):
        middle = (low + high) / 2
        low, high = (middle, high) if (function(middle) < 0) == negative else (low, middle)
    return (low + high) / 2


def peak(arrivals: Arrivals, tau_m: float, tau_s: float, low: float, high: float) -> mp.mpf:
    """Return the time of the only peak between two times."""
    return bisect(lambda t: -slope(t, arrivals, tau_m, tau_s), mp.mpf(low), mp.mpf(high))


def simulator(inputs: int = 4) -> Simulator:
    """Return a LIF neuron that hears some inputs; weights and parameters are given per run."""
    net = small_network(lif, np.ones((inputs, 1)), watch=[("v", "max")])
    return compile(net, t_end=T_END, threads=1)


@pytest.fixture(scope="module")
def neuron() -> Simulator:
    return simulator()


def values_of(arrivals: Arrivals, **parameters: float) -> dict[str, object]:
    """Return the values of a run in which input k fires once, with weight k."""
    weights = np.zeros((4, 1))
    weights[: len(arrivals), 0] = [w for _, w in arrivals]
    return {"in->out.weight": weights, **{f"out.{k}": v for k, v in parameters.items()}}


def fire(neuron: Simulator, arrivals: Arrivals, **parameters: float) -> np.ndarray:
    """Return the spike times of a run in which input k fires once, with weight k."""
    spikes = drive([(t, k) for k, (t, _) in enumerate(arrivals)])
    return neuron.run(spikes, values_of(arrivals, **parameters)).spikes["out"].times


TAUS = [(20e-3, 5e-3), (5e-3, 20e-3), (10e-3, 10e-3), (10e-3, 10e-3 * (1 + 1e-9)), (1e-3, 40e-3)]


@pytest.mark.parametrize(("tau_m", "tau_s"), TAUS)
@pytest.mark.parametrize("share", [1e-3, 1e-6, 1e-9, 1e-12, 1e-14])
@pytest.mark.parametrize("above", [True, False])
def test_a_peak_close_to_the_threshold_fires_only_if_it_is_above(
    neuron: Simulator, tau_m: float, tau_s: float, share: float, above: bool
) -> None:
    """A threshold a small share below or above the peak: one crossing, at its time, or none."""
    with mp.workdps(DIGITS):
        arrivals = [(0.01, 5.0)]
        top = peak(arrivals, tau_m, tau_s, 0.0101, 0.049)
        theta = float(potential(top, arrivals, tau_m, tau_s) * (1 - share if above else 1 + share))
        times = fire(neuron, arrivals, tau_m=tau_m, tau_s=tau_s, theta=theta, v_r=-50.0)
        assert len(times) == above
        if above:
            expected = bisect(
                lambda t: potential(t, arrivals, tau_m, tau_s) - mp.mpf(theta), mp.mpf(0.01), top
            )
            rate = slope(expected, arrivals, tau_m, tau_s)
            # Rounding of v, over its slope, or where the slope vanishes over its bend.
            allowed = 8e-16 * theta / rate + 4e-17
            assert abs(times[0] - expected) < allowed


@pytest.mark.parametrize("share", [1e-2, 1e-5, 1e-9, 1e-12])
@pytest.mark.parametrize("above", [True, False])
def test_the_second_of_two_peaks_is_found_and_the_dip_between_does_not_confuse(
    neuron: Simulator, share: float, above: bool
) -> None:
    """Up, down and up within one run: only the second peak reaches the threshold, or none."""
    tau_m, tau_s = 20e-3, 5e-3
    arrivals = [(0.002, 4.0), (0.006, -6.0), (0.009, 9.0)]
    with mp.workdps(DIGITS):
        top = peak(arrivals, tau_m, tau_s, 0.0095, 0.049)
        theta = float(potential(top, arrivals, tau_m, tau_s) * (1 - share if above else 1 + share))
        assert theta > potential(mp.mpf(0.006), arrivals, tau_m, tau_s)
        times = fire(neuron, arrivals, tau_m=tau_m, tau_s=tau_s, theta=theta, v_r=-50.0)
        assert len(times) == above
        if above:
            assert 0.009 < times[0] <= float(top) + 1e-15


@pytest.fixture(scope="module")
def three_currents() -> Simulator:
    """A passive membrane with three currents: its voltage can turn three times without arrivals."""
    triple = model(
        "triple",
        dynamics={
            "v": "(a + b + c - v)/tau_m",
            "a": "-a/tau_a",
            "b": "-b/tau_b",
            "c": "-c/tau_c",
        },
        threshold="v - theta",
        reset={"v": "v_r", "a": "0", "b": "0", "c": "0"},
        parameters={
            "tau_m": 4e-3,
            "tau_a": 1e-3,
            "tau_b": 7e-3,
            "tau_c": 30e-3,
            "theta": 1.0,
            "v_r": -100.0,
        },
    )
    return compile(small_network(triple), t_end=0.2, threads=1)


def exponentials(states: dict[str, float], rates: dict[str, float]) -> Callable[[mp.mpf], mp.mpf]:
    """Return the voltage of `three_currents` that does not spike, by partial fractions."""
    m = mp.mpf(rates["m"])
    parts = []
    rest = mp.mpf(states["v"])
    for name in "abc":
        tau = mp.mpf(rates[name])
        factor = mp.mpf(states[name]) / m / (1 / m - 1 / tau)
        parts.append((factor, tau))
        rest -= factor
    parts.append((rest, m))
    return lambda t: sum((f * mp.exp(-t / tau) for f, tau in parts), start=mp.mpf(0))


RATES = {"m": 4e-3, "a": 1e-3, "b": 7e-3, "c": 30e-3}


@examples(60)
@given(
    v=st.integers(-400, 90),
    currents=st.tuples(*[st.integers(-300, 300)] * 3),
)
def test_the_first_crossing_of_four_exponentials_is_found(
    three_currents: Simulator, v: int, currents: tuple[int, int, int]
) -> None:
    """Random initial states: the first upward crossing on a fine grid, refined, or none."""
    states = dict(zip("vabc", [v / 100, *(c / 25 for c in currents)], strict=True))
    run = three_currents.run({}, {f"out.initial.{k}": x for k, x in states.items()})
    times = run.spikes["out"].times
    with mp.workdps(30):
        voltage = exponentials(states, RATES)
        grid = np.concatenate([[0.0], np.geomspace(1e-6, 0.2, 4000)])
        samples = sum(
            float(f) * np.exp(-grid / float(tau))
            for f, tau in voltage.__closure__[0].cell_contents  # type: ignore[index]
        )
        above = np.flatnonzero((samples[1:] >= 1.0) & (samples[:-1] < 1.0))
        if not above.size:
            # A peak between two points of the grid, or at the very threshold, decides by itself.
            if len(times):
                assert samples.max() > 1.0 - 1e-4
                assert abs(voltage(mp.mpf(times[0])) - 1) < 1e-12
            return
        assert len(times) >= 1
        low, high = grid[above[0]], grid[above[0] + 1]
        expected = bisect(lambda t: voltage(t) - 1, mp.mpf(low), mp.mpf(high))
        near = samples[: above[0] + 1].max() > 1.0 - 1e-4
        assert near or abs(times[0] - expected) < 1e-14


@pytest.mark.parametrize("share", [1e-4, 1e-7, 1e-10, 1e-13])
@pytest.mark.parametrize("above", [True, False])
def test_a_first_peak_that_just_misses_does_not_hide_a_second_one(
    three_currents: Simulator, share: float, above: bool
) -> None:
    """Up, down, up within one interval, the first peak a small share above or below."""
    states = {"v": 0.0, "a": 14.0, "b": -16.0, "c": 9.0}
    with mp.workdps(DIGITS):
        voltage = exponentials(states, RATES)

        def falling(t: mp.mpf) -> mp.mpf:
            return -mp.diff(voltage, t)

        first = bisect(falling, mp.mpf(2e-4), mp.mpf(3e-3))
        dip = bisect(lambda t: -falling(t), first + mp.mpf(1e-4), mp.mpf(12e-3))
        second = bisect(falling, dip + mp.mpf(1e-4), mp.mpf(0.1))
        assert voltage(second) > voltage(first) > voltage(dip)
        theta = float(voltage(first) * (1 - share if above else 1 + share))
        values = {f"out.initial.{k}": x for k, x in states.items()} | {"out.theta": theta}
        times = three_currents.run({}, values).spikes["out"].times
        assert len(times) == 1
        expected = (
            bisect(lambda t: voltage(t) - theta, mp.mpf(0), first)
            if above
            else bisect(lambda t: voltage(t) - theta, dip, second)
        )
        assert abs(times[0] - expected) < 1e-15 / abs(mp.diff(voltage, expected)) + 1e-17


@pytest.mark.parametrize("moved", [0.0, 1e-15, -1e-15, 1e-12, -1e-12])
def test_a_crossing_at_the_end_of_an_interval_happens_once(neuron: Simulator, moved: float) -> None:
    """An arrival at the time of a crossing, and within ulps of it: one spike."""
    first = fire(neuron, [(0.01, 12.0)])[0]
    arrival = first + moved
    for weight in (0.0, 1e-3, 2.0):
        times = fire(neuron, [(0.01, 12.0), (arrival, weight)], v_r=-20.0)
        assert times.shape == (1,)
        assert abs(times[0] - first) <= (abs(moved) if weight else 0.0) + 4e-18


def test_a_crossing_at_the_end_of_the_run_is_at_most_there() -> None:
    """Runs that end within ulps of a crossing never report a spike after their end."""
    net = small_network(lif, np.full((1, 1), 12.0))
    first = compile(net, t_end=T_END).run(drive([(0.01, 0)])).spikes["out"].times[0]
    end = first
    for _ in range(3):
        end = np.nextafter(end, 0)
    counts = []
    for _ in range(7):
        times = compile(net, t_end=float(end)).run(drive([(0.01, 0)])).spikes["out"].times
        assert (times <= end).all()
        counts.append(len(times))
        end = np.nextafter(end, 1)
    assert counts == sorted(counts)
    assert counts[0] == 0
    assert counts[-1] == 1


def test_no_spike_is_rounded_past_the_end(neuron: Simulator) -> None:
    """Runs that end at a spike of theirs, or an ulp later: all spikes are within the run."""
    random = np.random.default_rng(0)
    for start in random.uniform(0, 0.03, 100):
        times = fire(neuron, [(float(start), 12.0)])
        assert len(times) > 1
        for end in (times[0], times[-1], np.nextafter(times[0], 1), np.nextafter(times[-1], 1)):
            short = dataclasses.replace(neuron, t_end=float(end))
            assert fire(short, [(float(start), 12.0)]).max(initial=0.0) <= end


def test_very_long_intervals() -> None:
    """A hundred seconds with time constants of milliseconds: spikes around the arrivals only."""
    net = small_network(lif, np.array([[12.0]]))
    sim = compile(net, t_end=100.0)
    times = sim.run(drive([(0.01, 0), (60.0, 0), (99.9, 0)])).spikes["out"].times
    short = compile(net, t_end=T_END).run(drive([(0.01, 0)])).spikes["out"].times
    assert len(short) > 0
    assert times.shape == (3 * len(short),)
    assert times[: len(short)] == pytest.approx(short, abs=1e-16)
    assert times[-len(short) :] - 99.9 == pytest.approx(short - 0.01, abs=4e-14)


def test_very_short_intervals() -> None:
    """A thousand arrivals a picosecond apart act as one of their summed weight."""
    net = small_network(lif, np.array([[12.0e-3]]))
    together = compile(small_network(lif, np.array([[12.0]])), t_end=T_END)
    one = together.run(drive([(0.01, 0)])).spikes["out"].times
    times = (
        compile(net, t_end=T_END)
        .run(drive([(0.01 + k * 1e-12, 0) for k in range(1000)]))
        .spikes["out"]
        .times
    )
    assert len(times) == len(one)
    assert times[0] == pytest.approx(one[0] + 0.5e-9, abs=1e-12)


@pytest.mark.parametrize("t_end", [0.1, 0.3, 0.5, 1.0, 10.0, 1000.0])
def test_a_voltage_that_has_long_settled_above_the_threshold_did_cross(t_end: float) -> None:
    """A constant drive: the slope at the end of the run is nothing but rounding, or below it."""
    driven = model(
        "driven",
        dynamics={"v": "(d - v)/tau", "n": "0"},
        threshold="v - 1",
        reset={"n": "n + 1"},
        parameters={"tau": 10e-3, "d": 3.0},
    )
    times = compile(small_network(driven), t_end=t_end).run({}).spikes["out"].times
    assert times == pytest.approx([10e-3 * np.log(1.5)], rel=4e-16)


@pytest.mark.parametrize("weight", [1e4, 1e8, 1e12])
def test_huge_weights_fire_at_once(neuron: Simulator, weight: float) -> None:
    """The first spike follows the arrival by ``tau_m theta / w`` to leading order."""
    times = fire(neuron, [(0.01, weight)], v_r=-10 * weight)
    assert len(times) == 1
    with mp.workdps(DIGITS):
        expected = bisect(
            lambda t: potential(t, [(0.01, weight)], 20e-3, 5e-3) - 1,
            mp.mpf(0.01),
            mp.mpf(0.01) + mp.mpf(0.1) / weight,
        )
        assert abs(times[0] - expected) <= 4e-18


@pytest.mark.parametrize("weight", [0.0, 1e-300, -1e-300, 1e-12, -1e12, -1.0])
def test_tiny_and_negative_weights_never_fire(neuron: Simulator, weight: float) -> None:
    assert fire(neuron, [(0.01, weight)]).size == 0


def test_flows_that_grow_beyond_all_numbers_cross_where_they_do() -> None:
    """``v' = v / tau`` from v(0): crossings at ``tau log(theta / v)``, however long the run."""
    growing = model(
        "growing",
        dynamics={"v": "v/tau"},
        threshold="v - 1",
        reset={"v": "v_r"},
        parameters={"tau": 1e-3, "v_r": 1e-3},
        initial={"v": 1e-5},
    )
    for t_end in (0.05, 0.5, 5.0):
        sim = compile(small_network(growing), t_end=t_end)
        times = sim.run({}).spikes["out"].times
        count = 1 + int((t_end - 1e-3 * np.log(1e5)) / (1e-3 * np.log(1e3)))
        assert times == pytest.approx(1e-3 * (np.log(1e5) + np.log(1e3) * np.arange(count)))


def test_an_unreset_guard_fires_again_only_after_it_was_below() -> None:
    """Two pulses far apart cross twice; the voltage above the threshold in between is no event."""
    counter = model(
        "counter",
        dynamics={"v": "(i - v)/tau_m", "i": "-i/tau_s", "n": "0"},
        threshold="v - theta",
        reset={"n": "n + 1"},
        receive={"i": "i + w"},
        parameters={"tau_m": 5e-3, "tau_s": 5e-3, "theta": 1.0},
    )
    net = small_network(counter, np.array([[8.0]]), watch=[("n", "sample", [0.012, 0.09])])
    run = compile(net, t_end=0.1).run(drive([(0.002, 0), (0.006, 0), (0.06, 0)]))
    assert len(run.spikes["out"].times) == 2
    assert run.observations["out_0"].ravel().tolist() == [1.0, 2.0]
    assert isinstance(run.spikes["out"], Spikes)
