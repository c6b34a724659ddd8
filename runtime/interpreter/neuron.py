"""One neuron's run: flow to the next arrival or event, jump, and so on."""

from __future__ import annotations

import copy
from collections.abc import Container, Sequence
from dataclasses import dataclass

from saltation.runtime.interpreter.arithmetic import Number, is_finite
from saltation.runtime.interpreter.guards import Guards
from saltation.runtime.interpreter.program import BoundProgram
from saltation.runtime.interpreter.recorder import Recorder
from saltation.runtime.interpreter.routing import Arrival, Emission
from saltation.runtime.interpreter.series import BoundTape
from saltation.runtime.interpreter.stepper import Step, take_step
from saltation.symbolic.errors import NonFiniteError, SimulationError, ZenoError

ZENO_LIMIT = 100
"""More firings of one neuron at one instant are an error, and so is a higher generation."""

MOST_STEPS = 20_000
"""A neuron that needs more steps of the flow is beyond an interpreter (some ten seconds)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NeuronResult:
    """What one neuron did."""

    emissions: tuple[Emission, ...]
    """Its spikes, by time."""

    observations: tuple[tuple[Number, ...], ...]
    """One value for each peak or integral, one for each time of a sample."""

    @property
    def spikes(self) -> tuple[Number, ...]:
        """Its spike times, ascending."""
        return tuple(emission.time for emission in self.emissions)


class NeuronRun:
    """The state of one neuron as time goes on.

    Parameters
    ----------
    program : BoundProgram
        The model with this neuron's parameters.
    initial : sequence of Number
        The states at time 0, aligned with the system's.
    """

    def __init__(self, program: BoundProgram, initial: Sequence[Number]) -> None:
        self.program = program
        self.arithmetic = program.arithmetic
        self.time: Number = program.arithmetic.number(0)
        self.x = list(initial)
        self.mode = 0
        self.emissions: list[Emission] = []
        self._cause: Arrival | None = None
        self._dimension = len(self.x)
        self._firings = 0
        self._steps = 0
        self._guards = Guards(len(program.system.modes[0].events), self.arithmetic)
        self._recorder = Recorder(program.watches, self.arithmetic)
        guards, watched = self._look()
        self._guards.begin(guards)
        self._recorder.point(watched)

    def advance(self, until: Number, *, stop_at_spike: bool = False) -> None:
        """Flow to `until` with all events on the way; optionally only to the next spike."""
        spikes = len(self.emissions)
        while self.time < until and not (stop_at_spike and len(self.emissions) > spikes):
            self._step(until)

    def arrive(self, arrival: Arrival) -> None:
        """Apply a port's jump at the present time, and the events that it causes."""
        self._cause = arrival
        port = self.program.system.ports[arrival.port]
        tape = self.program.ports[arrival.port]
        self.x = self._finite(tape, [*self.x, arrival.weight], f"jump of port {port.name!r}")
        self._settle()

    def copy(self) -> NeuronRun:
        """Return a run that goes on from here by itself."""
        twin = copy.copy(self)
        twin.x = list(self.x)
        twin.emissions = list(self.emissions)
        twin._guards = self._guards.copy()
        twin._recorder = self._recorder.copy()
        return twin

    def finish(self, t_end: Number) -> NeuronResult:
        """Flow to `t_end` and return what happened."""
        self.advance(t_end)
        watched = self._look()[1]
        return NeuronResult(
            emissions=tuple(self.emissions), observations=self._recorder.finish(watched)
        )

    def _look(self) -> tuple[list[Number], list[Number]]:
        """Return the values of the active mode's guards and of what is observed."""
        tape = self.program.modes[self.mode]
        values = self._finite(tape, self.x, "flow, guards and observations")[self._dimension :]
        count = len(self.program.system.modes[self.mode].events)
        return values[:count], values[count:]

    def _step(self, until: Number) -> None:
        self._steps += 1
        if self._steps > MOST_STEPS:
            raise SimulationError(
                f"model {self.program.system.name!r}: more than {MOST_STEPS} steps and "
                f"{len(self.emissions)} spikes by t = {float(self.time)!r} s; take a shorter run, "
                "or look whether each spike excites the neuron more than the one before"
            )
        tape = self.program.modes[self.mode]
        try:
            step = take_step(tape, self._dimension, self.x, until - self.time, self.arithmetic)
        except NonFiniteError as error:
            error.add_note(f"{self._where()}, after {float(self.time)!r} s")
            raise
        count = len(self.program.system.modes[self.mode].events)
        s, fired = self._guards.first_change(step.others[:count])
        start = self.time
        self._move(step, until, s)
        self._recorder.stretch(step.others[count:], step.length, s, (start, self.time))
        if fired is not None:
            self._fire(fired, at_zero=True)
            self._settle()

    def _move(self, step: Step, until: Number, s: Number) -> None:
        self.x = step.at(s)
        before = self.time
        self.time = until if s == 1 and step.whole else self.time + s * step.length
        if self.time > before:
            self._firings = 0

    def _settle(self) -> None:
        """Fire every guard that the last jump makes fire, one after the other."""
        while True:
            guards, watched = self._look()
            self._recorder.point(watched)
            fired = self._guards.examine(guards)
            if fired is None:
                return
            self._fire(fired, at_zero=False)

    def _fire(self, index: int, *, at_zero: bool) -> None:
        self._firings += 1
        system = self.program.system
        if self._firings > ZENO_LIMIT:
            raise ZenoError(
                f"{self._where()}: more than "
                f"{ZENO_LIMIT} events at t = {float(self.time)!r} s; a reset must take its own "
                "guard below zero"
            )
        event = system.modes[self.mode].events[index]
        before = self.arithmetic.number(0) if at_zero else self._look()[0][index]
        self.x = self._finite(self.program.resets[self.mode][index], self.x, f"reset {index}")
        if event.spike:
            self._emit()
        if event.target != self.mode:
            self.mode = event.target
            self._guards.enter(len(system.modes[self.mode].events))
        else:
            self._guards.fired(index, before, self._look()[0][index])

    def _where(self) -> str:
        system = self.program.system
        return f"model {system.name!r}, mode {system.modes[self.mode].name!r}"

    def _finite(self, tape: BoundTape, arguments: Sequence[Number], what: str) -> list[Number]:
        """Return a tape's values, if they are all finite."""
        try:
            values = tape.values(arguments)
        except (ArithmeticError, ValueError):
            values = []
        if not values or not all(map(is_finite, values)):
            raise NonFiniteError(
                f"{self._where()}: a value of its {what} is not a finite number at "
                f"t = {float(self.time)!r} s, where the states are {[float(x) for x in self.x]}"
            )
        return values

    def _emit(self) -> None:
        """Note a spike: caused by the last arrival if it is of the same instant."""
        cause = self._cause
        generation = cause.generation + 1 if cause is not None and cause.time == self.time else 0
        if generation > ZENO_LIMIT:
            raise ZenoError(
                f"a chain of more than {ZENO_LIMIT} spikes, each caused by the one before, at "
                f"t = {float(self.time)!r} s; give a cycle of projections a delay, or weights that "
                "do not fire its neurons again at once"
            )
        self.emissions.append(Emission(self.time, generation, len(self.emissions)))


def run_neuron(
    run: NeuronRun, arrivals: Sequence[Arrival], t_end: Number, kept: Container[int] = ()
) -> tuple[NeuronResult, dict[int, NeuronRun]]:
    """Run one neuron on all arrivals that are left, in their order; later than `t_end` have none.

    Parameters
    ----------
    run : NeuronRun
        The neuron before the first of these arrivals.
    arrivals : sequence of Arrival
        What arrives; those after `t_end` have no effect.
    t_end : Number
        End of the run.
    kept : container of int
        After how many arrivals to keep a copy of the run.

    Returns
    -------
    NeuronResult
        What the neuron did.
    dict of int to NeuronRun
        The copies.
    """
    copies = {}
    for count, arrival in enumerate(arrivals, 1):
        if arrival.time > t_end:
            break
        run.advance(arrival.time)
        run.arrive(arrival)
        if count in kept:
            copies[count] = run.copy()
    return run.finish(t_end), copies
