"""The rules of DESIGN section 2: when guards fire, in which order, and what observations see."""

from __future__ import annotations

import math
import warnings

import pytest
from single_neuron import run_single

from saltation.runtime.interpreter import neuron as interpreter_neuron
from saltation.symbolic.errors import ModelWarning, SimulationError, ZenoError
from saltation.symbolic.models import lif_delta, lif_refractory
from saltation.symbolic.neuron import Event, Mode, Neuron

TAU = lif_delta.parameters["tau_m"]


def _neuron(*args: object, **fields: object) -> Neuron:
    """Declare a neuron that the front would warn about."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ModelWarning)
        return Neuron(*args, **fields)  # type: ignore[arg-type]


RAMP = {"v": "1"}  # v = t


def test_an_arrival_that_lifts_the_guard_fires_at_once() -> None:
    """The spike has the arrival's time exactly, and v is reset."""
    mine = run_single(lif_delta, [(0.25, 0, 1.5)], t_end=0.25, watch={"v": ("v", "sample", [0.25])})
    assert list(mine.spikes) == [0.25]
    assert mine.observations["v"][0] == 0


def test_an_arrival_that_reaches_the_guard_exactly_fires() -> None:
    """From below zero to zero counts as risen."""
    assert len(run_single(lif_delta, [(0.5, 0, 1.0)], t_end=1.0).spikes) == 1


def test_an_overshoot_that_a_reset_takes_off_in_part_fires_again() -> None:
    """Subtracting 1 from 3.5 leaves 2.5, 1.5, 0.5: three spikes at one instant."""
    subtractive = Neuron(
        "subtractive",
        dynamics={"v": "-v"},
        threshold="v - 1",
        reset={"v": "v - 1"},
        receive={"v": "v + w"},
    )
    mine = run_single(
        subtractive,
        [(0.5, 0, 3.5)],
        t_end=0.5,
        watch={"v": ("v", "sample", [0.5]), "top": ("v", "max")},
    )
    assert mine.times.tolist() == [0.5, 0.5, 0.5]
    assert float(mine.observations["v"][0]) == 0.5
    assert float(mine.observations["top"][0]) == 3.5


def test_a_guard_without_reset_fires_once_until_it_has_been_below() -> None:
    """v = sin(10 t) rises through 1/2 once in each period, though nothing resets it."""
    detector = _neuron(
        "detector", dynamics={"v": "10*u", "u": "-10*v"}, threshold="v - 0.5", initial={"u": 1.0}
    )
    expected = [math.asin(0.5) / 10 + k * math.pi / 5 for k in range(3)]
    assert run_single(detector, t_end=1.5).times == pytest.approx(expected, abs=1e-15)


def test_an_arrival_above_the_guard_does_not_fire_it_again() -> None:
    """A guard lifted from above zero to higher was not lifted from below."""
    detector = _neuron("detector", dynamics={"v": "0"}, threshold="v - 1", receive={"v": "v + w"})
    arrivals = [(0.1, 0, 2.0), (0.2, 0, 1.0), (0.3, 0, -3.0), (0.4, 0, 3.0)]
    assert run_single(detector, arrivals, t_end=1.0).times.tolist() == [0.1, 0.4]


@pytest.mark.parametrize("start", [1.0, 1.5])
def test_a_start_at_or_above_the_guard_does_not_fire(start: float) -> None:
    """The guard is armed only once v has decayed below it."""
    decaying = _neuron(
        "decaying",
        dynamics={"v": "-v"},
        threshold="v - 1",
        reset={"v": "0"},
        receive={"v": "v + w"},
        initial={"v": start},
    )
    assert run_single(decaying, [(1.0, 0, 0.5), (2.0, 0, 3.0)], t_end=3.0).times.tolist() == (
        [1.0, 2.0] if start == 1.5 and 1.5 * math.exp(-1) + 0.5 >= 1 else [2.0]
    )


def test_a_start_at_the_guard_that_falls_is_armed_at_once() -> None:
    """v = 1 - t + t^2: at the guard, below it, and up through it again at t = 1."""
    dip = _neuron("dip", dynamics={"v": "-1 + 2*t"}, threshold="v - 1", initial={"v": 1.0})
    assert run_single(dip, t_end=2.0).times == pytest.approx([1.0], abs=1e-15)


def test_events_of_one_instant_fire_in_the_order_of_declaration() -> None:
    """Both guards are lifted; the first one's reset takes the second below zero: one spike."""
    both = _neuron(
        "both",
        modes={
            "on": Mode(
                {"v": "0", "n": "0"},
                [
                    Event("v - 2", reset={"v": "0", "n": "n + 1"}),
                    Event("v - 1", reset={"v": "0", "n": "n + 10"}),
                ],
            )
        },
        receive={"v": "v + w"},
    )
    watch = {"n": ("n", "sample", [1.0])}
    assert run_single(both, [(0.5, 0, 3.0)], t_end=1.0, watch=watch).observations["n"][0] == 1
    assert run_single(both, [(0.5, 0, 1.5)], t_end=1.0, watch=watch).observations["n"][0] == 10


