"""Random nonlinear models in random networks: gradients equal high-precision differences."""

from __future__ import annotations

from hypothesis import given
from nonlinear_strategies import nonlinear_expressions, nonlinear_neurons
from proofs import examples
from random_cases import check
from strategies import Case, cases, linear_neurons, networks


@examples(4)
@given(
    case=cases(
        networks(
            nonlinear_neurons(3, driven=False, refractory=False),
            max_populations=1,
            max_size=2,
            expressions=nonlinear_expressions,
        ),
        max_spikes=5,
    )
)
def test_nonlinear_models(case: Case) -> None:
    """Flow, guard, reset, ports and observations, all of them nonlinear."""
    check(case, tolerance=1e-7, entries=1, closed_form=False, most_keys=8, digits=24)


@examples(3)
@given(
    case=cases(
        networks(
            nonlinear_neurons(2, driven=True),
            max_populations=1,
            max_size=2,
            expressions=nonlinear_expressions,
        ),
        batch=1,
        max_spikes=4,
    )
)
def test_nonlinear_models_that_read_the_time(case: Case) -> None:
    """A driven flow, a moving threshold, resets and jumps that depend on the time."""
    check(case, tolerance=1e-7, entries=1, closed_form=False, most_keys=8, digits=24)


@examples(3)
@given(
    case=cases(
        networks(
            nonlinear_neurons(2, driven=False, refractory=True),
            max_populations=2,
            max_size=2,
            expressions=nonlinear_expressions,
        ),
        batch=1,
        max_spikes=4,
    )
)
def test_nonlinear_models_with_two_modes(case: Case) -> None:
    """A refractory mode with another flow, whose end depends on a state; two layers."""
    check(case, tolerance=1e-7, entries=1, closed_form=False, most_keys=8, digits=24)


@examples(3)
@given(
    case=cases(
        networks(
            linear_neurons(), max_populations=1, max_size=2, expressions=nonlinear_expressions
        ),
        max_spikes=5,
    )
)
def test_linear_models_under_nonlinear_observations(case: Case) -> None:
    """Maxima, integrals and samples of products, squares and exponentials of states."""
    check(case, tolerance=1e-7, closed_form=False)
