"""Networks: what may be declared, and what is said when it may not."""

from __future__ import annotations

import pickle
import subprocess
import sys
from dataclasses import FrozenInstanceError
from typing import Any

import numpy as np
import pytest
import scipy.sparse as sp
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from saltation.runtime.drive import checked_drive
from saltation.runtime.network import Network
from saltation.runtime.spikes import Spikes
from saltation.symbolic.errors import (
    ArrayError,
    ArrayTypeError,
    ExpressionError,
    NetworkError,
    SaltationError,
    UnknownNameError,
    UnsupportedNetworkError,
)
from saltation.symbolic.models import lif
from saltation.symbolic.neuron import Neuron

PARAMETERS = {"tau_m": 20e-3, "tau_s": 5e-3, "theta": 1.0}
two_ports = Neuron(
    "two_ports",
    dynamics={"v": "(e - i - v) / tau_m", "e": "-e / tau_s", "i": "-i / tau_s"},
    threshold="v - theta",
    reset={"v": "0"},
    receive={"exc": {"e": "e + w"}, "inh": {"i": "i + w"}},
    parameters=PARAMETERS,
)
deaf = Neuron(
    "deaf",
    dynamics={"v": "(1.5 - v) / tau"},
    threshold="v - 1",
    reset={"v": "0"},
    parameters={"tau": 0.02},
)


@pytest.fixture
def net() -> Network:
    """Return a network of an input of 2, a population of 3 and one of 4."""
    net = Network()
    net.add_input("in", 2)
    net.add_population("hidden", lif, 3)
    net.add_population("out", two_ports, 4)
    return net


def test_parts_are_kept_in_order_and_cannot_be_changed(net: Network) -> None:
    net.connect("in", "hidden", weight=np.ones((2, 3)))
    assert list(net.populations) == ["hidden", "out"]
    for parts in (net.inputs, net.populations, net.projections, net.observations):
        with pytest.raises(TypeError):
            parts["new"] = None  # type: ignore[index]
    with pytest.raises(FrozenInstanceError):
        net.populations["hidden"].size = 5  # type: ignore[misc]
    with pytest.raises(TypeError, match="read-only"):
        net.populations["hidden"].parameters["theta"] = np.array(1.0)
    with pytest.raises(TypeError, match="read-only"):
        net.populations["hidden"].parameters.update(theta=np.array(1.0))
    with pytest.raises(ValueError, match="read-only"):
        net.projections["in->hidden"].weight[0, 0] = 2.0


def test_arrays_are_copied(net: Network) -> None:
    weight, theta = np.ones((2, 3)), np.ones(4)
    net.connect("in", "hidden", weight=weight, delay=weight)
    net.add_population("more", lif, 4, parameters={"theta": theta})
    weight[:] = theta[:] = 7.0
    assert net.projections["in->hidden"].weight.max() == 1.0
    assert net.projections["in->hidden"].delay.max() == 1.0
    assert net.populations["more"].parameters["theta"].max() == 1.0


@pytest.mark.parametrize(
    "name", ["", "a.b", "2in", "a b", "a->b", "größe", "a-b", "in\n", 3, None, b"in", ["in"]]
)
def test_names_are_identifiers(net: Network, name: Any) -> None:
    message = "cannot name|must be text"
    with pytest.raises(NetworkError, match=message):
        net.add_input(name, 1)
    with pytest.raises(NetworkError, match=message):
        net.add_population(name, lif, 1)
    with pytest.raises(NetworkError, match=message):
        net.observe(name, "hidden", "v")


def test_a_name_names_one_thing(net: Network) -> None:
    with pytest.raises(NetworkError, match="'in' cannot name the new input: it names the input"):
        net.add_input("in", 1)
    with pytest.raises(NetworkError, match="new population: it names the input"):
        net.add_population("in", lif, 1)
    with pytest.raises(NetworkError, match="new input: it names the population"):
        net.add_input("hidden", 1)
    with pytest.raises(NetworkError, match="new projection: it names the population"):
        net.connect("in", "hidden", weight=np.ones((2, 3)), name="out")
    net.connect("in", "hidden", weight=np.ones((2, 3)), name="first")
    with pytest.raises(NetworkError, match="new population: it names the projection"):
        net.add_population("first", lif, 1)
    net.observe("peak", "hidden", "v")
    with pytest.raises(NetworkError, match="an observation 'peak' already"):
        net.observe("peak", "out", "v")


