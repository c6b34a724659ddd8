"""Screen the values of a population's neurons, and name the first that cannot be right.

A value that fails the screen, an expression whose sign decides, is handed to the exact checks of
the declaration: they alone give errors, with the codes of ``docs/conditions.md``.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Mapping
from contextlib import nullcontext
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from saltation.runtime.arrays import FloatArray
from saltation.runtime.evaluation import Evaluate, evaluator
from saltation.symbolic.codes import Code
from saltation.symbolic.errors import ModelError, ModelWarning
from saltation.symbolic.hazards import Domain
from saltation.symbolic.notices import warn_user
from saltation.symbolic.requirements import Scope

if TYPE_CHECKING:
    from saltation.runtime.population import Population

_RESOLUTION = {"double": 2.0**-52, "single": 2.0**-23}
"""The relative spacing of floating-point numbers: how finely times are resolved."""

_QUIET = nullcontext()
"""Python's own floats raise where arrays warn: nothing needs to be silenced."""

_SHOWN = 4
"""How many values a message lists."""


@dataclass(frozen=True, slots=True)
class _Test:
    """One requirement, ready to evaluate."""

    evaluate: Evaluate
    domain: Domain

    def holds(self, values: Mapping[str, Any]) -> bool:
        """Whether all neurons satisfy it, as quickly as can be."""
        try:
            found = self.evaluate(values)
            many = type(found) is np.ndarray
            match self.domain:
                case Domain.NONZERO:
                    return bool(np.count_nonzero(found) == found.size) if many else found != 0
                case Domain.POSITIVE:
                    return bool((found.min() if many else found) > 0)
                case Domain.NONNEGATIVE:
                    return bool((found.min() if many else found) >= 0)
            return bool((found.max() if many else found) < 0)
        except (ArithmeticError, TypeError):  # a division by zero, or a complex power
            return False

    def failures(self, values: Mapping[str, Any], size: int) -> list[int]:
        """Return the neurons that do not satisfy it."""
        return [unit for unit in range(size) if not self.holds(_of_neuron(values, unit))]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Screen:
    """The requirements of one population's values; made by `make_screen`."""

    population: Population
    each: bool
    """Whether any parameter has a value for each neuron."""

    always: tuple[_Test, ...]
    start: tuple[_Test, ...]
    rates: tuple[tuple[str, Evaluate], ...]
    parameters: tuple[tuple[str, str], ...]
    """Names of parameters with their keys."""

    initial: tuple[tuple[str, str], ...]
    """Names of states with the keys of their initial values."""

    settled: set[_Test]
    """Requirements at the start that were warned of: of the population's own values, or of ones
    that a run was given. A training that stays there need not hear of it at every step."""

    def check(self, values: Mapping[str, FloatArray]) -> None:
        """Refuse parameters, given under the network's keys, that cannot be right.

        Raises
        ------
        ModelError
            With the code that the value would have as a default; names the neuron.
        """
        numbers = {name: _number(values[key]) for name, key in self.parameters}
        with np.errstate(all="ignore") if self.each else _QUIET:
            for test in self.always:
                if not test.holds(numbers):
                    self._examine(numbers, test.failures(numbers, self.population.size)[:1])

    def not_meant(self, values: Mapping[str, FloatArray]) -> list[ModelWarning]:
        """Return what is not meant of values under the network's keys, each requirement once."""
        numbers = {name: _number(values[key]) for name, key in (*self.initial, *self.parameters)}
        found = []
        with np.errstate(all="ignore") if self.each else _QUIET:
            for test in self.start:
                if test not in self.settled and not test.holds(numbers):
                    failures = test.failures(numbers, self.population.size)[:1]
                    if remarks := self._examine(numbers, failures):
                        self.settled.add(test)
                        found += remarks
        return _distinct(found)

    def check_rates(
        self, values: Mapping[str, FloatArray], t_end: float, resolution: float
    ) -> None:
        """Refuse time constants that are shorter than the rounding of the run's times.

        Parameters
        ----------
        values : mapping of str to numpy.ndarray
            Values under the network's keys.
        t_end : float
            End of the run, unit s.
        resolution : float
            Relative spacing of floating-point numbers.

        Raises
        ------
        ModelError
            With the code S324-time-constant; names state and neuron.
        """
        numbers = {name: _number(values[key]) for name, key in self.parameters}
        spacing = t_end * resolution
        limit = 1.0 / spacing if spacing > 0.0 else math.inf
        with np.errstate(all="ignore") if self.each else _QUIET:
            for state, evaluate in self.rates:
                rate = abs(evaluate(numbers))
                if not (rate if type(rate) is float else rate.max()) <= limit:
                    raise self._too_fast(state, np.atleast_1d(rate), limit, t_end)

    def _too_fast(self, state: str, rates: FloatArray, limit: float, t_end: float) -> ModelError:
        unit = int(np.argmax(~(rates <= limit)))
        where = f", neuron {unit}," if rates.size > 1 else ""
        return ModelError(
            f"in population {self.population.name!r}{where} {state} has a time constant of "
            f"{1.0 / rates[unit]:.3g} s, and times near t_end = {t_end:g} s are {1.0 / limit:.2g} "
            "s apart: it cannot be resolved",
            code=Code.TIME_CONSTANT,
            model=self.population.neuron.name,
            equation=f"dynamics of {state!r}",
            symbol=state,
            hint="Times are in seconds: check the unit. A state that follows at once can be "
            "replaced by the value that it settles at.",
        )

    def check_start(
        self, parameters: Mapping[str, FloatArray], initial: Mapping[str, FloatArray]
    ) -> list[ModelWarning]:
        """Check a new population: refuse what cannot be right, return what is not meant.

        A population whose values are shared is checked exactly. One with values for each neuron is
        screened; its first neuron, and the first that fails each requirement, are checked exactly.
        """
        numbers = {name: _number(array) for name, array in {**initial, **parameters}.items()}
        found = self._examine(numbers, [0])
        if any(type(value) is np.ndarray for value in numbers.values()):
            with np.errstate(all="ignore"):
                for test in (*self.always, *self.start):
                    failures = (
                        [] if test.holds(numbers) else test.failures(numbers, self.population.size)
                    )
                    if failures and failures[0]:
                        found += self._examine(numbers, failures)
        return _distinct(found)

    def _examine(self, numbers: Mapping[str, Any], units: list[int]) -> list[ModelWarning]:
        """Check the first of these neurons exactly."""
        if not units:
            return []
        values = _of_neuron(numbers, units[0])
        parameters = {name: values[name] for name in self.population.neuron.parameters}
        initial = {name: values[name] for name in self.population.neuron.initial if name in values}
        listed = _changed(parameters, self.population.neuron.parameters)
        listed += _changed(initial, self.population.neuron.initial, "initial ")
        more = ["..."] if len(listed) > _SHOWN else []
        shown = f" ({', '.join([*listed[:_SHOWN], *more])})" if listed else ""
        each = any(type(value) is np.ndarray for value in numbers.values())
        unit = f", neuron {units[0]}" if each else ""
        others = f" and {len(units) - 1} more" if len(units) > 1 else ""
        called = f"the values of population {self.population.name!r}{unit}{others}{shown}"
        return self.population.neuron.check_values(parameters, initial, called)