def test_a_reset_can_lift_another_guard() -> None:
    """The first event sets u above the second's guard, which fires at that instant."""
    chain = Neuron(
        "chain",
        modes={
            "on": Mode(
                {**RAMP, "u": "0"},
                [
                    Event("u - 1", reset={"u": "0"}),
                    Event("v - 1", reset={"v": "0", "u": "2"}, spike=False),
                ],
            )
        },
    )
    assert run_single(chain, t_end=2.5).times == pytest.approx([1.0, 2.0], abs=1e-15)


def test_resets_are_simultaneous() -> None:
    """Swapping two states in a reset swaps them."""
    swap = Neuron(
        "swap",
        dynamics={"v": "1", "u": "0"},
        threshold="v - 1",
        reset={"v": "u", "u": "v"},
        initial={"u": -3.0},
    )
    mine = run_single(
        swap, t_end=1.5, watch={"v": ("v", "sample", [1.5]), "u": ("u", "sample", [1.5])}
    )
    assert float(mine.observations["v"][0]) == pytest.approx(-2.5, abs=1e-15)
    assert float(mine.observations["u"][0]) == pytest.approx(1.0, abs=1e-15)


def test_a_mode_that_is_entered_at_or_above_its_guard_is_left_at_once() -> None:
    """Arrivals during the refractory mode lift v; on return the neuron fires at that instant."""
    latch = Neuron(
        "latch",
        modes={
            "on": Mode({"v": "0", "c": "0"}, [Event("v - 1", reset={"v": "0"}, to="off")]),
            "off": Mode(
                {"v": "0", "c": "1"}, [Event("c - 0.25", reset={"c": "0"}, to="on", spike=False)]
            ),
        },
        receive={"v": "v + w"},
    )
    mine = run_single(latch, [(0.5, 0, 1.0), (0.625, 0, 1.0)], t_end=1.0)
    assert mine.times.tolist() == [0.5, 0.75]


def test_a_refractory_neuron_holds_its_membrane_and_not_its_current() -> None:
    """For t_r after a spike v is v_r, while the current decays; then v moves on."""
    first = run_single(lif_refractory, [(0.0, 0, 40.0)], t_end=0.02).times[0]
    at = [first, first + 1e-3, first + 1.999e-3, first + 2.1e-3]
    mine = run_single(
        lif_refractory,
        [(0.0, 0, 40.0)],
        t_end=0.02,
        watch={"v": ("v", "sample", at), "i": ("i", "sample", at)},
    )
    v, current = ([float(x) for x in mine.observations[name]] for name in ("v", "i"))
    assert v[1:3] == [0.0, 0.0]
    assert 0.0 < v[3] < 1.0
    assert current == pytest.approx([40 * math.exp(-t / 5e-3) for t in at], rel=1e-14)
    assert len(mine.spikes) >= 2
    assert all(b - a > 2e-3 for a, b in zip(mine.times, mine.times[1:], strict=False))


def test_endless_events_at_one_instant_are_an_error() -> None:
    """With a step of +1 instead of -2 the reset leads from above the guard further up."""
    zeno = Neuron(
        "zeno",
        dynamics={"v": "1"},
        threshold="v - 1",
        reset={"v": "v + step"},
        parameters={"step": -2.0},
    )
    with pytest.raises(ZenoError, match=r"t = 1\.0 s"):
        run_single(zeno, t_end=2.0, parameters={"step": 1.0})


def test_a_hundred_events_at_one_instant_are_allowed() -> None:
    """The limit counts firings: 100 pass, 101 do not."""
    many = Neuron(
        "many",
        dynamics={"v": "0"},
        threshold="v - 1",
        reset={"v": "v - 1"},
        receive={"v": "v + w"},
    )
    assert len(run_single(many, [(0.5, 0, 100.5)], t_end=1.0).spikes) == 100
    with pytest.raises(ZenoError):
        run_single(many, [(0.5, 0, 101.5)], t_end=1.0)


