"""Hand a network's values and spikes to generated code, and keep them alive while it reads them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from saltation.codegen.orders import series_order, series_reach, series_tolerance
from saltation.runtime.arrays import FloatArray
from saltation.runtime.network import Network
from saltation.runtime.pools import Pools
from saltation.runtime.settings import memory_limit
from saltation.runtime.spikes import Spikes
from saltation.runtime.values import CheckedValues

if TYPE_CHECKING:
    from saltation.runtime.request import Requests


class Memory:
    """Makes pointers for C, and holds what they point to.

    Parameters
    ----------
    ffi : cffi.FFI
        What makes C memory.
    real : numpy.dtype
        The type of the simulation's numbers.
    kept : list, optional
        What else to hold.
    """

    __slots__ = ("ffi", "kept", "real")

    def __init__(self, ffi: Any, real: np.dtype[Any], kept: list[Any] | None = None) -> None:
        self.ffi, self.real = ffi, real
        self.kept: list[Any] = [] if kept is None else kept

    def reals(self, array: NDArray[Any]) -> Any:
        """Return a pointer to an array as the precision's reals (a copy only if it must be)."""
        if array.dtype != self.real or not array.flags.c_contiguous:
            array = np.ascontiguousarray(array, dtype=self.real)
        return self.pointer("sal_real[]", array)

    def pointer(self, kind: str, array: NDArray[Any]) -> Any:
        """Return C's view of a contiguous array of the right type."""
        if not array.size:
            return self.ffi.NULL
        view = self.ffi.from_buffer(kind, array)  # it holds the array
        self.kept.append(view)
        return view

    def new(self, kind: str, value: Any = None) -> Any:
        """Return new C memory."""
        made = self.ffi.new(kind, value) if value is not None else self.ffi.new(kind)
        self.kept.append(made)
        return made

    def pointers(self, arrays: Sequence[NDArray[Any] | None]) -> Any:
        """Return a table of pointers to reals, null where there is no array."""
        null = self.ffi.NULL
        return self.table([null if array is None else self.reals(array) for array in arrays])

    def table(self, pointers: list[Any]) -> Any:
        """Return a table of such pointers."""
        return self.new("sal_real *[]", pointers or [self.ffi.NULL])

    def copy(self, array: Any, kind: str, count: int) -> Any:
        """Return a copy of a C array of structures."""
        made = self.new(kind, count)
        self.ffi.memmove(made, array, self.ffi.sizeof(made))
        return made


