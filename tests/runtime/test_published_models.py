"""The shipped models against their papers, in the papers' own units, and against closed forms."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np
import papers
import pytest
from scipy.linalg import expm
from single_neuron import run_single

from saltation.symbolic import models
from saltation.symbolic.firing_patterns import IZHIKEVICH, LONG, FiringPattern
from saltation.symbolic.neuron import Neuron
from saltation.symbolic.own_drive import Drive, own_drive


def drive_of(neuron: Neuron) -> Drive:
    drive = own_drive(neuron)
    assert drive is not None
    return drive


# For each model the paper's equations, its time constant of the input in ms, and the ratio of the
# paper's unit of the input to the SI unit.
PAPERS = {
    "adex": (papers.adex(), 5.0, 1e12),
    "eif": (papers.exponential(), 5.0, 1e2),
    "hodgkin_huxley": (papers.hodgkin_huxley(), 5.0, 1e2),
    "izhikevich": (papers.izhikevich(0.02, 0.2, -65.0, 8.0, -70.0, -14.0), 5.0, 1.0),
    "lif_conductance": (papers.conductance(), 5.0, 1e9),
}


@pytest.mark.parametrize("name", PAPERS)
def test_spike_times_are_those_of_the_paper_in_its_own_units(name: str) -> None:
    """solve_ivp with events, on equations written by hand in mV and ms, gives the same spikes."""
    paper, tau, scale = PAPERS[name]
    neuron = getattr(models, name)
    drive = drive_of(neuron)
    arrivals = drive.arrivals[neuron.ports[0]]
    t_end = 0.045 if name == "lif_conductance" else drive.t_end
    current, jumps = papers.pulses([(1e3 * t, scale * w) for t, w in arrivals], tau)
    breaks = sorted({min(jump, 1e3 * t_end) for jump in (*jumps, 1e3 * t_end)})
    expected = papers.spike_times(paper, current, breaks)
    mine = run_single(neuron, [(t, 0, w) for t, w in arrivals], t_end=t_end, digits=24).times
    assert len(expected) >= 3
    assert 1e3 * mine == pytest.approx(expected, abs=1e-7)


def in_milliseconds(pattern: FiringPattern) -> list[float]:
    """The spikes of a pattern of Izhikevich's, by SciPy in mV and ms."""
    p, x = pattern.drive.parameters, pattern.drive.initial
    paper = papers.izhikevich(
        1e-3 * p["a"], 1e-3 * p["b"], 1e3 * p["c"], p["d"], 1e3 * x["v"], x["u"]
    )
    steps = [(1e3 * time, weight) for time, weight in pattern.drive.arrivals["default"]]
    decaying, _ = papers.pulses(steps, 1e3 * LONG)

    def current(t: float) -> float:
        return p["i_0"] + decaying(t)

    return papers.spike_times(paper, current, [*(t for t, _ in steps), 1e3 * pattern.drive.t_end])


@pytest.mark.parametrize("pattern", IZHIKEVICH, ids=lambda pattern: pattern.name)
def test_the_firing_patterns_of_2003_are_those_of_the_paper(pattern: FiringPattern) -> None:
    """SI units and a step made of a spike give the spikes of the paper's own equations."""
    mine = spikes_of(pattern)
    assert 1e3 * mine == pytest.approx(in_milliseconds(pattern), abs=1e-6)


def spikes_of(pattern: FiringPattern) -> np.ndarray:
    drive = pattern.drive
    return run_single(
        pattern.neuron,
        [(t, 0, w) for t, w in drive.arrivals["default"]],
        t_end=drive.t_end,
        parameters=drive.parameters,
        initial=drive.initial,
        digits=24,
    ).times


def intervals() -> Mapping[str, np.ndarray]:
    return {pattern.name: 1e3 * np.diff(spikes_of(pattern)) for pattern in IZHIKEVICH}


