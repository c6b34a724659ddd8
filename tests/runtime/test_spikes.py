"""Spike trains: construction, refusals, selection, and what is read from them."""

from __future__ import annotations

import copy
import pickle
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from saltation.runtime.spikes import Spikes
from saltation.symbolic.errors import ArrayError, ArrayTypeError

INF = float("inf")
NAN = float("nan")

first_time_arrays = hnp.arrays(
    np.float64,
    hnp.array_shapes(min_dims=2, max_dims=2, min_side=0, max_side=6),
    elements=st.sampled_from([0.0, 0.001, 0.002, 0.0025, 1.0, INF]),
)
event_lists = st.lists(
    st.lists(st.tuples(st.sampled_from([0.0, 0.1, 0.2, 0.7]), st.integers(0, 4)), max_size=7).map(
        lambda rows: sorted(rows, key=lambda row: row[0])
    ),
    max_size=5,
)


def as_events(spikes: Spikes) -> list[list[tuple[float, int]]]:
    """Read a batch back, sample by sample."""
    return [
        list(zip(times.tolist(), units.tolist(), strict=True))
        for times, units in (spikes.sample(b) for b in range(spikes.batch))
    ]


@given(first_time_arrays)
def test_first_times_come_back_unchanged(times: np.ndarray) -> None:
    np.testing.assert_array_equal(Spikes.from_first_times(times).first_times(times.shape[1]), times)


@given(first_time_arrays)
def test_first_times_make_the_events_that_plain_python_makes(times: np.ndarray) -> None:
    expected = [
        sorted((t, unit) for unit, t in enumerate(row) if t != INF) for row in times.tolist()
    ]
    assert as_events(Spikes.from_first_times(times)) == expected


@given(event_lists)
def test_events_come_back_in_the_given_order(events: list[Any]) -> None:
    assert as_events(Spikes.from_events(events)) == events


@given(event_lists)
def test_first_times_and_counts_are_those_of_plain_python(events: list[Any]) -> None:
    spikes = Spikes.from_events(events)
    first = [
        [min((t for t, u in rows if u == unit), default=INF) for unit in range(5)]
        for rows in events
    ]
    counts = [[sum(u == unit for _, u in rows) for unit in range(5)] for rows in events]
    np.testing.assert_array_equal(spikes.first_times(5), np.reshape(first, (len(events), 5)))
    np.testing.assert_array_equal(spikes.counts(5), np.reshape(counts, (len(events), 5)))


@given(event_lists, st.data())
def test_selecting_samples_is_selecting_lists(events: list[Any], data: st.DataObject) -> None:
    batch = len(events)
    spikes = Spikes.from_events(events)
    indices = data.draw(
        st.lists(st.integers(-batch, batch - 1), max_size=6) if batch else st.just([])
    )
    assert as_events(spikes.select(indices)) == [events[b] for b in indices]
    mask = data.draw(hnp.arrays(np.bool_, batch))
    assert as_events(spikes.select(mask)) == [
        rows for rows, m in zip(events, mask, strict=True) if m
    ]
    part = data.draw(st.slices(batch))
    assert as_events(spikes[part]) == events[part]


@given(st.lists(event_lists, max_size=4))
def test_concatenating_batches_is_concatenating_lists(parts: list[Any]) -> None:
    joined = Spikes.concatenate([Spikes.from_events(events) for events in parts])
    assert as_events(joined) == [rows for events in parts for rows in events]


@given(event_lists)
@settings(max_examples=25)
def test_the_plain_constructor_accepts_what_it_shows(events: list[Any]) -> None:
    spikes = Spikes.from_events(events)
    again = Spikes(spikes.times, spikes.units, spikes.offsets)
    assert again == spikes
    assert pickle.loads(pickle.dumps(spikes)) == spikes
    assert copy.deepcopy(spikes) == spikes


def test_spikes_differ_when_any_part_differs() -> None:
    spikes = Spikes.from_events([[(0.1, 1)], []])
    assert spikes != Spikes.from_events([[(0.2, 1)], []])
    assert spikes != Spikes.from_events([[(0.1, 2)], []])
    assert spikes != Spikes.from_events([[], [(0.1, 1)]])
    assert spikes != "spikes"


def test_types_and_sizes_are_as_documented() -> None:
    spikes = Spikes.from_first_times([[0.2, 0.1, INF], [INF, INF, 0.3]])
    assert spikes.times.dtype == np.float64
    assert spikes.units.dtype == np.int32
    assert spikes.offsets.dtype == np.int64
    assert (spikes.batch, len(spikes), spikes.n_spikes) == (2, 2, 3)
    assert spikes.samples.tolist() == [0, 0, 1]


