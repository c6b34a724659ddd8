"""Compare a compiled run and its gradient with high-precision differences of the declaration."""

from __future__ import annotations

import importlib
import logging
import warnings
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike
from tqdm import tqdm

from saltation.codegen.options import Solver
from saltation.codegen.solver import is_numerical
from saltation.runtime.check_loss import Array, CompiledRun, make_loss, random_loss
from saltation.runtime.check_table import CheckRow, ForwardCheck, GradientCheck
from saltation.runtime.differences import Differences
from saltation.runtime.interpreter import Interpreter, Outcome
from saltation.runtime.structural import structural_zeros
from saltation.runtime.structure import network_structure
from saltation.symbolic.errors import ArrayTypeError, StructuralZeroWarning, UnknownNameError

if TYPE_CHECKING:
    from saltation.runtime.network import Network
    from saltation.runtime.simulate import Simulator
    from saltation.runtime.spikes import Spikes

__all__ = ["CheckRow", "ForwardCheck", "GradientCheck", "check_gradient", "check_run"]

_LOG = logging.getLogger(__name__)

DIGITS, ENOUGH_DIGITS = 32, 28
"""Default precision of the interpreter where flows have closed forms, and where they are numerical.

One-sided differences are exact to somewhat less than half of the digits: about 15 and 13. Numerical
flows with a tolerance of 1e-12 have no more.
"""

SINGLE_TOLERANCE = 2e-3
"""Default tolerance of runs in single precision, where spike times carry 24 bits."""

_ENTRY_FLOOR = 1e-6
_ROUNDING = 1e-12


def check_gradient(
    net: Network | Simulator,
    spikes: Mapping[str, Spikes],
    values: Mapping[str, ArrayLike] | None = None,
    *,
    t_end: float | None = None,
    precision: str | None = None,
    solver: str | None = None,
    rtol: float = 1e-12,
    keys: Iterable[str] | None = None,
    entries: int = 8,
    seed: int = 0,
    loss: Mapping[str, Mapping[str, Any]] | None = None,
    digits: int | None = None,
    tolerance: float | None = None,
    progress: bool | None = None,
) -> GradientCheck:
    """Compare every kind of gradient of a compiled run with high-precision differences.

    The differences come from an interpreter of the declaration that shares nothing with the
    derivation and the generated code: Taylor series and bisection in many digits. It takes seconds
    for a few neurons with linear flows, minutes for numerical ones or hundreds of neurons, even of
    one entry. For a quick look compare ``(L(x + h) - L(x - h))/(2 h)`` of two runs with the
    gradient, and make ``h`` smaller until both agree: next to a flat maximum, or where a spike is
    about to appear, that may take 1e-6 of a value and less.

    Parameters
    ----------
    net : Network or Simulator
        The network, or what it was compiled to, which knows `t_end`, `precision` and `solver`.
    spikes : Mapping of str to Spikes
        Spikes of every input. All samples count.
    values : Mapping of str to array_like, optional
        Values that differ from the network's own.
    t_end : float
        End of the run, unit s; may be left out if `net` is a simulator.
    precision : {"double", "single"}, optional
        Precision of the compiled run: by default the simulator's, or double.
    solver : str, optional
        How the compiled run computes flows, as for `compile`: by default as the simulator does, or
        ``"auto"``.
    rtol : float
        Relative tolerance of its numerical flows: tight, as the differences are those of the exact
        solution, whereas a gradient is that of the computed one.
    keys : iterable of str, optional
        Which gradients to check, such as ``["hidden.tau_m", "in.times"]``; by default all.
    entries : int
        How many entries of each key at most, drawn at random: mostly entries whose compiled
        gradient is not zero, and up to a quarter of entries where it is.
    seed : int
        Of the loss and of the entries.
    loss : Mapping, optional
        Cotangents ``{"spike_times": {...}, "observations": {...}}``, as for `Run.gradient`. By
        default random ones, none of them small, for every spike and every observation.
    digits : int, optional
        Decimal digits of the interpreter: by default 32, and 28 if a flow is numerical.
    tolerance : float, optional
        Largest relative error that passes: by default 1e-7, in single precision 2e-3.
    progress : bool, optional
        Show a progress bar; by default only in a terminal.

    Returns
    -------
    GradientCheck
        Rows to read, print or assert on (``.passed``, ``.worst``).

    Raises
    ------
    UnknownNameError
        If a key names no gradient.
    ArrayError
        If a cotangent has the wrong shape.
    ArrayTypeError
        If `t_end` is not given with a network.
    ZenoError, NonFiniteError
        If the interpreter's run cannot be completed.

    Notes
    -----
    The relative error of an entry is ``|a - b| / max(|a|, |b|, floor)``. The floor is the larger
    of 1e-6 times the largest difference among the compared entries of that key, and 1e-12 times
    the sum of ``|c t|`` and ``|c o|`` over the loss's terms divided by the key's largest value:
    entries that are smaller than that are the difference of large numbers which cancel. If a flow
    is numerical, it is ``rtol / tolerance`` times that sum instead: its steps are exact to `rtol`,
    so that a value on which only they depend has such a gradient, and the exact solution none.

    An entry is "not differentiable here" if the one-sided differences disagree however small the
    step, or change the number of spikes. At a tie of arrivals that is to be expected.
    """
    _LOG.info("compiling and running the network")
    simulator = _checked_simulator(net, t_end, precision, solver, rtol)
    simulator.wait_until_optimised()  # what is checked is what stays
    run = simulator.run(spikes, values)
    default = 1e-7 if simulator.precision == "double" else SINGLE_TOLERANCE
    numerical = _has_numerical_flows(simulator.net, Solver(simulator.solver))
    if digits is None:
        digits = ENOUGH_DIGITS if numerical else DIGITS
    interpreter = Interpreter(simulator.net, spikes, values, t_end=simulator.t_end, digits=digits)
    return check_run(
        run,
        interpreter,
        keys=keys,
        entries=entries,
        seed=seed,
        loss=loss,
        tolerance=default if tolerance is None else tolerance,
        truncation=rtol if numerical else 0.0,
        progress=progress,
    )


