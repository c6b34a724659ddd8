"""What the templates of numerical kernels read: frozen values of ready strings and numbers."""

from __future__ import annotations

from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True, kw_only=True)
class NumericalEventView:
    """An event: its number over all modes, and the names of its routines."""

    index: int
    spike: int
    mode: int
    target: int
    reset: str
    pull: str
    gradient: str
    parameters: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NumericalWatchView:
    """A guard that is watched along the steps.

    Its series is that of the state `row` but for the first coefficient, or of none if that is -1.
    """

    index: int
    title: str
    prefix: str
    value: str
    slope: str
    series: str
    doc: tuple[str, ...]
    event: NumericalEventView
    row: int = -1

    @property
    def is_state(self) -> bool:
        """Whether it is a state but for a constant."""
        return self.row >= 0


@dataclass(frozen=True, slots=True, kw_only=True)
class NumericalWalkView:
    """One of two ways through an interval, which differ in what is done at a step's end.

    `suffix` is that of its routines' names, which take `argument`, declared as `parameter`, last;
    its steps go onto `path`.
    """

    title: str
    suffix: str
    argument: str
    parameter: str
    path: str
    again: int


WALKS = (
    NumericalWalkView(title="", suffix="", argument="", parameter="", path="cell->path", again=0),
    NumericalWalkView(
        title=" again",
        suffix="_again",
        argument=", again",
        parameter=", const sal_replay *again",
        path="again->path",
        again=1,
    ),
)
"""The first time, and when steps are taken again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NumericalBendView:
    """A watched function that is not affine in the states: its series limits steps as theirs do."""

    series: str
    restrained: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class NumericalModeView:
    """A mode: the routines of its series, and the equations of a step.

    `driving` are the states that follow a linear flow of their own, by the routines after it, of
    which `drives` numbers depend on the duration only; `stepped` are the others. The first `depth`
    terms of a state say how large it is; exponentials of the rows `restrained` are taken.
    Of neurons in lanes, series and adjoints are those of `series_lanes` and so on.
    The watched functions `bends` limit steps, too. The last terms of gradients by the parameters
    `compared` are looked at.
    """

    index: int
    name: str
    prefix: str
    rates: str
    terms: str
    fastest: str
    series: str
    series_back: str
    series_slopes: str
    series_adjoint: str
    series_lanes: str
    series_back_lanes: str
    series_slopes_lanes: str
    series_adjoint_lanes: str
    gradient: str
    compared: tuple[int, ...]
    step_doc: tuple[str, ...]
    rate_doc: tuple[str, ...]
    adjoint_doc: tuple[str, ...]
    watches: tuple[NumericalWatchView, ...]
    driving: tuple[int, ...]
    stepped: tuple[int, ...]
    restrained: tuple[int, ...]
    depth: int
    drives: int
    set_drive: str
    drive: str
    drive_rates: str
    drive_adjoint: str
    drive_gradient: str
    bends: tuple[NumericalBendView, ...] = ()

    @property
    def slopes(self) -> bool:
        """Whether gradients by parameters want more series than those by states."""
        return self.series_slopes != self.series_back

    @property
    def straight(self) -> bool:
        """Whether lanes have series and adjoints of their own."""
        return self.series_adjoint_lanes != self.series_adjoint

    def without_lanes(self) -> NumericalModeView:
        """Return the mode where neurons go one by one."""
        return replace(
            self,
            series_lanes=self.series,
            series_back_lanes=self.series_back,
            series_slopes_lanes=self.series_slopes,
            series_adjoint_lanes=self.series_adjoint,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class NumericalPortView:
    """A port: its jump, and the adjoint of that."""

    name: str
    prefix: str
    jump: str
    pull: str
    touches: bool
    """Whether an arrival changes a watched function."""
    lifts: bool
    """Whether it changes an expression whose maximum is observed."""
    alone: bool
    """Whether neurons may have to be settled one by one after it: it may fire an event, lift a
    maximum, or find them in different modes."""
    changed: tuple[int, ...]
    """The states that it changes."""
    forgotten: tuple[int, ...]
    """Those that may be numbers after it although they were none before."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NumericalMaximumView:
    """A maximum over time: the expression, its slope, its series, its gradient."""

    index: int
    value: str
    slope: str
    series: str
    slopes: tuple[str, ...]
    gradient: str