def test_arrays_are_copies_that_cannot_be_written() -> None:
    times = np.array([0.1, 0.2])
    spikes = Spikes(times, np.array([0, 1], dtype=np.int32), np.array([0, 2]))
    times[0] = 5.0
    assert spikes.times[0] == 0.1
    for array in (spikes.times, spikes.units, spikes.offsets, spikes[0:1].times):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 1


def test_wrapping_trusted_arrays_copies_nothing() -> None:
    times = np.array([0.1])
    assert Spikes.trusted(times, np.zeros(1, dtype=np.int32), np.array([0, 1])).times is times


@pytest.mark.parametrize("times", [np.zeros((0, 3)), np.zeros((2, 0)), np.full((2, 3), INF)])
def test_batches_without_samples_units_or_spikes_are_ordinary(times: np.ndarray) -> None:
    spikes = Spikes.from_first_times(times)
    assert (spikes.batch, spikes.n_spikes) == (times.shape[0], 0)
    assert spikes == Spikes.silent(times.shape[0])
    assert spikes.counts(3).shape == (times.shape[0], 3)


def test_integer_times_are_numbers_too() -> None:
    assert Spikes.from_first_times([[1, 2]]).times.tolist() == [1.0, 2.0]
    assert Spikes.from_events([np.array([[1.0, 3.0], [2.0, 4.0]])]).units.tolist() == [3, 4]


@pytest.mark.parametrize(
    ("times", "message"),
    [
        ([[0.1, NAN]], r"times must be zero or more, or inf, got nan at sample 0, unit 1"),
        ([[0.1, 0.2], [-0.5, INF]], r"got -0.5 at sample 1, unit 0"),
        ([[0.1, -INF]], r"got -inf at sample 0, unit 1"),
        ([0.1, 0.2], r"times must have shape \[batch, n\], got \(2,\).*times\[None, :\]"),
        ([[[0.1]]], r"\(1, 1, 1\)"),
        ([[0.1], [0.2, 0.3]], r"times cannot be made an array: its rows differ in length"),
    ],
)
def test_bad_first_times_are_refused_with_their_place(times: Any, message: str) -> None:
    with pytest.raises(ArrayError, match=message) as caught:
        Spikes.from_first_times(times)
    assert caught.value.argument == "times"


@pytest.mark.parametrize(
    "times",
    [
        [["0.1"]],
        [[None]],
        [[1j]],
        [[True]],
        [[b"x"]],
        [[object()]],
        np.array([["2020-01-01"]], dtype="M8[s]"),
        np.ma.masked_array([[1.0]], mask=[[True]]),
    ],
)
def test_times_that_are_no_numbers_are_refused(times: Any) -> None:
    with pytest.raises(ArrayTypeError, match=r"times (must hold real numbers|is a masked array)"):
        Spikes.from_first_times(times)


@pytest.mark.parametrize(
    ("events", "message"),
    [
        (
            [[], [(0.1, 0), (0.3, 0), (0.2, 1)]],
            r"sorted by time within a sample, got 0.2 after 0.3 at sample 1, row 2",
        ),
        ([[(0.1, 0)], [], [(-0.1, 0)]], r"zero or more, got -0.1 at sample 2, row 0"),
        ([[(0.1, 0), (INF, 0)]], r"finite, got inf at sample 0, row 1"),
        ([[(NAN, 0)]], r"finite, got nan at sample 0, row 0"),
        ([[(0.1, -1)]], r"a unit must be from 0 to 2147483647, got -1 at sample 0, row 0"),
        ([[(0.1, 2**31)]], r"got 2147483648 at sample 0, row 0"),
        ([[], [(0.1, 0), (0.2, 1.5)]], r"must be an integer, got 1.5 at sample 1, row 1"),
        ([[(0.1, NAN)]], r"must be an integer, got nan"),
        ([[(0.1, 0), (0.2,)]], r"pairs, got \(0.2,\) at sample 0, row 1"),
        ([[(0.1, 0, 3)]], r"pairs, got \(0.1, 0, 3\)"),
        (
            [(0.02, 1), (0.03, 2)],
            r"pairs, got 0.02 at sample 0, row 0: the outer list is of samples; "
            r"for one sample write \[\[\(time, unit\), \.\.\.\]\]",
        ),
        (np.array([[0.1, 0.0]]), r"got .*0.1.* at sample 0, row 0: the outer list is of samples"),
        ([[([0.1, 0.2], 0)]], r"single numbers"),
    ],
)
def test_bad_events_are_refused_with_their_place(events: Any, message: str) -> None:
    with pytest.raises(ArrayError, match=message) as caught:
        Spikes.from_events(events)
    assert caught.value.argument == "events"