def _checked_simulator(
    net: Network | Simulator,
    t_end: float | None,
    precision: str | None,
    solver: str | None,
    rtol: float,
) -> Simulator:
    """Compile what is to be checked, with tight tolerances, where it was compiled before too."""
    module: Any = importlib.import_module("saltation.runtime.simulate")
    given = net if isinstance(net, module.Simulator) else None
    settings = {"t_end": t_end, "precision": precision, "solver": solver}
    for name, otherwise in (("t_end", None), ("precision", "double"), ("solver", "auto")):
        if settings[name] is None:
            settings[name] = getattr(given, name, otherwise)
    if settings["t_end"] is None:
        raise ArrayTypeError(
            "check_gradient: give t_end, the end of the run in s, or a simulator in place of the "
            "network",
            argument="t_end",
        )
    declared = net if given is None else given.net
    simulator: Simulator = module.compile(declared, rtol=rtol, **settings)
    return simulator


def _has_numerical_flows(net: Network, solver: Solver) -> bool:
    """Tell whether any population's flow is computed in steps."""
    layers = network_structure(net, solver).layers
    return any(is_numerical(layer.observed, solver) for layer in layers)


def check_run(
    run: CompiledRun,
    interpreter: Interpreter,
    *,
    keys: Iterable[str] | None = None,
    entries: int = 8,
    seed: int = 0,
    loss: Mapping[str, Mapping[str, Any]] | None = None,
    tolerance: float = 1e-7,
    truncation: float = 0.0,
    progress: bool | None = None,
) -> GradientCheck:
    """Compare a run that was already made; the arguments are those of `check_gradient`.

    Parameters
    ----------
    run : CompiledRun
        Anything with ``spikes``, ``observations`` and ``gradient(...)``.
    interpreter : Interpreter
        The same network, spikes and values.
    truncation : float
        Relative tolerance of the run's numerical flows; 0 if all are exact.
    """
    random = np.random.default_rng(seed)
    t_end = float(interpreter.t_end)
    _LOG.info("interpreting its declaration with %d digits", interpreter.arithmetic.digits)
    forward = _compare_forward(run, interpreter)
    if forward.miscounted:
        return GradientCheck(rows=(), forward=forward, tolerance=tolerance, t_end=t_end)
    if loss is None:
        times, observations = random_loss(interpreter.net, run, t_end, random)
    else:
        times = dict(loss.get("spike_times", {}))
        observations = dict(loss.get("observations", {}))
    chosen = None if keys is None else _known(keys, interpreter)
    zeros = structural_zeros(interpreter.net, times, observations)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", StructuralZeroWarning)  # the table says so
        gradient = run.gradient(spike_times=times, observations=observations, wrt=chosen)
    differences = Differences(interpreter, make_loss(interpreter, run, times, observations))
    # By tolerance: what differs by less passes.
    share = max(_ROUNDING, truncation / tolerance)
    rows = []
    compared = list(chosen or gradient)
    with tqdm(
        total=sum(min(entries, gradient[key].size) for key in compared),
        desc="check gradient",
        unit="entry",
        disable=None if progress is None else not progress,
    ) as bar:
        for number, key in enumerate(compared, start=1):
            bar.set_postfix_str(key)
            if bar.disable:  # the bar would show it
                _LOG.info("differences by %s (%d of %d)", key, number, len(compared))
            drawn = _draw(np.ravel(gradient[key]), entries, random)
            row = _compare(key, np.asarray(gradient[key]), differences, drawn, share, bar)
            rows.append(replace(row, reason=zeros.get(key, "")))
    return GradientCheck(rows=tuple(rows), forward=forward, tolerance=tolerance, t_end=t_end)


