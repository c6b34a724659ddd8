"""Write ``docs/misra.md``: which MISRA C:2012 findings exported C has, and why each one stays.

``python docs/misra.py`` exports some networks, asks cppcheck's MISRA addon about them and counts
its findings by rule; a rule without a justification here is an error. ``--check`` only looks.
"""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
import warnings
from collections import Counter
from collections.abc import Mapping
from pathlib import Path

import numpy as np

import saltation as sal

PAGE = Path(__file__).with_suffix(".md")

STAYS: Mapping[str, tuple[str, str, str]] = {
    "2.3": (
        "advisory",
        "a type that is declared is used",
        "Two array types whose size is negative, so that compilation fails, if the context or the "
        "number type has not the size that the header promises; C99 has no static assertion.",
    ),
    "2.5": (
        "advisory",
        "a macro that is defined is used",
        "The header's constants (numbers of sources, sizes, codes) are for the caller.",
    ),
    "8.7": (
        "advisory",
        "what only one file uses is not external",
        "The caller's interface: the file itself calls some of its functions, too.",
    ),
    "8.9": (
        "advisory",
        "an object that one function uses is defined in it",
        "Tables of weights and structure stand together, where they are found and replaced.",
    ),
    "10.3": (
        "required",
        "a value is assigned to a type of its own kind",
        "A flag that an `int` holds (0 or 1), and a pointer that goes on by an unsigned constant, "
        "whose type cppcheck takes for that of what it points to. Nothing is narrowed.",
    ),
    "10.6": (
        "required",
        "a composite expression is not assigned to a wider type",
        "`(a >= b) ? 1 : 0`: cppcheck takes the type of the numbers compared for that of the "
        "result. Both sides are `int`.",
    ),
    "10.8": (
        "required",
        "a composite expression is not cast to a wider type",
        "`(size_t)(n * n)` with n the rows of a matrix, at most twice the states of a model.",
    ),
    "12.1": (
        "advisory",
        "precedence is made explicit by parentheses",
        "Equations are printed with those parentheses that the order of rounding needs, and no "
        "more: they are to be read beside the derivation. No operators but `+ - * /` and "
        "comparisons with `&&` and `||` are mixed; `&` and `|` of flags stand in parentheses.",
    ),
    "12.3": (
        "advisory",
        "the comma operator is not used",
        "It is not: cppcheck means the commas between declarators (`uint32_t k, n;`).",
    ),
    "14.1": (
        "required",
        "a loop counter is not a floating-point number",
        "The loop over Taylor steps ends when time has reached its end; a counter of its own "
        "bounds it (`STIFF`, `BLOW_UP`).",
    ),
    "15.5": (
        "advisory",
        "a function has one exit at its end",
        "A check of arguments that fails, and a search that has found, return at once: deeper "
        "nesting would be harder to review. Nothing is acquired that an exit could forget.",
    ),
    "17.8": (
        "advisory",
        "parameters are not changed",
        "Time and bounds that move on in a search; copies of the caller's, as in all of C.",
    ),
    "18.4": (
        "advisory",
        "no arithmetic with pointers",
        "The start of a neuron's, population's or stage's part of an array: base and offset come "
        "from constant tables, and sanitizers run over all tests.",
    ),
    "21.15": (
        "required",
        "memcpy copies between objects of one type",
        "The bits of a number as an unsigned integer of the same size, for exponentials and roots "
        "that are the same everywhere. A union would break rule 19.2, a cast of pointers 11.3.",
    ),
}
"""By rule: its category, what it asks for in our words, and why our findings stay."""


def networks() -> dict[str, tuple[sal.Network, dict[str, object]]]:
    """Return what is exported for the count: closed forms, matrices, Taylor steps."""
    made: dict[str, tuple[sal.Network, dict[str, object]]] = {}
    for title, model, weight, options in (
        ("LIF with gradient, single precision", "lif", 2.0, {"gradient": True}),
        ("resonate and fire, double precision", "resonate_and_fire", 2.0, {"precision": "double"}),
        ("QIF with gradient, single precision", "qif", 14.0, {"gradient": True}),
    ):
        net = sal.Network()
        net.add_input("in", 4)
        net.add_population("hidden", getattr(sal.models, model), 20)
        net.add_population("out", getattr(sal.models, model), 3)
        net.connect("in", "hidden", weight=np.full((4, 20), weight))
        net.connect("hidden", "out", weight=np.full((20, 3), weight / 2), delay=1e-3)
        made[title] = net, options
    return made


def findings(source: Path, *options: str) -> tuple[Counter[str], list[str]]:
    """Return how often cppcheck's addon names each rule in a file and in what it includes.

    Also returns what cppcheck itself finds with the options that are given.
    """
    form = "--template={file}:{line}: {id}: {message}"
    command = ["cppcheck", "--addon=misra", "--std=c99", "--quiet", form, *options, source.name]
    said = subprocess.run(command, cwd=source.parent, capture_output=True, text=True, check=True)
    rules = Counter(re.findall(r"misra-c2012-([0-9.]+)", said.stderr))
    return rules, [line for line in said.stderr.splitlines() if "misra-c2012" not in line]


def count() -> dict[str, Counter[str]]:
    """Export every network and count its findings."""
    counts = {}
    for title, (net, options) in networks().items():
        with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
            warnings.simplefilter("ignore", sal.errors.SaltationWarning)
            sal.export(net, folder, 0.03, name="net", **options)  # type: ignore[arg-type]
            counts[title], _ = findings(Path(folder) / "net.c")
    return counts


def page(counts: Mapping[str, Counter[str]]) -> str:
    """Return the page."""
    rules = sorted(
        {rule for found in counts.values() for rule in found},
        key=lambda rule: tuple(map(int, rule.split("."))),
    )
    lines = [
        "# MISRA C:2012",
        "",
        "What cppcheck's MISRA addon finds in exported C (`NAME.c` and `NAME.h`, 4-20-3 neurons),",
        "by rule, and why it stays. `python docs/misra.py` makes this page; a test fails at a rule",
        "that is not on it. The rules are paraphrased; no mandatory rule is among them.",
        "",
        "| rule | category | asks that | " + " | ".join(counts) + " |",
        "| --- | --- | --- |" + " ---: |" * len(counts),
    ]
    for rule in rules:
        category, asks, _ = STAYS[rule]
        numbers = " | ".join(str(found[rule]) for found in counts.values())
        lines.append(f"| {rule} | {category} | {asks} | {numbers} |")
    lines += ["", "## Why they stay", ""]
    lines += [f"- **{rule}**: {STAYS[rule][2]}" for rule in rules]
    return "\n".join(lines) + "\n"


def main() -> None:
    """Write the page, or check that it names every rule that is found."""
    counts = count()
    unknown = {rule for found in counts.values() for rule in found} - set(STAYS)
    if unknown:
        sys.exit(f"no justification for MISRA C:2012 {', '.join(sorted(unknown))}")
    if "--check" not in sys.argv[1:]:
        PAGE.write_text(page(counts))


if __name__ == "__main__":
    main()