@pytest.mark.parametrize("size", [0, -1, 1.0, True, "3", None, 2**31])
def test_sizes_are_positive_integers(net: Network, size: Any) -> None:
    with pytest.raises(NetworkError, match="'x': size must be an integer of at least 1, got"):
        net.add_input("x", size)
    with pytest.raises(NetworkError, match="'x': size must be an integer of at least 1, got"):
        net.add_population("x", lif, size)


def test_numpy_integers_are_sizes(net: Network) -> None:
    net.add_input("x", np.int32(3))  # type: ignore[arg-type]
    assert net.inputs["x"].size == 3


def test_a_refused_part_leaves_the_network_as_it_was(net: Network) -> None:
    before = repr(net)
    with pytest.raises(SaltationError):
        net.add_population("x", lif, 2, parameters={"theta": [1.0]})
    with pytest.raises(SaltationError):
        net.connect("in", "hidden", weight=np.ones((3, 2)))
    with pytest.raises(SaltationError):
        net.observe("x", "hidden", "v + nothing")
    assert repr(net) == before


def test_parameters_are_merged_in_the_order_of_the_model(net: Network) -> None:
    net.add_population(
        "x", lif, 2, parameters={"theta": [1.0, 2.0], "tau_m": 0.03}, initial={"i": 0.5}
    )
    parameters = net.populations["x"].parameters
    assert list(parameters) == [symbol.name for symbol in lif.system.parameters]
    assert (parameters["theta"].shape, parameters["tau_m"].shape) == ((2,), ())
    assert parameters["tau_s"] == lif.parameters["tau_s"]
    assert dict(net.populations["x"].initial) == {"v": 0.0, "i": 0.5}


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        (
            {"parameters": {"tau": 1.0}},
            UnknownNameError,
            r"x: there is no parameter of model 'lif' called 'tau'; did you mean 'tau_[ms]'\?",
        ),
        ({"parameters": {"qqq": 1.0}}, UnknownNameError, r"known: 'tau_m', 'tau_s', 'theta'"),
        ({"initial": {"w": 1.0}}, UnknownNameError, r"x.initial: there is no state"),
        ({"parameters": {3: 1.0}}, UnknownNameError, r"called int 3"),
        (
            {"parameters": {"theta": [1.0]}},
            ArrayError,
            r"x.theta must be one number, or have shape \[n\] = \(2,\), got \(1,\)",
        ),
        ({"parameters": {"theta": [[1.0, 2.0]]}}, ArrayError, r"got \(1, 2\)"),
        (
            {"parameters": {"theta": [1.0, np.nan]}},
            ArrayError,
            r"x.theta must be finite, got nan at neuron 1",
        ),
        ({"parameters": {"theta": np.inf}}, ArrayError, r"x.theta must be finite, got inf$"),
        ({"initial": {"v": "high"}}, ArrayTypeError, r"x.initial.v must hold real numbers"),
        ({"parameters": {"theta": True}}, ArrayTypeError, r"x.theta .* got booleans"),
        ({"parameters": {"theta": None}}, ArrayTypeError, r"x.theta .* got Python objects"),
        ({"parameters": [1.0]}, NetworkError, r"x: parameters must be a mapping"),
        ({"initial": 1.0}, NetworkError, r"x.initial: initial must be a mapping"),
    ],
)
def test_bad_parameters_are_refused(
    net: Network, arguments: Any, error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        net.add_population("x", lif, 2, **arguments)


def test_a_population_needs_a_model(net: Network) -> None:
    with pytest.raises(NetworkError, match="'x': neuron must be a Neuron, got str 'lif'"):
        net.add_population("x", "lif", 2)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("pre", "post", "message"),
    [
        (
            "hiden",
            "out",
            r"connect 'hiden' to 'out': there is no input or population 'hiden'; "
            r"did you mean 'hidden'\?",
        ),
        ("in", "hidde", r"there is no population 'hidde'; did you mean 'hidden'\?"),
        ("in", 3, r"there is no population int 3"),
        (["in"], "hidden", r"there is no input or population list \['in'\]"),
        ("hidden", "in", r"'in' is an input, and inputs receive nothing"),
    ],
)
def test_connections_need_both_ends(net: Network, pre: Any, post: Any, message: str) -> None:
    with pytest.raises(NetworkError, match=message) as caught:
        net.connect(pre, post, weight=np.ones((3, 4)))
    assert isinstance(caught.value, UnknownNameError) == ("there is no" in str(caught.value))