def test_the_patterns_are_what_the_paper_calls_them() -> None:
    """Sentences of Izhikevich (2003), section III, as numbers."""
    gap = intervals()
    # "The first interval is short, and the period increases: spike frequency adaptation."
    assert gap["regular spiking"][0] < 0.5 * gap["regular spiking"][-1]
    # "A stereotypical burst of spikes followed by repetitive single spikes."
    bursting = gap["intrinsically bursting"]
    assert max(bursting[:2]) < 5.0
    assert min(bursting[2:]) > 25.0
    # "Stereotypical bursts of closely spaced spikes", repeated.
    chattering = gap["chattering"]
    assert np.sum(chattering > 30.0) >= 4
    assert np.sum(chattering < 6.0) >= 4 * np.sum(chattering > 30.0)
    # "Periodic trains of action potentials with extremely high frequency without adaptation."
    fast = gap["fast spiking"][4:]
    assert np.ptp(fast) < 0.02 * fast.mean() < 0.2
    # "High-frequency trains, with a noticeable spike frequency adaptation."
    low = gap["low-threshold spiking"]
    assert low[-1] > 3.0 * low[0]
    # "At rest and then depolarised, tonic firing; hyperpolarised, a rebound burst."
    assert np.ptp(gap["thalamo-cortical, from rest"][-5:]) < 0.1
    assert gap["thalamo-cortical, rebound"][0] < 5.0
    # "Switched by a brief stimulus to repetitive spiking."
    resonator = spikes_of(next(p for p in IZHIKEVICH if p.name == "resonator"))
    assert resonator.size >= 4
    assert resonator.min() > 0.15


@pytest.mark.parametrize("eta", [0.5, 1.0, 30.0])
def test_the_quadratic_neuron_spikes_when_its_closed_form_does(eta: float) -> None:
    """tau dv/dt = v^2 + eta takes tau/sqrt(eta) (atan(b/sqrt(eta)) - atan(a/sqrt(eta)))."""
    tau, root = models.qif.parameters["tau_m"], math.sqrt(eta)
    first = tau / root * (math.atan(100.0 / root) - math.atan(-1.0 / root))
    period = tau / root * 2.0 * math.atan(100.0 / root)
    t_end = first + 2.5 * period
    times = run_single(models.qif, t_end=t_end, parameters={"eta": eta}).times
    assert times == pytest.approx([first, first + period, first + 2.0 * period], rel=1e-13)


@pytest.mark.parametrize("eta", [0.5, 1.0, 30.0])
def test_the_theta_neuron_fires_at_the_rate_of_the_canonical_form(eta: float) -> None:
    """Its period is pi tau/sqrt(eta): that of the quadratic neuron with spikes at infinity."""
    period = math.pi * models.theta_neuron.parameters["tau_m"] / math.sqrt(eta)
    times = run_single(models.theta_neuron, t_end=3.9 * period, parameters={"eta": eta}).times
    assert times.size >= 3
    assert np.diff(times) == pytest.approx(period, rel=1e-13)


def test_the_theta_neuron_is_the_quadratic_neuron_on_a_circle() -> None:
    """With v = tan(phi/2): the same course, and the same spikes as the peak goes to infinity."""
    drive = drive_of(models.qif)
    arrivals = [(t, 0, w) for t, w in drive.arrivals["default"]]
    at = (0.004, 0.02, 0.0443, 0.055, 0.09)
    far = {"theta": 1e7, "v_r": -1e7}
    quadratic = run_single(
        models.qif, arrivals, t_end=0.1, parameters=far, watch={"v": ("v", "sample", at)}
    )
    circle = {"sine": ("sin(phi)", "sample", at), "cosine": ("cos(phi)", "sample", at)}
    phase = run_single(models.theta_neuron, arrivals, t_end=0.1, watch=circle)
    sine, cosine = (np.array(phase.observations[name], float) for name in ("sine", "cosine"))
    tangent = sine / (1.0 + cosine)
    assert quadratic.times.size == phase.times.size == 2
    # From v = 1e7 infinity is 1 ns away, and so is the start after it; then the shorter way to the
    # second spike has a little more current.
    assert quadratic.times[0] == pytest.approx(phase.times[0], abs=1.1e-9)
    assert quadratic.times[1] == pytest.approx(phase.times[1], abs=3e-8)
    mine = np.array(quadratic.observations["v"], float)
    assert mine == pytest.approx(tangent, rel=1e-5)
    before = [k for k, time in enumerate(at) if time < phase.times[0]]
    assert len(before) == 3
    assert mine[before] == pytest.approx(tangent[before], rel=1e-12)


