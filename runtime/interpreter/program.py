"""A declared system as tapes: what is computed along flows and at jumps."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sympy import Expr

from saltation.runtime.interpreter.arithmetic import Arithmetic, Number
from saltation.runtime.interpreter.series import BoundTape
from saltation.runtime.interpreter.tape import Tape
from saltation.symbolic.system import HybridSystem


@dataclass(frozen=True, slots=True, kw_only=True)
class Watch:
    """An observation of a population, as the interpreter computes it."""

    name: str
    expression: Expr
    kind: str
    at: tuple[float, ...] = ()


class NeuronProgram:
    """The tapes of one model with the observations of one population."""

    def __init__(self, system: HybridSystem, watches: Sequence[Watch]) -> None:
        self.system = system
        self.watches = tuple(watches)
        expressions = [watch.expression for watch in self.watches]
        self.modes = [
            Tape(
                system.states,
                [*mode.flow, *(event.guard for event in mode.events), *expressions],
            )
            for mode in system.modes
        ]
        self.resets = [
            [Tape(system.states, event.reset) for event in mode.events] for mode in system.modes
        ]
        self.ports = [Tape((*system.states, system.weight), port.jump) for port in system.ports]


class BoundProgram:
    """A program with the parameters of one neuron."""

    def __init__(
        self, program: NeuronProgram, parameters: Mapping[str, Number], arithmetic: Arithmetic
    ) -> None:
        self.system = program.system
        self.watches = program.watches
        self.arithmetic = arithmetic
        values = {symbol: parameters[symbol.name] for symbol in self.system.parameters}
        self.modes = [BoundTape(tape, values, arithmetic) for tape in program.modes]
        self.resets = [
            [BoundTape(tape, values, arithmetic) for tape in tapes] for tapes in program.resets
        ]
        self.ports = [BoundTape(tape, values, arithmetic) for tape in program.ports]
