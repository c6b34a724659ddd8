"""The Runge-Kutta pair of numerical flows: Tsitouras 5(4), with its dense output.

References
----------
Tsitouras (2011), "Runge-Kutta pairs of order 5(4) satisfying only the first column simplifying
assumption", Computers & Mathematics with Applications 62:770-775.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

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
class Term:
    """A factor and the number of the stage that it multiplies."""

    factor: str
    stage: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TableauView:
    """The pair as the templates read it.

    Attributes
    ----------
    stages : tuple of tuple of Term
        What leads to the second to the sixth stage.
    solution, error : tuple of Term
        The weights of the solution and of its error.
    dense : tuple of tuple of Term
        For each power of theta from the first to the fourth.
    columns : tuple of tuple of Term
        For each of the first six stages the later ones that it leads to: the transpose of `stages`.
    """

    stages: tuple[tuple[Term, ...], ...]
    solution: tuple[Term, ...]
    error: tuple[Term, ...]
    dense: tuple[tuple[Term, ...], ...]
    columns: tuple[tuple[Term, ...], ...]


def tableau_view(suffix: str) -> TableauView:
    """Return the pair with literals of a precision, whose suffix is given."""

    def terms(factors: Sequence[float], stages: Iterable[int]) -> tuple[Term, ...]:
        return tuple(
            Term(factor=f"({x!r}{suffix})" if x < 0 else f"{x!r}{suffix}", stage=k)
            for x, k in zip(factors, stages, strict=True)
            if x != 0
        )

    rows, solution = STAGES[:-1], STAGES[-1]
    count = len(solution)
    return TableauView(
        stages=tuple(terms(row, range(len(row))) for row in rows),
        solution=terms(solution, range(count)),
        error=terms(ERROR, range(len(ERROR))),
        dense=tuple(
            terms([row[power] for row in DENSE], range(len(DENSE)))
            for power in range(len(DENSE[0]))
        ),
        columns=tuple(
            terms([rows[j - 1][k] for j in range(k + 1, count)], range(k + 1, count))
            for k in range(count)
        ),
    )
