"""Leave out the functions of a translation unit that nothing in it calls.

Templates define everything that some network needs; a unit keeps what its own network needs.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass

_NAME = re.compile(r"\b([A-Za-z_]\w*)\(")
_WORD = re.compile(r"[A-Za-z_]\w*")


@dataclass(frozen=True, slots=True)
class _Part:
    """Some lines of C: a static function with its comment, or anything else (no name)."""

    name: str
    text: str

    @property
    def words(self) -> set[str]:
        return set(_WORD.findall(re.sub(r"/\*.*?\*/", "", self.text, flags=re.DOTALL)))


def prune(source: str) -> str:
    r"""Return C text without the static functions that are never used.

    Parameters
    ----------
    source : str
        C as the templates lay it out: a function's signature starts a line with ``static`` or
        ``SAL_INLINE``, its body's braces are lines of their own, a blank line comes before its
        comment.

    Examples
    --------
    >>> print(prune("static int f(void)\n{\n}\n\nint g(void)\n{\n}\n"), end="")
    int g(void)
    {
    }
    """
    parts = [(part, part.words) for part in _parts(source)]
    while True:
        counts = Counter(word for _, words in parts for word in words)
        kept = [
            (part, words)
            for part, words in parts
            if not part.name or counts[part.name] > (part.name in words)
        ]
        if len(kept) == len(parts):
            text = "".join(part.text for part, _ in parts).strip("\n") + "\n"
            return re.sub(r"\n{3,}", "\n\n", text)
        parts = kept


def _parts(source: str) -> list[_Part]:
    parts: list[_Part] = []
    lines: list[str] = []
    name = ""
    inside = False
    for line in source.splitlines(keepends=True):
        lines.append(line)
        if line == "{\n":
            inside, name = True, _function_name(lines)
        elif line == "}\n" and inside:
            parts.append(_Part(name, "".join(lines)))
            lines, name, inside = [], "", False
        elif line == "\n" and not inside:
            parts.append(_Part("", "".join(lines)))
            lines = []
    parts.append(_Part("", "".join(lines)))
    return [part for part in parts if part.text]


def _function_name(lines: list[str]) -> str:
    """Return the name of the static function that opens, or nothing."""
    start = next(
        (k for k, line in enumerate(lines) if line.startswith(("static ", "SAL_INLINE "))), None
    )
    if start is None:
        return ""
    found = _NAME.search("".join(lines[start:]))
    return found.group(1) if found else ""