def _known(keys: Iterable[str], interpreter: Interpreter) -> list[str]:
    chosen = list(keys)
    for key in chosen:
        if key not in interpreter.values:
            raise UnknownNameError(
                f"keys: there is no gradient called {key!r}; there are "
                + ", ".join(map(repr, interpreter.values))
            )
    return chosen


def _compare(
    key: str,
    gradient: Array,
    differences: Differences,
    drawn: Sequence[int],
    share: float,
    bar: Any,
) -> CheckRow:
    """Compare some entries of one key; a `share` of the loss's terms is too small to tell."""
    flat = gradient.ravel()
    compared: list[tuple[int, float, float]] = []
    skipped = 0
    for index in drawn:
        expected = differences.derivative(key, index, float(flat[index]))
        bar.update()
        if expected is None:
            skipped += 1
        else:
            compared.append((index, float(flat[index]), expected))
    largest = max((abs(expected) for _, _, expected in compared), default=0.0)
    natural = differences.magnitude / differences.scale(key)
    floor = max(_ENTRY_FLOOR * largest, share * natural)
    errors = [_relative(a, b, floor) for _, a, b in compared]
    worst = int(np.argmax(errors)) if errors else None
    return CheckRow(
        key=key,
        kind=_kind(key),
        size=flat.size,
        checked=len(compared),
        zeros=sum(a == 0.0 and b == 0.0 for _, a, b in compared),
        skipped=skipped,
        relative=0.0 if worst is None else errors[worst],
        absolute=max((abs(a - b) for _, a, b in compared), default=0.0),
        where=None
        if worst is None
        else tuple(int(i) for i in np.unravel_index(compared[worst][0], gradient.shape)),
        compiled=0.0 if worst is None else compared[worst][1],
        difference=0.0 if worst is None else compared[worst][2],
    )


def _draw(flat: Array, entries: int, random: np.random.Generator) -> list[int]:
    """Draw entries without repetition: mostly where the gradient is not zero."""
    matter = random.permutation(np.flatnonzero(flat != 0.0))
    zero = random.permutation(np.flatnonzero(flat == 0.0))
    few = max(entries - len(matter), min(len(zero), entries // 4))
    return [int(index) for index in sorted([*matter[: entries - few], *zero[:few]])]


def _relative(a: float, b: float, floor: float) -> float:
    if a == b:
        return 0.0
    error = abs(a - b) / max(abs(a), abs(b), floor)
    return error if np.isfinite(error) else float("inf")


def _kind(key: str) -> str:
    _, _, last = key.rpartition(".")
    if ".initial." in key:
        return "initial state"
    return {"weight": "weight", "delay": "delay", "times": "input times"}.get(last, "parameter")


def _compare_forward(run: CompiledRun, interpreter: Interpreter) -> ForwardCheck:
    outcome = interpreter.run()
    miscounted = []
    count, time_error = 0, 0.0
    for name, samples in outcome.results.items():
        spikes = run.spikes[name]
        for b, results in enumerate(samples):
            times, units = spikes.sample(b)
            for unit, result in enumerate(results):
                own = times[units == unit]
                count += len(result.spikes)
                if len(own) != len(result.spikes):
                    miscounted.append((name, b, unit, len(own), len(result.spikes)))
                    continue
                for compiled, expected in zip(own.tolist(), result.spikes, strict=True):
                    time_error = max(time_error, abs(float(compiled - expected)))
    return ForwardCheck(
        spikes=count,
        miscounted=tuple(miscounted),
        time_error=time_error,
        observation_error=_observation_error(run, interpreter.net, outcome),
    )


def _observation_error(run: CompiledRun, net: Network, outcome: Outcome) -> float:
    worst = 0.0
    for name, results in outcome.results.items():
        own = [o.name for o in net.observations.values() if o.population == name]
        for index, watch in enumerate(own):
            expected = np.array(
                [[[float(v) for v in r.observations[index]] for r in s] for s in results]
            ).transpose(0, 2, 1)
            compiled = np.asarray(run.observations[watch], float).reshape(expected.shape)
            scale = np.abs(expected).max(initial=0.0) or 1.0
            worst = max(worst, float(np.abs(compiled - expected).max(initial=0.0) / scale))
    return worst
