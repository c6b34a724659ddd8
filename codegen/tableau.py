"""The Runge-Kutta pair of numerical flows: Tsitouras 5(4), with its dense output.

References
----------
Tsitouras (2011), "Runge-Kutta pairs of order 5(4) satisfying only the first column simplifying
assumption", Computers & Mathematics with Applications 62:770-775.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from saltation.codegen.text import nested

STAGES: tuple[tuple[float, ...], ...] = (
    (0.161,),
    (-0.008480655492356989, 0.335480655492357),
    (2.8971530571054935, -6.359448489975075, 4.3622954328695815),
    (5.325864828439257, -11.748883564062828, 7.4955393428898365, -0.09249506636175525),
    (
        5.86145544294642,
        -12.92096931784711,
        8.159367898576159,
        -0.071584973281401,
        -0.028269050394068383,
    ),
    (
        0.09646076681806523,
        0.01,
        0.4798896504144996,
        1.379008574103742,
        -3.290069515436081,
        2.324710524099774,
    ),
)
"""``a_kj`` of the second to the seventh stage; the last row is ``b``, the solution's weights."""

ERROR: tuple[float, ...] = (
    0.00178001105222577714,
    0.0008164344596567469,
    -0.007880878010261995,
    0.1447110071732629,
    -0.5823571654525552,
    0.45808210592918697,
    -1 / 66,
)
"""The weights of the fifth-order solution less those of the fourth-order one."""

