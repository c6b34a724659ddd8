"""Bad declarations, and good neighbours of theirs: units."""

from __future__ import annotations

from bad_models.changes import UNITS, Case, flow
from saltation.symbolic.codes import Code

CASES = [
    Case(
        Code.UNIT_TEXT,
        [{"units": {"v": bad}} for bad in ("mV", "volt", "V +", "2*V", "V+V", "")],
        [{"units": {**UNITS, "v": "kg*m**2/(s**3*A)"}}],
    ),
    Case(
        Code.UNIT_MISMATCH,
        [
            {"units": {**UNITS, "i": "A"}},
            {"units": {**UNITS, "tau_m": "V"}},
            {"units": {**UNITS, "v_r": "s"}},
            {"units": {**UNITS, "w": "A"}},
            {"units": {**UNITS, "theta": "1"}},
            {"units": {"v": "V", "v_r": "A"}},
        ],
        [
            {"units": UNITS},
            {"units": {"v": "V"}},
            {"units": {}},
            {"units": UNITS, "reset": {"v": "v_r - 0.07"}},
        ],
    ),
    Case(
        Code.UNIT_ARGUMENT,
        [{"units": UNITS, **flow("theta*exp(v)/tau_m")}, {"units": UNITS, **flow("2**v")}],
        [{"units": UNITS, **flow("theta*exp(v/theta)/tau_m")}],
    ),
]
