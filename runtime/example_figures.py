"""The pictures of a derivation's page: states forward, adjoints backward, over one example run."""

from __future__ import annotations

import numpy as np

from saltation.runtime.curves import Curve, Label, Panel, Picture
from saltation.runtime.example_run import ExampleRun, example_run
from saltation.symbolic.details import Figure
from saltation.symbolic.mathml_table import GREEK
from saltation.symbolic.neuron import Neuron
from saltation.symbolic.typeset_text import number_text, unit_text


def example_figures(neuron: Neuron, t_end: float | None = None) -> tuple[Figure, Figure]:
    """Draw an example run of a neuron for its derivation's page.

    Parameters
    ----------
    neuron : Neuron
        Any model that can be simulated.
    t_end : float, optional, unit s
        Length of the run; by default some time constants of the model.

    Returns
    -------
    tuple of Figure
        The states over time, and the adjoints.

    Raises
    ------
    UnsupportedModelError
        If the model cannot be simulated.
    ToolchainError
        If there is no C compiler.
    SimulationError
        If no run of the neuron can be completed.

    Examples
    --------
    >>> from saltation.symbolic.models import lif
    >>> page = lif.derive().html(example_figures(lif))
    >>> page.count("<svg")
    2
    """
    run = example_run(neuron, t_end)
    return _states(neuron, run), _adjoints(neuron, run)


def _states(neuron: Neuron, run: ExampleRun) -> Figure:
    panels = tuple(
        Panel(
            label=_label("", name, neuron.units.get(name, "")),
            curves=(
                Curve(values=values, colour="state"),
                *(
                    Curve(values=line, colour="guard", dashed=True)
                    for state, line in run.thresholds
                    if state == name
                ),
            ),
        )
        for name, values in run.states.items()
    )
    dashed = " Dashed: where an event's guard is zero." if run.thresholds else ""
    return Figure(
        svg=_picture(f"States of {neuron.name} over time", run, panels),
        caption=f"Forward: the states. {_input(neuron, run)}{dashed}{_shading(neuron)}",
    )


def _adjoints(neuron: Neuron, run: ExampleRun) -> Figure:
    unit = _loss_unit(neuron, run)
    panels = tuple(
        Panel(
            label=_label("ν", name, _quotient(unit, neuron.units.get(name, ""))),
            curves=(Curve(values=values, colour="adjoint"),),
        )
        for name, values in run.adjoints.items()
    )
    return Figure(
        svg=_picture(f"Adjoints of {neuron.name} over time", run, panels),
        caption="Backward, read from right to left: the adjoints `nu_x = dL/dx`, which jump at "
        f"events. `L` is {run.loss}.",
    )


def _picture(title: str, run: ExampleRun, panels: tuple[Panel, ...]) -> str:
    ports = {port: each for port, each in run.drive.arrivals.items() if each}
    rows = [
        (port if len(ports) > 1 else "input", "arrival", np.array([time for time, _ in each]))
        for port, each in ports.items()
    ]
    return Picture(
        title=title,
        times=run.times,
        panels=panels,
        ticks=(*rows, ("spikes", "spike", run.spikes)),
        shaded=run.modes != 0,
    ).svg()


def _input(neuron: Neuron, run: ExampleRun) -> str:
    """Say what the neuron is given, and what of it differs from the declaration."""
    parts = []
    unit = f" {unit_text(neuron.units.get('w', ''))}".rstrip()
    for port, each in run.drive.arrivals.items():
        weights = sorted({weight for _, weight in each})
        if weights:
            where = "" if port == "default" else f" at port {port}"
            size = " to ".join(number_text(w) for w in {weights[0]: 0, weights[-1]: 0})
            parts.append(f"Input spikes{where} have weight {size}{unit}.")
    changed = {**run.drive.parameters, **{f"{x}(0)": v for x, v in run.drive.initial.items()}}
    if changed:
        values = ", ".join(f"{name} = {number_text(value, 6)}" for name, value in changed.items())
        parts.append(f"Not as by default: {values}.")
    return " ".join(parts) or "There is no input."


def _shading(neuron: Neuron) -> str:
    others = [mode.name for mode in neuron.system.modes[1:]]
    if not others:
        return ""
    return (
        f" Shaded: mode {others[0]}." if len(others) == 1 else " Shaded: all modes but the first."
    )


def _label(symbol: str, name: str, unit: str) -> Label:
    """Return a state's symbol, or a symbol with the state for its index."""
    head, *rest = (GREEK.get(part, part) for part in name.split("_") if part)
    shown = unit_text(unit)
    if symbol:
        return Label(symbol=symbol, index=",".join([head, *rest]), unit=shown)
    return Label(symbol=head, index=",".join(rest), unit=shown)


def _loss_unit(neuron: Neuron, run: ExampleRun) -> str:
    if not neuron.units:
        return ""
    if "`" not in run.loss:
        return "s"
    unit = neuron.units.get(next(iter(run.states)), "")
    return "s" if unit == "1" else f"{unit} s" if unit else ""


def _quotient(above: str, below: str) -> str:
    if above == below:
        return ""
    if not above or not below or below == "1":
        return above
    return f"{above}/({below})" if set(below) & set("*/ ") else f"{above}/{below}"
