"""The proof matrix: models and kinds of gradient, with the worst relative error of each."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from pathlib import Path
from typing import TYPE_CHECKING

import click
from tqdm import tqdm

from saltation.symbolic.errors import SaltationError

if TYPE_CHECKING:
    from saltation.runtime.proof import Finding

COMMAND = "saltation check --all --markdown docs/proof.md"

KINDS = (
    "weight",
    "delay",
    "flow",
    "threshold",
    "reset",
    "port",
    "initial state",
    "input times",
)
"""Columns of the first table; a parameter counts where it occurs first, in this order."""

_INTRODUCTION = f"""\
# Proof

`{COMMAND}` (`make proof`) made this page. Every gradient of compiled runs is compared with
finite differences of an independent interpreter of the declaration, which computes with many digits
(Taylor series and bisection) and shares neither derivation nor code with what it checks.

Each cell reads *double / single (n)*:

- *double*: the worst relative error in double precision. The relative error of an entry is
  `|a - b| / max(|a|, |b|, floor)`: `a` from the compiled run, `b` the difference. The floor is a
  thousandth of the largest entry of that key's gradient through any of the four outputs below:
  entries that are smaller, such as the zeros of a maximum that nothing moves, are the difference of
  terms which cancel to rounding. Numerical flows run at `rtol=1e-12, atol=1e-25`.
- *single*: the worst relative error of all entries in single precision, against double precision,
  by the same formula. "none": the run in single precision has other spikes, or cannot be made.
- *n*: how many entries of gradients were compared in double precision. "+ k" more were left out
  because the loss has no derivative there: at a tie of arrivals, or where a threshold is grazed.

Every shipped model runs under its own example input until just after its third spike: one neuron,
and two that hear each other and themselves with a delay for each synapse ("recurrent").

adex runs away to its threshold within nanoseconds, which is what separates two numbers near a spike
time in single precision: its spikes are right to the rounding of that time, and what is sampled
after them has three digits.
"""


def write_proof(path: Path, jobs: int, tolerance: float) -> bool:
    """Compute all findings and write them as Markdown; say whether all are within the tolerance."""
    from saltation.runtime.destinations import check_file
    from saltation.runtime.proof_cases import NAMED_CASES
    from saltation.symbolic import models

    check_file(path, "check", "--markdown")
    groups = [("model", name) for name in models.__all__]
    groups += [("case", str(k)) for k in range(len(NAMED_CASES))]
    findings: list[Finding] = []
    failures: list[str] = []
    with ProcessPoolExecutor(jobs, mp_context=multiprocessing.get_context("spawn")) as pool:
        waiting = [pool.submit(find, group, name) for group, name in groups]
        for done in tqdm(as_completed(waiting), total=len(groups), desc="proof", disable=None):
            try:
                findings += done.result()
            except SaltationError as error:
                failures.append(f"{type(error).__name__}: {error}")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(document(findings), encoding="utf-8")
    for failure in failures:
        click.echo(failure, err=True)
    worst = max((f for f in findings if f.checked), key=lambda f: f.double)
    click.echo(f"worst relative error {worst.double:.1e}: {worst.subject}, {worst.key}")
    return worst.double <= tolerance and not failures


def find(group: str, name: str) -> list[Finding]:
    """Compute the findings of one model or one named case."""
    from saltation.runtime.proof import driven_network, prove
    from saltation.runtime.proof_cases import NAMED_CASES, T_END
    from saltation.symbolic import models
    from saltation.symbolic.own_drive import own_drive

    if group == "case":
        case = NAMED_CASES[int(name)]
        setting = (case.network(), case.spikes, T_END)
        return list(prove(case.name, setting))
    neuron = getattr(models, name)
    drive = own_drive(neuron)
    if drive is None:
        raise click.ClickException(f"model {name!r} has no example input: give its file a drive")
    return list(prove(name, driven_network(neuron, drive)))


def document(findings: Sequence[Finding]) -> str:
    """Return the page: two tables of models, one of named cases."""
    from saltation.runtime.proof import THROUGH
    from saltation.runtime.proof_cases import NAMED_CASES
    from saltation.symbolic import models

    shipped = [f for f in findings if f.subject in models.__all__]
    rows = [
        (f"{name}{', recurrent' if again else ''}", [f for f in shipped if _is(f, name, again)])
        for name in models.__all__
        for again in (False, True)
    ]
    cases = [
        [
            case.name,
            case.pitfall,
            ", ".join(f"`{key}`" for key in case.keys),
            _cell(f for f in findings if f.subject == case.name and f.key in case.keys),
            _cell(f for f in findings if f.subject == case.name and f.key not in case.keys),
        ]
        for case in NAMED_CASES
    ]
    return "\n".join(
        [
            _INTRODUCTION,
            "## By kind of gradient\n",
            "Worst over losses that read spike times, a maximum, an integral, or samples. A",
            "parameter counts where it occurs first: in the flow, the threshold, the reset or a",
            "port.\n",
            _table(["model", *KINDS], _split(rows, KINDS, lambda f: f.kind)),
            "\n## By what the loss reads\n",
            "Worst over all kinds of gradient. The maximum is that of the second state if there is",
            "one, integral and samples are those of the first.\n",
            _table(["model", *THROUGH], _split(rows, THROUGH, lambda f: f.through)),
            "\n## Cases in which published tools return wrong or silently zero gradients\n",
            "Each is a declaration of its own (`runtime/proof_cases.py`), and has a test",
            "(`tests/runtime/test_published_traps.py`).\n",
            _table(["case", "what goes wrong", "at stake", "these", "all others"], cases),
            "",
        ]
    )


def _is(finding: Finding, name: str, recurrent: bool) -> bool:
    return finding.subject == name and finding.recurrent == recurrent


def _split(
    rows: Iterable[tuple[str, Sequence[Finding]]],
    columns: Sequence[str],
    column_of: Callable[[Finding], str],
) -> list[list[str]]:
    return [
        [label, *(_cell(f for f in found if column_of(f) == column) for column in columns)]
        for label, found in rows
    ]


def _cell(findings: Iterable[Finding]) -> str:
    found = list(findings)
    checked = sum(f.checked for f in found)
    skipped = sum(f.skipped for f in found)
    left_out = f" + {skipped}" if skipped else ""
    if not checked:
        return f"none{left_out}" if found else ""
    double = max(f.double for f in found)
    single = max(f.single for f in found)
    beside = "none" if single == float("inf") else f"{single:.0e}"
    return f"{double:.0e} / {beside} ({checked}{left_out})"


def _table(heading: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [heading, ["---"] * len(heading), *rows]
    return "\n".join("| " + " | ".join(cells) + " |" for cells in lines)
