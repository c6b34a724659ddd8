"""What a run gives: spikes, observations, and gradients on demand."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from saltation.runtime.arrays import FloatArray, IntArray
from saltation.runtime.lateness import late_spikes
from saltation.runtime.naming import NamedDict, unknown_name
from saltation.runtime.problem import Memory
from saltation.runtime.rates import run_rates
from saltation.runtime.spikes import Spikes
from saltation.symbolic.errors import ArrayTypeError
from saltation.symbolic.words import counted

if TYPE_CHECKING:
    from saltation.runtime.simulate import Simulator


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
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

    def __reduce__(self) -> tuple[Any, ...]:
        """Refuse to be pickled or copied.

        Raises
        ------
        ArrayTypeError
            Always.
        """
        raise ArrayTypeError(
            "a run is memory of C, which cannot be pickled or copied: take run.spikes, "
            "run.observations or its gradients, or pickle run.simulator and run again",
            argument="run",
        )

    @property
    def batch(self) -> int:
        """Number of samples."""
        return int(self._problem.batch)

    @cached_property
    def spikes(self) -> Mapping[str, Spikes]:
        """The spikes of every population, each a Spikes sorted by time within a sample.

        A name that is no population's is an `UnknownNameError`, which is a KeyError.
        """
        found: NamedDict[Spikes] = NamedDict("population", "run.spikes")
        for k, name in enumerate(self.simulator.net.populations):
            found[name] = self._read_spikes(k)
        return MappingProxyType(found)

    def _read_spikes(self, index: int) -> Spikes:
        lib, view = self.simulator._library.functions, self.simulator._library.ffi.from_buffer
        total = lib.sal_spike_total(self._handle, index)
        times = np.empty(total, dtype=self.simulator.real)
        units = np.empty(total, dtype=np.int32)
        offsets = np.empty(self.batch + 1, dtype=np.int64)
        lib.sal_read_spikes(
            self._handle,
            index,
            view("sal_real[]", times),
            view("int32_t[]", units),
            view("int64_t[]", offsets),
        )
        return Spikes.trusted(times.astype(np.float64, copy=False), units, offsets)

    @cached_property
    def ends(self) -> FloatArray:
        """When each sample ended, in s, shape (batch,): `t_end`, or sooner with ``until=``."""
        library = self.simulator._library
        count = self.batch * self.simulator.real.itemsize
        buffer = library.ffi.buffer(library.functions.sal_ends(self._handle), count)
        ends = np.frombuffer(buffer, dtype=self.simulator.real)
        last = self.simulator.t_end
        found = np.where(ends == self.simulator.real.type(last), last, ends.astype(np.float64))
        found.setflags(write=False)
        return found

    def most_events(self) -> tuple[int, ...]:
        """Return how many events, spikes and others, each population had in a sample at most."""
        most = self.simulator._library.functions.sal_most_events
        return tuple(int(most(self._handle, k)) for k in range(len(self.simulator.net.populations)))

    def first_spikes(self, population: str) -> FloatArray:
        """Return each neuron's first spike time, shape (batch, n), ``inf`` where it is silent."""
        populations = self.simulator.net.populations
        if population not in populations:
            raise unknown_name("population", population, populations, "first_spikes")
        return self._first(population)[0].copy()

    def _first(self, population: str) -> tuple[FloatArray, IntArray]:
        """Return each neuron's first spike: its time, ``inf`` if none, and its row, -1 if none."""
        if population not in self._firsts:
            self._firsts[population] = self._read_first(population)
        return self._firsts[population]

    @cached_property
    def _firsts(self) -> dict[str, tuple[FloatArray, IntArray]]:
        return {}

    def _read_first(self, population: str) -> tuple[FloatArray, IntArray]:
        lib, view = self.simulator._library.functions, self.simulator._library.ffi.from_buffer
        populations = self.simulator.net.populations
        shape = (self.batch, populations[population].size)
        times, rows = np.empty(shape, dtype=self.simulator.real), np.empty(shape, dtype=np.int64)
        lib.sal_first_spikes(
            self._handle,
            list(populations).index(population),
            shape[1],
            view("sal_real[]", times),
            view("int64_t[]", rows),
        )
        return times.astype(np.float64, copy=False), rows

    @cached_property
    def observations(self) -> Mapping[str, NDArray[Any]]:
        """All observations: shape (batch, n), samples (batch, len(at), n).

        A name that is no observation's is an `UnknownNameError`, which is a KeyError.
        """
        found: NamedDict[NDArray[Any]] = NamedDict("observation", "run.observations")
        net = self.simulator.net
        for k, (name, observation) in enumerate(net.observations.items()):
            size = net.populations[observation.population].size
            shape = (
                (self.batch, size)
                if observation.at is None
                else (self.batch, observation.at.size, size)
            )
            count = int(np.prod(shape))
            pointer = self.simulator._library.functions.sal_observed(self._handle, k)
            buffer = self.simulator._library.ffi.buffer(
                pointer, count * self.simulator.real.itemsize
            )
            array = np.frombuffer(buffer, dtype=self.simulator.real).astype(np.float64)
            found[name] = array.reshape(shape)
        return MappingProxyType(found)

    def rates(
        self, population: str, *, t_start: float = 0.0, t_end: float | None = None
    ) -> FloatArray:
        """Return each neuron's mean rate in Hz, shape (batch, n).

        Parameters
        ----------
        population : str
            Its name.
        t_start, t_end : float, optional, unit s
            The window in which spikes are counted, its ends included; the whole run if not given.
            A steady rate is that of a window after the onset.

        Raises
        ------
        UnknownNameError
            If there is no such population.
        ArrayError
            If the window is empty, or not within the run.

        Examples
        --------
        >>> from saltation.runtime.network import Network
        >>> from saltation.runtime.simulate import compile
        >>> from saltation.symbolic.models import lif
        >>> net = Network()
        >>> net.add_input("in", 1)
        >>> net.add_population("out", lif, 2)
        >>> net.connect("in", "out", weight=[[12.0, 1.0]])
        >>> spikes = Spikes.from_first_times([[0.002], [np.inf]])
        >>> run = compile(net, t_end=0.05).run({"in": spikes})
        >>> run.spikes["out"].times
        array([0.00417867, 0.00855051])
        >>> run.rates("out")
        array([[40.,  0.],
               [ 0.,  0.]])
        >>> run.rates("out", t_start=0.005, t_end=0.015).mean(axis=0)  # over the samples
        array([50.,  0.])
        """
        return run_rates(self, population, t_start, t_end)

    def __repr__(self) -> str:
        """Sum up what went in and what came out."""
        t_end = self.simulator.t_end
        late = {name: late_spikes(given, t_end) for name, given in self.inputs.items()}
        inputs = [
            f"{name}: {counted(given.times.size, 'input spike')}"
            + (f" ({late[name]} after t_end)" if late[name] else "")
            for name, given in self.inputs.items()
        ]
        spikes = [
            f"{name}: {counted(given.times.size, 'spike')}" for name, given in self.spikes.items()
        ]
        shapes = [f"{name}: {array.shape}" for name, array in self.observations.items()]
        listed = ", ".join([*inputs, *spikes, *shapes])
        up_to = "" if self.simulator.until is None else "up to "
        return f"Run({counted(self.batch, 'sample')} of {up_to}{t_end:g} s; {listed})"

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
            The keys that are wanted; all if not given. Fewer cost less, most of all without those
            of flows, such as time constants: for them all states are computed again. One that is
            zero whatever the values are gives a warning that says why; see
            `Simulator.structural_zeros`.
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
        GradientError
            If neither `spike_times` nor `observations` is given although there are neurons. An
            empty mapping is a loss that depends on nothing, and its gradient is 0.
        GrazingError
            If a guard had no slope where it reached zero, or hardly any and the policy is to raise.
        NonFiniteError
            If an entry is infinite or not a number; names its key.

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
        # Only here, because a first result needs none of it.
        from saltation.runtime.gradient import run_gradient

        return run_gradient(self, spike_times, observations, wrt, grazing)