def test_an_unknown_name_is_a_key_error_that_reads_as_a_sentence(net: Network) -> None:
    with pytest.raises(KeyError) as caught:
        net.pattern("in->hidden")
    assert str(caught.value) == "pattern: there is no projection 'in->hidden'; there are none yet"


def test_ports_are_named_where_there_are_several(net: Network) -> None:
    weight = np.ones((3, 4))
    with pytest.raises(NetworkError, match=r"several ports: give port= one of 'exc', 'inh'"):
        net.connect("hidden", "out", weight=weight)
    with pytest.raises(UnknownNameError, match=r"port of model 'two_ports' called 'exh'; did you"):
        net.connect("hidden", "out", weight=weight, port="exh")
    with pytest.raises(UnknownNameError, match=r"called int 1; known: 'exc', 'inh'"):
        net.connect("hidden", "out", weight=weight, port=1)  # type: ignore[arg-type]
    net.connect("hidden", "out", weight=weight, port="inh")
    assert net.projections["hidden->out"].port == 1
    net.connect("in", "hidden", weight=np.ones((2, 3)), port="default")
    assert net.projections["in->hidden"].port == 0


def test_a_model_without_ports_receives_nothing(net: Network) -> None:
    net.add_population("deaf", deaf, 1)
    with pytest.raises(NetworkError, match=r"'deaf' .* has no port: .* receive="):
        net.connect("in", "deaf", weight=np.ones((2, 1)))


def test_a_second_projection_needs_a_name(net: Network) -> None:
    weight = np.ones((2, 3))
    net.connect("in", "hidden", weight=weight)
    with pytest.raises(NetworkError, match="a projection 'in->hidden' already; give this one name"):
        net.connect("in", "hidden", weight=weight)
    with pytest.raises(NetworkError, match=r"'in.slow' cannot name a projection"):
        net.connect("in", "hidden", weight=weight, name="in.slow")
    net.connect("in", "hidden", weight=weight, name="slow")
    net.connect("in", "hidden", weight=weight, name="in->slow")
    assert list(net.projections) == ["in->hidden", "slow", "in->slow"]


@pytest.mark.parametrize(
    ("weight", "error", "message"),
    [
        (
            np.ones((3, 2)),
            ArrayError,
            r"in->hidden.weight must have shape \[n_pre, n_post\] = \(2, 3\), got \(3, 2\)",
        ),
        (np.ones(6), ArrayError, r"got \(6,\)"),
        (0.5, ArrayError, r"got one number; for equal values give np.full\(\(2, 3\), 0.5\)"),
        ([[1, 2, 3], [4, 5]], ArrayError, r"weight cannot be made an array: its rows differ"),
        ([[1, 2, 3], [4, 5, np.nan]], ArrayError, r"must be finite, got nan at pre 1, post 2"),
        ([[1, -np.inf, 3], [4, 5, 6]], ArrayError, r"must be finite, got -inf at pre 0, post 1"),
        (np.ones((2, 3), dtype=bool), ArrayTypeError, r"got booleans \(dtype bool\)"),
        (np.ones((2, 3), dtype=complex), ArrayTypeError, r"got complex numbers"),
        (np.full((2, 3), "1"), ArrayTypeError, r"got text"),
        (np.full((2, 3), None), ArrayTypeError, r"got Python objects"),
        (None, ArrayTypeError, r"got Python objects"),
        (sp.csr_array(np.ones((3, 2))), ArrayError, r"\(2, 3\), got \(3, 2\)"),
        (sp.csr_array(np.ones((2, 3), dtype=bool)), ArrayTypeError, r"got booleans"),
        (sp.coo_array(np.ones((2, 3), dtype=complex)), ArrayTypeError, r"got complex"),
        (
            sp.coo_array(np.array([[0, np.nan, 1], [0, 0, 0]])),
            ArrayError,
            r"must be finite, got nan at entry 0",
        ),
    ],
)
def test_bad_weights_are_refused(
    net: Network, weight: Any, error: type[ArrayError], message: str
) -> None:
    with pytest.raises(error, match=message) as caught:
        net.connect("in", "hidden", weight=weight)
    assert caught.value.argument == "in->hidden.weight"