class Screens:
    """The screens of a network's populations, by name."""

    def __init__(self, populations: Iterable[Population] = ()) -> None:
        self._screens: dict[str, Screen] = {}
        self._keys: set[str] = set()
        for each in populations:
            self._keep(make_screen(each))

    def __reduce__(self) -> tuple[type[Screens], tuple[list[Population]]]:
        # What evaluates a requirement cannot be pickled, and is quickly made again.
        return Screens, ([screen.population for screen in self._screens.values()],)

    def add(self, population: Population, *, checked: bool) -> None:
        """Add a population; check its values, unless they are its model's own.

        Raises
        ------
        ModelError
            If the model cannot be right with these values.
        """
        screen = make_screen(population)
        if not checked:
            warn_user(screen.check_start(population.parameters, population.initial))
        self._keep(screen)

    def copy(self) -> Screens:
        """Return screens of the same populations, to which others can be added."""
        twin = Screens()
        for screen in self._screens.values():
            twin._keep(screen)
        return twin

    def _keep(self, screen: Screen) -> None:
        self._screens[screen.population.name] = screen
        self._keys.update(key for _, key in (*screen.parameters, *screen.initial))

    def check(self, values: Mapping[str, FloatArray], changed: Iterable[str] | None) -> None:
        """Check the populations that have parameters among the `changed` keys."""
        for name in self._owners(changed or ()):
            self._screens[name].check(values)

    def warn(self, values: Mapping[str, FloatArray], changed: Iterable[str]) -> None:
        """Warn, once, of what would be warned of if populations were added with these values."""
        for name in self._owners(changed):
            warn_user(self._screens[name].not_meant(values))

    def check_rates(
        self,
        values: Mapping[str, FloatArray],
        changed: Iterable[str],
        t_end: float,
        precision: str,
    ) -> None:
        """Check the time constants of the populations with parameters among the keys."""
        for name in self._owners(changed):
            self._screens[name].check_rates(values, t_end, _RESOLUTION[precision])

    def _owners(self, keys: Iterable[str]) -> Collection[str]:
        if self._keys.isdisjoint(keys):
            return ()
        return {name for key in keys if (name := key.partition(".")[0]) in self._screens}


