"""Check a random case: the run against the interpreter's, the gradient against differences."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, event
from strategies import Case

from saltation.runtime.check import DIGITS, GradientCheck, check_gradient
from saltation.runtime.interpreter import interpret
from saltation.runtime.simulate import compile
from saltation.symbolic.errors import GrazingWarning, RunawayError, SaltationError, ZenoError

MOST_EVENTS = 120
"""Of a population in a case that is compared: high precision takes its time for each."""


def check(
    case: Case,
    *,
    tolerance: float = 1e-9,
    entries: int = 3,
    closed_form: bool = True,
    most_keys: int | None = None,
    digits: int = DIGITS,
) -> GradientCheck:
    """Check a case; one whose models are Zeno must be so for the compiled run as well.

    A case in which a guard grazes zero is no counterexample, and is said to be none. With
    `most_keys` only so many keys are compared, drawn by the network's own numbers.
    """
    _assume_calm(case)
    try:
        result = check_gradient(
            case.net,
            case.spikes,
            t_end=case.t_end,
            entries=entries,
            keys=None if most_keys is None else _some_keys(case, most_keys),
            digits=digits,
            tolerance=tolerance,
            progress=False,
        )
    except ZenoError:
        with pytest.raises(ZenoError):
            interpret(case.net, case.spikes, t_end=case.t_end, digits=20)
        with pytest.raises(ZenoError):
            compile(case.net, t_end=case.t_end).run(case.spikes)
        event("Zeno")
        assume(False)
    except GrazingWarning:
        event("grazing")
        assume(False)
    assert result.passed, f"\n{result}"
    if closed_form:
        assert result.forward.time_error <= 1e-12 * case.t_end, result.forward
        assert result.forward.observation_error <= 1e-11, result.forward
    event(f"spikes: {min(result.forward.spikes, 4)} or more")
    event(f"not differentiable: {sum(row.skipped for row in result.rows) > 0}")
    return result


def _assume_calm(case: Case) -> None:
    """Pass over a network that excites itself without bound: it is another test's subject."""
    try:
        compile(case.net, t_end=case.t_end, max_events=MOST_EVENTS).run(case.spikes)
    except RunawayError:
        event("runaway")
        assume(False)
    except SaltationError:
        pass  # what is compared says what is wrong


def _some_keys(case: Case, most: int) -> list[str]:
    """Draw some of the keys that have entries, weights and delays as often as parameters."""
    keys = [key for key, value in case.net.values().items() if value.size]
    keys += [f"{name}.times" for name, train in case.spikes.items() if train.times.size]
    synaptic = [key for key in keys if key.endswith((".weight", ".delay", ".times"))]
    other = [key for key in keys if key not in synaptic]
    random = np.random.default_rng(
        len(keys) + 100 * sum(t.times.size for t in case.spikes.values())
    )
    drawn = [list(random.permutation(group))[: (most + 1) // 2] for group in (synaptic, other)]
    return [str(key) for group in drawn for key in group]
