"""The order in which populations can run, and which of them run together."""

from __future__ import annotations

from collections.abc import Iterable, Mapping


def components(
    nodes: Iterable[str], edges: Iterable[tuple[str, str]]
) -> tuple[tuple[str, ...], ...]:
    """Return the strongly connected components such that every edge between two points forward.

    Two nodes are in one component if each can be reached from the other. The nodes of a component
    keep the order of `nodes`; among components that could come next, the one whose first node is
    first in that order does, so the result depends on nothing else. Edges that start outside
    `nodes` are ignored.

    Examples
    --------
    >>> components("abcd", [("d", "c"), ("c", "d"), ("d", "a"), ("a", "b")])
    (('c', 'd'), ('a',), ('b',))
    """
    names = list(nodes)
    targets: dict[str, set[str]] = {name: set() for name in names}
    for pre, post in edges:
        if pre in targets:
            targets[pre].add(post)
    after = {name: _reachable(name, targets) for name in names}
    before = {name: {other for other in names if name in after[other]} for name in names}
    order: list[tuple[str, ...]] = []
    waiting, done = names, set[str]()
    while waiting:
        first = next(name for name in waiting if before[name] - after[name] <= done)
        mutual = after[first] & before[first] | {first}
        order.append(tuple(name for name in names if name in mutual))
        done |= mutual
        waiting = [name for name in waiting if name not in mutual]
    return tuple(order)


def is_cyclic(component: Iterable[str], edges: Iterable[tuple[str, str]]) -> bool:
    """Tell whether a component has an edge inside: from one node to another, or to itself.

    Examples
    --------
    >>> is_cyclic("a", [("a", "b")]), is_cyclic("b", [("b", "b")])
    (False, True)
    """
    inside = set(component)
    return any(pre in inside and post in inside for pre, post in edges)


def _reachable(start: str, targets: Mapping[str, Iterable[str]]) -> set[str]:
    """Return the nodes that a path of at least one edge leads to."""
    found: set[str] = set()
    frontier = [start]
    while frontier:
        for following in targets[frontier.pop()]:
            if following not in found:
                found.add(following)
                frontier.append(following)
    return found
