"""What code can be generated for: the floating-point type, and how flows are computed."""

from __future__ import annotations

from enum import Enum


class Precision(Enum):
    """The floating-point type of the generated code; the value is the C type's name."""

    DOUBLE = "double"
    SINGLE = "float"

    @property
    def epsilon(self) -> str:
        """The digits of the spacing of numbers at one."""
        return "2.220446049250313e-16" if self is Precision.DOUBLE else "1.1920929e-07"

    @property
    def noise(self) -> str:
        """The digits of the share of its terms that a sum may be off by, functions included."""
        return "7e-15" if self is Precision.DOUBLE else "4e-06"

    @property
    def tiny(self) -> str:
        """The digits of a number that vanishes beside any scale."""
        return "1e-300" if self is Precision.DOUBLE else "1e-36"

    @property
    def suffix(self) -> str:
        """The suffix of literals and of libm's functions' names."""
        return "" if self is Precision.DOUBLE else "f"


class Solver(Enum):
    """How flows are computed; the value is what a user writes."""

    AUTO = "auto"
    CLOSED_FORM = "closed_form"
    TAYLOR = "taylor"

    @classmethod
    def _missing_(cls, value: object) -> Solver | None:
        """Take the name that numerical flows had when a Runge-Kutta pair computed them."""
        return cls.TAYLOR if value == "runge_kutta" else None
