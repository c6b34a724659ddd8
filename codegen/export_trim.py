"""Leave out of exported C the constants of a model that nothing reads."""

from __future__ import annotations

import re

_FIELD = re.compile(r"\bc->(\w+)")
_ASSIGNED = re.compile(r"    c->(\w+) = .*;")
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
    start = source.index(f"{prefix}set_constants(const sal_population")
    first = source.index("\n{\n", start) + 3
    last = source.index("\n}\n", first) + 1
    lines = source[first:last].splitlines()
    others = source[:first] + source[last:]
    read = _fields_read(others, prefix)
    while True:
        kept = [k for k in range(len(lines)) if _needed(lines, k, read)]
        if len(kept) == len(lines):
            break
        lines = [lines[k] for k in kept]
    fields = [m.group(1) for m in map(_ASSIGNED.fullmatch, lines) if m]
    body = "".join(f"{line}\n" for line in lines)
    return source[:first] + body + source[last:], tuple(dict.fromkeys(fields))


def _fields_read(text: str, prefix: str) -> set[str]:
    """Return the fields that functions read through a pointer to the kernel's constants."""
    read: set[str] = set()
    for function in text.split("\n}\n"):
        if f"const {prefix}constants *c" in re.sub(r"\s+", " ", function):
            read |= set(_FIELD.findall(function))
    return read


def _needed(lines: list[str], at: int, read: set[str]) -> bool:
    """Tell whether a line assigns what is read outside, or by another line."""
    line = lines[at]
    others = [other.partition(" = ")[2] for k, other in enumerate(lines) if k != at]
    assigned = _ASSIGNED.fullmatch(line)
    if assigned:
        name = assigned.group(1)
        return name in read or any(name in _FIELD.findall(other) for other in others)
    declared = _DECLARED.fullmatch(line)
    if declared:
        return any(re.search(rf"\b{declared.group(1)}\b", other) for other in others)
    return True
