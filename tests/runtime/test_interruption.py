"""Signals during a call of C: what their handlers raise ends it, and else it goes on."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from proofs import small_network

import saltation.runtime.build as builds
from saltation.runtime.interruption import Interruption
from saltation.runtime.network import Network
from saltation.runtime.recipe import recipe_for
from saltation.runtime.run import Run
from saltation.runtime.simulate import Simulator, compile
from saltation.runtime.spikes import Spikes
from saltation.symbolic.models import lif_delta, qif

T_END = 0.05
SAMPLES, ARRIVALS = 7, 4

SIGNALLED = """
#include <signal.h>
static int sal_questions, sal_signal_at;

void sal_set_signal(int question);
int sal_asked(void);

/* Send SIGINT before that question from now on; none if it is 0. */
void sal_set_signal(int question)
{
    sal_questions = 0;
    sal_signal_at = question;
}

/* How many questions were asked since. */
int sal_asked(void)
{
    return sal_questions;
}

/* Count a question. */
static void sal_count(void)
{
    if (++sal_questions == sal_signal_at) {
        (void)raise(SIGINT);
    }
}
"""
DECLARED = "void sal_set_signal(int question); int sal_asked(void);"


def signalled(sim: Simulator) -> Any:
    """Let the simulator ask at every look, and SIGINT come before a question of our choice."""
    source = sim.source
    for old, new in (
        ("#define SAL_LOOKS 1024", "#define SAL_LOOKS 0"),
        ("&& now != call->asked", ""),
        ("= call->interrupted() != 0", "= (sal_count(), call->interrupted() != 0)"),
    ):
        assert source.count(old) == 1
        source = source.replace(old, new)
    path = recipe_for(SIGNALLED + source, builds.DEFAULT_FLAGS, 1).make()
    sim._library.functions = sim._library.ffi.dlopen(str(path))
    return builds.load(path, DECLARED)[1]


def recurrent() -> Network:
    """Return a population that drives itself without delay."""
    net = Network()
    net.add_input("in", 4)
    net.add_population("out", lif_delta, 5)
    random = np.random.default_rng(2)
    net.connect("in", "out", weight=random.uniform(0.2, 0.9, (4, 5)))
    net.connect("out", "out", weight=random.uniform(-0.3, 0.3, (5, 5)))
    return net


NETWORKS: dict[str, Callable[[], Network]] = {
    "recurrent": recurrent,
    "numerical": lambda: small_network(qif, np.full((4, 5), 9.0)),
}


def drive(samples: int = SAMPLES) -> dict[str, Spikes]:
    """Return a spike of every input in every sample."""
    times = np.random.default_rng(4).uniform(1e-3, 20e-3, (samples, ARRIVALS))
    return {"in": Spikes.from_first_times(times)}


@dataclass
class Calls:
    """Runs and gradients of a simulator, with what controls their signals."""

    sim: Simulator
    control: Any
    run: Run = field(init=False)

    def __post_init__(self) -> None:
        self.control.sal_set_signal(0)
        self.run = self.sim.run(drive())

    def forward(self) -> list[bytes]:
        run = self.sim.run(drive())
        return [run.spikes["out"].times.tobytes(), run.spikes["out"].units.tobytes()]

    def backward(self) -> list[bytes]:
        given = {"out": np.ones(self.run.spikes["out"].n_spikes)}
        gradient = self.run.gradient(spike_times=given, grazing="clip")
        return [array.tobytes() for array in gradient.values()]


@pytest.fixture(params=NETWORKS)
def calls(request: pytest.FixtureRequest) -> Calls:
    sim = compile(NETWORKS[request.param](), T_END, threads=1)
    return Calls(sim, signalled(sim))


@pytest.fixture
def noted() -> Iterator[list[int]]:
    """A handler of SIGINT that raises nothing."""
    seen: list[int] = []
    before = signal.signal(signal.SIGINT, lambda number, _: seen.append(number))
    yield seen
    signal.signal(signal.SIGINT, before)


@pytest.mark.parametrize("name", ["forward", "backward"])
def test_what_a_handler_raises_ends_the_call_at_once(calls: Calls, name: str) -> None:
    call = getattr(calls, name)
    calls.control.sal_set_signal(0)
    expected = call()
    asked = calls.control.sal_asked()
    assert asked >= SAMPLES * ARRIVALS
    for question in range(1, asked + 1, max(1, asked // 20)):
        calls.control.sal_set_signal(question)
        with pytest.raises(KeyboardInterrupt):
            call()
        assert calls.control.sal_asked() == question
        # Nothing of it is left for the next call.
        assert call() == expected


@pytest.mark.parametrize("name", ["forward", "backward"])
def test_a_call_goes_on_after_a_handler_that_raises_nothing(
    calls: Calls, name: str, noted: list[int]
) -> None:
    call = getattr(calls, name)
    expected = call()
    calls.control.sal_set_signal(5)
    assert call() == expected
    assert noted == [signal.SIGINT]


def test_only_the_main_thread_asks(calls: Calls) -> None:
    results: list[list[bytes]] = []
    calls.control.sal_set_signal(1)
    thread = threading.Thread(target=lambda: results.append(calls.forward()))
    thread.start()
    thread.join()
    assert calls.control.sal_asked() == 0
    calls.control.sal_set_signal(0)
    assert results == [calls.forward()]


@pytest.mark.parametrize("samples", [1, SAMPLES])
def test_of_several_threads_the_callers_asks_and_all_end(samples: int) -> None:
    sim = compile(recurrent(), T_END, threads=4)
    control = signalled(sim)
    for _ in range(20):
        control.sal_set_signal(1)
        try:
            sim.run(drive(samples))
        except KeyboardInterrupt:
            assert control.sal_asked() == 1
        else:
            # The other threads had taken all samples.
            assert samples > 1
            assert control.sal_asked() == 0


def test_where_no_function_can_be_made_for_c_calls_end_by_themselves() -> None:
    def refuse(*_: object, **__: object) -> None:
        raise MemoryError("Cannot allocate write+execute memory for ffi.callback().")

    interruption = Interruption(SimpleNamespace(NULL="null", callback=refuse))
    problem = SimpleNamespace(interrupted=None)
    interruption.prepare(problem)
    assert problem.interrupted == "null"
    interruption.raise_what_came()
