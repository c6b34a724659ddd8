"""The factor on weights that makes neurons spike as early as wanted."""

import numpy as np
import pytest

from saltation.learning.initial import weight_scale
from saltation.runtime.spikes import Spikes
from saltation.symbolic.errors import ArrayError, StiffnessError, UnknownNameError

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


@pytest.mark.parametrize(("limit", "found"), [(3e3, True), (1.0, False)])
def test_runs_that_cannot_be_completed_have_weights_that_are_too_large(
    ramp_simulator, limit, found
):
    """The next larger power of ten is beyond the limit, and in the second case the answer is."""

    class Stiff(ramp_simulator):
        def run(self, spikes, values=None):
            if values[KEY].max() > limit:
                raise StiffnessError("too stiff")
            return super().run(spikes, values)

    sim = Stiff(np.full((1, 2), 500.0))
    spikes = Spikes.from_first_times(np.zeros((3, 1)))
    if found:
        assert weight_scale(sim, spikes, KEY, "out", 7e-4) * 500.0 == pytest.approx(1 / 7e-4)
    else:
        with pytest.raises(ArrayError, match=r"up to 0\.002 .*cannot be completed \(too stiff\)"):
            weight_scale(sim, spikes, KEY, "out", 0.7)


@pytest.mark.parametrize(("progress", "shown"), [(True, True), (False, False), (None, False)])
def test_the_search_shows_its_progress_where_it_is_wanted(ramp_simulator, capsys, progress, shown):
    sim = ramp_simulator(np.full((1, 2), 1.0))
    spikes = Spikes.from_first_times(np.zeros((3, 1)))
    weight_scale(sim, spikes, KEY, "out", 0.7, progress=progress)
    text = capsys.readouterr().err
    assert ("weight scale: 100%" in text) == shown
    assert (f"{sim.runs}/{sim.runs}" in text) == shown
