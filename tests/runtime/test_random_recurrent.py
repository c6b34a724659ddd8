"""Random recurrent networks: gradients equal high-precision differences of the whole network."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from nonlinear_strategies import nonlinear_neurons
from proofs import examples
from random_cases import check
from recurrent_strategies import recurrent_networks
from strategies import Case, cases, coupled_neurons, triangular_neurons

LINEAR = st.one_of(triangular_neurons(2), coupled_neurons())


@examples(5)
@given(case=cases(recurrent_networks(LINEAR, zero_delay=False), batch=1, max_spikes=4))
def test_cycles_with_delays(case: Case) -> None:
    """Self-connections, mutual and parallel projections, a delay shared or per synapse."""
    check(case, entries=1, most_keys=8, digits=24)


@examples(5)
@given(case=cases(recurrent_networks(LINEAR, zero_delay=True), batch=1, max_spikes=4))
def test_cycles_without_delay(case: Case) -> None:
    """A spike reaches others, and its own neuron, at the instant at which it is emitted."""
    check(case, entries=1, most_keys=8, digits=24)


@examples(2)
@given(
    case=cases(
        recurrent_networks(nonlinear_neurons(2, driven=False), zero_delay=False),
        batch=1,
        max_spikes=3,
    )
)
def test_cycles_of_nonlinear_models(case: Case) -> None:
    """Numerical flows, one with a second mode, that hear each other."""
    check(case, tolerance=1e-7, entries=1, closed_form=False, most_keys=6, digits=24)
