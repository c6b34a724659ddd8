"""Networks: inputs, populations, projections, and what is observed of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from saltation.runtime.arrays import FloatArray
from saltation.runtime.graph import components, is_cyclic
from saltation.runtime.naming import check_free, check_known, checked_name, chosen_names
from saltation.runtime.observation import Observation, make_observation
from saltation.runtime.population import Input, Population, make_input, make_population
from saltation.runtime.projection import Projection, make_projection
from saltation.runtime.screening import Screens
from saltation.runtime.summary import Parts, html_summary, summary
from saltation.runtime.values import CheckedValues, default_values, merged_values
from saltation.symbolic.errors import NetworkError

if TYPE_CHECKING:
    from numpy.typing import ArrayLike
    from scipy.sparse import sparray, spmatrix

    from saltation.runtime.sparse import SparsePattern
    from saltation.symbolic.neuron import Neuron
    from saltation.symbolic.parser import Expression


class Network:
    """A network of spiking neurons, put together part by part.

    Parts cannot be changed once they are added; their arrays are copies that cannot be written
    to. All quantities are in SI units. Inputs, populations and projections share one name space,
    because their names become the keys of `values`.

    Examples
    --------
    >>> from saltation.symbolic.models import lif
    >>> net = Network()
    >>> net.add_input("in", 2)
    >>> net.add_population("out", lif, 3, parameters={"tau_m": 15e-3})
    >>> net.connect("in", "out", weight=[[0.5, 1.0, 1.5], [2.0, 2.5, 3.0]], delay=1e-3)
    >>> net.observe("v_max", "out", "v", kind="max")
    >>> net.values()["in->out.weight"].shape
    (2, 3)
    >>> net.order()
    ('out',)
    """

    def __init__(self) -> None:
        self._inputs: dict[str, Input] = {}
        self._populations: dict[str, Population] = {}
        self._projections: dict[str, Projection] = {}
        self._observations: dict[str, Observation] = {}
        self._screens = Screens()
        self._defaults: dict[str, FloatArray] | None = None

    @property
    def inputs(self) -> Mapping[str, Input]:
        """The inputs by name, in the order of their declaration; read-only."""
        return MappingProxyType(self._inputs)

    @property
    def populations(self) -> Mapping[str, Population]:
        """The populations by name, in the order of their declaration; read-only."""
        return MappingProxyType(self._populations)

    @property
    def projections(self) -> Mapping[str, Projection]:
        """The projections by name, in the order of their declaration; read-only."""
        return MappingProxyType(self._projections)

    @property
    def observations(self) -> Mapping[str, Observation]:
        """The observations by name, in the order of their declaration; read-only."""
        return MappingProxyType(self._observations)

    def add_input(self, name: str, size: int) -> None:
        """Add an input: units whose spikes a run is given.

        Parameters
        ----------
        name : str
            A name of letters, digits and underscores.
        size : int
            Number of units, at least 1.

        Raises
        ------
        NetworkError
            If the name is taken or not allowed, or the size is not a positive integer.
        """
        self._check_free(checked_name(name, "input"), "input")
        self._inputs[name] = make_input(name, size)

    def add_population(
        self,
        name: str,
        neuron: Neuron,
        size: int,
        parameters: Mapping[str, ArrayLike] | None = None,
        initial: Mapping[str, ArrayLike] | None = None,
    ) -> None:
        """Add a population of neurons of one model.

        Parameters
        ----------
        name : str
            A name of letters, digits and underscores.
        neuron : Neuron
            The model.
        size : int
            Number of neurons, at least 1.
        parameters : mapping of str to float or array_like of shape (size,), optional
            Parameters that differ from the model's defaults: one number is shared by all neurons,
            an array has one for each. Gradients come in the same shape.
        initial : mapping of str to float or array_like of shape (size,), optional
            Initial values of states, likewise.

        Raises
        ------
        NetworkError
            If the name is taken or not allowed, or the size is not a positive integer.
        NetworkTypeError
            If `neuron` is no model.
        UnknownNameError
            If the model has no such parameter or state.
        ArrayError
            If a value has another shape, or is not finite.
        ModelError
            If the model cannot be right with these values, such as a time constant of 0 or a reset
            above the threshold; names code and neuron.

        Warns
        -----
        ModelWarning
            If the model is legal and probably not meant with these values.
        """
        self._check_free(checked_name(name, "population"), "population")
        population = make_population(name, neuron, size, parameters, initial)
        self._screens.add(population, checked=not (parameters or initial))
        self._populations[name] = population
        self._defaults = None

    def connect(
        self,
        pre: str,
        post: str,
        weight: ArrayLike | sparray | spmatrix,
        delay: ArrayLike | sparray | spmatrix = 0.0,
        port: str | None = None,
        name: str | None = None,
    ) -> None:
        """Connect an input or a population to a population.

        Parameters
        ----------
        pre, post : str
            Names of the sender and the receiver; they may be the same population.
        weight : array_like of shape (n_pre, n_post), or a scipy.sparse matrix of any format
            Weights. Of a sparse matrix only stored entries are synapses, also those that are 0;
            entries stored more than once are summed.
        delay : float, or as `weight`, optional
            Delays, finite and not negative, unit s. Those of sparse weights are one number or a
            sparse matrix with entries in the same places.
        port : str, optional
            Which port of the receiving model; needed if it has several.
        name : str, optional
            Name of the projection; ``"pre->post"`` if not given.

        Raises
        ------
        NetworkError
            If the receiver is an input or has no port, `port` is missing, or the name is taken or
            not allowed.
        UnknownNameError
            If there is no such sender, receiver or port.
        ArrayError
            If weights or delays have another shape or pattern, or are not finite, or a delay is
            negative.
        ArrayTypeError
            If weights or delays are not real numbers.

        Examples
        --------
        >>> from saltation.symbolic.models import lif
        >>> net = Network()
        >>> net.add_population("a", lif, 1)
        >>> net.add_population("b", lif, 2)
        >>> net.connect("a", "b", weight=[[1.0, 2.0]])
        >>> net.connect("a", "b", weight=[[3.0, 4.0]], delay=5e-3, name="slow")
        >>> list(net.projections)
        ['a->b', 'slow']
        """
        where = f"connect {pre!r} to {post!r}"
        senders: dict[str, Input | Population] = {**self._inputs, **self._populations}
        check_known(pre, senders, "input or population", where)
        if isinstance(post, str) and post in self._inputs:
            raise NetworkError(f"{where}: {post!r} is an input, and inputs receive nothing")
        check_known(post, self._populations, "population", where)
        key = f"{pre}->{post}" if name is None else checked_name(name, "projection")
        if name is None and key in self._projections:
            raise NetworkError(
                f"{where}: there is a projection {key!r} already; give this one name="
            )
        self._check_free(key, "projection")
        self._projections[key] = make_projection(
            key, senders[pre], self._populations[post], weight, delay, port
        )
        self._defaults = None

    def observe(
        self,
        name: str,
        population: str,
        expression: Expression,
        kind: str = "max",
        at: ArrayLike | None = None,
    ) -> None:
        """Observe an expression of a population's states and parameters.

        Parameters
        ----------
        name : str
            Name of the observation, a key of ``run.observations``.
        population : str
            Which population.
        expression : str or sympy.Expr
            What to observe, such as ``"v"`` or ``"v - theta"``.
        kind : {"max", "integral", "sample"}
            The greatest value in the run, the integral over the run, or the values at given times.
            A sample at the very time of an arrival or event is the value after it.
        at : array_like of float, shape (k,), unit s
            For samples: their times, sorted.

        Raises
        ------
        NetworkError
            If the name is taken or not allowed, `population` is an input, or `at` is missing or
            not wanted.
        UnknownNameError
            If there is no such population or kind.
        ArrayError
            If the times are unsorted, negative or not finite.
        ExpressionError
            If the expression does not parse, or has names that the model has not.
        """
        checked_name(name, "observation")
        if name in self._observations:
            raise NetworkError(f"there is an observation {name!r} already")
        if isinstance(population, str) and population in self._inputs:
            raise NetworkError(f"observe {name!r}: {population!r} is an input, and has no states")
        check_known(population, self._populations, "population", f"observe {name!r}")
        self._observations[name] = make_observation(
            name, self._populations[population], expression, kind, at
        )

    def pattern(self, projection: str) -> SparsePattern | None:
        """Return which synapses a projection has, as rows and as pairs; None if it has all.

        Raises
        ------
        UnknownNameError
            If there is no such projection.
        """
        check_known(projection, self._projections, "projection", "pattern")
        return self._projections[projection].pattern

    def values(self) -> dict[str, FloatArray]:
        """Return all numbers of the network, as copies to be changed at will.

        Returns
        -------
        dict of str to numpy.ndarray
            For each projection ``"a->b.weight"`` (shape (n_pre, n_post), or (nnz,) in the order of
            `pattern`) and ``"a->b.delay"`` (shape (), or as the weights), then for each population
            ``"b.tau_m"`` and so on for its parameters, and ``"b.initial.v"`` and so on for its
            states (shape () or (n,)).
        """
        return {key: array.copy() for key, array in self._shared_values().items()}

    def checked_values(self, values: Mapping[str, ArrayLike] | None = None) -> CheckedValues:
        """Return `values` merged over the network's own, checked, in the order of `values`.

        Parameters
        ----------
        values : mapping of str to array_like, optional
            Any part of what `Network.values` returns, with other numbers.

        Returns
        -------
        CheckedValues
            A dict with every key. Arrays are float64 and C-contiguous. Given arrays that are so
            already are passed on as they are, and the network's own cannot be written to.

        Raises
        ------
        UnknownNameError
            If the network has no such key; names the nearest.
        ArrayError
            If a shape is another, a number is not finite, or a delay is negative.
        ArrayTypeError
            If `values` is no mapping, or a value does not hold real numbers.
        ModelError
            If a model cannot be right with its values, such as a time constant of 0.

        Examples
        --------
        >>> from saltation.symbolic.models import lif
        >>> net = Network()
        >>> net.add_population("out", lif, 3)
        >>> float(net.checked_values({"out.tau_m": 0.03})["out.tau_m"])
        0.03
        """
        return self.placed_values(values, look=True)

    def placed_values(self, values: Any, look: bool = False) -> CheckedValues:
        """Return the same, except that the numbers in its `unseen` are not looked at."""
        merged = merged_values(values, self._shared_values(), self._projections, look)
        self._screens.check(merged, merged.changed)
        return merged

    @property
    def screens(self) -> Screens:
        """What the parameters of the populations must satisfy."""
        return self._screens

    def order(self) -> tuple[str, ...]:
        """Return the populations, each after those it receives from unless they are on a cycle."""
        return tuple(name for component in self.components() for name in component)

    def components(self) -> tuple[tuple[str, ...], ...]:
        """Return the populations in the groups and in the order in which they are simulated.

        A group holds one population, or all those from which each can be reached from the others.
        """
        return components(self._populations, self._edges())

    def cycles(self) -> tuple[tuple[str, ...], ...]:
        """Return the groups of `components` that are recurrent.

        Examples
        --------
        >>> from saltation.symbolic.models import lif
        >>> net = Network()
        >>> net.add_population("a", lif, 1)
        >>> net.add_population("b", lif, 1)
        >>> net.connect("a", "b", weight=[[1.0]])
        >>> net.connect("b", "b", weight=[[1.0]], delay=1e-3)
        >>> net.cycles()
        (('b',),)
        """
        return tuple(part for part in self.components() if is_cyclic(part, self._edges()))

    def _edges(self) -> list[tuple[str, str]]:
        return [(one.pre, one.post) for one in self._projections.values()]

    def copy(self, observations: Iterable[str] | None = None) -> Network:
        """Return a network with the same parts, to which others can be added.

        Parameters
        ----------
        observations : iterable of str, optional
            The names of those to keep, ``()`` for none; all if not given.

        Raises
        ------
        UnknownNameError
            If there is no such observation.
        """
        kept = chosen_names(observations, self._observations, "observation", "copy, observations")
        twin = Network()
        twin._inputs.update(self._inputs)
        twin._populations.update(self._populations)
        twin._projections.update(self._projections)
        twin._screens = self._screens.copy()
        twin._observations.update((k, one) for k, one in self._observations.items() if k in kept)
        return twin

    def describe(self) -> str:
        """Return tables of the parts as text."""
        return summary(*self._parts)

    def __repr__(self) -> str:
        return self.describe()

    def _repr_html_(self) -> str:
        return html_summary(*self._parts)

    @property
    def _parts(self) -> Parts:
        return self._inputs, self._populations, self._projections, self._observations

    def _shared_values(self) -> dict[str, FloatArray]:
        if self._defaults is None:
            self._defaults = default_values(self._projections, self._populations)
        return self._defaults

    def _check_free(self, name: str, kind: str) -> None:
        check_free(name, kind, self._inputs, self._populations, self._projections)
