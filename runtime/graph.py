"""The order in which populations can run."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence


def topological_order(
    nodes: Iterable[str], edges: Iterable[tuple[str, str]]
) -> tuple[str, ...] | None:
    """Return `nodes` such that every edge points forward; None if there is a cycle.

    Among nodes that could come next, the first in the order of `nodes` does, so the order
    depends on nothing else. Edges that start outside `nodes` are ignored.

    Examples
    --------
    >>> topological_order("abc", [("c", "b"), ("b", "a")])
    ('c', 'b', 'a')
    """
    names = list(nodes)
    sources = _sources(names, edges)
    order: list[str] = []
    waiting = names
    while waiting:
        done = set(order)
        following = next((name for name in waiting if sources[name] <= done), None)
        if following is None:
            return None
        order.append(following)
        waiting = [name for name in waiting if name != following]
    return tuple(order)


def find_cycle(nodes: Iterable[str], edges: Iterable[tuple[str, str]]) -> tuple[str, ...]:
    """Return a shortest cycle, first node repeated at the end; empty if there is none.

    Examples
    --------
    >>> find_cycle("abc", [("a", "b"), ("b", "c"), ("c", "b")])
    ('b', 'c', 'b')
    """
    names = list(nodes)
    targets: dict[str, list[str]] = {name: [] for name in names}
    for pre, post in edges:
        if pre in targets:
            targets[pre].append(post)
    cycles = [path for name in names if (path := _path_back(name, targets))]
    return min(cycles, key=len, default=())


def _sources(names: Sequence[str], edges: Iterable[tuple[str, str]]) -> dict[str, set[str]]:
    sources: dict[str, set[str]] = {name: set() for name in names}
    for pre, post in edges:
        if pre in sources:
            sources[post].add(pre)
    return sources


def _path_back(start: str, targets: Mapping[str, Sequence[str]]) -> tuple[str, ...]:
    """Return the shortest path from `start` to itself, by breadth; empty if there is none."""
    frontier: list[tuple[str, ...]] = [(start,)]
    seen: set[str] = set()
    while frontier:
        longer: list[tuple[str, ...]] = []
        for path in frontier:
            for following in targets[path[-1]]:
                if following == start:
                    return (*path, start)
                if following not in seen:
                    seen.add(following)
                    longer.append((*path, following))
        frontier = longer
    return ()
