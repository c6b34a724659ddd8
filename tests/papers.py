"""Published neuron models, written by hand in the units of their papers, run by SciPy."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.integrate import solve_ivp

State = NDArray[np.float64]
Input = Callable[[float], float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Paper:
    """A model in milliseconds and millivolts: its flow with an input current, and its spike."""

    flow: Callable[[State, float], Sequence[float]]
    threshold: float
    reset: Callable[[State], Sequence[float]]
    start: tuple[float, ...]


def izhikevich(a: float, b: float, c: float, d: float, v: float, u: float) -> Paper:
    """Izhikevich (2003), equations 1 to 3."""
    return Paper(
        flow=lambda x, i: (0.04 * x[0] ** 2 + 5 * x[0] + 140 - x[1] + i, a * (b * x[0] - x[1])),
        threshold=30.0,
        reset=lambda x: (c, x[1] + d),
        start=(v, u),
    )


def adex(
    c: float = 281.0,
    g_l: float = 30.0,
    e_l: float = -70.6,
    v_t: float = -50.4,
    tau: float = 144.0,
    a: float = 4.0,
    b: float = 80.5,
    v_r: float = -70.6,
) -> Paper:
    """Brette & Gerstner (2005) in pF, nS, mV, pA; spikes recorded at -20 mV."""
    return Paper(
        flow=lambda x, i: (
            (-g_l * (x[0] - e_l) + g_l * 2.0 * np.exp((x[0] - v_t) / 2.0) - x[1] + i) / c,
            (a * (x[0] - e_l) - x[1]) / tau,
        ),
        threshold=-20.0,
        reset=lambda x: (v_r, x[1] + b),
        start=(e_l, 0.0),
    )


def exponential() -> Paper:
    """Fourcaud-Trocme et al. (2003) in uF/cm^2, mS/cm^2, mV, uA/cm^2, without refractoriness."""
    return Paper(
        flow=lambda x, i: (-0.1 * (x[0] + 65) + 0.348 * np.exp((x[0] + 59.9) / 3.48) + i,),
        threshold=-30.0,
        reset=lambda x: (-68.0,),
        start=(-65.0,),
    )


def hodgkin_huxley() -> Paper:
    """Hodgkin & Huxley (1952) with depolarisation positive, in uF/cm^2, mS/cm^2, uA/cm^2."""

    def flow(x: State, i: float) -> Sequence[float]:
        v, m, h, n = x[0] + 65, *x[1:]
        a_m = 0.1 * (25 - v) / (np.exp((25 - v) / 10) - 1)
        a_n = 0.01 * (10 - v) / (np.exp((10 - v) / 10) - 1)
        a_h, b_h = 0.07 * np.exp(-v / 20), 1 / (np.exp((30 - v) / 10) + 1)
        b_m, b_n = 4 * np.exp(-v / 18), 0.125 * np.exp(-v / 80)
        ionic = 120 * m**3 * h * (v - 115) + 36 * n**4 * (v + 12) + 0.3 * (v - 10.613)
        return i - ionic, a_m * (1 - m) - b_m * m, a_h * (1 - h) - b_h * h, a_n * (1 - n) - b_n * n

    return Paper(
        flow=flow, threshold=0.0, reset=lambda x: x, start=(-65.0, 0.0529325, 0.5961208, 0.3176769)
    )


def conductance() -> Paper:
    """Brette et al. (2007), benchmark 1, in pF, nS, mV; the input is an excitatory conductance."""
    return Paper(
        flow=lambda x, g: ((10 * (-60 - x[0]) + g * (0 - x[0])) / 200,),
        threshold=-50.0,
        reset=lambda x: (-60.0,),
        start=(-60.0,),
    )


def spike_times(paper: Paper, current: Input, breaks: Sequence[float]) -> list[float]:
    """Spike times in ms; the input is smooth between the breaks, the last of which is the end."""
    spikes: list[float] = []
    time, x = 0.0, np.array(paper.start)
    for until in breaks:
        while time < until:
            solution = _segment(paper, current, (time, until), x)
            time, x = float(solution.t[-1]), solution.y[:, -1]
            if solution.status == 1:
                spikes.append(time)
                after = np.array(paper.reset(x))
                if np.array_equal(after, x):
                    time, x = _past(paper, current, time, x)
                else:
                    x = after
    return spikes


def _segment(paper: Paper, current: Input, span: tuple[float, float], x: State) -> Any:
    def crossing(_: float, x: State) -> float:
        return float(x[0]) - paper.threshold

    crossing.terminal, crossing.direction = True, 1.0  # type: ignore[attr-defined]
    return solve_ivp(
        lambda t, x: paper.flow(x, current(t)),
        span,
        x,
        events=crossing,
        method="DOP853",
        rtol=1e-12,
        atol=1e-13,
    )


def _past(paper: Paper, current: Input, time: float, x: State) -> tuple[float, State]:
    """Step over a spike that resets nothing, so that it is not found again."""
    step = solve_ivp(
        lambda t, x: paper.flow(x, current(t)),
        (time, time + 1e-3),
        x,
        method="DOP853",
        rtol=1e-12,
        atol=1e-13,
    )
    return time + 1e-3, step.y[:, -1]


def pulses(arrivals: Sequence[tuple[float, float]], tau: float) -> tuple[Input, list[float]]:
    """An exponentially decaying input from times in ms and weights, and where it jumps."""

    def current(t: float) -> float:
        return sum(w * float(np.exp(-(t - s) / tau)) for s, w in arrivals if t >= s)

    return current, [s for s, _ in arrivals]
