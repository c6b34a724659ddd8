"""Leave out of exported C what nothing reads: constants, and what a flow alone does not need."""

from __future__ import annotations

import re
from dataclasses import replace

from saltation.codegen.views import KernelView, ModeView, Routine

_FIELD = re.compile(r"\bc->(\w+)")
_DECLARED = re.compile(r"    const sal_real (\w+) = .*;")


def trim_constants(source: str, prefix: str) -> tuple[str, tuple[str, ...]]:
    """Return C text without a kernel's unread constants, and the names of those that are left.

    A constant is kept if any function reads it, or another kept one is computed from it.

    Parameters
    ----------
    source : str
        C in which ``{prefix}set_constants`` assigns every field of the structure.
    prefix : str
        Of the kernel's names.
    """
    start = re.search(rf"\b{prefix}set_constants\(const\s+sal_population", source)
    assert start is not None
    first = source.index("\n{\n", start.end()) + 3
    last = source.index("\n}\n", first) + 1
    lines = source[first:last].splitlines()
    others = source[:first] + source[last:]
    read = _fields_read(others, prefix)
    while True:
        kept = [k for k in range(len(lines)) if _needed(lines, k, read)]
        if len(kept) == len(lines):
            break
        lines = [lines[k] for k in kept]
    fields = [m.group(1) for m in map(_assigned("c").fullmatch, lines) if m]
    body = "".join(f"{line}\n" for line in lines)
    return source[:first] + body + source[last:], tuple(dict.fromkeys(fields))


def _fields_read(text: str, prefix: str) -> set[str]:
    """Return the fields that functions read through a pointer to the kernel's constants."""
    read: set[str] = set()
    for function in text.split("\n}\n"):
        if f"const {prefix}constants *c" in re.sub(r"\s+", " ", function):
            read |= set(_FIELD.findall(function))
    return read


def _assigned(structure: str) -> re.Pattern[str]:
    return re.compile(rf"    {structure}->(\w+) = .*;")


def _needed(lines: list[str], at: int, read: set[str], structure: str = "c") -> bool:
    """Tell whether a line assigns what is read outside, or by another line."""
    line = lines[at]
    others = [other.partition(" = ")[2] for k, other in enumerate(lines) if k != at]
    assigned = _assigned(structure).fullmatch(line)
    if assigned:
        name = assigned.group(1)
        return name in read or any(
            re.search(rf"\b{structure}->{name}\b", other) for other in others
        )
    declared = _DECLARED.fullmatch(line)
    if declared:
        return any(re.search(rf"\b{declared.group(1)}\b", other) for other in others)
    return True


def flow_setters(kernel: KernelView) -> tuple[Routine, ...]:
    """Return for each mode a routine that fills of its step only what flow and adjoint read.

    The rest serves the test whether an event is possible, which is made for whole intervals only.
    """
    routines = {routine.name: routine for routine in kernel.routines}
    return tuple(
        _flow_setter(routines, mode)
        for mode in kernel.modes
        if isinstance(mode, ModeView) and mode.set_flow == mode.set_step
    )


def _flow_setter(routines: dict[str, Routine], mode: ModeView) -> Routine:
    whole = routines[mode.set_step]
    users = " ".join(line for name in (mode.flow, mode.adjoint) for line in routines[name].lines)
    read = set(re.findall(r"\bs->(\w+)", users))
    lines = [f"    {line}" for line in whole.lines]
    while True:
        kept = [k for k in range(len(lines)) if _needed(lines, k, read, "s")]
        if len(kept) == len(lines):
            break
        lines = [lines[k] for k in kept]
    name = f"{mode.prefix}set_flow"
    return replace(
        whole,
        name=name,
        doc=("Of these what the flow alone needs.",),
        signature=whole.signature.replace(whole.name, name),
        lines=tuple(_with_idle([line.removeprefix("    ") for line in lines])),
    )


def _with_idle(lines: list[str]) -> list[str]:
    """Say which arguments nothing reads any more, after the declarations at the start."""
    body = " ".join(lines)
    idle = [f"(void){name};" for name in ("c", "h", "s") if not re.search(rf"\b{name}\b", body)]
    count = next((k for k, line in enumerate(lines) if not line.startswith("const ")), len(lines))
    return [*lines[:count], *idle, *lines[count:]]
