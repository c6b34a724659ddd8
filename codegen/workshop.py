"""Make the C routines of one kernel: names, hoisting, common subexpressions, printing."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass, field

from sympy import Expr, Pow, Symbol, powsimp

from saltation.codegen.lowering import (
    Lowering,
    Table,
    assignments,
    operations,
    primitive,
    statement,
)
from saltation.codegen.options import Precision
from saltation.codegen.printer import print_c
from saltation.codegen.views import Routine
from saltation.symbolic.adjoint import adjoint_symbols
from saltation.symbolic.derivation import Derivation
from saltation.symbolic.equations import Key
from saltation.symbolic.flow import DURATION
from saltation.symbolic.system import HybridSystem

WIDTH = 92
"""Width of comments and signatures in generated C."""

_INSTRUCTIONS = {"fabs", "fabsf", "sqrt", "sqrtf"}
"""Functions of the library that are instructions."""


@dataclass(slots=True)
class Workshop:
    """The kernel under construction: its system, its names, what is hoisted, its routines.

    In the C text a state ``v`` is ``x_v`` (``y_v`` after a flow), its adjoint ``nu_v``, a
    parameter ``p_tau``: no name of a user's can collide with a word of C or of ours.
    """

    system: HybridSystem
    prefix: str
    precision: Precision
    derivation: Derivation
    run: Table = field(default_factory=lambda: Table(access="c->", prefix="k"))
    routines: list[Routine] = field(default_factory=list)
    differences: set[int] = field(default_factory=set)
    coupled_rows: int = 0

    def cite(self, *keys: Key) -> list[str]:
        """Return the equations whose keys start so, with their numbers, for a comment."""
        return [line for key in keys for line in self.derivation.cite(*key, width=WIDTH)]

    def tags(self, *keys: Key) -> str:
        """Return only the numbers of these equations."""
        return ", ".join(e.tag for key in keys for e in self.derivation.find(*key))

    def state(self, index: int, letter: str = "x") -> Symbol:
        """Return the C symbol of a state."""
        return Symbol(f"{letter}_{self.system.states[index].name}", real=True)

    def parameter(self, index: int) -> Symbol:
        """Return the C symbol of a parameter."""
        return Symbol(f"c->p_{self.system.parameters[index].name}", real=True)

    def rename(self, expression: Expr, letter: str = "x") -> Expr:
        """Replace the model's symbols by those of the C text."""
        names: dict[Expr, Expr] = {
            s: self.state(k, letter) for k, s in enumerate(self.system.states)
        }
        names |= {p: self.parameter(k) for k, p in enumerate(self.system.parameters)}
        names[self.system.weight] = Symbol("w", real=True)
        return _powers_joined(expression.xreplace(names))

    def lowering(self, step: Table | None) -> Lowering:
        """Return where to hoist to: per run, and per interval if there is a step structure."""
        return Lowering(
            parameters=frozenset(self.parameter(k) for k in range(len(self.system.parameters))),
            duration=frozenset({DURATION}) if step is not None else frozenset(),
            run=self.run,
            interval=step if step is not None else Table(access="", prefix=""),
        )

    def print(self, expression: Expr) -> str:
        """Return an expression as C text."""
        return print_c(expression, self.precision)

    def constant(self, expression: Expr) -> str:
        """Return the C text of an expression of parameters, computed once per run."""
        return self.print(self.lowering(None).hoist(primitive(self.rename(expression))))

    def body(
        self,
        outputs: Sequence[tuple[str, Expr]],
        step: Table | None = None,
        *,
        temporaries: str = "a",
    ) -> tuple[list[str], int, set[Symbol]]:
        """Lower outputs to C statements; return them, their operations, the symbols they read."""
        lowered = []
        for name, value in outputs:
            expression = primitive(value)
            self._note_differences(expression)
            lowered.append((name, self.lowering(step).hoist(expression)))
        statements = assignments(lowered, prefix=temporaries)
        symbols: set[Symbol] = set()
        for item in statements:
            symbols |= item.value.free_symbols
        lines = [statement(item, self.print(item.value)) for item in statements]
        return lines, operations(statements), symbols

    def plain_body(self, outputs: Sequence[tuple[str, Expr]]) -> tuple[list[str], int]:
        """Lower outputs that are at their level already; return C statements and operations."""
        for _, value in outputs:
            self._note_differences(value)
        statements = assignments(outputs)
        return [statement(item, self.print(item.value)) for item in statements], operations(
            statements
        )

    def _note_differences(self, expression: Expr) -> None:
        for call in expression.find(lambda e: getattr(e.func, "__name__", "").startswith("sal_dd")):
            size = call.func.__name__.removeprefix("sal_dd")
            if size.isdigit():
                self.differences.add(int(size))

    def loads(self, symbols: set[Symbol], **arrays: str) -> list[str]:
        """Return the declarations that load the states and adjoints that are read.

        Parameters
        ----------
        symbols : set of Symbol
            What the statements read.
        **arrays : str
            For a letter (``x``, ``y``, ``nu``) the C array it is loaded from.
        """
        lines = []
        for letter, array in arrays.items():
            for k, state in enumerate(self.system.states):
                if any(s.name == f"{letter}_{state.name}" for s in symbols):
                    lines.append(f"const sal_real {letter}_{state.name} = {array}[{k}];")
        return lines

    def add(
        self,
        name: str,
        *,
        doc: Sequence[str],
        arguments: str,
        lines: Sequence[str],
        operations: int,
        result: str = "void",
        unused: Sequence[str] = (),
        in_lanes: bool = False,
    ) -> str:
        """Add a routine; return its full name.

        Parameters
        ----------
        doc : sequence of str
            Lines of the comment: what is computed, by which equations.
        unused : sequence of str
            Arguments that its C body may not read.
        in_lanes : bool
            Whether loops over neurons call it, which must become vectors.
        """
        text: list[str] = []
        for part in doc:
            text += textwrap.wrap(part, WIDTH) if len(part) > WIDTH else [part]
        text.append(f"{operations} operations.")
        body = " ".join(lines)
        idle = [f"(void){a};" for a in unused if not _reads(body, a)]
        kind = "SAL_INLINE" if in_lanes and _becomes_vector(body) else "static inline"
        routine = Routine(
            name=f"{self.prefix}{name}",
            doc=tuple(text),
            signature=_signature(f"{kind} {result} {self.prefix}{name}({arguments})"),
            lines=(*_declarations_first(lines, idle),),
        )
        self.routines.append(routine)
        return routine.name

    def adjoints(self) -> tuple[Symbol, ...]:
        """Return the adjoints' symbols, which serve in the C text too."""
        return adjoint_symbols(self.system)