DENSE: tuple[tuple[float, float, float, float], ...] = (
    (1.0, -2.763706197274826, 2.9132554618219126, -1.0530884977290216),
    (0.0, 0.1317, -0.2234, 0.1017),
    (0.0, 3.9302962368947516, -5.941033872131505, 2.490627285651253),
    (0.0, -12.411077166933676, 30.33818863028232, -16.548102889244902),
    (0.0, 37.50931341651104, -88.1789048947664, 47.37952196281928),
    (0.0, -27.896526289197286, 65.09189467479366, -34.87065786149661),
    (0.0, 1.5, -4.0, 2.5),
)
"""``b_k(theta)`` of the dense output: factors of ``theta, ..., theta^4``, per stage."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StageView:
    """A stage as the templates read it.

    Attributes
    ----------
    at : int
        Where its states start in an array of all stages.
    node : str
        At which fraction of the step it is.
    sum : tuple of str
        For the second to the sixth stage the weighted sum of the rates that lead to it, for each
        state.
    moved : tuple of str
        The same sum of how these rates times the step's length change with that length.
    pulled : tuple of str
        For the first six stages the weighted sum of the adjoints that it leads to.
    later : bool
        Whether it is not at the start of the step.
    lane : int
        The place of its node among those of the later ones.
    """

    at: int
    node: str
    sum: tuple[str, ...]
    moved: tuple[str, ...]
    pulled: tuple[str, ...]
    later: bool
    lane: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TableauView:
    """The pair as the templates read it: ready sums for each state of a system of some size.

    Attributes
    ----------
    stages : tuple of StageView
        All seven.
    solution, moved, error, back : tuple of str
        The weighted sums of rates for the solution; for how it changes with the step's length; for
        its error; and the sum of the stages' adjoints.
    dense : tuple of str
        For each power of theta from the first to the fourth the weighted sum of seven slopes.
    rise : str
        How far a function may rise in a step above its value at the start, by any of the
        polynomial's Bernstein coefficients, in units of the step's length times its fastest slope.
    linear : str
        The error of a step along ``dx/dt = r x`` from one, as a polynomial of ``z = r h``.
    nodes : tuple of str
        At which fractions of the step the later stages are, each once.
    """

    stages: tuple[StageView, ...]
    solution: tuple[str, ...]
    moved: tuple[str, ...]
    error: tuple[str, ...]
    back: tuple[str, ...]
    dense: tuple[str, ...]
    rise: str
    linear: str
    nodes: tuple[str, ...]

    @property
    def inner(self) -> tuple[StageView, ...]:
        """The second to the sixth stage."""
        return self.stages[1:-1]

    @property
    def backwards(self) -> tuple[StageView, ...]:
        """The first six stages, from the last to the first."""
        return self.stages[-2::-1]


@dataclass(frozen=True, slots=True)
class _Sums:
    """Writes weighted sums over stages, with literals of a precision, for each state."""

    suffix: str
    states: int

    def literal(self, factor: float) -> str:
        return f"{factor!r}{self.suffix}" if factor >= 0 else f"({factor!r}{self.suffix})"

    def over(self, factors: Sequence[float], term: str, first: int = 0) -> tuple[str, ...]:
        """Return, for each state, the sum of factors times a term of stages from `first` on.

        In the term ``@`` stands for the place of the state in all stages.
        """
        return tuple(
            "\n            + ".join(
                f"{self.literal(x)} * " + term.replace("@", str(k * self.states + s))
                for k, x in enumerate(factors, start=first)
                if x != 0
            )
            for s in range(self.states)
        )


def tableau_view(suffix: str, states: int) -> TableauView:
    """Return the pair with literals of a precision, for so many states."""
    sums = _Sums(suffix, states)
    rows, solution = STAGES[:-1], STAGES[-1]
    count = len(solution)
    rate, moved = "rate[@]", "(rate[@] + h * change[@])"
    # The sum of the last row rounds to just below one.
    places = [sums.literal(x) for x in (*(sum(row) for row in rows), 1.0)]
    nodes = list(dict.fromkeys(places))
    stages = []
    for k in range(count + 1):
        row = rows[k - 1] if 0 < k < count else ()
        column = [rows[j - 1][k] for j in range(k + 1, count)]
        own = [f"{sums.literal(solution[k])} * nu[{s}]" if k < count else "" for s in range(states)]
        later = sums.over(column, "pulled[@]", first=k + 1)
        stages.append(
            StageView(
                at=k * states,
                node=sums.literal(sum(STAGES[k - 1])) if k > 0 else sums.literal(0.0),
                later=k > 0,
                lane=nodes.index(places[max(k - 1, 0)]),
                sum=sums.over(row, rate),
                moved=sums.over(row, moved),
                pulled=tuple(
                    "\n            + ".join(filter(None, parts))
                    for parts in zip(own, later, strict=True)
                ),
            )
        )
    linear = [sums.literal(factor) for factor in linear_error()]
    return TableauView(
        nodes=tuple(nodes),
        stages=tuple(stages),
        solution=sums.over(solution, rate),
        moved=sums.over(solution, moved),
        error=sums.over(ERROR, rate),
        back=tuple(
            " + ".join(f"pulled[{k * states + s}]" for k in range(count)) for s in range(states)
        ),
        dense=tuple(
            " + ".join(
                f"{sums.literal(row[power])} * slope[{k}]"
                for k, row in enumerate(DENSE)
                if row[power] != 0
            )
            for power in range(len(DENSE[0]))
        ),
        rise=sums.literal(dense_rise()),
        linear=f"z * z * z * z * z * ({nested(linear, 'z')})",
    )


def dense_rise() -> float:
    """Return the largest sum of the absolute weights of slopes in a Bernstein coefficient.

    A millionth more is for rounding.
    """
    rows = ((1 / 4, 0, 0, 0), (1 / 2, 1 / 6, 0, 0), (3 / 4, 1 / 2, 1 / 4, 0), (1, 1, 1, 1))
    sums = [
        sum(abs(sum(a * b for a, b in zip(row, weights, strict=True))) for weights in DENSE)
        for row in rows
    ]
    return max(sums) * (1 + 1e-6)


def linear_error() -> tuple[float, ...]:
    """Return the factors of ``z^5, z^6, z^7`` in a step's error along ``dx/dt = r x``, ``z = r h``.

    Lower powers vanish, as both solutions of the pair are of fourth order at least.
    """
    stages: list[list[float]] = [[1.0]]
    for row in STAGES:
        stages.append([1.0, *_combine(row, stages)])
    return tuple([0.0, *_combine(ERROR, stages)][5:])


def _combine(factors: Sequence[float], polynomials: Sequence[Sequence[float]]) -> list[float]:
    length = max(len(p) for p in polynomials)
    return [
        sum(
            factor * p[power]
            for factor, p in zip(factors, polynomials, strict=False)
            if power < len(p)
        )
        for power in range(length)
    ]
