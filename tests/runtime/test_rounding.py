"""The compiler rounds every operation on its own, with the flags that users get."""

from __future__ import annotations

from proofs import FULL_FLAGS

from saltation.runtime.build import build, load


def test_products_and_sums_are_not_contracted() -> None:
    source = "double f(double a, double b, double c) { return a * b + c; }\n"
    function = load(build(source, flags=FULL_FLAGS), "double f(double, double, double);")[1].f
    a = 1.0 + 2.0**-30
    assert function(a, a, -1.0) == a * a - 1.0 != 2.0**-29 + 2.0**-60


def test_products_are_rounded_before_they_are_added() -> None:
    # One term is subtracted and one added: a fused vector instruction does both at once.
    source = """
void pair(const double *a, const double *b, const double *c, double *out)
{
    const double x = a[0] * b[0] - c[0], y = a[1] * b[1] + c[1];
    out[0] = x;
    out[1] = y;
}
"""
    ffi, lib = load(
        build(source, flags=FULL_FLAGS),
        "void pair(const double *, const double *, const double *, double *);",
    )
    third, out = 1.0 / 3.0, ffi.new("double[2]")
    a, b = [third, third], [0.1, 0.1]
    lib.pair(a, b, [third * 0.1, -third * 0.1], out)
    assert list(out) == [0.0, 0.0]
