"""Random models in random networks: the run equals the interpreter's, the gradient differences."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from proofs import examples
from random_cases import check
from strategies import Case, cases, coupled_neurons, networks, triangular_neurons


@examples(6)
@given(case=cases(networks(triangular_neurons(3, refractory=False))))
def test_triangular_models(case: Case) -> None:
    """Up to three states with real rates, equal and nearly equal ones included."""
    check(case)


@examples(4)
@given(case=cases(networks(triangular_neurons(2, refractory=True))))
def test_models_with_a_refractory_mode(case: Case) -> None:
    """Two modes, arrivals in both."""
    check(case)


@examples(4)
@given(case=cases(networks(coupled_neurons(), max_populations=1)))
def test_coupled_models(case: Case) -> None:
    """Pairs of states with complex or real rates."""
    check(case)


@examples(3)
@given(case=cases(networks(st.one_of(triangular_neurons(2)), max_size=4), max_spikes=12))
def test_busier_networks(case: Case) -> None:
    """More neurons and more arrivals: several neurons with events in one interval."""
    check(case)