def test_a_kick_of_the_resonator_is_a_damped_sine() -> None:
    """After x jumps by w, y(t) = w exp(b t) sin(omega t)."""
    b, omega = (models.resonate_and_fire.parameters[name] for name in ("b", "omega"))
    at = np.array([0.0013, 0.005, 0.02])
    run = run_single(
        models.resonate_and_fire,
        [(0.001, 0, 0.7)],
        t_end=0.02,
        watch={"y": ("y", "sample", at)},
    )
    expected = 0.7 * np.exp(b * (at - 0.001)) * np.sin(omega * (at - 0.001))
    assert np.array(run.observations["y"], float) == pytest.approx(expected, abs=1e-14)


def test_the_resonator_prefers_its_own_frequency() -> None:
    """Two spikes fire it if one period apart, not if half a period or one and a half apart."""
    period = 2.0 * math.pi / models.resonate_and_fire.parameters["omega"]
    fires = {
        part: run_single(
            models.resonate_and_fire,
            [(0.001, 0, 0.9), (0.001 + part * period, 0, 0.9)],
            t_end=0.03,
        ).times.size
        for part in (0.5, 1.0, 1.5)
    }
    assert fires == {0.5: 0, 1.0: 1, 1.5: 0}


def test_the_resonator_is_reset_to_i() -> None:
    """At a spike z = x + i y becomes the threshold times i, from where it turns down."""
    neuron = models.resonate_and_fire
    spike = run_single(neuron, [(0.001, 0, 3.0)], t_end=0.05).spikes[0]
    run = run_single(
        neuron,
        [(0.001, 0, 3.0)],
        t_end=0.05,
        watch={"x": ("x", "sample", (float(spike) + 1e-9,)), "y": ("y", "sample", (float(spike),))},
    )
    assert float(run.observations["x"][0]) == pytest.approx(-1e-6, rel=1e-3)
    assert float(run.observations["y"][0]) == pytest.approx(1.0, rel=1e-12)


def test_the_two_compartments_relax_as_their_matrix_says() -> None:
    """Subthreshold the states are exp(A t) times the jump of the current."""
    p = models.lif_two_compartment.parameters
    leak, link = 1.0 / p["tau_m"], 1.0 / p["tau_c"]
    matrix = np.array(
        [[-leak - link, link, 0], [link, -leak - link, leak], [0, 0, -1.0 / p["tau_s"]]]
    )
    run = run_single(
        models.lif_two_compartment,
        [(0.0, 0, 2.0)],
        t_end=0.03,
        watch={name: (name, "sample", (0.01, 0.03)) for name in ("v", "u", "i")},
    )
    for k, time in enumerate((0.01, 0.03)):
        expected = expm(matrix * time) @ [0.0, 0.0, 2.0]
        mine = [float(run.observations[name][k]) for name in ("v", "u", "i")]
        assert mine == pytest.approx(expected, rel=1e-12)


def test_the_dendrite_is_not_reset_and_drives_the_soma_on() -> None:
    """After a spike the soma rises again although no spike arrives."""
    times = run_single(models.lif_two_compartment, [(0.001, 0, 80.0)], t_end=0.05).times
    assert times.size >= 3
    assert np.all(np.diff(times) > 0)


