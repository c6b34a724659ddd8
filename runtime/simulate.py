"""Compile a network and run it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from saltation.codegen.network import generate_network
from saltation.codegen.solver import Solver
from saltation.runtime.arrays import FloatArray
from saltation.runtime.build import build, load
from saltation.runtime.drive import checked_drive
from saltation.runtime.gradient import run_gradient
from saltation.runtime.naming import unknown_name
from saltation.runtime.network import Network
from saltation.runtime.outcome import raise_for_status
from saltation.runtime.problem import Memory, make_problem
from saltation.runtime.settings import (
    check_samples,
    chosen_precision,
    event_limit,
    memory_limit,
    positive,
    thread_count,
    tolerances_of,
)
from saltation.runtime.spikes import Spikes
from saltation.runtime.structural import structural_zeros
from saltation.runtime.structure import network_structure
from saltation.runtime.values import own_values

SOLVERS = tuple(solver.value for solver in Solver)
"""How flows can be computed."""


def compile(
    net: Network,
    t_end: float,
    precision: str = "double",
    threads: int | None = None,
    *,
    solver: str = "auto",
    rtol: float = 1e-9,
    atol: float = 0.0,
    max_events: int | None = None,
) -> Simulator:
    """Generate, compile and load the simulator of a network.

    Parameters
    ----------
    net : Network
        The network; later additions to it do not change the simulator.
    t_end : float, unit s
        A run covers ``[0, t_end]``.
    precision : {"double", "single"}, optional
        The floating-point type of the simulation.
    threads : int, optional
        How many threads share the samples of a batch; all processors if not given. Results do not
        depend on it.
    solver : {"auto", "closed_form", "runge_kutta"}, optional
        How flows are computed. Linear flows with guards and observations that are affine in the
        states have closed forms; all others are computed by the Runge-Kutta pair 5(4) of Tsitouras
        (2011). ``"closed_form"`` refuses those, ``"runge_kutta"`` takes it for all.
    rtol, atol : float, optional
        Tolerances of a Runge-Kutta step: relative to a state's size, and absolute, in the states'
        own units. The gradient is that of the computed trajectory, whatever they are. Closed forms
        are exact and ignore them. Below 1e-13 (single precision: 1e-6) `rtol` is taken as that.
    max_events : int, optional
        How many events (spikes, and changes of mode) one population may have in one sample. A run
        with more ends in an error; by default when they would take half of the machine's memory.

    Returns
    -------
    Simulator
        Runs the network.

    Raises
    ------
    UnsupportedModelError
        If only closed forms are asked for and there is none.
    ModelError
        If a time constant is shorter than the rounding of times.
    ToolchainError
        If there is no C compiler, or it fails.
    ArrayError
        If `t_end`, `threads`, `max_events` or a tolerance is not positive, or a sample lies after
        `t_end`.
    UnknownNameError
        If there is no such precision or solver.

    Examples
    --------
    >>> from saltation.runtime.network import Network
    >>> from saltation.symbolic.models import lif
    >>> net = Network()
    >>> net.add_input("in", 1)
    >>> net.add_population("out", lif, 1)
    >>> net.connect("in", "out", weight=[[7.0]])
    >>> sim = compile(net, t_end=0.05)
    >>> run = sim.run({"in": Spikes.from_first_times([[0.01]])})
    >>> run.spikes["out"].times
    array([0.01556628])
    """
    chosen = chosen_precision(precision)
    duration = positive(t_end, "t_end")
    tolerances = tolerances_of(rtol, atol, chosen)
    if solver not in SOLVERS:
        raise unknown_name("solver", solver, SOLVERS, "compile")
    workers = thread_count(threads)
    limit = event_limit(max_events)
    fixed = net.copy()
    check_samples(fixed, duration)
    values = fixed.checked_values()
    fixed.screens.check_rates(values, values, duration, precision)
    code = generate_network(network_structure(fixed, Solver(solver)), chosen)
    library = build(code.source)
    ffi, lib = load(library, code.declarations)
    return Simulator(
        net=fixed,
        t_end=duration,
        precision=precision,
        solver=solver,
        threads=workers,
        tolerances=tolerances,
        max_events=limit,
        source=code.source,
        library=library,
        _ffi=ffi,
        _lib=lib,
    )


@dataclass(frozen=True, kw_only=True, eq=False)
class Simulator:
    """A compiled network; made by :func:`compile`.

    Attributes
    ----------
    net : Network
        The network it was compiled from.
    t_end : float, unit s
        The end of every run.
    precision, solver : str
        The floating-point type, and how flows are computed: what :func:`compile` was given.
    threads : int
        How many threads a run uses.
    tolerances : tuple of float
        Relative and absolute tolerance of numerical flows.
    max_events : int or None
        How many events a population may have in a sample; None: as many as memory holds.
    source : str
        The generated C.
    library : pathlib.Path
        The compiled library.
    """

    net: Network
    t_end: float
    precision: str
    solver: str
    threads: int
    tolerances: tuple[float, float]
    max_events: int | None
    source: str
    library: Path
    _ffi: Any
    _lib: Any

    @property
    def real(self) -> np.dtype[Any]:
        """The NumPy type of the simulation's numbers."""
        return np.dtype(np.float64 if self.precision == "double" else np.float32)

    def __repr__(self) -> str:
        names = ", ".join(self.net.populations)
        return f"Simulator({names}; t_end={self.t_end} s, {self.precision}, {self.threads} threads)"

    def run(self, spikes: Mapping[str, Spikes], values: Mapping[str, Any] | None = None) -> Run:
        """Simulate a batch forward.

        Parameters
        ----------
        spikes : mapping of str to Spikes
            The spikes of every input, all of the same batch size. Spikes after `t_end` have no
            effect.
        values : mapping of str to array_like, optional
            Any part of ``net.values()`` with other numbers.

        Returns
        -------
        Run
            Spikes and observations, and their gradients on demand.

        Raises
        ------
        ArrayError, ArrayTypeError, UnknownNameError
            If spikes or values do not fit the network.
        ModelError
            If a model cannot be right with its values, such as a time constant of 0.
        ZenoError
            If a neuron fires over 100 times at one instant.
        NonFiniteError
            If a state grows beyond all numbers.
        RunawayError
            If a neuron or a population fires without end.
        """
        inputs, batch = checked_drive(self.net.inputs, spikes)
        full = own_values(self.net.checked_values(values), values)
        if values:
            self.net.screens.check_rates(full, values, self.t_end, self.precision)
        memory = Memory(self._ffi, self.real)
        problem = make_problem(
            memory,
            self.net,
            full,
            inputs,
            batch,
            self.t_end,
            self.threads,
            self.tolerances,
            self.max_events if self.max_events is not None else memory_limit(batch),
        )
        status = memory.new("sal_status *")
        handle = self._lib.sal_forward(problem, status)
        if handle != self._ffi.NULL:
            handle = self._ffi.gc(handle, self._lib.sal_free)
        raise_for_status(status, self.net)
        return Run(
            simulator=self,
            values=MappingProxyType(full),
            inputs=MappingProxyType(inputs),
            _memory=memory,
            _problem=problem,
            _handle=handle,
        )

    def structural_zeros(
        self, spike_times: Iterable[str] | None = None, observations: Iterable[str] | None = None
    ) -> Mapping[str, str]:
        """Return the gradients that are zero whatever the values are, each with the reason.

        Parameters
        ----------
        spike_times, observations : iterable of str, optional
            The populations and observations that the loss depends on; all if neither is given.

        Returns
        -------
        mapping of str to str
            The keys of `Run.gradient` whose gradient is certainly zero, with the reason in words.

        See `saltation.runtime.structural.structural_zeros`.
        """
        if spike_times is None and observations is None:
            spike_times, observations = self.net.populations, self.net.observations
        names = (tuple(spike_times or ()), tuple(observations or ()))
        if names not in self._zeros:
            self._zeros[names] = MappingProxyType(structural_zeros(self.net, *names))
        return self._zeros[names]

    @cached_property
    def _zeros(self) -> dict[tuple[tuple[str, ...], tuple[str, ...]], Mapping[str, str]]:
        return {}


