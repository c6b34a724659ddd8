"""Every code: declarations that give it, neighbours that do not, the page that lists it."""

from __future__ import annotations

import re
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from bad_models import CASES
from bad_models.changes import LIF, Case, alone, clocked, flow, guard, simple, values
from bad_models.runs import RUN_CASES, TESTED_ELSEWHERE

from saltation.symbolic import errors
from saltation.symbolic.codes import Code
from saltation.symbolic.errors import ModelError, ModelWarning
from saltation.symbolic.neuron import Event, Mode, Neuron


def declare(changes: dict[str, Any] | Callable[[], object]) -> list[ModelError | ModelWarning]:
    """Return every remark about a declaration, or of a call about a network."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            if callable(changes):
                changes()
            else:
                Neuron(**{**LIF, **changes})
        except ModelError as error:
            return [error]
    return [each.message for each in caught if isinstance(each.message, ModelWarning)]


def spread(which: str) -> list[Any]:
    return [
        pytest.param(case, changes, id=f"{case.code}-{number}")
        for case in CASES
        for number, changes in enumerate(getattr(case, which))
    ]


@pytest.mark.parametrize(("case", "changes"), spread("invalid"))
def test_a_bad_declaration_gets_its_code(case: Case, changes: dict[str, Any]) -> None:
    found = declare(changes)
    remarks = {remark.code: remark for remark in found}
    assert len({str(remark) for remark in found}) == len(found)
    assert case.code in remarks
    remark = remarks[case.code]
    assert isinstance(remark, case.kind)
    assert str(remark).startswith(f"[{case.code}] ")


@pytest.mark.parametrize(("case", "changes"), spread("valid"))
def test_its_neighbour_gets_none(case: Case, changes: dict[str, Any]) -> None:
    assert [str(remark) for remark in declare(changes)] == []


def test_every_code_has_a_bad_declaration_and_a_good_one() -> None:
    assert [case.code for case in CASES] == list(Code)
    assert all(case.invalid and case.valid for case in CASES)


def test_the_page_lists_exactly_these_codes_with_their_kinds() -> None:
    page = (Path(__file__).parents[2] / "docs" / "conditions.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `(S\d+-[a-z-]+)` \| (error|warning) \| .+ \| .+ \|$", page, re.M)
    kinds = {
        str(case.code): "warning" if issubclass(case.kind, ModelWarning) else "error"
        for case in CASES
    }
    assert rows == list(kinds.items())


def test_the_table_of_conditions_covers_each_by_what_exists_and_is_tested(
    repository: Path,
) -> None:
    page = (repository / "docs" / "conditions.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| (\d+) \| .+ \| (.+) \| ([a-z, ]+) \|$", page, re.M)
    assert [int(number) for number, _, _ in rows] == list(range(1, 37))
    at_run: dict[int, set[str]] = {}
    for case in RUN_CASES:
        at_run.setdefault(case.number, set()).add(case.outcome.__name__)
    for number, names, places in rows:
        found = re.findall(r"`([^`]+)`", names)
        classes = {name for name in found if name not in list(Code)}
        assert classes == at_run.get(int(number), set()), number
        assert all(hasattr(errors, name) for name in classes)
        assert found or (repository / TESTED_ELSEWHERE[int(number)]).is_file()
        assert set(places.split(", ")) <= {
            "declaration",
            "population",
            "network",
            "run",
            "gradient",
        }


def test_codes_are_unique_and_well_formed() -> None:
    numbers = [code.split("-")[0] for code in Code]
    assert len(set(numbers)) == len(numbers)
    assert numbers == sorted(numbers)
    assert all(re.fullmatch(r"S\d{3}-[a-z]+(-[a-z]+)*", code) for code in Code)


@pytest.mark.parametrize(
    ("changes", "symbol", "equation", "text"),
    [
        (guard("v - thetta"), "thetta", "threshold", "v - thetta"),
        (flow("tau_q"), "tau_q", "dynamics of 'v'", "(i - v)/tau_m + tau_q"),
        ({"reset": {"v": "vr"}}, "vr", "reset of 'v'", "vr"),
        ({"receive": {"exc": {"i": "i + x"}}}, "x", "receive at port 'exc' of 'i'", "i + x"),
        (clocked("d - 2"), "d", "mode 'off', event 1, guard", "d - 2"),
        (values(tau=1.0), "tau", "parameter 'tau'", None),
        (flow("floor(v)"), "floor", "dynamics of 'v'", "(i - v)/tau_m + floor(v)"),
    ],
)
def test_remarks_name_symbol_equation_and_text(
    changes: dict[str, Any], symbol: str, equation: str, text: str | None
) -> None:
    (remark,) = declare(changes)
    assert (remark.symbol, remark.equation, remark.text) == (symbol, equation, text)
    assert remark.hint


def test_a_spike_that_is_detected_and_not_reset_is_legal() -> None:
    assert declare({"reset": {}, **values(v_r=0.0), "receive": {"i": "i + w*v_r"}}) == []


def test_a_cascade_that_ends_is_legal() -> None:
    follows = Mode({"v": "-v/tau"}, [Event("v - 0.5", {"v": "0"}, to="a")])
    leads = Mode({"v": "-v/tau"}, [Event("v - 1", to="b")])
    assert declare(simple(modes={"a": leads, "b": follows})) == []


def test_simultaneous_assignments_swap() -> None:
    """Every right-hand side of a reset reads the state before it."""
    assert declare({"reset": {"v": "i - 2", "i": "v"}, **flow("0*v_r*v + v_r")}) == []


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("heaviside(t - 0.1)", "An input that switches at a time is a mode with a clock guard"),
        ("sign(v)", "Declare a mode for each side"),
    ],
)
def test_a_switching_input_is_refused_with_the_mode_to_declare(text: str, hint: str) -> None:
    (remark,) = declare(flow(text))
    assert remark.code == Code.JUMP_FUNCTION
    assert hint in str(remark)


def test_the_switch_that_the_hint_describes_is_a_model() -> None:
    """A step of the input at 0.1 s, as a clock that ends the first mode."""
    before = Mode({"v": "-v", "c": "1"}, [Event("c - 0.1", to="on", spike=False)])
    after = Mode({"v": "2 - v", "c": "0"}, [Event("v - 1", {"v": "0"})])
    assert declare(simple(modes={"off": before, "on": after}, parameters={})) == []


@pytest.mark.parametrize(
    ("changes", "start"),
    [
        ({"reset": "v = v_r"}, "model 'lif', reset: expected a dict, got str"),
        ({"receive": "i + w"}, "model 'lif', receive: expected a dict, got str"),
        ({"parameters": [1]}, "model 'lif': parameters: expected a dict, got list"),
        (
            simple(Event("v - 1", ["v"])),
            "model 'lif', mode 'on', event 1, reset: expected a dict, got list",
        ),
        (
            simple(Event("v - 1", spike=1)),
            "model 'lif', mode 'on', event 1: spike: expected a bool, got int",
        ),
        (simple(modes={"on": {"v": "-v"}}), "model 'lif': mode 'on': expected a Mode, got dict"),
        (lambda: Mode({}, [{}]), "event 1 of a Mode: expected an Event, got dict ({})"),
    ],
)
def test_a_wrong_type_is_named_once(changes: dict[str, Any], start: str) -> None:
    (remark,) = declare(changes)
    assert str(remark).startswith(f"[{Code.ARGUMENT_TYPE}] {start}")
    assert "reset reset" not in str(remark)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        (flow("1/(v - 0.5)"), "v - 0.5 is -0.5 at the start and 0.5 where 'v - theta' is zero"),
        (flow("(v + 1)/(exp(v + 1) - 1)"), "is 0/0 where v = -1"),
        (flow("v**2") | {"threshold": "i - theta"}, "far above its resting value it is infinite"),
        ({"dynamics": {"v": "i/tau_s + v/tau_m", "i": "-v/tau_s"}}, "v, i grows as exp(25 t) and"),
        (flow("-v**3 - v/tau", tau=1e-11), "range from 200 to 1e+11 per second"),
        (flow("1/v") | {"initial": {"v": 0.5}}, "a division by v, and v is 0 there"),
        (values(tau_m=0.0), "with the default values the equation divides by zero"),
    ],
)
def test_remarks_give_the_numbers(changes: dict[str, Any], words: str) -> None:
    remarks = declare(changes)
    assert any(words in str(remark) for remark in remarks), list(map(str, remarks))


@pytest.mark.parametrize(
    ("text", "at"),
    [("1/(v - 0.5)", "v - 0.5"), ("v*0 + 1/v - 1/v_r", "v_r"), ("v + log(0.9 - v)", "0.9 - v")],
)
def test_remarks_point_at_what_leaves_its_domain(text: str, at: str) -> None:
    remarks = declare(flow(text))
    (remark,) = [each for each in remarks if each.text is not None]
    assert remark.text is not None
    assert remark.position is not None
    assert remark.text[remark.position :].startswith(at)
    assert remark.position > len("(i - v)/tau_m")


def test_the_reachability_bound_is_reported() -> None:
    (remark,) = declare(alone(parameters={**alone()["parameters"], "drive": 0.75}))
    assert "v approaches 0.75, where the guard is -0.25" in str(remark)
