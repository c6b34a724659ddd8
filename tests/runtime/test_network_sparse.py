"""Projections from sparse matrices."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import numpy as np
import pytest
import scipy.sparse as sp
from hypothesis import given
from hypothesis import strategies as st

from saltation.runtime.network import Network
from saltation.runtime.simulate import compile
from saltation.runtime.spikes import Spikes
from saltation.symbolic.errors import ArrayError
from saltation.symbolic.models import lif

DRIVE = Spikes.from_first_times([[2e-3, 5e-3]])
SPARSE = np.array([[0.0, 2.0, 1.0], [3.0, 0.0, 0.0]])


@pytest.fixture
def net() -> Network:
    """Return a network of an input of 2 and a population of 3."""
    net = Network()
    net.add_input("in", 2)
    net.add_population("hidden", lif, 3)
    return net


@pytest.mark.parametrize("form", ["csr", "csc", "coo", "lil", "dok", "bsr", "dia"])
@pytest.mark.parametrize("kind", [sp.coo_matrix, sp.coo_array])
def test_every_sparse_format_gives_the_same_rows(net: Network, form: str, kind: Any) -> None:
    matrix = kind(SPARSE).asformat(form)
    net.connect("in", "hidden", weight=matrix)
    projection, pattern = net.projections["in->hidden"], net.pattern("in->hidden")
    assert pattern is not None
    # Formats that store blocks or diagonals may store zeros beside the entries.
    dense = sp.csr_array((projection.weight, pattern.indices, pattern.indptr), shape=(2, 3))
    np.testing.assert_array_equal(dense.toarray(), SPARSE)
    if form not in ("bsr", "dia"):
        assert projection.weight.tolist() == [2.0, 1.0, 3.0]
        assert pattern.indptr.tolist() == [0, 2, 3]
        assert pattern.indices.tolist() == [1, 2, 0]
    assert pattern.indptr.dtype == np.int64
    assert pattern.indices.dtype == np.int32


@given(
    st.lists(st.tuples(st.integers(0, 1), st.integers(0, 2), st.integers(-100, 100)), max_size=9),
    st.sampled_from(["coo", "csr_unsorted", "csc"]),
    st.sampled_from([np.int8, np.float32, np.float64]),
)
def test_duplicates_are_summed_and_stored_zeros_kept(
    entries: list[tuple[int, int, int]], form: str, dtype: Any
) -> None:
    net = Network()
    net.add_input("in", 2)
    net.add_population("hidden", lif, 3)
    rows, columns, data = (np.array([entry[k] for entry in entries], dtype=int) for k in range(3))
    data = data.astype(dtype)
    if form == "csr_unsorted":
        order = np.argsort(rows, kind="stable")
        indptr = np.searchsorted(rows[order], np.arange(3))
        matrix = sp.csr_array((data[order], columns[order], indptr), shape=(2, 3))
    else:
        matrix = sp.coo_array((data, (rows, columns)), shape=(2, 3))
        if form == "csc":
            matrix = sp.csc_array(
                (
                    data[np.argsort(columns, kind="stable")],
                    rows[np.argsort(columns, kind="stable")],
                    np.searchsorted(np.sort(columns), np.arange(4)),
                ),
                shape=(2, 3),
            )
    expected: dict[tuple[int, int], float] = {}
    for row, column, value in zip(rows.tolist(), columns.tolist(), data.tolist(), strict=True):
        expected[row, column] = expected.get((row, column), 0.0) + value
    net.connect("in", "hidden", weight=matrix)
    pattern = net.pattern("in->hidden")
    assert pattern is not None
    found = {
        (row, int(pattern.indices[k])): float(net.projections["in->hidden"].weight[k])
        for row in range(2)
        for k in range(pattern.indptr[row], pattern.indptr[row + 1])
    }
    assert found == expected
    assert list(found) == sorted(found)
    assert matrix.data.tolist() == (data.tolist() if form == "coo" else matrix.data.tolist())


@given(
    st.sets(st.tuples(st.integers(0, 1), st.integers(0, 2))),
    st.sampled_from([sp.coo_array, sp.csr_array, sp.csc_array]),
)
def test_pairs_of_units_lead_to_a_matrix_and_back(
    synapses: set[tuple[int, int]], kind: Any
) -> None:
    net = Network()
    net.add_input("in", 2)
    net.add_population("hidden", lif, 3)
    given = np.zeros((2, 3))
    for number, place in enumerate(sorted(synapses), start=1):
        given[place] = number
    net.connect("in", "hidden", weight=kind(sp.coo_array(given)), name="first")
    pattern = net.pattern("first")
    assert pattern is not None
    pre, post = pattern.pairs
    assert list(zip(pre.tolist(), post.tolist(), strict=True)) == sorted(synapses)
    assert not pre.flags.writeable
    assert not post.flags.writeable
    weights = net.values()["first.weight"]
    matrix = sp.coo_array((weights, pattern.pairs), shape=(2, 3))
    np.testing.assert_array_equal(matrix.toarray(), given)
    net.connect("in", "hidden", weight=matrix, name="second")
    np.testing.assert_array_equal(net.values()["second.weight"], weights)
    again = net.pattern("second")
    assert again is not None
    np.testing.assert_array_equal(again.pairs, pattern.pairs)


def test_the_matrix_of_the_caller_is_left_alone(net: Network) -> None:
    matrix = sp.csr_array(([1.0, 2.0, 4.0], [2, 0, 2], [0, 3, 3]), shape=(2, 3))
    net.connect("in", "hidden", weight=matrix)
    assert (matrix.data.tolist(), matrix.indices.tolist()) == ([1.0, 2.0, 4.0], [2, 0, 2])
    assert net.projections["in->hidden"].weight.tolist() == [2.0, 5.0]


def test_sparse_delays_have_the_pattern_of_the_weights(net: Network) -> None:
    weight = sp.csr_array(SPARSE)
    delay = weight.copy()
    delay.data = np.array([0.0, 1e-3, 2e-3])
    net.connect("in", "hidden", weight=weight, delay=delay.tocoo())
    assert net.projections["in->hidden"].delay.tolist() == [0.0, 1e-3, 2e-3]
    net.connect("in", "hidden", weight=weight, delay=1e-3, name="one")
    assert net.projections["one"].delay.shape == ()
    for bad, message in (
        (sp.csr_array(np.eye(2, 3)), "exactly where the weights have one: 2 entries, the weights"),
        (sp.csr_array(np.ones((3, 2))), r"got \(3, 2\)"),
        (np.ones((2, 3)), "a sparse matrix with the pattern of the weights"),
        (np.ones(3), "a sparse matrix with the pattern of the weights"),
        (-weight, "must be zero or more, got -2.0 at entry 0"),
        (
            sp.coo_array(([1.0, 1.0], ([0, 0], [1, 1])), shape=(2, 3)),
            "1 duplicate entry: delays cannot be summed",
        ),
    ):
        with pytest.raises(ArrayError, match=message):
            net.connect("in", "hidden", weight=weight, delay=bad, name="bad")


def test_damaged_matrices_are_refused(net: Network) -> None:
    for part, values in (("indices", [70, 2, 0]), ("indptr", [0, 4, 3])):
        matrix = sp.csr_array(SPARSE)
        getattr(matrix, part)[:] = values
        with pytest.raises(ArrayError, match=r"in->hidden.weight is no valid matrix"):
            net.connect("in", "hidden", weight=matrix)


def test_an_empty_matrix_is_a_projection_without_synapses(net: Network) -> None:
    net.connect("in", "hidden", weight=sp.csr_array((2, 3)))
    assert net.values()["in->hidden.weight"].shape == (0,)
    assert "0 of 2 x 3" in net.describe()


def test_scipy_is_not_imported() -> None:
    program = (
        "import sys, saltation.runtime.network as n; from saltation.symbolic.models import lif\n"
        "net = n.Network(); net.add_input('a', 1); net.add_population('b', lif, 1)\n"
        "net.connect('a', 'b', weight=[[1.0]]); print('scipy' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        check=True,
        env={"PYTHONPATH": ":".join(sys.path)},
    )
    assert done.stdout.strip() == "False"


@pytest.mark.parametrize("delay", [0.0, sp.csr_array((3, 3))], ids=["shared", "own"])
def test_a_recurrent_projection_without_synapses_changes_nothing(net: Network, delay: Any) -> None:
    """Nothing can arrive through it, so its delay bounds no window of time."""
    net.connect("in", "hidden", weight=[[6.0, 7.0, 8.0], [5.0, 6.0, 7.0]])
    alone = compile(net, t_end=0.05)
    net.connect("hidden", "hidden", weight=sp.csr_array((3, 3)), delay=delay)
    runs = [sim.run({"in": DRIVE}) for sim in (alone, compile(net, t_end=0.05))]
    times = [run.spikes["hidden"].times for run in runs]
    assert times[0].size > 3
    assert times[1].tolist() == times[0].tolist()
    without, gradient = (
        run.gradient(spike_times={"hidden": np.arange(1.0, times[0].size + 1)}) for run in runs
    )
    assert gradient["hidden->hidden.weight"].shape == (0,)
    assert gradient["hidden->hidden.delay"].shape == np.shape(
        net.projections["hidden->hidden"].delay
    )
    assert not np.any(gradient["hidden->hidden.delay"])
    for key, slope in without.items():
        np.testing.assert_allclose(gradient[key], slope, rtol=1e-12, atol=1e-18, err_msg=key)
