"""The ways in which exported C is written that MISRA C:2012 asks for and simulators do without."""

from __future__ import annotations

import re

_REWRITES: tuple[tuple[re.Pattern[str], str], ...] = (
    # the compiler knows best what is worth it
    (re.compile(r"\b(?:static inline|SAL_INLINE) "), "static "),
    # C++ has no such word
    (re.compile(r"\bSAL_RESTRICT\s+"), ""),
    # rule 17.7: a result that is not used is said to be so
    (re.compile(r"(^\s+|(?:default|case \d+): )(mem(?:cpy|set)\()", re.MULTILINE), r"\1(void)\2"),
    # rule 10.4: both operands of a size are unsigned
    (re.compile(r"\b(\d+) \* sizeof"), r"\1U * sizeof"),
    # rule 2.2: nothing is added to zero, nor multiplied by one
    (re.compile(r"\[0 (?:\* \w+ )?\+ "), "["),
    (re.compile(r"\[1 \* (\w+)"), r"[\1"),
    (re.compile(r"\b1U \* sizeof"), "sizeof"),
    (re.compile(r"(\w) \+ 0(?=[,)])"), r"\1"),
    # one neuron at a time, so that arrays for lanes have as many values as rows
    (re.compile(r"(\[\d+U?(?: \* \w+_TERMS)?) \* \w+_NODES\]"), r"\1]"),
    # rule 9.3: only a plain zero fills a whole array
    (re.compile(r"\] = \{ 0\.0F? \}"), "] = { 0 }"),
)


def embedded_style(text: str) -> str:
    """Return C text with the same meaning, written for embedded use.

    Examples
    --------
    >>> embedded_style("    memcpy(x, y, 3 * sizeof *x);")
    '    (void)memcpy(x, y, 3U * sizeof *x);'
    """
    for pattern, replacement in _REWRITES:
        text = pattern.sub(replacement, text)
    return text
