"""Mean rates of units, over a run or a part of it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import saltation as sal
from saltation.runtime.run import Run
from saltation.runtime.spikes import Spikes
from saltation.symbolic.errors import ArrayError, ArrayTypeError, UnknownNameError

SPIKES = Spikes.from_events([[(0.01, 0), (0.03, 0), (0.05, 2)], [], [(0.05, 1)]])


@pytest.fixture(scope="module")
def run() -> Run:
    """Return a run of 50 ms, of neurons that spike several times, once, and never."""
    net = sal.Network()
    net.add_input("in", 1)
    net.add_population("out", sal.models.lif, 3)
    net.connect("in", "out", weight=[[40.0, 6.0, 1.0]])
    drive = Spikes.from_events([[(0.002, 0)], [(0.002, 0), (0.02, 0)]])
    return sal.compile(net, t_end=0.05).run({"in": drive})


def test_a_rate_is_the_number_of_spikes_by_the_length_of_the_window() -> None:
    np.testing.assert_allclose(
        SPIKES.rates(3, 0.1), [[20.0, 0.0, 10.0], [0.0, 0.0, 0.0], [0.0, 10.0, 0.0]]
    )
    np.testing.assert_allclose(SPIKES.rates(3, 0.1), SPIKES.counts(3) / 0.1)
    assert Spikes.silent(0).rates(2, 0.1).shape == (0, 2)


def test_both_ends_belong_to_the_window() -> None:
    np.testing.assert_allclose(SPIKES.rates(3, 0.05, t_start=0.03)[0], [50.0, 0.0, 50.0])
    np.testing.assert_allclose(SPIKES.rates(3, 0.049, t_start=0.031)[0], 0.0)


@pytest.mark.parametrize(
    ("window", "error", "message"),
    [
        (
            {"t_end": 0.0},
            ArrayError,
            "rates: t_end is 0.0, expected a finite number > 0, in seconds",
        ),
        ({"t_end": np.inf}, ArrayError, "t_end is inf"),
        ({"t_end": "0.1"}, ArrayTypeError, "t_end is '0.1'"),
        ({"t_end": 0.1, "t_start": 0.1}, ArrayError, "t_start is 0.1, .* 0 <= t_start < t_end"),
        ({"t_end": 0.1, "t_start": -1.0}, ArrayError, "t_start is -1.0"),
        ({"t_end": 0.1, "t_start": np.nan}, ArrayError, "t_start is nan"),
        ({"t_end": 0.1, "t_start": None}, ArrayTypeError, "t_start is None"),
    ],
)
def test_a_window_that_is_none_is_refused(
    window: dict[str, Any], error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        SPIKES.rates(3, **window)


def test_a_unit_beyond_n_is_refused() -> None:
    with pytest.raises(ArrayError, match="unit 2"):
        SPIKES.rates(2, 0.1)


def test_a_run_knows_its_length_and_its_neurons(run: Run) -> None:
    counts = run.spikes["out"].counts(3)
    assert (counts.sum(axis=0) > 0).tolist() == [True, True, False]
    np.testing.assert_array_equal(run.rates("out"), counts / 0.05)
    late = run.spikes["out"].rates(3, 0.05, t_start=0.02)
    np.testing.assert_array_equal(run.rates("out", t_start=0.02), late)
    early = run.spikes["out"].rates(3, 0.02)
    np.testing.assert_array_equal(run.rates("out", t_end=0.02), early)
    np.testing.assert_allclose(0.03 * late + 0.02 * early, counts)


def test_a_run_has_no_rates_beyond_its_end_or_of_others(run: Run) -> None:
    with pytest.raises(ArrayError, match=r"t_end is 1\.0, and the run ends at 0\.05 s"):
        run.rates("out", t_end=1.0)
    with pytest.raises(UnknownNameError, match=r"rates: there is no population 'outt'.*'out'"):
        run.rates("outt")
