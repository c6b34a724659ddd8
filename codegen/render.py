"""Render templates: one function, one environment."""

from __future__ import annotations

from functools import cache
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from saltation.codegen.options import Precision


@cache
def _environment() -> Environment:
    return Environment(
        loader=PackageLoader("saltation.templates", ""),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        autoescape=False,
    )


def render(template: str, precision: Precision, **context: Any) -> str:
    """Return a template's text; literals and the C type follow the precision."""
    suffix = precision.suffix.upper()
    literals = {
        name: f"{digits}{suffix}"
        for name, digits in (
            ("zero", "0.0"),
            ("tenth", "0.1"),
            ("quarter", "0.25"),
            ("half", "0.5"),
            ("three_quarters", "0.75"),
            ("nine_tenths", "0.9"),
            ("one", "1.0"),
            ("two", "2.0"),
            ("three", "3.0"),
            ("four", "4.0"),
            ("five", "5.0"),
            ("six", "6.0"),
            ("twelve", "12.0"),
            ("sixteen", "16.0"),
            ("sixty_four", "64.0"),
            ("most_windows", "16384.0"),
            ("small", "0.0009765625"),
            ("epsilon", precision.epsilon),
            ("tiny", precision.tiny),
            ("noise", precision.noise),
        )
    }
    text = (
        _environment()
        .get_template(template)
        .render(real=precision.value, single=precision is Precision.SINGLE, **literals, **context)
    )
    return text.rstrip("\n") + "\n"
