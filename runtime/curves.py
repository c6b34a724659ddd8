"""Small pictures of functions of time, as SVG that takes its colours from the page around it."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape

import numpy as np

from saltation.runtime.arrays import BoolArray, FloatArray

WIDTH, LEFT, RIGHT = 480.0, 68.0, 14.0
"""Width of a picture and its margins, in its own pixels."""

PANEL, GAP, FOOT = 100.0, 28.0, 34.0
"""Heights of a panel, of the label above it, and of the time axis."""

_LETTERS = 9
"""Letters for which there is room beside the marks."""

_TOLERANCE = 0.12
"""How far a curve may be from the points that are left out, in pixels."""

_PREFIXES = {0: "s", -3: "ms", -6: "µs", -9: "ns"}

_COLOURS = {
    "state": "#0072b2",
    "adjoint": "#b3490a",
    "spike": "#333333",
    "arrival": "#777777",
    "guard": "#a3557f",
    "grid": "#dddddd",
    "shade": "#eeeeee",
}
"""The colours where a page sets none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Label:
    """A symbol, its subscript and its unit."""

    symbol: str
    index: str = ""
    unit: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Curve:
    """A function of time, drawn in a colour of the page; NaN where there is none."""

    values: FloatArray
    colour: str
    dashed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Panel:
    """Curves with a common axis; the dashed ones do not decide its range alone."""

    label: Label
    curves: tuple[Curve, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """Panels above one another, over one axis of time.

    Attributes
    ----------
    title : str
        Read out in place of the picture.
    times : numpy.ndarray, shape (n,), unit s
        Of the points of the curves.
    panels : tuple of Panel
        From top to bottom.
    ticks : tuple of (str, str, numpy.ndarray)
        Rows of marks above the panels: what they are, their colour, their times.
    shaded : numpy.ndarray of bool, shape (n,)
        When the background is shaded.
    """

    title: str
    times: FloatArray
    panels: tuple[Panel, ...]
    ticks: tuple[tuple[str, str, FloatArray], ...]
    shaded: BoolArray

    def svg(self) -> str:
        """Return the picture as an ``<svg>`` element."""
        top = 18.0 * len(self.ticks) + 4.0
        height = top + len(self.panels) * (PANEL + GAP) + FOOT
        lines = [
            f'<svg viewBox="0 0 {WIDTH:g} {height:g}" role="img" '
            f'aria-label="{escape(self.title)}" font-family="inherit" font-size="13" '
            'fill="currentColor">'
        ]
        lines += self._shades(top, height - FOOT)
        lines += self._marks(top, height - FOOT)
        for k, panel in enumerate(self.panels):
            lines += self._panel(panel, top + k * (PANEL + GAP) + GAP)
        lines += self._time_axis(height - FOOT)
        return "\n".join([*lines, "</svg>"])

    def _x(self, time: float) -> float:
        return LEFT + (WIDTH - LEFT - RIGHT) * time / float(self.times[-1])

    def _shades(self, top: float, bottom: float) -> Iterator[str]:
        edges = np.flatnonzero(np.diff(np.concatenate([[False], self.shaded, [False]])))
        for start, end in zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True):
            left = self._x(self.times[start])
            right = self._x(self.times[min(end, self.times.size - 1)])
            yield (
                f'<rect x="{left:.2f}" y="{top:g}" width="{right - left:.2f}" '
                f'height="{bottom - top:g}" style="fill:{_colour("shade")}"/>'
            )

    def _marks(self, top: float, bottom: float) -> Iterator[str]:
        for k, (name, colour, times) in enumerate(self.ticks):
            y = 4.0 + 18.0 * k
            at = f'x="{LEFT - 8:g}" y="{y + 11:g}" text-anchor="end"'
            yield f"<text {at}>{escape(_shortened(name))}</text>"
            strokes = "".join(f"M{self._x(t):.2f} {y:g}v14" for t in times.tolist())
            if strokes:
                yield f'<path d="{strokes}" style="stroke:{_colour(colour)};stroke-width:2.2"/>'
        rules = "".join(f"M{self._x(t):.2f} {top:g}V{bottom:g}" for t in self.ticks[-1][2].tolist())
        if rules:
            yield (
                f'<path d="{rules}" style="stroke:{_colour(self.ticks[-1][1])};stroke-width:0.7;'
                'stroke-dasharray:1 3"/>'
            )

    def _panel(self, panel: Panel, top: float) -> Iterator[str]:
        low, high = _range(panel.curves)
        exponent = _exponent(low, high)

        def y(value: FloatArray | float) -> FloatArray | float:
            return top + PANEL * (high - value) / (high - low)

        for tick in nice_ticks(low, high, 4):
            at = float(y(tick))
            text = _number(tick / 10.0**exponent)
            yield (
                f'<path d="M{LEFT:g} {at:.2f}H{WIDTH - RIGHT:g}" '
                f'style="stroke:{_colour("grid")};stroke-width:0.8"/>'
            )
            yield f'<text x="{LEFT - 8:g}" y="{at + 4:.2f}" text-anchor="end">{text}</text>'
        for curve in panel.curves:
            data = _path(np.array([self._x(t) for t in self.times]), np.asarray(y(curve.values)))
            dash = ";stroke-dasharray:6 4" if curve.dashed else ""
            yield (
                f'<path d="{data}" fill="none" style="stroke:{_colour(curve.colour)};'
                f'stroke-width:1.6;stroke-linejoin:round{dash}"/>'
            )
        yield _label(panel.label, exponent, top)

    def _time_axis(self, y: float) -> Iterator[str]:
        end = float(self.times[-1])
        exponent = next((e for e in _PREFIXES if end >= 0.9 * 10.0**e), 0)
        yield f'<path d="M{LEFT:g} {y:g}H{WIDTH - RIGHT:g}" stroke="currentColor"/>'
        ticks = nice_ticks(0.0, end, 6)
        for tick in ticks:
            x = self._x(tick)
            yield f'<path d="M{x:.2f} {y:g}v4" stroke="currentColor"/>'
            text = _number(tick / 10.0**exponent)
            yield f'<text x="{x:.2f}" y="{y + 17:g}" text-anchor="middle">{text}</text>'
        middle = (LEFT + WIDTH - RIGHT) / 2
        name = f"time ({_PREFIXES[exponent]})"
        yield f'<text x="{middle:g}" y="{y + 31:g}" text-anchor="middle">{name}</text>'