def test_a_runaway_of_spikes_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each spike raises the rate: the interpreter says so instead of running for ever."""
    monkeypatch.setattr(interpreter_neuron, "MOST_STEPS", 200)
    runaway = Neuron(
        "runaway",
        dynamics={"v": "u", "u": "0"},
        threshold="v - 1",
        reset={"v": "0", "u": "u + 1"},
        initial={"u": 1.0},
    )
    with pytest.raises(SimulationError, match="more than 200 steps and 200 spikes"):
        run_single(runaway, t_end=100.0)


def test_events_without_a_spike_are_no_spikes() -> None:
    """A silent event resets and is not seen outside."""
    silent = Neuron(
        "silent", modes={"on": Mode(RAMP, [Event("v - 1", reset={"v": "0"}, spike=False)])}
    )
    mine = run_single(silent, t_end=2.5, watch={"v": ("v", "sample", [2.5])})
    assert not mine.spikes
    assert float(mine.observations["v"][0]) == pytest.approx(0.5, abs=1e-15)


def test_a_run_ends_with_what_happens_at_its_end() -> None:
    """An arrival at t_end applies, one after it does not; a crossing at t_end fires."""
    watch = {"v": ("v", "sample", [1.0]), "top": ("v", "max")}
    still = Neuron("still", dynamics={"v": "0"}, receive={"v": "v + w"})
    mine = run_single(still, [(1.0, 0, 2.0), (1.0 + 1e-15, 0, 4.0)], t_end=1.0, watch=watch)
    assert mine.observations["v"][0] == mine.observations["top"][0] == 2
    ramp = Neuron("ramp", dynamics=RAMP, threshold="v - 1", reset={"v": "0"})
    assert run_single(ramp, t_end=1.0).times.tolist() == [1.0]


def test_samples_see_the_state_after_a_jump_at_their_time() -> None:
    """Right-continuous at arrivals and at events, exact in between."""
    ramp = Neuron(
        "ramp", dynamics=RAMP, threshold="v - 1", reset={"v": "0"}, receive={"v": "v + w"}
    )
    mine = run_single(
        ramp,
        [(0.25, 0, 0.5)],
        t_end=1.0,
        watch={"v": ("v", "sample", [0.0, 0.125, 0.25, 0.5, 0.75])},
    )
    expected = [0.0, 0.125, 0.75, 0.0, 0.25]
    assert [float(v) for v in mine.observations["v"]] == pytest.approx(expected, abs=1e-30)


def test_maxima_see_peaks_inside_the_flow_and_both_sides_of_jumps() -> None:
    """An interior peak, the value before a jump down, and the value after a jump up."""
    wave = Neuron(
        "wave", dynamics={"v": "10*u", "u": "-10*v"}, receive={"v": "v + w"}, initial={"u": 1.0}
    )
    watch = {"top": ("v", "max"), "bottom": ("-v", "max")}
    quiet = run_single(wave, t_end=0.2, watch=watch)
    assert float(quiet.observations["top"][0]) == pytest.approx(1.0, abs=1e-30)
    down = run_single(wave, [(0.1, 0, -5.0)], t_end=0.1, watch=watch)
    assert float(down.observations["top"][0]) == pytest.approx(math.sin(1.0), abs=1e-15)
    assert float(down.observations["bottom"][0]) == pytest.approx(5 - math.sin(1.0), abs=1e-15)
    up = run_single(wave, [(0.05, 0, 5.0)], t_end=0.05, watch=watch)
    assert float(up.observations["top"][0]) == pytest.approx(5 + math.sin(0.5), abs=1e-15)


def test_integrals_add_up_over_jumps() -> None:
    """The integral of v over two decays from 1 and from what an arrival makes of it."""
    mine = run_single(
        lif_delta,
        [(0.02, 0, 0.5)],
        t_end=0.05,
        initial={"v": 0.5},
        watch={"q": ("v", "integral"), "square": ("v**2", "integral")},
    )
    at_jump = 0.5 * math.exp(-0.02 / TAU)
    after = at_jump + 0.5
    expected = TAU * (0.5 - at_jump + after * (1 - math.exp(-0.03 / TAU)))
    assert float(mine.observations["q"][0]) == pytest.approx(expected, rel=1e-15)
    squares = TAU / 2 * (0.25 - at_jump**2 + after**2 * (1 - math.exp(-0.06 / TAU)))
    assert float(mine.observations["square"][0]) == pytest.approx(squares, rel=1e-15)


def test_a_crossing_for_a_millionth_of_a_second_is_not_missed() -> None:
    """v peaks 1e-13 above the threshold, between two samples of any grid."""
    bump = Neuron(
        "bump",
        dynamics={"v": "-2*(t - 0.3)"},
        threshold="v - theta",
        reset={"v": "-1"},
        parameters={"theta": 0.09 - 1e-13},
    )
    assert run_single(bump, t_end=1.0).times == pytest.approx([0.3 - math.sqrt(1e-13)], abs=1e-9)
    assert not run_single(bump, t_end=1.0, parameters={"theta": 0.09 + 1e-13}).spikes