def _signature(text: str) -> str:
    return "\n".join(textwrap.wrap(text, WIDTH, subsequent_indent=8 * " ", break_long_words=False))


def _becomes_vector(body: str) -> bool:
    """Tell whether a loop that inlines statements may become a vector: no library is called."""
    calls = set(re.findall(r"\b([a-z]\w*)\(", body))
    return all(call.startswith("sal_") or call in _INSTRUCTIONS for call in calls)


def _reads(body: str, argument: str) -> bool:
    padded = f" {body} "
    return any(
        not (padded[at - 1].isalnum() or padded[at - 1] in "_>")
        and not (padded[at + len(argument)].isalnum() or padded[at + len(argument)] == "_")
        for at in range(1, len(padded) - len(argument))
        if padded.startswith(argument, at)
    )


def _declarations_first(lines: Sequence[str], idle: Sequence[str]) -> list[str]:
    """Put the notes of unused arguments after the declarations at the start."""
    count = next((k for k, line in enumerate(lines) if not line.startswith("const ")), len(lines))
    return [*lines[:count], *idle, *lines[count:]]


def _powers_joined(expression: Expr) -> Expr:
    """Write ``x**n/x``, a derivative by SymPy, as ``x**(n - 1)``, which has a value at zero."""
    if all(power.exp.is_number or power.base.is_number for power in expression.atoms(Pow)):
        return expression
    return powsimp(expression, deep=True, combine="exp")
