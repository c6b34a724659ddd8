r"""The exponential of a coupled 2x2 block of a linear flow, in one expression for all rates.

With the mean ``m`` of the diagonal and the discriminant ``D`` of a block ``B``,

.. math::
    e^{B h} = e^{m h} \left( \cosh(\sqrt{D} h)\, I
        + \frac{\sinh(\sqrt{D} h)}{\sqrt{D}} (B - m I) \right),

and both functions are entire in ``D``: ``D > 0`` gives two real rates, ``D < 0`` an oscillation
(``cos`` and ``sin``), and ``D = 0``, where the second is ``h``, equal rates.

References
----------
Higham (2008), "Functions of Matrices: Theory and Computation", SIAM, section 10.
"""

from __future__ import annotations

from dataclasses import dataclass

from sympy import Expr, ImmutableMatrix, Integer, cosh, exp, eye, sinh, sqrt

from saltation.symbolic.flow import DURATION
from saltation.symbolic.simplification import canonical, tidy


@dataclass(frozen=True, slots=True, kw_only=True)
class CoupledBlock:
    """Two states of a linear flow that depend on each other.

    Attributes
    ----------
    states : tuple of int
        Their indices, in order of declaration.
    mean : Expr
        ``m``, half the trace of the block, unit 1/s.
    discriminant : Expr
        ``D``, unit 1/s^2: the two rates are ``m + sqrt(D)`` and ``m - sqrt(D)``.
    deviation : ImmutableMatrix
        ``B - m I``, shape (2, 2).
    """

    states: tuple[int, int]
    mean: Expr
    discriminant: Expr
    deviation: ImmutableMatrix

    def exponential(self, mean: Expr, discriminant: Expr) -> ImmutableMatrix:
        """Return ``exp(B h)``, shape (2, 2), in terms of given ``m`` and ``D``."""
        root = sqrt(discriminant)
        even, odd = cosh(root * DURATION), sinh(root * DURATION) / root
        return ImmutableMatrix(exp(mean * DURATION) * (even * eye(2) + odd * self.deviation))


def coupled_blocks(matrix: ImmutableMatrix) -> tuple[CoupledBlock, ...]:
    """Return the blocks of exactly two states that depend on each other and on no third in turn."""
    blocks = []
    for group in strong_components(matrix):
        if len(group) != 2:
            continue
        block = matrix.extract(list(group), list(group))
        mean = canonical((block[0, 0] + block[1, 1]) / 2)
        half = canonical((block[0, 0] - block[1, 1]) / 2)
        blocks.append(
            CoupledBlock(
                states=(group[0], group[1]),
                mean=mean,
                discriminant=tidy(half**2) + block[0, 1] * block[1, 0],
                deviation=ImmutableMatrix([[half, block[0, 1]], [block[1, 0], -half]]),
            )
        )
    return tuple(blocks)


def strong_components(matrix: ImmutableMatrix) -> tuple[tuple[int, ...], ...]:
    """Group the states that depend on each other, by first state."""
    n = matrix.rows
    reach = [[i == j or matrix[i, j] != Integer(0) for j in range(n)] for i in range(n)]
    for k in range(n):
        for i in range(n):
            for j in range(n):
                reach[i][j] = reach[i][j] or (reach[i][k] and reach[k][j])
    groups = {tuple(j for j in range(n) if reach[i][j] and reach[j][i]) for i in range(n)}
    return tuple(sorted(groups))
