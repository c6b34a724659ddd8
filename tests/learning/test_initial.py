"""The factor on weights that makes neurons spike as early as wanted."""

import numpy as np
import pytest

from saltation.learning.initial import weight_scale
from saltation.runtime.spikes import Spikes
from saltation.symbolic.errors import ArrayError, UnknownNameError

KEY = "in->out.weight"


@pytest.mark.parametrize("unit", [1e-9, 1.0, 1e6])
def test_factor_is_the_one_at_which_the_ramps_cross_in_time(ramp_simulator, unit):
    """A ramp from 0 of slope ``factor * unit`` reaches 1 at ``1 / (factor * unit)``."""
    sim = ramp_simulator(np.full((1, 2), unit))
    spikes = Spikes.from_first_times(np.zeros((3, 1)))
    factor = weight_scale(sim, spikes, KEY, "out", 0.7)
    assert factor == pytest.approx(1.0 / (0.7 * unit), rel=1e-6)


def test_silent_neurons_count_as_spiking_at_the_end(ramp_simulator):
    """One of the two never spikes, and counts 3.0; the other is to spike at 1.0."""
    sim = ramp_simulator(np.array([[1.0, -1.0]]))
    spikes = Spikes.from_first_times(np.zeros((3, 1)))
    assert weight_scale(sim, spikes, KEY, "out", 2.0) == pytest.approx(1.0, rel=1e-6)


def test_what_cannot_be_reached_is_named(ramp_simulator, two_classes):
    spikes, _ = two_classes(20, 1)
    sim = ramp_simulator(-np.ones((3, 2)))
    with pytest.raises(ArrayError, match="no factor on 'in->out"):
        weight_scale(sim, spikes, KEY, "out", 0.5)
    with pytest.raises(ArrayError, match="first_spike is 3"):
        weight_scale(sim, spikes, KEY, "out", 3.0)
    with pytest.raises(UnknownNameError, match="'hidden'"):
        weight_scale(sim, spikes, KEY, "hidden", 0.5)
