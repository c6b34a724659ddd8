"""How to write a guard that was given as a condition."""

from __future__ import annotations

import ast

_SPLIT = (
    "A guard is one real-valued expression that fires when it rises through zero. Declare one "
    "Event for each part of an 'or'; for an 'and', a mode in which the first part holds, with an "
    "Event for the second."
)


def relation_hint(node: ast.expr, guard: bool) -> str:
    """Say what to write instead of the condition `node`.

    Examples
    --------
    >>> relation_hint(ast.parse("v >= theta", mode="eval").body, guard=True)
    'Write the difference that rises through zero: v - theta.'
    """
    if not guard:
        return "Conditions belong in the guards of events; declare one mode for each case."
    if not isinstance(node, ast.Compare) or len(node.ops) != 1:
        return _SPLIT
    left, right = node.left, node.comparators[0]
    match node.ops[0]:
        case ast.Gt() | ast.GtE():
            difference = ast.BinOp(left, ast.Sub(), right)
        case ast.Lt() | ast.LtE():
            difference = ast.BinOp(right, ast.Sub(), left)
        case _:
            return (
                "An equality has no direction: write the difference that rises through zero, "
                f"such as {ast.unparse(ast.BinOp(left, ast.Sub(), right))}."
            )
    return f"Write the difference that rises through zero: {ast.unparse(difference)}."
