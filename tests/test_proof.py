"""The proof matrix: what it compares, how it reads, and that it fails where a gradient is wrong."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner

from saltation.__main__ import main
from saltation.commands.proof import KINDS, document
from saltation.runtime.proof import THROUGH, Finding, driven_network, prove
from saltation.runtime.simulate import Run
from saltation.symbolic import models
from saltation.symbolic.own_drive import own_drive


@pytest.fixture(scope="module")
def findings() -> list[Finding]:
    """What is found for LIF."""
    drive = own_drive(models.lif)
    assert drive is not None
    return list(prove("lif", driven_network(models.lif, drive)))


def test_every_kind_of_gradient_through_every_output(findings: list[Finding]) -> None:
    """A neuron alone and two that hear each other; all kinds but a port's parameters."""
    for recurrent in (False, True):
        own = [f for f in findings if f.recurrent == recurrent]
        assert {f.kind for f in own} == set(KINDS) - {"port"}
        assert {f.through for f in own} == set(THROUGH)
        assert ("cycle->cycle.weight" in {f.key for f in own}) == recurrent
        assert all(f.checked + f.skipped >= 1 for f in own)


def test_errors_are_those_of_rounding(findings: list[Finding]) -> None:
    """Closed forms in double precision, and 24 bits beside them."""
    assert max(f.double for f in findings) < 1e-11
    assert 1e-9 < max(f.single for f in findings) < 1e-2


def test_a_run_that_ends_before_an_inputs_first_spike_is_not_warned_of() -> None:
    drive = own_drive(models.egru)
    assert drive is not None
    net, spikes, t_end = driven_network(models.egru, drive)
    assert min(each.times.min() for each in spikes.values()) < t_end
    assert max(each.times.min() for each in spikes.values()) > t_end
    assert next(prove("egru", (net, spikes, t_end))).subject == "egru"


def test_a_wrong_gradient_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """An error of a millionth in one key shows in its row, and nowhere else."""
    drive = own_drive(models.lif)
    assert drive is not None
    true_gradient = Run.gradient

    def spoiled(self: Run, *arguments: Any, **options: Any) -> dict[str, Any]:
        gradient = true_gradient(self, *arguments, **options)
        if "out.theta" in gradient:
            gradient["out.theta"] = gradient["out.theta"] * (1 + 1e-6)
        return gradient

    monkeypatch.setattr(Run, "gradient", spoiled)
    found = list(prove("lif", driven_network(models.lif, drive)))
    assert {f.key for f in found if f.double > 1e-9} == {"out.theta"}


def _finding(**fields: Any) -> Finding:
    plain = Finding(
        subject="lif",
        recurrent=False,
        kind="weight",
        through="spike time",
        key="in->out.weight",
        checked=2,
        skipped=0,
        double=3e-14,
        single=2e-5,
    )
    return dataclasses.replace(plain, **fields)


def test_cells_hold_the_worst_errors_and_the_counts() -> None:
    """Two findings of one kind in one cell, ties beside it, other spikes in single precision."""
    page = document(
        [
            _finding(),
            _finding(through="maximum", double=5e-13, single=1e-6, skipped=1),
            _finding(kind="delay", recurrent=True, single=np.inf),
            _finding(subject="equal time constants", key="out.tau_m", kind="flow"),
            _finding(subject="equal time constants", key="out.theta", kind="threshold", checked=1),
        ]
    )
    rows = {line.split(" | ")[0].strip("| "): line for line in page.splitlines()}
    assert "| lif | 5e-13 / 2e-05 (4 + 1) |" in page
    assert "| lif | 3e-14 / 2e-05 (2) | 5e-13 / 1e-06 (2 + 1) |" in page
    assert "3e-14 / none (2)" in rows["lif, recurrent"]
    assert rows["equal time constants"].endswith("| 3e-14 / 2e-05 (2) | 3e-14 / 2e-05 (1) |")
    assert "saltation check --all --markdown docs/proof.md" in page


def test_the_committed_page_has_every_model_and_case(repository: Path) -> None:
    """docs/proof.md was made with the models that there are; no row of it is empty."""
    page = (repository / "docs" / "proof.md").read_text()
    labels = [line.split(" | ")[0].strip("| ") for line in document([]).splitlines() if "|" in line]
    found = [line.split(" | ")[0].strip("| ") for line in page.splitlines() if "|" in line]
    assert found == labels
    for name in models.__all__:
        for label in (name, f"{name}, recurrent"):
            rows = [line for line in page.splitlines() if line.startswith(f"| {label} | ")]
            assert len(rows) == 2
            assert all(" / " in row for row in rows)


@pytest.mark.parametrize("arguments", [[], ["--all"], ["lif", "--all"], ["lif", "--markdown", "x"]])
def test_a_target_or_all_of_them(arguments: list[str]) -> None:
    """One of the two, and a file for the tables of all."""
    result = CliRunner().invoke(main, ["check", *arguments])
    assert result.exit_code == 2
    assert "either FILE[:NAME], or --all with --markdown FILE" in result.output


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (["--all", "--markdown", "x", "--keys", "out.theta"], "--keys"),
        (["--all", "--markdown", "x", "--t-end", "0.1", "--entries", "8"], "--t-end, --entries"),
        (["lif", "--jobs", "2"], "--jobs"),
    ],
)
def test_an_option_that_would_have_no_effect_is_refused(
    arguments: list[str], named: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With --all those of a single check, also at their defaults; without it those of the page."""
    monkeypatch.setattr("saltation.commands.check.write_proof", lambda *_: True)
    result = CliRunner().invoke(main, ["check", *arguments])
    assert result.exit_code == 2
    kind = "with --all" if "--all" in arguments else "without --all"
    assert f"Error: {named}: no effect {kind}" in result.output