@dataclass(frozen=True, kw_only=True, eq=False)
class Run:
    """The result of a run: spikes, observations, and gradients on demand.

    Attributes
    ----------
    simulator : Simulator
        What made it.
    values : mapping of str to numpy.ndarray
        All values that it ran with.
    inputs : mapping of str to Spikes
        The input spikes.
    """

    simulator: Simulator
    values: Mapping[str, FloatArray]
    inputs: Mapping[str, Spikes]
    _memory: Memory
    _problem: Any
    _handle: Any

    @property
    def batch(self) -> int:
        """Number of samples."""
        return int(self._problem.batch)

    @cached_property
    def spikes(self) -> Mapping[str, Spikes]:
        """The spikes of every population, each a Spikes sorted by time within a sample."""
        return MappingProxyType(
            {name: self._read_spikes(k) for k, name in enumerate(self.simulator.net.populations)}
        )

    def _read_spikes(self, index: int) -> Spikes:
        lib, ffi = self.simulator._lib, self.simulator._ffi
        total = lib.sal_spike_total(self._handle, index)
        times = np.empty(total, dtype=self.simulator.real)
        units = np.empty(total, dtype=np.int32)
        offsets = np.empty(self.batch + 1, dtype=np.int64)
        lib.sal_read_spikes(
            self._handle,
            index,
            ffi.cast("sal_real *", ffi.from_buffer(times)),
            ffi.cast("int32_t *", ffi.from_buffer(units)),
            ffi.cast("int64_t *", ffi.from_buffer(offsets)),
        )
        return Spikes.trusted(times.astype(np.float64, copy=False), units, offsets)

    def first_spikes(self, population: str) -> FloatArray:
        """Return each neuron's first spike time, shape (batch, n), ``inf`` where it is silent."""
        populations = self.simulator.net.populations
        if population not in populations:
            raise unknown_name("population", population, populations, "first_spikes")
        return self.spikes[population].first_times(populations[population].size)

    @cached_property
    def observations(self) -> Mapping[str, NDArray[Any]]:
        """All observations: shape (batch, n), samples (batch, len(at), n)."""
        found = {}
        net = self.simulator.net
        for k, (name, observation) in enumerate(net.observations.items()):
            size = net.populations[observation.population].size
            shape = (
                (self.batch, size)
                if observation.at is None
                else (self.batch, observation.at.size, size)
            )
            count = int(np.prod(shape))
            pointer = self.simulator._lib.sal_observed(self._handle, k)
            buffer = self.simulator._ffi.buffer(pointer, count * self.simulator.real.itemsize)
            array = np.frombuffer(buffer, dtype=self.simulator.real).astype(np.float64)
            found[name] = array.reshape(shape)
        return MappingProxyType(found)

    def gradient(
        self,
        spike_times: Mapping[str, Any] | None = None,
        observations: Mapping[str, Any] | None = None,
        wrt: Iterable[str] | None = None,
        grazing: str = "warn",
    ) -> dict[str, FloatArray]:
        """Return the exact gradient of a loss, given its derivatives by the outputs.

        Parameters
        ----------
        spike_times : mapping of str to array_like, optional
            For any population, ``dL/dt``: shape (n_spikes,) as ``run.spikes[name].times``, or shape
            (batch, n) for the first spikes. Unit 1/s.
        observations : mapping of str to array_like, optional
            For any observation, the derivative of the loss by it, in its shape.
        wrt : iterable of str, optional
            The keys that are wanted; all if not given. Fewer cost less. One that is zero whatever
            the values are gives a warning that says why; see `Simulator.structural_zeros`.
        grazing : {"warn", "raise", "clip"}, optional
            What to do where a guard hardly rises when it reaches zero, so that the gradient is
            almost infinite: warn, stop, or bound the gradient by taking the least accepted slope.

        Returns
        -------
        dict of str to numpy.ndarray
            The keys and shapes of ``net.values()``, summed over the batch, and ``"in.times"`` for
            each input, shape (n_spikes,) as its times.

        Raises
        ------
        AbsentSpikeError
            If a derivative by a spike that does not exist is not zero.
        ArrayError, ArrayTypeError, UnknownNameError
            If a cotangent or a key does not fit.
        GrazingError
            If a guard had no slope where it reached zero, or hardly any and the policy is to raise.

        Warns
        -----
        GrazingWarning
            If a guard hardly rose where it reached zero; names the worst neuron, time and slope.
        StructuralZeroWarning
            If `wrt` names a gradient that is zero because of the network's structure.

        Notes
        -----
        Where two spikes arrive at one neuron at the same instant the gradient is one-sided: the one
        of the order in which they were applied.
        """
        return run_gradient(self, spike_times or {}, observations or {}, wrt, grazing)
