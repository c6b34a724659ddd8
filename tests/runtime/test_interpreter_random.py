"""Random models in the interpreter and in solve_ivp."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
from hypothesis import HealthCheck, assume, given, settings
from numpy.typing import NDArray
from scipy.integrate import solve_ivp
from single_neuron import run_single
from strategies import T_END, linear_neurons, spike_trains
from sympy import lambdify

from saltation.runtime.spikes import Spikes
from saltation.symbolic.errors import ZenoError
from saltation.symbolic.neuron import Neuron

Array = NDArray[np.float64]


class PlainRun:
    """A neuron by solve_ivp: flow to the next guard or arrival, jump, look at all guards."""

    def __init__(self, neuron: Neuron) -> None:
        system = neuron.system
        values = {symbol: neuron.parameters[symbol.name] for symbol in system.parameters}

        def compiled(expressions: Iterable[Any], *more: Any) -> Any:
            filled = [e.subs(values) for e in expressions]
            return lambdify([system.states, *more], filled)

        self.system = system
        self.flows = [compiled(mode.flow) for mode in system.modes]
        self.guards = [compiled([e.guard for e in mode.events]) for mode in system.modes]
        self.resets = [[compiled(e.reset) for e in mode.events] for mode in system.modes]
        self.ports = [compiled(port.jump, system.weight) for port in system.ports]
        self.x = np.array([neuron.initial[s.name] for s in system.states], float)
        self.mode, self.time = 0, 0.0
        self.spikes: list[float] = []
        self.armed = [g < 0 for g in self._look()]

    def _look(self) -> Array:
        return np.array(self.guards[self.mode](self.x), float)

    def advance(self, until: float) -> None:
        while self.time < until:
            flow = self.flows[self.mode]
            # A guard that is not armed is looked at too: falling below zero arms it.
            events: list[Any] = [
                lambda _, x, k=k: self.guards[self.mode](x)[k] for k in range(len(self.armed))
            ]
            for event, armed in zip(events, self.armed, strict=True):
                event.terminal = True
                event.direction = 1 if armed else -1
            solution = solve_ivp(
                lambda _, x, flow=flow: flow(x),
                (self.time, until),
                self.x,
                events=events,
                method="DOP853",
                rtol=1e-12,
                atol=1e-13,
                max_step=2e-3,
            )
            self.x, self.time = solution.y[:, -1], float(solution.t[-1])
            hit = [k for k, times in enumerate(solution.t_events) if len(times)]
            for k in hit:
                if self.armed[k]:
                    self._fire(k)
                    self._settle()
                else:
                    self.armed[k] = True

    def arrive(self, port: int, weight: float) -> None:
        self.x = np.array(self.ports[port](self.x, weight), float)
        self._settle()

    def _settle(self) -> None:
        while True:
            values = self._look()
            lifted = [k for k, g in enumerate(values) if self.armed[k] and g >= 0]
            self.armed = [a or g < 0 for a, g in zip(self.armed, values, strict=True)]
            if not lifted:
                return
            self._fire(lifted[0])

    def _fire(self, k: int) -> None:
        event = self.system.modes[self.mode].events[k]
        before = self._look()[k]
        self.x = np.array(self.resets[self.mode][k](self.x), float)
        if event.spike:
            self.spikes.append(self.time)
        if event.target != self.mode:
            self.mode = event.target
            self.armed = [True] * len(self.system.modes[self.mode].events)
        else:
            self.armed[k] = bool(abs(self._look()[k] - before) > 1e-9)


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(neuron=linear_neurons(), train=spike_trains(4, max_spikes=8))
def test_random_models_spike_when_solve_ivp_says(neuron: Neuron, train: Spikes) -> None:
    """Spike times and final states agree to what solve_ivp's tolerances allow."""
    arrivals = [
        (float(t), int(unit) % len(neuron.ports), [4.0, 6.0, 9.0, -2.0][unit])
        for t, unit in zip(train.times, train.units, strict=True)
    ]
    states = [symbol.name for symbol in neuron.system.states]
    try:
        mine = run_single(
            neuron, arrivals, t_end=T_END, watch={s: (s, "sample", [T_END]) for s in states}
        )
    except ZenoError:
        assume(False)
    plain = PlainRun(neuron)
    for time, port, weight in arrivals:
        plain.advance(time)
        plain.arrive(port, weight)
    plain.advance(T_END)
    assert len(plain.spikes) == len(mine.spikes)
    np.testing.assert_allclose(plain.spikes, mine.times, rtol=0, atol=1e-9)
    final = [float(mine.observations[s][0]) for s in states]
    np.testing.assert_allclose(plain.x, final, rtol=1e-6, atol=1e-7)
