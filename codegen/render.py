"""Render templates: one function, one environment.

Jinja compiles a template to Python, which takes longer than all that is rendered. As Python does
with its modules, what it compiled is kept beside the templates, in ``__pycache__``.
"""

from __future__ import annotations

import contextlib
import hashlib
import sys
from functools import cache
from pathlib import Path
from typing import Any

import jinja2
from jinja2 import Environment, FileSystemBytecodeCache, FileSystemLoader, StrictUndefined
from jinja2.bccache import Bucket

import saltation.templates
from saltation.codegen.options import Precision

_OPTIONS: dict[str, Any] = {
    "trim_blocks": True,
    "lstrip_blocks": True,
    "keep_trailing_newline": True,
    "autoescape": False,
}


class _CompiledTemplates(FileSystemBytecodeCache):
    """Templates compiled by this Python and this Jinja; where none can be written, none are."""

    def load_bytecode(self, bucket: Bucket) -> None:
        """Read a template, if it is there and of the same text."""
        with contextlib.suppress(OSError):
            super().load_bytecode(bucket)

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Write a template, unless Python is not to write compiled modules either."""
        if not sys.dont_write_bytecode:
            with contextlib.suppress(OSError):
                Path(self.directory).mkdir(exist_ok=True)
                super().dump_bytecode(bucket)


@cache
def _environment() -> Environment:
    (folder,) = saltation.templates.__path__
    # Jinja itself sees to it that the text of a template is still the same.
    made_by = hashlib.sha256(f"{jinja2.__version__} {_OPTIONS}".encode()).hexdigest()[:8]
    return Environment(
        loader=FileSystemLoader(folder),
        bytecode_cache=_CompiledTemplates(
            str(Path(folder, "__pycache__")), f"%s.{sys.implementation.cache_tag}-{made_by}.j2c"
        ),
        undefined=StrictUndefined,
        auto_reload=False,
        **_OPTIONS,
    )


def render(template: str, precision: Precision, **context: Any) -> str:
    """Return a template's text; literals and the C type follow the precision."""
    suffix = precision.suffix.upper()
    literals = {
        name: f"{digits}{suffix}"
        for name, digits in (
            ("zero", "0.0"),
            ("tenth", "0.1"),
            ("seventh", "0.14285714285714285"),
            ("fifth", "0.2"),
            ("quarter", "0.25"),
            ("third", "0.3333333333333333"),
            ("half", "0.5"),
            ("three_quarters", "0.75"),
            ("nine_tenths", "0.9"),
            ("safety", "0.875"),
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
            ("most_days", "1024.0"),
            ("small", "0.0009765625"),
            ("instant", "1e-12"),
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
