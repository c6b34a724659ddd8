"""Measure exported C on emulated targets: memory, stack, instructions per spike.

``python benchmarks/embedded.py`` prints a table in Markdown: for each target the whole image of a
network 4-20-3 (start-up code included; weights, drive and the other constant tables subtracted) of
LIF neurons, and of one nonlinear model, whose Taylor steps have the tolerance that single
precision allows; in inference and with gradient; and what a spike costs: the instructions of whole
runs, divided by all spikes of both layers. Targets whose tools are not installed are left out, and
named.
"""

from __future__ import annotations

import argparse
import re
import sys
import tempfile
from dataclasses import dataclass
from functools import cache
from itertools import product
from pathlib import Path
from subprocess import TimeoutExpired

import numpy as np

import saltation as sal

sys.path.insert(0, str(Path(__file__).parents[1] / "examples" / "embedded"))
import emulate

_MARGIN = 64
"""A stack that comes so close to the data may have run into it, in bytes."""

_LEAST_STACK = 512
"""No program does with less, in bytes."""

T_END = 0.06
PROGRAM = """#include "board.h"
#include "net.h"

static net_context net;
static const net_input_spike spikes[] = {{ {spikes} }};
static const uint16_t start[] = {{ {starts} }};

int main(void)
{{
    uint32_t sample, k, code = net_init(&net), count = 0U, total = 0U;
    uint64_t ticks = 0U;
    const net_real *time;
    const uint16_t *unit;
    for (sample = 0U; sample < {samples}U; sample++) {{
        board_count_start();
        code |= net_run(&net, spikes + start[sample],
                        (uint32_t)(start[sample + 1U] - start[sample]), NET_T_END);
        ticks += board_count();
        for (k = NET_INPUTS; k < NET_SOURCES; k++) {{
            code |= net_spikes(&net, k, &time, &unit, &count);
            total += count;
        }}
{backward}
    }}
    board_write("TICKS ");
    board_write_hex((uint32_t)(ticks >> 32));
    board_write_hex((uint32_t)ticks);
    board_write(" SPIKES ");
    board_write_hex(total);
    board_write(" STACK ");
    board_write_hex(board_stack());
    board_write("\\n");
    return (int)code;
}}
"""
BACKWARD = """        for (k = 0U; k < count; k++) {
            code |= net_set_cotangent(&net, NET_SOURCES - 1U, k, (net_real)1);
        }
        board_count_start();
        code |= net_backward(&net);
        ticks += board_count();"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """What a program needs on a board: bytes, and instructions (on AVR cycles) per spike."""

    text: int
    data: int
    bss: int
    stack: int
    each: float


SCALES = {"lif": 1.0, "qif": 7.0}
"""The models, and how large a weight is that has the effect of 1 on LIF."""

SAMPLES = {"lif": 8, "qif": 2}
"""How many samples are run; Taylor series in emulated floating point takes its time."""


def network(model: str) -> sal.Network:
    """Return the network 4-20-3 of a model."""
    generator = np.random.default_rng(0)
    neuron, scale = getattr(sal.models, model), SCALES[model]
    net = sal.Network()
    net.add_input("in", 4)
    net.add_population("hidden", neuron, 20)
    net.add_population("out", neuron, 3)
    net.connect("in", "hidden", weight=scale * generator.normal(2.0, 1.0, (4, 20)))
    net.connect("hidden", "out", weight=scale * generator.normal(0.9, 0.3, (20, 3)))
    return net


def drive(model: str) -> sal.Spikes:
    """Return samples of one spike of each input, as of a time-to-first-spike code."""
    times = np.random.default_rng(1).uniform(0.0, 0.5 * T_END, (SAMPLES[model], 4))
    return sal.Spikes.from_first_times(times)


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A network that was exported, with a program around it; its tables' bytes."""

    folder: Path
    tables: int


@cache
def case(folder: Path, model: str, precision: str, gradient: bool) -> Case:
    """Export a network, and write the program that measures it: the same C for every board."""
    spikes = drive(model)
    folder = folder / f"{model}_{precision}_{'gradient' if gradient else 'inference'}"
    made = sal.export(
        network(model),
        folder,
        T_END,
        name="net",
        precision=precision,
        gradient=gradient,
        capacity={"in": 4, "hidden": 96, "out": 48},
        spikes={"in": spikes},
        rtol=1e-6,
    )
    suffix = "F" if precision == "single" else ""
    rows = [
        f"{{ {t!r}{suffix}, 0U, {u}U }}" for t, u in zip(spikes.times, spikes.units, strict=True)
    ]
    (folder / "measure.c").write_text(
        PROGRAM.format(
            spikes=", ".join(rows).replace("np.float64(", "").replace(")", ""),
            starts=", ".join(map(str, spikes.offsets)),
            samples=SAMPLES[model],
            backward=BACKWARD if gradient else "",
        )
    )
    tables = made.table_bytes + len(spikes.times) * (8 if precision == "single" else 16)
    return Case(folder=folder, tables=tables)


def measure(board: emulate.Board, made: Case, optimise: str) -> Measured:
    """Build and run a program; the constant tables do not count as text."""
    sources = [made.folder / "measure.c", made.folder / "net.c"]
    program = emulate.build(board, sources, made.folder, optimise=optimise, include=[made.folder])
    sizes = emulate.sizes(board, program)
    if 0 < board.ram <= sizes.data + sizes.bss + _LEAST_STACK:
        raise RuntimeError("the stack overflowed before the program began")
    said = emulate.run(board, program, timeout=600)
    found = re.search(r"TICKS (\w+) SPIKES (\w+) STACK (\w+)", said.text)
    if found is None:
        raise RuntimeError(f"{board.compiler}: {said}")
    ticks, count, stack = (int(word, 16) for word in found.groups())
    if 0 < board.ram <= sizes.data + sizes.bss + stack + _MARGIN:
        raise RuntimeError("the stack overflowed")
    if said.status != 0:
        raise RuntimeError(f"{board.compiler}: {said}")
    return Measured(
        text=sizes.text - made.tables,
        data=sizes.data,
        bss=sizes.bss,
        stack=stack,
        each=ticks * board.tick / count,
    )


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("boards", nargs="*", help="processors; all if none are given")
    parser.add_argument("--optimise", default="-Os", help="the compiler's level (-Os)")
    chosen = parser.parse_args()
    print("| target | model | precision | | text | data | bss | stack | instructions per spike |")
    print("| --- | --- | --- | --- | --- | --- | --- | --- | --- |")
    with tempfile.TemporaryDirectory() as folder:
        for name in chosen.boards or emulate.BOARDS:
            board = emulate.BOARDS[name]
            if board.missing:
                print(f"| {name} | {board.missing} is not installed |")
                continue
            precisions = ("single",) if name == "AVR" else ("single", "double")
            for model, precision, gradient in product(SCALES, precisions, (False, True)):
                made = case(Path(folder), model, precision, gradient)
                what = f"{name} | {model} | {precision} | {'gradient' if gradient else 'inference'}"
                print(f"| {what} | {row(board, made, chosen.optimise)} |", flush=True)


def row(board: emulate.Board, made: Case, optimise: str) -> str:
    """Measure one case; returns its figures, or why there are none."""
    try:
        m = measure(board, made, optimise)
    except TimeoutExpired:
        return "no end within the time | | | | "
    except RuntimeError as error:
        words = ("overflowed", "not within region")
        full = any(word in str(error) for word in words)
        return f"{'does not fit' if full else error} | | | | "
    return f"{m.text} | {m.data} | {m.bss} | {m.stack} | {m.each:,.0f}"


if __name__ == "__main__":
    main()
