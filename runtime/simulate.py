"""Compile a network and run it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np

from saltation.codegen.options import Solver
from saltation.runtime.arguments import check_positive
from saltation.runtime.drive import check_units, named_drive
from saltation.runtime.generated import generated_code
from saltation.runtime.lateness import ArrivalWatch, warn_of_slow_populations
from saltation.runtime.library import Library, find_or_build
from saltation.runtime.magnitudes import warn_of_magnitudes
from saltation.runtime.naming import unknown_name
from saltation.runtime.negative_weights import ConductanceWatch
from saltation.runtime.network import Network
from saltation.runtime.outcome import raise_for_status
from saltation.runtime.problem import Outline
from saltation.runtime.run import Run as Run
from saltation.runtime.settings import (
    check_samples,
    check_until,
    chosen_precision,
    event_limit,
    thread_count,
    tolerances_of,
)
from saltation.runtime.spikes import Spikes
from saltation.runtime.structure import network_plan
from saltation.runtime.values import CheckedValues, keep_changed
from saltation.runtime.wanted import check_network
from saltation.symbolic.words import counted

if TYPE_CHECKING:
    from saltation.runtime.asked import Asked, Names

SOLVERS = tuple(solver.value for solver in Solver)
"""How flows can be computed."""


def compile(
    net: Network,
    t_end: float,
    precision: str = "double",
    threads: int | None = None,
    *,
    until: str | None = None,
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
        depend on it. Threads sleep between calls; where no other program needs the processors,
        small batches are faster with ``OMP_WAIT_POLICY=active`` in the environment.
    until : str, optional
        A population. A sample then ends as soon as every neuron of it has spiked, or at `t_end` if
        one does not, and holds all that has happened in the network until then, see `Run.ends`:
        its first spikes and their gradients are those of the whole run. A loss of first spikes
        needs no more, and a run that stops there is up to twice as fast or more.
    solver : {"auto", "closed_form", "taylor"}, optional
        How flows are computed. Linear flows with guards and observations that are affine in the
        states have closed forms; all others are computed in steps by their Taylor series, of an
        order that follows from `rtol`. ``"closed_form"`` refuses those, ``"taylor"`` takes steps
        for all; ``"runge_kutta"``, its name before, means the same.
    rtol, atol : float, optional
        Tolerances of a Taylor step: relative to a state's size, and absolute, in the states'
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
        If `t_end`, `threads`, `max_events` or a tolerance is not positive, a sample lies after
        `t_end`, or there are observations, or no spikes, of a network that is to run `until` these.
    UnknownNameError
        If there is no such precision, solver or population.
    NetworkTypeError
        If `net` is no network, such as a neuron; says how to make one of it.

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
    check_network(net)
    chosen = chosen_precision(precision)
    duration = check_positive(t_end, "compile: t_end", "t_end", "seconds")
    tolerances = tolerances_of(rtol, atol, chosen)
    if solver not in (*SOLVERS, "runge_kutta"):
        raise unknown_name("solver", solver, SOLVERS, "compile")
    workers = thread_count(threads)
    limit = event_limit(max_events)
    fixed = net.copy()
    check_samples(fixed, duration)
    check_until(fixed, until)
    values = fixed.checked_values()
    fixed.screens.check_rates(values, values, duration, precision)
    warn_of_slow_populations(fixed.populations.values(), values, duration)
    warn_of_magnitudes(fixed, values)
    code = generated_code(network_plan(fixed, Solver(solver)), chosen)
    return Simulator(
        net=fixed,
        t_end=duration,
        precision=precision,
        solver=Solver(solver).value,
        threads=workers,
        until=until,
        tolerances=tolerances,
        max_events=limit,
        source=code.source,
        _library=find_or_build(code),
    )


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
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
    until : str or None
        The population with whose first spikes a sample ends; None: samples end at `t_end`.
    tolerances : tuple of float
        Relative and absolute tolerance of numerical flows.
    max_events : int or None
        How many events a population may have in a sample; None: as many as memory holds.
    source : str
        The generated C.
    """

    net: Network
    t_end: float
    precision: str
    solver: str
    threads: int
    until: str | None
    tolerances: tuple[float, float]
    max_events: int | None
    source: str
    _library: Library

    @property
    def library(self) -> Path:
        """The compiled library; where it is still being optimised, this waits for it."""
        return self._library.optimised()

    @cached_property
    def real(self) -> np.dtype[Any]:
        """The NumPy type of the simulation's numbers."""
        return np.dtype(np.float64 if self.precision == "double" else np.float32)

    def __repr__(self) -> str:
        names = ", ".join(self.net.populations)
        threads = counted(self.threads, "thread")
        ends = f"t_end={self.t_end} s" + (f", until={self.until!r}" if self.until else "")
        return f"Simulator({names}; {ends}, {self.precision}, {threads})"

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle and copy what it was compiled from: it is compiled, or found, where it is read."""
        return self.compiler, (self.net,)

    @property
    def identity(self) -> dict[str, dict[str, Any]]:
        """What results depend on besides values and spikes, and `until`: for files, as plain JSON.

        ``"simulation"`` holds the settings by name, ``"network"`` describes its parts; see
        `saltation.runtime.identity.network_identity`.
        """
        # Only here, because most simulators are never asked.
        from saltation.runtime.identity import network_identity

        relative, absolute = self.tolerances
        simulation = {
            "t_end": self.t_end,
            "precision": self.precision,
            "solver": self.solver,
            "rtol": relative,
            "atol": absolute,
        }
        return {"simulation": simulation, "network": network_identity(self.net)}

    @property
    def compiler(self) -> Callable[[Network], Simulator]:
        """Compiles a network with the settings of this simulator."""
        relative, absolute = self.tolerances
        return partial(
            compile,
            t_end=self.t_end,
            precision=self.precision,
            threads=self.threads,
            until=self.until,
            solver=self.solver,
            rtol=relative,
            atol=absolute,
            max_events=self.max_events,
        )

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

        Warns
        -----
        ModelWarning
            If a model is legal and probably not meant with its values, such as an initial state
            above the threshold or a negative conductance; each once, as a training comes here at
            every step.
        LateArrivalWarning
            If most spikes of an input come after 50 times the length of the run, none of them can
            arrive before its end, or all delays of a projection are longer than it.
        """
        inputs, batch = named_drive(self.net.inputs, spikes)
        outline = self._outline
        full = outline.values if values is None else self._placed(values)
        if full.changed:
            keep_changed(full)
            self.net.screens.check_rates(full, full.changed, self.t_end, self.precision)
            self.net.screens.warn(full, full.changed)
            self._conductances.warn(full, full.changed)
        memory, problem = outline.run(full, inputs, batch)
        library = self._library
        status = library.ffi.new("sal_status *")
        handle = library.forward(problem, status, outline.pools)
        if status.odd:
            self._look_at(inputs, full)
            problem.seen = 1
            handle = library.forward(problem, status, outline.pools)
        raise_for_status(status, self.net, full)
        return Run(
            simulator=self,
            values=MappingProxyType(full),
            inputs=MappingProxyType(inputs),
            _memory=memory,
            _problem=problem,
            _handle=handle,
        )

    def _placed(self, values: Mapping[str, Any]) -> CheckedValues:
        """Return values, whose numbers generated code looks at unless they are to be rounded."""
        return self.net.placed_values(values, look=self.precision == "single")

    def _look_at(self, inputs: Mapping[str, Spikes], values: CheckedValues) -> None:
        """Refuse or warn of what generated code found odd in what a run is given."""
        check_units(self.net.inputs, inputs)
        values.look()
        self._arrivals.warn(inputs, values)

    def wait_until_optimised(self) -> None:
        """Wait until runs and gradients are as fast as they will be.

        A network that was never compiled before starts with a library that was compiled without
        optimisation. It gives the same bits, several times slower, until another process has made
        the optimised library, seconds later; calls then go over to that by themselves. What
        measures times waits for it; nothing else has to.

        Raises
        ------
        ToolchainError
            If the compiler fails.
        """
        self._library.optimised()

    @cached_property
    def _conductances(self) -> ConductanceWatch:
        """What warns of weights below zero that no conductance has."""
        return ConductanceWatch(self.net.projections, self.net.populations)

    @cached_property
    def _arrivals(self) -> ArrivalWatch:
        """What warns of spikes that come too late to be meant."""
        return ArrivalWatch(self.net.inputs, self.net.projections, self.t_end)

    @cached_property
    def _outline(self) -> Outline:
        """What the problems of all runs share."""
        limits = self.max_events, self.threads, self.until
        settings = (self.t_end, self.tolerances, *limits)
        return Outline(self._library.ffi, self.real, self.net, self.net.checked_values(), *settings)

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
            # Only here, because most simulators are never asked.
            from saltation.runtime.structural import structural_zeros

            self._zeros[names] = MappingProxyType(structural_zeros(self.net, *names))
        return self._zeros[names]

    @cached_property
    def _zeros(self) -> dict[tuple[tuple[str, ...], tuple[str, ...]], Mapping[str, str]]:
        return {}

    @cached_property
    def _asked(self) -> dict[tuple[Names, Names, Names], Asked]:
        """What gradients were asked for before."""
        return {}
