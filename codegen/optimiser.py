"""The C of optimisers' steps, which belong to no network."""

from __future__ import annotations

from saltation.codegen.options import Precision
from saltation.codegen.render import render

ADAM_DECLARATION = (
    "int sal_adam(int64_t count, const double *value, const double *gradient, double *mean, "
    "double *square, double *stepped, double beta_1, double beta_2, double rate, double epsilon);"
)
"""The function of `adam_source`, as cffi reads it."""


def adam_source() -> str:
    """Return the C of one step of Adam: NumPy passes over the values eleven times, it once."""
    return render("adam.c.j2", Precision.DOUBLE)
