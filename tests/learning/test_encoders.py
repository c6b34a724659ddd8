"""Poisson processes as input: what is drawn is what was asked for."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.stats

from saltation.learning.encoders import poisson
from saltation.symbolic.errors import ArrayError, ArrayTypeError


def test_counts_are_poisson_and_times_even():
    rates = np.array([[0.0, 5.0, 40.0]] * 4000)
    spikes = poisson(rates, 0.6, t_start=0.1)
    counts = spikes.counts(3)
    np.testing.assert_array_equal(counts[:, 0], 0)
    for unit, mean in ((1, 2.5), (2, 20.0)):
        assert abs(counts[:, unit].mean() - mean) < 4 * np.sqrt(mean / 4000)
        assert abs(counts[:, unit].var() / mean - 1) < 0.1
    even = scipy.stats.kstest(spikes.times, scipy.stats.uniform(0.1, 0.5).cdf)
    assert even.pvalue > 1e-3


def test_bins_hold_for_equal_parts():
    spikes = poisson(np.tile([0.0, 300.0, 0.0, 100.0], (50, 2, 1)), 0.4)
    counts, _ = np.histogram(spikes.times, [0.0, 0.1, 0.2, 0.3, 0.4])
    assert counts[0] == counts[2] == 0
    assert abs(counts[1] - 3000) < 4 * np.sqrt(3000)
    assert abs(counts[3] - 1000) < 4 * np.sqrt(1000)


def test_samples_are_sorted_and_units_apart():
    spikes = poisson([[100.0, 0.0], [0.0, 100.0]], 0.5)
    for b in range(2):
        times, units = spikes.sample(b)
        assert set(units.tolist()) == {b}
        assert (np.diff(times) >= 0).all()


def test_the_seed_decides():
    rates = [[50.0] * 20]
    first, again, other = (poisson(rates, 1.0, seed=seed) for seed in (3, 3, 4))
    np.testing.assert_array_equal(first.times, again.times)
    assert first.n_spikes != other.n_spikes or (first.times != other.times).any()


@pytest.mark.parametrize("shape", [(0, 3), (2, 0), (2, 3, 0)])
def test_nothing_to_draw_is_no_spike(shape):
    spikes = poisson(np.ones(shape), 1.0)
    assert (spikes.batch, spikes.n_spikes) == (shape[0], 0)


@pytest.mark.parametrize(
    ("rates", "times", "message"),
    [
        ([1.0], {}, r"rates have shape \(1,\), expected \(batch, n\) or \(batch, n, bins\)"),
        ([[1.0, -2.0]], {}, r"rates must be zero or more, got -2.0 at sample 0, unit 1"),
        ([[1.0, np.nan]], {}, r"rates must be finite, got nan at sample 0, unit 1"),
        ([[[1.0, np.inf]]], {}, r"rates must be finite, got inf at sample 0, unit 0, bin 1"),
        ([[1.0]], {"t_start": 1.0}, r"t_end is 1.0, expected a time after t_start, 1.0"),
        ([[1.0]], {"t_start": -1.0}, r"t_start is -1.0, expected a time >= 0 in s"),
        ([[1.0]], {"seed": -1}, r"seed is -1, expected an integer >= 0"),
        ([[1e300]], {}, r"rates give about 1e\+300 spikes, .* rates are in 1/s, times in s"),
    ],
)
def test_what_cannot_be_drawn_is_refused(rates, times, message):
    with pytest.raises(ArrayError, match=message):
        poisson(rates, 1.0, **times)


def test_rates_are_numbers():
    with pytest.raises(ArrayTypeError, match="rates must hold real numbers"):
        poisson([["fast"]], 1.0)