def nice_ticks(low: float, high: float, most: int) -> list[float]:
    """Return round numbers in a range.

    Examples
    --------
    >>> nice_ticks(0.0, 0.08, 5)
    [0.0, 0.02, 0.04, 0.06, 0.08]
    """
    rough = (high - low) / most
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(f * power for f in (1.0, 2.0, 5.0, 10.0) if f * power >= 0.999 * rough)
    first = math.ceil(low / step - 1e-9)
    last = math.floor(high / step + 1e-9)
    digits = max(0, 1 - math.floor(math.log10(step)))
    return [round(k * step, digits) for k in range(first, last + 1)]


def _colour(name: str) -> str:
    return f"var(--{name},{_COLOURS[name]})"


def _range(curves: Sequence[Curve]) -> tuple[float, float]:
    """Return the range of an axis, with some room."""
    values = np.concatenate([curve.values for curve in curves])
    values = values[np.isfinite(values)]
    low, high = (float(values.min()), float(values.max())) if values.size else (0.0, 0.0)
    size = max(abs(low), abs(high))
    if high - low <= 1e-9 * size or size == 0.0:
        room = 0.5 * size or 1.0
        return low - room, high + room
    if 0.0 < low < 0.4 * high:
        low = 0.0
    if 0.4 * low < high < 0.0:
        high = 0.0
    room = 0.07 * (high - low)
    return low - room, high + room


def _exponent(low: float, high: float) -> int:
    """Return the power of ten that the numbers of an axis are given in, a multiple of three."""
    size = max(abs(low), abs(high))
    power = math.floor(math.log10(size))
    return 0 if -2 <= power < 4 else 3 * math.floor(power / 3)


def _number(value: float) -> str:
    return f"{value:.6g}".replace("-", "\N{MINUS SIGN}")


def _shortened(name: str) -> str:
    return name if len(name) <= _LETTERS else f"{name[: _LETTERS - 1]}…"


def _label(label: Label, exponent: int, top: float) -> str:
    index = ""
    if label.index:
        slant = "italic" if len(label.index) == 1 else "normal"
        attributes = f'dy="4" font-size="10.5" font-style="{slant}"'
        index = f"<tspan {attributes}>{escape(label.index)}</tspan>"
    digits = str(exponent).replace("-", "\N{MINUS SIGN}")
    factor = f'10<tspan dy="-5" font-size="9.5">{digits}</tspan><tspan dy="5"> </tspan>'
    unit = f"{factor if exponent else ''}{escape(label.unit)}".strip()
    tail = f'<tspan dy="{-4 if label.index else 0}"> ({unit})</tspan>' if unit else ""
    halo = "paint-order:stroke;stroke:var(--paper,#fff);stroke-width:3"
    style = "italic" if len(label.symbol) == 1 else "normal"
    return (
        f'<text x="{LEFT + 1:g}" y="{top - 6:g}" style="{halo}">'
        f'<tspan font-style="{style}">{escape(label.symbol)}</tspan>{index}{tail}</text>'
    )


def _path(x: FloatArray, y: FloatArray) -> str:
    """Return the commands of a curve, without the points that do not show."""
    finite = np.isfinite(y)
    edges = np.flatnonzero(np.diff(np.concatenate([[False], finite, [False]])))
    parts = []
    for start, end in zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True):
        kept = start + np.flatnonzero(_needed(x[start:end], y[start:end]))
        points = [f"{x[k]:.2f} {y[k]:.2f}" for k in kept.tolist()]
        parts.append("M" + "L".join(points))
    return "".join(parts)


def _needed(x: FloatArray, y: FloatArray) -> BoolArray:
    """Tell which points of a curve show (Ramer-Douglas-Peucker)."""
    needed = np.zeros(x.size, dtype=bool)
    needed[[0, -1]] = True
    open_ = [(0, x.size - 1)]
    while open_:
        start, end = open_.pop()
        if end - start < 2:
            continue
        dx, dy = x[end] - x[start], y[end] - y[start]
        length = math.hypot(dx, dy)
        along_x, along_y = x[start + 1 : end] - x[start], y[start + 1 : end] - y[start]
        if length > 0.0:
            distance = np.abs(along_x * dy - along_y * dx) / length
        else:
            distance = np.hypot(along_x, along_y)
        worst = int(np.argmax(distance))
        if distance[worst] > _TOLERANCE:
            middle = start + 1 + worst
            needed[middle] = True
            open_ += [(start, middle), (middle, end)]
    return needed
