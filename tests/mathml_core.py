"""MathML Core (W3C): what Chromium, Firefox and WebKit set without help."""

from __future__ import annotations

from xml.etree import ElementTree

ELEMENTS = frozenset(
    (
        *("annotation", "annotation-xml", "maction", "math", "merror", "mfrac", "mi"),
        *("mmultiscripts", "mn", "mo", "mover", "mpadded", "mphantom", "mprescripts", "mroot"),
        *("mrow", "ms", "mspace", "msqrt", "mstyle", "msub", "msubsup", "msup", "mtable", "mtd"),
        *("mtext", "mtr", "munder", "munderover", "semantics"),
    )
)
"""The elements, section 2.1."""

ATTRIBUTES = frozenset(
    (
        *("accent", "accentunder", "columnspan", "display", "displaystyle", "fence", "form"),
        *("height", "largeop", "linethickness", "lspace", "mathvariant", "maxsize", "minsize"),
        *("movablelimits", "rowspan", "rspace", "scriptlevel", "separator", "stretchy"),
        *("symmetric", "voffset", "width"),
    )
)
"""Their attributes."""

_ARGUMENTS = {"mfrac": 2, "mroot": 2, "msub": 2, "msup": 2, "msubsup": 3, "munder": 2, "mover": 2}


def is_core(root: ElementTree.Element) -> bool:
    """Tell whether a tree is MathML Core, with the arguments that each element needs."""
    return all(
        element.tag in ELEMENTS
        and set(element.attrib) <= ATTRIBUTES
        and len(element) == _ARGUMENTS.get(element.tag, len(element))
        and element.attrib.get("mathvariant", "normal") == "normal"
        for element in root.iter()
    )
