"""Leave out of exported C what nothing reads: constants, and what a flow alone does not need."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Sequence, Set
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
    lines = _needed(lines, read, "c")
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


def _needed(lines: Sequence[str], outside: Set[str], structure: str) -> list[str]:
    """Return the lines but for assignments to what is read neither outside nor by another line."""
    given = [_given(line, structure) for line in lines]
    reads = [_names(line.partition(" = ")[2], structure) for line in lines]
    readers = Counter(name for names in reads for name in names)
    kept = set(range(len(lines)))
    wanted = {f"{structure}->{name}" for name in outside}
    places: defaultdict[str, list[int]] = defaultdict(list)
    for k, name in enumerate(given):
        places[name].append(k)
    waiting = [k for k in kept if given[k]]
    while waiting:
        k = waiting.pop()
        name = given[k]
        if k in kept and name not in wanted and readers[name] == (name in reads[k]):
            kept.remove(k)
            readers.subtract(reads[k])
            # What only this line read is not needed any more.
            waiting += [place for read in reads[k] for place in places[read]]
    return [lines[k] for k in sorted(kept)]


def _given(line: str, structure: str) -> str:
    """Return what a line gives a value: a field with the structure, a temporary, or nothing."""
    if field := _assigned(structure).fullmatch(line):
        return f"{structure}->{field.group(1)}"
    declared = _DECLARED.fullmatch(line)
    return declared.group(1) if declared else ""


def _names(text: str, structure: str) -> set[str]:
    """Return the words of a text, and the fields of the structure."""
    return {*re.findall(r"\w+", text), *re.findall(rf"\b{structure}->\w+", text)}


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
    lines = _needed(lines, read, "s")
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
