"""What both examples do with a trained network: export it, build a program around it, run that."""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import emulate
import numpy as np

import saltation as sal

Samples = tuple[sal.Spikes, Sequence[int]]


def run_on_board(
    board: str, program: Path, folder: Path, sets: dict[str, Samples], **options: Any
) -> tuple[int, ...]:
    """Export with the given options, run a program on a board; returns the numbers that it prints.

    The program includes ``yin_yang_samples.h``, which holds the sets of labelled samples. It prints
    each number, in hexadecimal digits, after a word in capitals.
    """
    made = sal.export(directory=folder, name="yin_yang", **options)
    print(f"RAM {made.context_bytes:,} bytes, constant tables {made.table_bytes:,} bytes")
    write_tables(folder / "yin_yang_samples.h", sets)
    chosen = emulate.BOARDS[board]
    built = emulate.build(chosen, [program, folder / "yin_yang.c"], folder, include=[folder])
    said = emulate.run(chosen, built, timeout=600)
    if said.status != 0 or not re.fullmatch(r"([A-Z]+ [0-9a-f]{8}\s+)+", said.text):
        raise RuntimeError(f"{board} said {said}")
    return tuple(int(word, 16) for word in said.text.split()[1::2])


def write_tables(path: Path, sets: dict[str, Samples]) -> None:
    """Write labelled samples as constant tables, the spikes of each sample by time."""
    lines = [f'#include "{path.stem.removesuffix("_samples")}.h"', ""]
    for name, (spikes, labels) in sets.items():
        lines.append(f"#define {name.upper()} {len(labels)}U")
        lines.append(f"static const yin_yang_input_spike {name}_spikes[][5] = {{")
        for sample in range(len(labels)):
            times, units = spikes.sample(sample)
            row = [
                f"{{ {float(t).hex()}F, 0U, {u}U }}"
                for t, u in zip(times.astype(np.float32), units, strict=True)
            ]
            lines.append(f"    {{ {', '.join(row)} }},")
        lines.append("};")
        lines.append(f"static const uint8_t {name}_label[] = {{")
        lines += [f"    {label}U," for label in labels]
        lines += ["};", ""]
    path.write_text("\n".join(lines))
