"""What the templates read: frozen values of ready strings and numbers."""

from __future__ import annotations

from dataclasses import dataclass

from saltation.codegen.numerical_views import (
    WALKS,
    NumericalEventView,
    NumericalMaximumView,
    NumericalModeView,
    NumericalPortView,
    NumericalWalkView,
    NumericalWatchView,
)
from saltation.codegen.quiet_views import QuietView
from saltation.codegen.step_parts import StepPart, step_parts


@dataclass(frozen=True, slots=True, kw_only=True)
class Routine:
    """A C function that computes expressions."""

    name: str
    doc: tuple[str, ...]
    signature: str
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class LevelView:
    """One level of a crossing chain: functions ``L_2l, L_2l+1, L_2l+2``."""

    index: int
    prefix: str
    gap: str
    pieces: int
    next_prefix: str


@dataclass(frozen=True, slots=True, kw_only=True)
class EventView:
    """An event: its number over all modes, and the names of its routines."""

    index: int
    spike: int
    mode: int
    target: int
    reset: str
    landing: str
    implicit: str
    given: str


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchView:
    """A function of the state that is watched for crossings: a guard, or an observation's slope."""

    index: int
    title: str
    value: str
    look: str
    """A first test of an interval by signs at its ends; `candidate` where there is none."""
    candidate: str
    find: str
    """The search in lanes, empty if there is none."""
    series: str
    """What its first step follows."""
    fourth: int
    """Whether the chain has four rates, so that ``L_2`` may change its sign once."""
    later: tuple[int, ...]
    """Which of the first three functions a search has to probe at the end of an interval."""
    rise: str
    event: EventView | None
    levels: tuple[LevelView, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ModeView:
    """A mode: the names of its routines and the fields of its structures."""

    name: str
    prefix: str
    step_fields: tuple[str, ...]
    step_lanes: bool
    """Whether the fields are numbers, made without a branch."""
    set_step: str
    set_flow: str
    """Of a step what its flow alone needs."""
    flow: str
    adjoint: str
    gradient_fields: tuple[str, ...]
    set_gradient: str
    gradient: str
    gradient_alone: str
    """The same of one neuron's duration, if there is a shorter way than by the fields."""
    parameters: tuple[int, ...]
    """Those whose gradients the flow adds to."""
    watches: tuple[WatchView, ...]
    quiet: QuietView | None
    """How neurons in the first mode pass all arrivals of a stretch of time at once, if they can."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PortView:
    """A port: its jump, and the adjoint of an arrival in each mode."""

    name: str
    prefix: str
    jump: str
    adjoints: tuple[str, ...]
    touches: bool
    """Whether an arrival changes a watched function."""
    lifts: bool
    """Whether it changes an expression whose maximum is observed."""
    alone: bool
    """Whether neurons may be settled one by one after it: for events, maxima, different modes."""
    changed: tuple[int, ...]
    """The states that it changes."""
    forgotten: tuple[int, ...]
    """Those that may be numbers after it although they were none before."""
    needs_state: bool
    identity: bool
    """Whether an arrival leaves all adjoints as they are but the weight's."""

    @property
    def settles(self) -> bool:
        """Whether something is to be looked at beside the jump itself."""
        return self.touches or bool(self.forgotten)


@dataclass(frozen=True, slots=True, kw_only=True)
class MaximumView:
    """A maximum over time: the expression, its slope in each mode, its gradient."""

    index: int
    value: str
    slopes: tuple[str, ...]
    gradient: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleView:
    """A sampled expression and its gradient."""

    value: str
    gradient: str


@dataclass(frozen=True, slots=True, kw_only=True)
class KernelView:
    """A neuron model with what is observed of it; `numerical` flows have series of some rows."""

    title: str
    numerical: bool
    rows: int
    back_rows: int
    prefix: str
    own_arrivals: bool
    states: int
    initial_states: int
    parameters: int
    constant_fields: tuple[str, ...]
    modes: tuple[ModeView, ...] | tuple[NumericalModeView, ...]
    watches: tuple[WatchView, ...] | tuple[NumericalWatchView, ...]
    events: tuple[EventView, ...] | tuple[NumericalEventView, ...]
    kept: tuple[int, ...]
    ports: tuple[PortView, ...] | tuple[NumericalPortView, ...]
    maxima: tuple[MaximumView, ...] | tuple[NumericalMaximumView, ...]
    integrals: tuple[int, ...]
    samples: tuple[SampleView, ...]
    flow: tuple[int, ...]
    needs_state: int
    differences: tuple[int, ...]
    coupled_rows: int
    routines: tuple[Routine, ...]
    each: bool = False
    """Whether neurons of a closed form have constants of their own."""

    @property
    def given(self) -> str:
        """What a loop over neurons is given of their constants: those of all, or lanes of them."""
        return (
            "const sal_real *restrict constants"
            if self.each
            else f"const {self.prefix}constants *c"
        )

    @property
    def walks(self) -> tuple[NumericalWalkView, ...]:
        """How neurons of a numerical flow go through an interval."""
        return WALKS

    @property
    def in_flow(self) -> tuple[int, ...]:
        """Whether each parameter is one of the flow; C has no empty arrays."""
        return tuple(int(k in self.flow) for k in range(max(self.parameters, 1)))

    @property
    def ahead(self) -> bool:
        """Whether what depends on the intervals' durations is computed for several at once."""
        first = self.modes[0]
        return isinstance(first, ModeView) and first.step_lanes and bool(first.step_fields)

    @property
    def step_parts(self) -> tuple[StepPart, ...]:
        """What is filled of the first mode's steps: all, and where it saves work, less."""
        first = self.modes[0]
        if not isinstance(first, ModeView):
            return ()
        read = "".join(
            line
            for routine in self.routines
            if routine.name in (first.flow, first.adjoint)
            for line in routine.lines
        )
        two = self.ahead or first.set_flow != first.set_step
        parts = step_parts(first.step_fields, read, first.set_step, first.set_flow)
        return parts[: 2 if two else 1]

    @property
    def back_step(self) -> str:
        """What gives the step of an interval where only its flow counts."""
        return self.step_parts[-1].get

    @property
    def ahead_fields(self) -> int:
        """How many values that is for each interval."""
        first = self.modes[0]
        return len(first.step_fields) if isinstance(first, ModeView) and self.ahead else 0

    @property
    def slope_fields(self) -> int:
        """How many values say how that changes with parameters."""
        first = self.modes[0]
        return len(first.gradient_fields) if isinstance(first, ModeView) and self.ahead else 0

    @property
    def touched(self) -> bool:
        """Whether an arrival changes a watched function."""
        return any(port.touches for port in self.ports)

    @property
    def finds(self) -> bool:
        """Whether some watched function has a search in lanes."""
        return any(isinstance(watch, WatchView) and watch.find for watch in self.watches)

    @property
    def laned(self) -> bool:
        """Whether all functions that are watched in the first mode have a search in lanes."""
        watches = self.modes[0].watches
        return bool(watches) and all(isinstance(w, WatchView) and w.find for w in watches)

    @property
    def looks(self) -> bool:
        """Whether some function watched in the first mode has a test by signs before others."""
        watches = () if self.each else self.modes[0].watches
        return any(isinstance(w, WatchView) and w.look != w.candidate for w in watches)

    @property
    def plain(self) -> bool:
        """Whether every neuron that is not listed needs nothing but its flow."""
        return self.laned and (len(self.modes) == 1 or self.others)

    @property
    def peaks(self) -> bool:
        """Whether a maximum at an interval's end is noted only where it then stops to rise."""
        return bool(self.maxima) and not self.numerical

    @property
    def glides(self) -> bool:
        """Whether few neurons go through intervals without an event in lanes that may be empty."""
        ports = () if self.numerical or self.each else self.ports
        plain = all(isinstance(p, PortView) and not p.lifts and not p.forgotten for p in ports)
        tested = self.laned or not (self.modes[0].watches or self.maxima)
        return bool(ports) and plain and tested and self.ahead

    @property
    def beside(self) -> bool:
        """Whether neurons of several samples go side by side: events are found together."""
        return self.laned and not self.numerical

    @property
    def travels(self) -> bool:
        """Whether groups go through windows as travellers."""
        return self.glides or self.beside

    @property
    def others(self) -> bool:
        """Whether neurons in modes other than the first share their steps' numbers."""
        return len(self.modes) > 1 and not self.maxima and not self.each

    @property
    def lists_others(self) -> bool:
        """Whether these are listed, as those are that may have an event."""
        return self.others and self.laned

    @property
    def unlaned(self) -> bool:
        """Whether intervals are undone in lanes, events too: one mode, whose step has no branch."""
        return len(self.modes) == 1 and self.ahead and (self.laned or not self.events)

    @property
    def around(self) -> bool:
        """Whether the flows around several events are found at once, on the way back."""
        return self.unlaned and bool(self.events)

    @property
    def unglides(self) -> bool:
        """Whether they go back likewise, through arrivals that leave adjoints as they are."""
        return (
            self.glides
            and self.unlaned
            and all(isinstance(p, PortView) and p.identity for p in self.ports)
        )

    @property
    def apart(self) -> bool:
        """Whether neurons with arrivals of their own go through them in lanes."""
        alike = self.laned and self.ahead and not self.maxima and not self.samples
        return alike and self.own_arrivals and not self.each

    @property
    def slot(self) -> int:
        """How many numbers of a stretch of flow the tape then holds."""
        return self.states * (2 if self.needs_state else 1)

    @property
    def quiet(self) -> QuietView | None:
        """How neurons with arrivals of their own pass those of a window at once, if they can."""
        first = self.modes[0]
        return first.quiet if isinstance(first, ModeView) and self.apart else None

    @property
    def reaches(self) -> int:
        """How many numbers tell what arrivals may add to watched functions."""
        return 2 * len(self.quiet.lifts) if self.quiet else 0

    @property
    def fits(self) -> int:
        """How many series tell what arrivals add to states."""
        return len(self.ports) * self.states if self.quiet else 0

    @property
    def watched(self) -> bool:
        """Whether anything is watched along the flow."""
        return bool(self.watches or self.maxima)

    @property
    def guard_gradients(self) -> bool:
        """Whether a numerical kernel has a guard's gradient by a parameter."""
        return any(isinstance(e, NumericalEventView) and e.parameters for e in self.events)

    @property
    def stepped_modes(self) -> tuple[ModeView | NumericalModeView, ...]:
        """The modes whose flow has a closed form, with structures of what depends on a duration."""
        return () if self.numerical else self.modes


@dataclass(frozen=True, slots=True, kw_only=True)
class LayerView:
    """A population: its kernel, the projections into it and what is observed of it."""

    kernel: int
    numbers: tuple[int, ...]
    projections: int
    maxima: int
    at_maxima: int
    integrals: int
    at_integrals: int
    samples: int
    at_samples: int


@dataclass(frozen=True, slots=True, kw_only=True)
class WireView:
    """A projection: where it comes from (an input: -1 - its index), its target and port."""

    source: int
    target: int
    port: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ComponentView:
    """A stretch of the order of populations: where it starts, and whether it is a cycle."""

    first: int
    cyclic: int