class Outline:
    """What all runs of a network share: settings, its own values, and where each value belongs.

    Parameters
    ----------
    ffi : cffi.FFI
        What makes C memory.
    real : numpy.dtype
        The type of the simulation's numbers.
    net : Network
        The network.
    values : CheckedValues
        Its own values.
    t_end, tolerances, max_events, threads, until
        As of the simulator.
    """

    def __init__(
        self,
        ffi: Any,
        real: np.dtype[Any],
        net: Network,
        values: CheckedValues,
        t_end: float,
        tolerances: tuple[float, float],
        max_events: int | None,
        threads: int,
        until: str | None,
    ) -> None:
        self.ffi, self.real, self.values, self.max_events = ffi, real, values, max_events
        self.inputs, self.projections = tuple(net.inputs), tuple(net.projections)
        self.weights = [f"{name}.weight" for name in self.projections]
        # For a projection's key its index, and the fields of C: numbers, whether they may be odd.
        self.synapses = {
            f"{name}.{part}": (index, part, f"{part}_odd")
            for index, name in enumerate(self.projections)
            for part in ("weight", "delay")
        }
        # For each population its keys, and for each of these the population's index.
        self.parameters = [
            [f"{name}.{each}" for each in population.parameters]
            for name, population in net.populations.items()
        ]
        self.initial = [
            [f"{name}.initial.{each}" for each in population.initial]
            for name, population in net.populations.items()
        ]
        self.owner = {
            key: index
            for index, keys in (*enumerate(self.parameters), *enumerate(self.initial))
            for key in keys
        }
        # Which gradients there are, in the order that is promised.
        self.times = [f"{name}.times" for name in self.inputs]
        self.keys = (*values, *self.times)
        self.pools = Pools(ffi, threads)
        self.memory = Memory(ffi, real)
        self.problem = problem = self.memory.new("sal_problem *")
        problem.threads = threads
        problem.t_end = t_end
        problem.until = -1 if until is None else list(net.populations).index(until)
        _set_steps(problem.steps, *tolerances)
        problem.population = self._own_populations(net)
        for index, each in enumerate(net.inputs.values()):
            problem.input[index].size = each.size
        _set_projections(self.memory, problem, net, values)
        problem.observation = _samplings(self.memory, net)
        self.outputs = max(len(net.populations), len(net.observations))

    @cached_property
    def requests(self) -> Requests:
        """What makes the requests of gradients."""
        # Only here, because a first result needs none of it.
        from saltation.runtime.request import Requests

        delays = [f"{name}.delay" for name in self.projections]
        return Requests(
            self.memory,
            {"input_time": self.times, "weight": self.weights, "delay": delays},
            {"parameter": self.parameters, "initial": self.initial},
            self.outputs,
        )

    def run(
        self,
        values: CheckedValues,
        spikes: Mapping[str, Spikes],
        batch: int,
    ) -> tuple[Memory, Any]:
        """Return the C problem of one run with its memory: what is new, and else the outline's.

        Parameters
        ----------
        values : CheckedValues
            All values.
        spikes : mapping of str to Spikes
            The spikes of every input.
        batch : int
            How many samples.
        """
        memory = Memory(self.ffi, self.real, [self.memory])
        problem = memory.new("sal_problem *", self.problem[0])
        problem.batch = batch
        limit = self.max_events
        problem.most_events = memory_limit(batch) if limit is None else limit
        for index, name in enumerate(self.inputs):
            given, item = spikes[name], problem.input[index]
            item.offset = memory.pointer("int64_t[]", given.offsets)
            item.time = memory.reals(given.times)
            item.unit = memory.pointer("int32_t[]", given.units)
        if values.changed:
            self._place(memory, problem, values)
        return memory, problem

    def _own_populations(self, net: Network) -> Any:
        made = self.memory.new("sal_population[]", len(net.populations) + 1)
        for index, population in enumerate(net.populations.values()):
            item = made[index]
            item.size = population.size
            item.parameter, item.parameter_stride = self._strided(self.parameters[index])
            item.initial, item.initial_stride = self._strided(self.initial[index])
        return made

    def _strided(self, keys: list[str]) -> tuple[Any, Any]:
        arrays = [self.values[key] for key in keys]
        strides = self.memory.new("int32_t[]", [int(a.ndim > 0) for a in arrays] or [0])
        return self.memory.pointers(arrays), strides

    def _place(self, memory: Memory, problem: Any, values: CheckedValues) -> None:
        """Point to what is not the network's own, in copies of what all runs share."""
        populations = set()
        for key in values.changed:
            place = self.synapses.get(key)
            if place is None:
                populations.add(self.owner[key])
                continue
            index, part, odd = place
            item = problem.projection[index]
            setattr(item, part, memory.reals(values[key]))
            if key in values.unseen:
                setattr(item, odd, 1)
        if populations:
            count = len(self.parameters)
            table = memory.copy(problem.population, "sal_population[]", count)
            problem.population = table
            for index in populations:
                item = table[index]
                item.parameter = memory.pointers([values[key] for key in self.parameters[index]])
                item.initial = memory.pointers([values[key] for key in self.initial[index]])


def _set_steps(steps: Any, rtol: float, atol: float) -> None:
    """Tell how numerical flows are computed."""
    steps.rtol, steps.atol = series_tolerance(rtol), atol
    steps.order, steps.reach = series_order(rtol), series_reach(rtol)


def _set_projections(
    memory: Memory, problem: Any, net: Network, values: Mapping[str, FloatArray]
) -> None:
    for index, (name, projection) in enumerate(net.projections.items()):
        item, delay = problem.projection[index], values[f"{name}.delay"]
        item.pre_size = projection.pre_size
        item.post_size = projection.post_size
        item.weight = memory.reals(values[f"{name}.weight"])
        item.delay = memory.reals(delay)
        item.delay_each = int(delay.ndim > 0)
        if projection.pattern is not None:
            item.row_start = memory.pointer("int64_t[]", projection.pattern.indptr)
            item.row_target = memory.pointer("int32_t[]", projection.pattern.indices)


def _samplings(memory: Memory, net: Network) -> Any:
    samplings = memory.new("sal_sampling[]", len(net.observations) + 1)
    for item, observation in zip(samplings, net.observations.values(), strict=False):
        if observation.at is not None:
            item.at = memory.reals(observation.at)
            item.count = observation.at.size
    return samplings
