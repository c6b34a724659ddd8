"""The neuron model as a user declares it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final, NoReturn

from saltation.symbolic.checks import check, check_values
from saltation.symbolic.checks.structure import check_type
from saltation.symbolic.conductances import lowered_conductances
from saltation.symbolic.declaration import Equations, Event, Mode
from saltation.symbolic.notices import warn_user
from saltation.symbolic.place import Place
from saltation.symbolic.probing import probed
from saltation.symbolic.reading import read
from saltation.symbolic.requirements import Rate, Requirement, own_rates, requirements
from saltation.symbolic.system import WEIGHT

if TYPE_CHECKING:
    from saltation.symbolic.derivation import Derivation
    from saltation.symbolic.errors import ModelWarning
    from saltation.symbolic.model import ParsedModel
    from saltation.symbolic.parser import Expression
    from saltation.symbolic.system import HybridSystem

__all__ = ["Event", "Mode", "Neuron"]

_FIELDS: Final = ("name", "system", "parameters", "initial", "citation", "units")


class Neuron:
    """A spiking neuron model, declared as a hybrid dynamical system.

    Parameters
    ----------
    name : str
        Name of the model.
    dynamics : mapping of str to str or sympy.Expr, optional
        The time derivative of every state, per second, as in ``{"v": "(i - v)/tau_m"}``.
    threshold : str or sympy.Expr, optional
        A spike when it rises through zero, such as ``"v - theta"``. Without one the neuron never
        spikes.
    reset : mapping of str to str or sympy.Expr, optional
        New values of states at a spike; all right-hand sides see the state before it.
    receive : mapping, optional
        What an arriving spike of weight ``w`` does, as in ``{"i": "i + w"}``; or one such mapping
        for each of several ports, as in ``{"exc": {...}, "inh": {...}}``.
    parameters : mapping of str to float, optional
        Default values, in SI units.
    initial : mapping of str to float, optional
        Initial values, in SI units; states that are not named start at 0.
    modes : mapping of str to Mode, optional
        The general form, instead of `dynamics`, `threshold` and `reset`. The first mode is the
        initial one.
    citation : str, optional
        Where the model comes from; shown in derivations and generated code.
    units : mapping of str to str, optional
        Units of states, parameters and ``"w"``, such as ``"V"`` or ``"V/s"``. What they decide is
        checked.

    Attributes
    ----------
    name, citation : str
        As given.
    parameters, initial : mapping of str to float
        The default of every parameter; the initial value of every state. Read-only.
    units : mapping of str to str
        As given; empty if not given. Read-only.
    ports : tuple of str
        Names of the ports; a single unnamed one is ``"default"``.
    system : HybridSystem
        The normal form.

    Raises
    ------
    ModelError
        The declaration cannot be right; the message says where, why, and what to do. Every code is
        explained in ``docs/conditions.md``.

    Warns
    -----
    ModelWarning
        The declaration is legal and probably not meant.

    Examples
    --------
    >>> lif = Neuron(
    ...     "lif",
    ...     dynamics={"v": "(i - v)/tau_m", "i": "-i/tau_s"},
    ...     threshold="v - theta",
    ...     reset={"v": "v_r"},
    ...     receive={"i": "i + w"},
    ...     parameters={"tau_m": 20e-3, "tau_s": 5e-3, "theta": 1.0, "v_r": 0.0},
    ... )
    >>> lif
    Neuron('lif', states=(v, i), parameters=(tau_m, tau_s, theta, v_r), ports=(default))
    >>> lif.system.modes[0].flow
    ((i - v)/tau_m, -i/tau_s)
    """

    __slots__ = ("__weakref__", "_model", *_FIELDS)

    _model: ParsedModel
    name: str
    system: HybridSystem
    parameters: Mapping[str, float]
    initial: Mapping[str, float]
    citation: str
    units: Mapping[str, str]

    def __init__(
        self,
        name: str,
        dynamics: Equations | None = None,
        threshold: Expression | None = None,
        reset: Equations | None = None,
        receive: Equations | Mapping[str, Equations] | None = None,
        parameters: Mapping[str, float] | None = None,
        initial: Mapping[str, Expression] | None = None,
        modes: Mapping[str, Mode] | None = None,
        citation: str = "",
        units: Mapping[str, str] | None = None,
    ) -> None:
        model = read(
            name=name,
            dynamics=dynamics,
            threshold=threshold,
            reset=reset,
            receive=receive,
            parameters=parameters,
            initial=initial,
            modes=modes,
        )
        check_type(citation, str, "citation", Place(model=model.name))
        known_units, remarks = check(model, units)
        self._set(
            model,
            model.name,
            model.normal_form(),
            model.defaults,
            model.initial,
            citation,
            known_units,
        )
        warn_user(remarks)

    def _set(self, model: ParsedModel, *values: Any) -> None:
        object.__setattr__(self, "_model", model)
        for field, value in zip(_FIELDS, values, strict=True):
            kept = MappingProxyType(dict(value)) if isinstance(value, Mapping) else value
            object.__setattr__(self, field, kept)

    @property
    def ports(self) -> tuple[str, ...]:
        """Names of the ports."""
        return tuple(port.name for port in self.system.ports)

    def check_values(
        self,
        parameters: Mapping[str, float],
        initial: Mapping[str, float],
        called: str = "these values",
    ) -> list[ModelWarning]:
        """Check other values as the defaults were checked when the model was declared.

        Parameters
        ----------
        parameters, initial : mapping of str to float
            Values that differ from the defaults; unit SI.
        called : str, optional
            What messages call the values, such as ``"the values of population 'out', neuron 3"``.

        Returns
        -------
        list of ModelWarning
            What is legal and probably not meant, unless it holds for the defaults too.

        Raises
        ------
        ModelError
            The first thing that cannot be right with these values, with the code that it has at
            declaration.

        Examples
        --------
        >>> from saltation.symbolic.models import lif
        >>> lif.check_values({"tau_m": 0.015}, {})
        []
        >>> lif.check_values({"v_r": 1.5}, {})  # doctest: +ELLIPSIS
        Traceback (most recent call last):
        ...
        saltation.symbolic.errors.ModelError: [S501-reset-above] model 'lif', threshold: ...
        """
        return check_values(self._model, self.units, (parameters, initial), called)

    def probed(self) -> tuple[Neuron, str]:
        """Return a neuron that spikes where this one comes near a spike, and lives as it does.

        Returns
        -------
        Neuron
            The same model; only its spikes are other ones: each time the guard of an event with a
            spike rises to within a band below zero.
        str
            The name of the parameter that is the width of the band, in the guard's unit.
        """
        model, band = probed(self._model)
        units = {**self.units}
        values = (model.name, model.normal_form(), model.defaults, model.initial, self.citation)
        return _restore(model, *values, units), band

    def lowered_conductances(self, port: int) -> dict[str, str]:
        """Return the conductances that a negative weight at a port lowers, each with the reason."""
        return dict(lowered_conductances(self._model, self.units, self._model.ports[port]))

    def lifted(self, port: int) -> tuple[str, ...]:
        """Return the states that an arrival at a port changes by its weight."""
        jump = self._model.ports[port].jump
        return tuple(name for name, each in jump.items() if each.expression.has(WEIGHT))

    def requirements(self) -> tuple[Requirement, ...]:
        """Return expressions whose signs screen values for many neurons at once."""
        return requirements(self._model, self.units)

    def own_rates(self) -> tuple[Rate, ...]:
        """Return the rates of states that parameters alone give, unit 1/s."""
        return own_rates(self._model)

    def derive(self) -> Derivation:
        """Derive flow maps, adjoint equations and jump conditions.

        Returns
        -------
        Derivation
            SymPy objects, with readable text, LaTeX and HTML.
        """
        from saltation.symbolic.derivation import derive
        from saltation.symbolic.details import Details

        details = Details(
            parameters=self.parameters,
            initial=self.initial,
            units=self.units,
            citation=self.citation,
        )
        return replace(derive(self.system), details=details)

    def __setattr__(self, name: str, value: object) -> NoReturn:
        raise AttributeError(f"{type(self).__name__} {self.name!r} is immutable: declare another")

    def __delattr__(self, name: str) -> NoReturn:
        raise AttributeError(f"{type(self).__name__} {self.name!r} is immutable: declare another")

    def _key(self) -> tuple[Any, ...]:
        values = (getattr(self, field) for field in _FIELDS)
        return tuple(
            tuple(value.items()) if isinstance(value, Mapping) else value for value in values
        )

    def __eq__(self, other: object) -> bool:
        return self._key() == other._key() if isinstance(other, Neuron) else NotImplemented

    def __hash__(self) -> int:
        return hash(self._key())

    def __copy__(self) -> Neuron:
        return self

    def __deepcopy__(self, memo: dict[int, Any]) -> Neuron:
        return self

    def __reduce__(self) -> tuple[Any, ...]:
        values = (getattr(self, field) for field in _FIELDS)
        return _restore, (
            self._model,
            *(dict(value) if isinstance(value, Mapping) else value for value in values),
        )

    def __repr__(self) -> str:
        system = self.system
        parts = {
            "states": [state for state in system.states if state != system.time],
            "parameters": system.parameters,
            "modes": [mode.name for mode in system.modes] if len(system.modes) > 1 else [],
            "ports": self.ports,
        }
        shown = [f"{what}=({', '.join(map(str, names))})" for what, names in parts.items() if names]
        return f"Neuron({', '.join([repr(self.name), *shown])})"


def remade(neuron: Neuron, system: HybridSystem, initial: Mapping[str, float]) -> Neuron:
    """Return a neuron with a system that was made of a checked one's, which is not checked again.

    Parameters
    ----------
    neuron : Neuron
        Gives name, parameters, source and units.
    system : HybridSystem
        The new normal form.
    initial : mapping of str to float
        The initial value of every state of it, without explicit time.
    """
    return _restore(
        neuron._model,
        neuron.name,
        system,
        neuron.parameters,
        initial,
        neuron.citation,
        dict(neuron.units),
    )


def _restore(model: ParsedModel, *values: Any) -> Neuron:
    """Restore a pickled neuron, which was checked when it was declared."""
    neuron = Neuron.__new__(Neuron)
    neuron._set(model, *values)
    return neuron
