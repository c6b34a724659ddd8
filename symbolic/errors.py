"""The errors and warnings of Saltation.

One root, `SaltationError`. Each class is also the builtin that a caller would expect, so that
``except ValueError`` keeps working. Errors carry data (code, model, equation, position), not only
text, and every one can be pickled: a worker process can hand it to its parent.
"""

from __future__ import annotations

from typing import Any


class SaltationError(Exception):
    """Root of every error that Saltation raises on purpose."""

    def __reduce__(self) -> tuple[Any, ...]:
        return _rebuild, (type(self), self.args, self.__dict__)


def _rebuild(
    kind: type[SaltationError], args: tuple[Any, ...], state: dict[str, Any]
) -> SaltationError:
    """Restore an error without calling its constructor, whose arguments are not in `args`."""
    error = kind.__new__(kind, *args)
    error.args = args
    error.__dict__.update(state)
    return error


class ModelError(SaltationError, ValueError):
    """A neuron declaration that cannot be right.

    Parameters
    ----------
    message : str
        What is wrong, in one sentence.
    code : str, optional
        Stable code, such as ``"S101-unknown-symbol"``; listed in ``docs/conditions.md``.
    model : str, optional
        Name of the model.
    equation : str, optional
        Which part of the declaration, such as ``"mode 'on', dynamics of 'v'"``.
    text : str, optional
        The equation as the user wrote it.
    position : int, optional
        Column in `text`, from 0, at which the trouble starts.
    symbol : str, optional
        The offending name.
    hint : str, optional
        What to do about it.

    Attributes
    ----------
    message, code, model, equation, text, position, symbol, hint
        The arguments; ``str(error)`` lays them out as a short paragraph.

    Examples
    --------
    >>> print(ModelError("unknown symbol 'x'", code="S101-unknown-symbol", model="lif",
    ...                  equation="dynamics of 'v'", text="-x", position=1))
    [S101-unknown-symbol] model 'lif', dynamics of 'v': unknown symbol 'x'
        -x
         ^
    """

    def __init__(
        self,
        message: str,
        *,
        code: str = "",
        model: str | None = None,
        equation: str | None = None,
        text: str | None = None,
        position: int | None = None,
        symbol: str | None = None,
        hint: str | None = None,
    ) -> None:
        self.message = message
        self.code = str(code)
        self.model = model
        self.equation = equation
        self.text = text
        self.position = position
        self.symbol = symbol
        self.hint = hint
        super().__init__(
            describe(message, self.code, model, equation, text, position, hint),
        )


class ExpressionError(ModelError):
    """A text that does not parse as an expression; the message points at the column."""


class ModelTypeError(ModelError, TypeError):
    """A part of a declaration that has the wrong type."""


class UnsupportedModelError(ModelError, NotImplementedError):
    """A valid declaration that this version cannot run; says which part, and why."""


class NetworkError(SaltationError, ValueError):
    """A network that cannot be right: names, sizes, or connections do not fit."""


class NetworkTypeError(NetworkError, TypeError):
    """Something else where a network, or a neuron, is wanted."""


class UnknownNameError(NetworkError, KeyError):
    """A name that the network does not have."""

    # KeyError shows the repr of its argument; a sentence should read as a sentence.
    __str__ = Exception.__str__


class UnsupportedNetworkError(NetworkError, NotImplementedError):
    """A valid network that this version cannot run; says which part, and why."""


class ArrayError(SaltationError, ValueError):
    """An array whose shape or content does not fit.

    Attributes
    ----------
    argument : str or None
        Name of the offending argument.
    """

    def __init__(self, message: str, *, argument: str | None = None) -> None:
        self.argument = argument
        super().__init__(message)


class ArrayTypeError(ArrayError, TypeError):
    """An argument that is no array, or whose elements are not real numbers."""


class ToolchainError(SaltationError, RuntimeError):
    """There is no C compiler, or it failed."""


class SimulationError(SaltationError, RuntimeError):
    """A run that could not be completed."""


class ZenoError(SimulationError):
    """More events of one neuron at one instant than can be meant."""


class RunawayError(SimulationError):
    """Spikes that cause ever more spikes: more events than memory, or a given limit, allows."""