def test_no_two_spikes_are_closer_than_the_refractory_period() -> None:
    """However strong the current; without a refractory period they would be."""
    strong = [(0.001, 0, 1e4)]
    t_r = models.lif_refractory.parameters["t_r"]
    times = run_single(models.lif_refractory, strong, t_end=0.05).times
    assert times.size > 10
    assert np.diff(times).min() > t_r
    assert np.diff(times)[0] < 1.01 * t_r
    # The soma is held, so the interval is the period plus the time from v_r to the threshold.
    bare = run_single(models.lif, [(0.001, 0, 1e4)], t_end=0.0012).times
    assert np.diff(bare).max() < 0.01 * t_r


def test_the_exponential_neuron_has_the_rheobase_of_its_closed_form() -> None:
    """dv/dt has its minimum at v_t: it fires for ever above i = g_l (v_t - e_l - delta_t)."""
    p = models.eif.parameters
    rheobase = p["g_l"] * (p["v_t"] - p["e_l"] - p["delta_t"])
    for factor, spikes in ((0.99, False), (1.05, True)):
        times = run_single(
            models.eif, t_end=0.4, parameters={"i_0": factor * rheobase}, digits=20
        ).times
        assert bool(times.size) is spikes


@pytest.mark.parametrize("name", ["adaptive_lif", "lif_adaptation_current", "adex"])
def test_adapting_neurons_slow_down_under_constant_drive(name: str) -> None:
    """Each of the first intervals is longer than the one before."""
    neuron = getattr(models, name)
    drive = drive_of(neuron)
    weight = 1.5 * drive.arrivals["default"][0][1]
    constant = {"tau_s": 1e6}
    run = run_single(neuron, [(0.001, 0, weight)], t_end=0.15, parameters=constant, digits=24)
    gaps = np.diff(run.times)[:4]
    assert gaps.size >= 3
    assert np.all(np.diff(gaps) > 0)


@pytest.mark.parametrize(("current", "period"), [(0.10, 14.64), (0.20, 11.57)])
def test_the_giant_axon_fires_at_its_known_rate(current: float, period: float) -> None:
    """At 10 and 20 uA/cm^2 and 6.3 degrees the period is 14.6 and 11.6 ms, after the first."""
    times = run_single(
        models.hodgkin_huxley, t_end=0.06, parameters={"i_0": current}, digits=20
    ).times
    assert 1e3 * np.diff(times)[-1] == pytest.approx(period, rel=5e-3)


def test_the_giant_axon_fires_once_below_its_repetitive_regime() -> None:
    """At 3 uA/cm^2 there is one spike at most; the reset is empty, so it is counted once."""
    times = run_single(models.hodgkin_huxley, t_end=0.06, parameters={"i_0": 0.03}, digits=20).times
    assert times.size == 1


def test_the_gated_unit_relaxes_to_its_candidate_at_the_rate_of_its_gate() -> None:
    """With constant gates, c(t) = z (1 - exp(-sigma(a_u) t/tau_m))."""
    gate, candidate = 1.0 / (1.0 + math.exp(-0.7)), math.tanh(0.4)
    run = run_single(
        models.egru,
        t_end=0.03,
        parameters={"b_u": 0.7, "b_z": 0.4},
        initial={"a_u": 0.7, "a_z": 0.4},
        watch={"c": ("c", "sample", (0.03,))},
    )
    expected = candidate * (1.0 - math.exp(-gate * 0.03 / 0.02))
    assert float(run.observations["c"][0]) == pytest.approx(expected, rel=1e-13)
    assert run.times.size == 0


def test_the_reset_gate_of_the_unit_scales_recurrent_spikes_only() -> None:
    """A spike moves a_z by w at the port of inputs, by sigma(a_r) w at the recurrent one."""
    for port, share in (("input", 1.0), ("recurrent", 1.0 / (1.0 + math.exp(2.0)))):
        run = run_single(
            models.egru,
            [(0.001, models.egru.ports.index(port), 1.5)],
            t_end=0.002,
            parameters={"b_r": -2.0},
            initial={"a_r": -2.0},
            watch={"a_z": ("a_z", "sample", (0.001,))},
        )
        assert float(run.observations["a_z"][0]) == pytest.approx(1.5 * share, rel=1e-13)
