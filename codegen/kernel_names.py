"""Names of kernels in C: what is generated for a model begins with its kernel's name."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

from saltation.symbolic.system import HybridSystem


class _Observed(Protocol):
    @property
    def system(self) -> HybridSystem: ...


def kernel_names(kernels: Iterable[_Observed]) -> list[str]:
    """Return a name for each kernel: its model's, with a number where that would not be its own.

    Parameters
    ----------
    kernels : iterable of ObservedSystem
        Distinct ones. Models may have the same name, and a model that of a mode or port of another
        one: what is generated for a mode begins with the names of its kernel and of the mode.

    Examples
    --------
    >>> from saltation.symbolic.models import lif, qif
    >>> from saltation.symbolic.observation import ObservedSystem
    >>> kernel_names(ObservedSystem(model.system) for model in (lif, qif))
    ['lif', 'qif']
    """
    taken: dict[str, HybridSystem] = {}
    for kernel in kernels:
        system = kernel.system
        name, number = system.name, 1
        while any(_meet(name, system, other, theirs) for other, theirs in taken.items()):
            number += 1
            name = f"{system.name}{number}"
        taken[name] = system
    return list(taken)


def _meet(name: str, system: HybridSystem, other: str, theirs: HybridSystem) -> bool:
    return name == other or _holds(name, system, other) or _holds(other, theirs, name)


def _holds(name: str, system: HybridSystem, other: str) -> bool:
    """Tell whether a name begins with that of a kernel and of one of its modes or ports."""
    parts = [*(mode.name for mode in system.modes), *(port.name for port in system.ports)]
    return any(f"{other}_".startswith(f"{name}_{part}_") for part in parts)
