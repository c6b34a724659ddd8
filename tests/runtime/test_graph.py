"""The order of populations, and the cycles that prevent one."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from saltation.runtime.graph import find_cycle, topological_order

NODES = "abcdef"
edge_lists = st.lists(st.tuples(st.sampled_from("xabcdef"), st.sampled_from(NODES)), max_size=9)


@given(edge_lists)
def test_there_is_either_an_order_or_a_cycle(edges: list[tuple[str, str]]) -> None:
    order = topological_order(NODES, edges)
    cycle = find_cycle(NODES, edges)
    if order is None:
        assert len(cycle) >= 2
        assert cycle[0] == cycle[-1]
        assert set(pairwise(cycle)) <= set(edges)
    else:
        assert cycle == ()
        assert sorted(order) == list(NODES)
        assert all(order.index(a) < order.index(b) for a, b in edges if a != "x")


def test_without_need_the_order_is_that_of_declaration() -> None:
    assert topological_order("cab", []) == ("c", "a", "b")
    assert topological_order("cab", [("b", "c")]) == ("a", "b", "c")


def test_the_shortest_cycle_is_found() -> None:
    edges = [("a", "b"), ("b", "c"), ("c", "a"), ("c", "d"), ("d", "c")]
    assert find_cycle("abcd", edges) == ("c", "d", "c")
    assert find_cycle("ab", [("b", "b")]) == ("b", "b")
