"""Bad declarations, and good neighbours of theirs: units."""

from __future__ import annotations

from bad_models.changes import UNITS, Case, flow, values
from saltation.symbolic.codes import Code
from saltation.symbolic.errors import ModelWarning

MEMBRANE = {
    "dynamics": {"v": "(g*(e - v) + i - u)/c", "i": "-i/tau", "u": "(a*(v - e) - u)/tau"},
    "threshold": "v - theta - (1 - exp(-(t - t_0)/tau))*b",
    "reset": {"v": "e"},
    "receive": {"i": "i + w"},
}
MEASURED = {
    "g": 1e-8,
    "c": 2e-10,
    "tau": 0.02,
    "e": 0.0,
    "a": 1e-9,
    "theta": 1.0,
    "b": 1.0,
    "t_0": 0.0,
}
GIVEN = {"v": "V", "g": "S", "a": "S", "c": "F", "tau": "s", "t_0": "s"}


def measured(**parameters: float) -> dict[str, object]:
    """Declare an adapting membrane in SI units, with other parameters."""
    return {**MEMBRANE, "units": GIVEN, "parameters": {**MEASURED, **parameters}}


SIGNS = Case(
    Code.NEGATIVE_QUANTITY,
    [
        measured(g=-1e-8),
        measured(c=-2e-10),
        measured(tau=-0.02),
        {**flow("0*r", r=-1e8), "units": {"r": "ohm"}},
        {**flow("r*i/tau_m", r=-0.5), "units": {"r": "ohm*m**2"}},
    ],
    [
        measured(),
        measured(a=-1e-9, t_0=-1.0, theta=0.5),
        measured(g=0.0),
        {**values(v_r=-2.0), "units": UNITS},
    ],
    ModelWarning,
)
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