def make_screen(population: Population) -> Screen:
    """Prepare the requirements of a population.

    What the model's own defaults do not satisfy is left out: they have passed the exact checks, so
    it does not matter.
    """
    neuron = population.neuron
    values = {**neuron.initial, **neuron.parameters}
    tests: dict[Scope, list[_Test]] = {scope: [] for scope in Scope}
    for each in neuron.requirements():
        evaluate = evaluator(each.expression)
        if evaluate is not None and (test := _Test(evaluate, each.domain)).holds(values):
            tests[each.scope].append(test)
    rates = [(each.state, evaluator(each.expression)) for each in neuron.own_rates()]
    own = {**population.initial, **population.parameters}
    numbers = {name: _number(array) for name, array in own.items()}
    with np.errstate(all="ignore"):
        settled = {test for test in tests[Scope.START] if not test.holds(numbers)}
    return Screen(
        population=population,
        each=any(array.ndim for array in own.values()),
        settled=settled,
        always=tuple(tests[Scope.ALWAYS]),
        start=tuple(tests[Scope.START]),
        rates=tuple((state, evaluate) for state, evaluate in rates if evaluate is not None),
        parameters=tuple((name, f"{population.name}.{name}") for name in population.parameters),
        initial=tuple((name, f"{population.name}.initial.{name}") for name in population.initial),
    )


def _distinct(found: Iterable[ModelWarning]) -> list[ModelWarning]:
    """Keep of warnings with one code about one equation the last."""
    return list({(each.code, each.equation): each for each in found}.values())


def _number(array: FloatArray) -> Any:
    """Return a shared value as a float, which is quicker to compute with."""
    return array if array.ndim else array.item()


def _of_neuron(values: Mapping[str, Any], unit: int) -> dict[str, float]:
    return {
        name: float(value[unit]) if type(value) is np.ndarray else value
        for name, value in values.items()
    }


def _changed(values: Mapping[str, float], own: Mapping[str, float], what: str = "") -> list[str]:
    """List the values that differ from a model's own."""
    return [f"{what}{name} = {value:g}" for name, value in values.items() if value != own[name]]