class NonFiniteError(SimulationError, ArithmeticError):
    """A state, its derivative or a gradient became infinite or not a number."""


class BlowUpError(NonFiniteError):
    """A state grows without bound in finite time, and no guard catches it."""


class NonFiniteLossError(ArrayError, NonFiniteError):
    """A loss whose derivatives by what came out of a run are infinite or not a number."""


class StiffnessError(SimulationError):
    """A flow is too stiff for explicit Taylor steps."""


class GradientError(SaltationError, RuntimeError):
    """A gradient that was asked for and cannot be given."""


class AbsentSpikeError(GradientError, ValueError):
    """A loss depends on the time of a spike that did not happen."""


class GrazingError(GradientError, ArithmeticError):
    """A state touched a threshold without crossing it: the gradient does not exist there."""


class CheckpointError(SaltationError, ValueError):
    """A checkpoint that is damaged, or belongs to another network."""


class DestinationError(SaltationError, OSError):
    """A file or folder that results cannot be written to."""


class DataError(SaltationError, ValueError):
    """A data set that is missing, damaged, or not what it claims to be."""


class SaltationWarning(UserWarning):
    """Root of every warning that Saltation gives."""


class ModelWarning(SaltationWarning):
    """A declaration that is legal and probably not meant.

    The arguments and attributes are those of `ModelError`.
    """

    def __init__(
        self,
        message: str,
        *,
        code: str = "",
        model: str | None = None,
        equation: str | None = None,
        text: str | None = None,
        position: int | None = None,
        symbol: str | None = None,
        hint: str | None = None,
    ) -> None:
        self.message = message
        self.code = str(code)
        self.model = model
        self.equation = equation
        self.text = text
        self.position = position
        self.symbol = symbol
        self.hint = hint
        super().__init__(describe(message, self.code, model, equation, text, position, hint))


class BoundsWarning(SaltationWarning):
    """Trained values that never left the bounds from which they started."""


class CheckpointWarning(SaltationWarning):
    """A checkpoint with which a training ended before it did an epoch."""


class GrazingWarning(SaltationWarning):
    """A state nearly touched a threshold without crossing it: gradients are large or undefined."""


class LateArrivalWarning(SaltationWarning):
    """Input spikes, or delays, so far beyond the end of a run that they cannot be meant."""


class LearningRateWarning(SaltationWarning):
    """A learning rate that moves values by several times their own size in one step."""


class SilenceWarning(SaltationWarning):
    """A training that moves nothing, or not some neuron, since no sample makes it spike."""


class StructuralZeroWarning(SaltationWarning):
    """A gradient was asked for that is zero whatever the values are; the message says why."""


class TimeConstantWarning(SaltationWarning):
    """A time constant of a loss that is so long or short beside the run that it cannot be meant."""


_WIDTH = 96
"""Longest stretch of an equation that a message shows."""


def describe(
    message: str,
    code: str = "",
    model: str | None = None,
    equation: str | None = None,
    text: str | None = None,
    position: int | None = None,
    hint: str | None = None,
) -> str:
    """Lay out a message with its place, the equation with a caret, and the way out."""
    place = ", ".join(
        part for part in (f"model {model!r}" if model else None, equation) if part is not None
    )
    head = f"[{code}] " if code else ""
    lines = [f"{head}{place}: {message}" if place else f"{head}{message}"]
    if text is not None:
        lines += [f"    {line}" for line in _excerpt(text, position)]
    if hint:
        lines.append(f"  {hint}")
    return "\n".join(lines)


def _excerpt(text: str, position: int | None) -> list[str]:
    """Cut the part of `text` around `position` and point at it."""
    flat = "".join(character if character.isprintable() else " " for character in text)
    if position is None:
        return [flat if len(flat) <= _WIDTH else flat[: _WIDTH - 3] + "..."]
    position = min(max(position, 0), len(flat))
    start = max(0, min(position - _WIDTH // 2, len(flat) - _WIDTH))
    window = flat[start : start + _WIDTH]
    left = "..." if start else ""
    right = "..." if start + _WIDTH < len(flat) else ""
    return [left + window + right, " " * (len(left) + position - start) + "^"]
