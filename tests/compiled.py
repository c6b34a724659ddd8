"""Compile pieces of generated C by themselves."""

from __future__ import annotations

from typing import Any

from saltation.codegen.differences import series_view
from saltation.codegen.options import Precision
from saltation.codegen.orders import most_terms
from saltation.codegen.render import render
from saltation.runtime.build import build, load

FLAGS = ("-std=c99", "-O1", "-ffp-contract=off", "-fno-math-errno")

PRELUDE = """\
#include <math.h>
#include <stdint.h>
#include <string.h>
typedef {real} sal_real;
#define SAL_INFINITY ((sal_real)INFINITY)
#define sal_sqrt {sqrt}
"""


def library(text: str, declarations: str, precision: Precision = Precision.DOUBLE) -> Any:
    """Compile C text that may use the generated code's mathematics; return cffi's library."""
    prelude = PRELUDE.format(
        real=precision.value, sqrt="sqrt" if precision is Precision.DOUBLE else "sqrtf"
    )
    mathematics = render("inline.c.j2", precision)
    mathematics += render("math.c.j2", precision, series=series_view((3, 4, 5), precision))
    return load(build(prelude + mathematics + text, flags=FLAGS), declarations)


def numerical() -> str:
    """Return what all kernels with numerical flows share, for one state and eight lanes."""
    precision = Precision.DOUBLE
    settings = {"terms": most_terms(precision), "states": 1, "nodes": 8, "size": "fabs"}
    names = ("common", "lengths", "sums", "series", "powers", "polynomial")
    return "".join(render(f"numerical_{name}.c.j2", precision, **settings) for name in names)


MATHEMATICS = """\
{real} call_exp({real} x) {{ return sal_exp(x); }}
{real} call_dd2({real} h, {real} a, {real} b)
{{ return sal_dd2(h, a, b, sal_exp(a * h), sal_exp(b * h)); }}
{real} call_dd3({real} h, {real} a, {real} b, {real} c)
{{ return sal_dd3(h, a, b, c, sal_exp(a * h), sal_exp(b * h), sal_exp(c * h)); }}
{real} call_dd2_slope({real} h, {real} a, {real} b)
{{ return sal_dd2_slope(h, a, b, sal_exp(a * h), sal_exp(b * h)); }}
{real} call_dd4({real} h, {real} a, {real} b, {real} c, {real} d)
{{ return sal_dd4(h, a, b, c, d); }}
{real} call_dd5({real} h, {real} a, {real} b, {real} c, {real} d, {real} e)
{{ return sal_dd5(h, a, b, c, d, e); }}
"""


def mathematics(precision: Precision) -> Any:
    """Return a library with exp and the divided differences, as functions ``call_...``."""
    text = MATHEMATICS.format(real=precision.value)
    declarations = "\n".join(
        line.split("{")[0].strip() + ";"
        for line in text.splitlines()
        if line.startswith(precision.value)
    )
    return library(text, declarations, precision)[1]