@pytest.mark.parametrize(
    ("delay", "message"),
    [
        (-1e-3, r"in->hidden.delay must be zero or more, got -0.001$"),
        ([[0, 0, 0], [0, -1.0, 0]], r"zero or more, got -1.0 at pre 1, post 1"),
        (np.inf, r"must be finite, got inf$"),
        (np.ones(3), r"\[n_pre, n_post\] = \(2, 3\), got \(3,\)"),
        ("1ms", r"must hold real numbers, got text"),
        (sp.csr_array(np.ones((2, 3))), r"delay is sparse but the weights are dense"),
    ],
)
def test_bad_delays_are_refused(net: Network, delay: Any, message: str) -> None:
    with pytest.raises(ArrayError, match=message) as caught:
        net.connect("in", "hidden", weight=np.ones((2, 3)), delay=delay)
    assert caught.value.argument == "in->hidden.delay"


SPARSE = np.array([[0.0, 2.0, 1.0], [3.0, 0.0, 0.0]])


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
            "1 duplicate entries: delays cannot be summed",
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


def test_observations_are_parsed_in_the_symbols_of_the_model(net: Network) -> None:
    net.observe("gap", "hidden", "theta - v", kind="integral")
    states, parameters = lif.system.states, lif.system.parameters
    expression = net.observations["gap"].expression
    assert expression == parameters[2] - states[0]
    assert net.observations["gap"].at is None
    net.observe("v_at", "hidden", states[0] ** 2, kind="sample", at=[0, 0.01, 0.01])
    at = net.observations["v_at"].at
    assert at is not None
    assert at.tolist() == [0.0, 0.01, 0.01]


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        (("hiden", "v"), UnknownNameError, r"observe 'x': .* did you mean 'hidden'\?"),
        (("in", "v"), NetworkError, r"'in' is an input, and has no states"),
        (("hidden", "v +"), ExpressionError, r"observation 'x'"),
        (("hidden", "e"), ExpressionError, r"unknown symbol 'e'|'e'"),
        (("hidden", "v", "maximum"), UnknownNameError, r"no kind 'maximum'; did you mean 'max'\?"),
        (("hidden", "v", ["max"]), UnknownNameError, r"no kind list"),
        (("hidden", "v", "sample"), NetworkError, r"samples need times: give at=\[...\]"),
        (("hidden", "v", "max", [0.1]), NetworkError, r"at= is for kind='sample'"),
        (
            ("hidden", "v", "sample", [0.2, 0.1]),
            ArrayError,
            r"sorted, got 0.1 after 0.2 at pos.* 1",
        ),
        (("hidden", "v", "sample", [-0.1]), ArrayError, r"zero or more, got -0.1 at position 0"),
        (("hidden", "v", "sample", [np.nan]), ArrayError, r"finite, got nan at position 0"),
        (
            ("hidden", "v", "sample", 0.1),
            ArrayError,
            r"a list of at least one time, got shape \(\)",
        ),
        (("hidden", "v", "sample", []), ArrayError, r"got shape \(0,\)"),
        (("hidden", "v", "sample", ["a"]), ArrayTypeError, r"at must hold real numbers"),
    ],
)
def test_bad_observations_are_refused(
    net: Network, arguments: Any, error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        net.observe("x", *arguments)


def test_the_order_follows_the_projections() -> None:
    net = Network()
    net.add_input("in", 1)
    for name in "cba":
        net.add_population(name, lif, 1)
    for pre, post in (("in", "a"), ("a", "b"), ("b", "c"), ("a", "c")):
        net.connect(pre, post, weight=[[1.0]])
    assert net.order() == ("a", "b", "c")


@pytest.mark.parametrize(
    ("edges", "cycle"), [(["aa"], "a -> a"), (["ab", "bc", "cb"], "b -> c -> b")]
)
def test_recurrent_networks_can_be_declared_but_not_ordered(edges: list[str], cycle: str) -> None:
    net = Network()
    for name in "abc":
        net.add_population(name, lif, 1)
    for edge in edges:
        net.connect(edge[0], edge[1], weight=[[1.0]])
    with pytest.raises(UnsupportedNetworkError, match=f"recurrent: {cycle}") as caught:
        net.order()
    assert isinstance(caught.value, NotImplementedError)


def test_a_copy_grows_alone(net: Network) -> None:
    twin = net.copy()
    twin.add_input("more", 1)
    twin.observe("v", "hidden", "v")
    assert list(net.inputs) == ["in"]
    assert twin.populations["hidden"] is net.populations["hidden"]
    assert not net.observations


def test_a_network_can_be_pickled(net: Network) -> None:
    net.connect("in", "hidden", weight=sp.csr_array(SPARSE), delay=1e-3)
    net.observe("v", "hidden", "v - theta")
    again = pickle.loads(pickle.dumps(net))
    assert repr(again) == repr(net)
    with pytest.raises(TypeError, match="read-only"):
        again.populations["hidden"].parameters.clear()
    for key, array in net.values().items():
        np.testing.assert_array_equal(again.values()[key], array)


def test_the_description_shows_every_part(net: Network) -> None:
    net.connect("in", "hidden", weight=[[0.5, 1, 1], [1, 1, 2.5]], delay=1e-3)
    net.connect("hidden", "out", weight=np.ones((3, 4)), port="inh", name="down")
    net.observe("peak", "out", "v - theta")
    text = net.describe()
    assert text.splitlines()[0] == ("Network: 1 input, 2 populations, 2 projections, 1 observation")
    for line in (
        "in     2",
        "in->hidden  in      hidden  default  2 x 3     0.5 to 2.5  0.001",
        "down        hidden  out     inh      3 x 4     1           0",
    ):
        assert line in text.splitlines()
    assert "tau_m=0.02" in text
    assert repr(net) == text


def test_the_html_escapes_what_it_shows(net: Network) -> None:
    net.connect("in", "hidden", weight=np.ones((2, 3)))
    html = net._repr_html_()
    assert "<td>in-&gt;hidden</td>" in html
    assert html.count("<table>") == html.count("</table>") == 3


@given(hnp.arrays(np.float64, 4, elements=st.floats(width=64)))
def test_weights_are_finite_or_refused(row: np.ndarray) -> None:
    net = Network()
    net.add_input("in", 1)
    net.add_population("out", lif, 4)
    if np.isfinite(row).all():
        net.connect("in", "out", weight=row[None])
        np.testing.assert_array_equal(net.values()["in->out.weight"], row[None])
    else:
        position = int(np.argmin(np.isfinite(row)))
        with pytest.raises(ArrayError, match=f"at pre 0, post {position}$"):
            net.connect("in", "out", weight=row[None])


def test_a_run_is_driven_by_spikes_for_every_input(net: Network) -> None:
    net.add_input("noise", 1)
    noise, signal = Spikes.silent(2), Spikes.from_first_times([[0.1, 0.2], [0.3, np.inf]])
    driven, batch = checked_drive(net.inputs, {"noise": noise, "in": signal})
    assert batch == 2
    assert list(driven.items()) == [("in", signal), ("noise", noise)]
    assert checked_drive({}, {}) == ({}, 1)


@pytest.mark.parametrize(
    ("spikes", "error", "message"),
    [
        ({}, NetworkError, r"nothing for input 'in'; give Spikes.silent"),
        ({"im": Spikes.silent(1)}, UnknownNameError, r"no input 'im'; did you mean 'in'\?"),
        ({"in": [[0.1]]}, ArrayTypeError, r"spikes\['in'\] must be Spikes, got list"),
        (Spikes.silent(1), ArrayTypeError, r"spikes must be a mapping .* got Spikes"),
        (
            {"in": Spikes.from_first_times([[np.inf, 0.1, 0.2]])},
            ArrayError,
            r"spikes\['in'\] has unit 2 at sample 0, row 1, but there are only 2 units",
        ),
    ],
)
def test_bad_drives_are_refused(
    net: Network, spikes: Any, error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        checked_drive(net.inputs, spikes)


def test_batches_of_inputs_are_of_one_size(net: Network) -> None:
    net.add_input("noise", 1)
    with pytest.raises(ArrayError, match=r"batches differ in size: 'in' 2, 'noise' 3"):
        checked_drive(net.inputs, {"in": Spikes.silent(2), "noise": Spikes.silent(3)})