@pytest.mark.parametrize(
    "events",
    [
        3,
        "ab",
        None,
        [3],
        ["ab"],
        np.array(3.0),
        [[("0.1", 0)]],
        [[(0.1, "x")]],
        [[(0.1, None)]],
        [[(0.1, True)]],
        [[(1j, 0)]],
    ],
)
def test_events_of_wrong_types_are_refused(events: Any) -> None:
    with pytest.raises(ArrayTypeError, match="events"):
        Spikes.from_events(events)


def test_a_time_may_restart_at_the_next_sample() -> None:
    assert Spikes.from_events([[(0.5, 0)], [(0.1, 0)]]).batch == 2


@pytest.mark.parametrize(
    ("arguments", "argument", "message"),
    [
        (([[0.1]], [0], [0, 1]), "times", r"times must have one dimension, got shape \(1, 1\)"),
        (([0.1], [0, 1], [0, 1]), "units", r"one entry per spike: 1 as times, got 2"),
        (([0.1], [0], [0]), "offsets", r"run from 0 to the number of spikes, 1, got 0 to 0"),
        (([0.1], [0], [1, 1]), "offsets", r"got 1 to 1"),
        (([0.1], [0], []), "offsets", r"got nothing"),
        (([0.1, 0.2], [0, 0], [0, 2, 1, 2]), "offsets", r"got 2 then 1 at sample 1"),
        (([0.2, 0.1], [0, 0], [0, 2]), "times", r"got 0.1 after 0.2 at sample 0, row 1"),
        (([0.1], [0.0], [0, 1]), "units", r"units must hold integers, got numbers"),
        (([0.1], [True], [0, 1]), "units", r"units must hold integers, got booleans"),
        (([0.1], [-2], [0, 1]), "units", r"got -2 at sample 0, row 0"),
    ],
)
def test_bad_arrays_are_refused_by_name(arguments: Any, argument: str, message: str) -> None:
    with pytest.raises(ArrayError, match=message) as caught:
        Spikes(*arguments)
    assert caught.value.argument == argument


def test_a_unit_out_of_range_is_named_with_its_place() -> None:
    spikes = Spikes.from_events([[(0.1, 0)], [(0.1, 1), (0.2, 7)]])
    with pytest.raises(ArrayError, match=r"unit 7 at sample 1, row 1, expected units from 0 to 4"):
        spikes.first_times(5)
    with pytest.raises(ArrayError, match="unit 7"):
        spikes.counts(7)
    with pytest.raises(ArrayError, match=r"spikes\['in'\] has unit 7"):
        spikes.check_units(3, "spikes['in']")
    spikes.check_units(8, "spikes")


def test_selections_out_of_range_are_refused() -> None:
    spikes = Spikes.silent(3)
    with pytest.raises(ArrayError, match="got 3 at position 1"):
        spikes.select([0, 3])
    with pytest.raises(ArrayError, match="one entry per sample: 3, got 2"):
        spikes.select([True, False])
    with pytest.raises(ArrayError, match="one dimension"):
        spikes.select([[0]])
    with pytest.raises(ArrayError, match="b must be a sample of 3, got 3"):
        spikes.sample(3)
    with pytest.raises(ArrayTypeError, match=r"spikes.sample\(b\)"):
        spikes[1]  # type: ignore[index]
    with pytest.raises(ArrayTypeError, match=r"parts\[1\] must be Spikes, got list"):
        Spikes.concatenate([spikes, []])  # type: ignore[list-item]


@pytest.mark.parametrize("batch", [-1, 1.5, True, "2"])
def test_a_batch_size_is_a_whole_number(batch: Any) -> None:
    with pytest.raises(ArrayError, match="batch must be an integer"):
        Spikes.silent(batch)


def test_the_repr_says_how_much_there_is() -> None:
    spikes = Spikes.from_events([[(0.1, 3), (0.25, 0)]])
    assert repr(spikes) == "Spikes(batch=1, n_spikes=2, times 0.1 to 0.25 s, units 0 to 3)"
