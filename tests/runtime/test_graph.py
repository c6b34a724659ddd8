"""The order of populations, and which of them are simulated together."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from saltation.runtime.graph import components, is_cyclic

NODES = "abcdef"
edge_lists = st.lists(st.tuples(st.sampled_from("xabcdef"), st.sampled_from(NODES)), max_size=12)


def reachable(edges: list[tuple[str, str]]) -> set[tuple[str, str]]:
    """All pairs joined by a path of at least one edge: the transitive closure, by repetition."""
    pairs = {edge for edge in edges if edge[0] != "x"}
    while more := {(a, d) for a, b in pairs for c, d in pairs if b == c} - pairs:
        pairs |= more
    return pairs


@given(edge_lists)
def test_nodes_are_together_exactly_if_each_reaches_the_other(edges: list[tuple[str, str]]) -> None:
    parts = components(NODES, edges)
    pairs = reachable(edges)
    place = {name: k for k, part in enumerate(parts) for name in part}
    assert sorted(name for part in parts for name in part) == list(NODES)
    for a in NODES:
        for b in NODES:
            mutual = a == b or ((a, b) in pairs and (b, a) in pairs)
            assert (place[a] == place[b]) == mutual


@given(edge_lists)
def test_edges_between_components_point_forward(edges: list[tuple[str, str]]) -> None:
    parts = components(NODES, edges)
    place = {name: k for k, part in enumerate(parts) for name in part}
    assert all(place[a] <= place[b] for a, b in edges if a != "x")


@given(edge_lists)
def test_a_component_is_cyclic_exactly_if_a_node_reaches_itself(
    edges: list[tuple[str, str]],
) -> None:
    pairs = reachable(edges)
    for part in components(NODES, edges):
        assert is_cyclic(part, edges) == ((part[0], part[0]) in pairs)


def test_without_need_the_order_is_that_of_declaration() -> None:
    assert components("cab", []) == (("c",), ("a",), ("b",))
    assert components("cab", [("b", "c")]) == (("a",), ("b",), ("c",))
    assert components("cab", [("b", "c"), ("c", "b")]) == (("c", "b"), ("a",))
