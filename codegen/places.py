"""Where a lane's values lie: states by rows of lanes, coefficients of series by rows of terms."""

from __future__ import annotations


def state_place(row: int) -> str:
    """Return the place of a state in the present lane `l`.

    Examples
    --------
    >>> state_place(0), state_place(1), state_place(2)
    ('l', 'lanes + l', '2U * lanes + l')
    """
    return f"{_times(row, 'lanes')}l"


def coefficient_place(row: int, number: str = "") -> str:
    """Return the place of a coefficient of a series; without a number, of the first.

    Examples
    --------
    >>> coefficient_place(0, "k"), coefficient_place(1), coefficient_place(2, "k + 1U")
    ('k * lanes + l', 'SAL_TERMS * lanes + l', '(2U * SAL_TERMS + k + 1U) * lanes + l')
    """
    product = f"{_times(row, 'SAL_TERMS')}{number}".removesuffix(" + ")
    if product in {"", "1U"}:
        return "lanes + l" if product else "l"
    return f"({product}) * lanes + l" if " + " in product else f"{product} * lanes + l"


def _times(row: int, width: str) -> str:
    return ("", f"{width} + ")[row] if row < 2 else f"{row}U * {width} + "
