"""The quick library of a new network, and the change to the optimised one."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from proofs import FULL_FLAGS, KINDS, NOMINAL_FLAGS, small_network

import saltation.runtime.build as builds
import saltation.runtime.builder as builders
import saltation.runtime.library as libraries
from saltation.codegen.result_codes import ResultCode
from saltation.runtime.builder import Builder
from saltation.runtime.network import Network
from saltation.runtime.recipe import Recipe
from saltation.runtime.simulate import Run, Simulator, compile
from saltation.runtime.spikes import Spikes
from saltation.symbolic.errors import SimulationError
from saltation.symbolic.models import lif, lif_delta, qif

T_END = 0.05


class Held:
    """In place of a builder: ends when it is told to, with or without a library."""

    def __init__(self, recipe: Recipe) -> None:
        self.recipe = recipe
        self._end = threading.Event()

    def is_running(self) -> bool:
        return not self._end.is_set()

    def wait(self) -> None:
        self._end.wait()

    def deliver(self) -> None:
        self.recipe.make()
        self._end.set()

    def fail(self) -> None:
        self._end.set()


@pytest.fixture(autouse=True)
def _optimised_builds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Start with an empty cache, and optimise as for users."""
    monkeypatch.setenv("SALTATION_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv("CC", raising=False)
    monkeypatch.setattr(builds, "DEFAULT_FLAGS", NOMINAL_FLAGS)
    monkeypatch.setattr(libraries, "_under_way", {})


@pytest.fixture
def held(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Held]]:
    """Give the builders that were started; in the end they fail."""
    started: list[Held] = []

    def start(recipe: Recipe) -> Held:
        started.append(Held(recipe))
        return started[-1]

    monkeypatch.setattr(builders, "Builder", start)
    yield started
    for builder in started:
        builder.fail()


def network() -> Network:
    """Return five neurons that fire, watched in every way."""
    weight = np.random.default_rng(0).uniform(2.0, 9.0, (4, 5))
    return small_network(lif, weight, watch=KINDS)


def drive() -> dict[str, Spikes]:
    """Return the input of seven samples."""
    times = np.random.default_rng(1).uniform(0.0, 0.04, (7, 4))
    return {"in": Spikes.from_first_times(times)}


def results(run: Run) -> dict[str, bytes]:
    """Return all that a run gives, to the last bit."""
    cotangents = {
        "spike_times": {"out": np.cos(np.arange(run.spikes["out"].n_spikes))},
        "observations": {
            k: np.cos(v.ravel()).reshape(v.shape) for k, v in run.observations.items()
        },
    }
    assert run.spikes["out"].n_spikes > 10
    found = {
        "times": run.spikes["out"].times,
        "units": run.spikes["out"].units,
        **run.observations,
        **{f"gradient {key}": value for key, value in run.gradient(**cotangents).items()},
    }
    return {key: value.tobytes() for key, value in found.items()}


def thread_of(sim: Simulator) -> threading.Thread:
    """Return the thread that waits for the builder of a simulator that is not optimised."""
    succession = sim._library.succession
    assert succession is not None
    return succession._thread


def test_the_quick_library_gives_the_bits_of_the_optimised_one(
    held: list[Held], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(builds, "DEFAULT_FLAGS", FULL_FLAGS)
    sim = compile(network(), T_END)
    quick = sim._library.functions
    early = sim.run(drive())
    expected = results(early)
    assert sim._library.functions is quick
    held[0].deliver()
    sim.wait_until_optimised()
    assert sim._library.functions is not quick
    assert results(sim.run(drive())) == expected
    assert results(early) == expected  # what the quick library has run, backward by the other


def test_the_optimised_library_is_that_of_a_build_without_a_quick_one(
    held: list[Held], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    sim = compile(network(), T_END)
    held[0].deliver()
    monkeypatch.setenv("SALTATION_CACHE", str(tmp_path / "other"))
    monkeypatch.setattr(builders, "can_start", lambda: False)
    other = compile(network(), T_END)
    assert len(held) == 1
    assert sim.library.name == other.library.name
    assert sim.library.read_bytes() == other.library.read_bytes()


class Overtaken:
    """Quick functions during whose first call forward and backward the optimised ones arrive."""

    def __init__(self, functions: Any, arrive: Callable[[], None]) -> None:
        self._functions, self._arrive = functions, arrive
        self.codes: list[int] = []

    def __getattr__(self, name: str) -> Any:
        return getattr(self._functions, name)

    def sal_forward(self, problem: Any, status: Any) -> Any:
        self._arrive()
        handle = self._functions.sal_forward(problem, status)
        self.codes.append(status.code)
        return handle

    def sal_backward(self, *arguments: Any) -> None:
        self._functions.sal_backward(*arguments)  # all of it is in the arrays
        self._arrive()
        self._functions.sal_backward(*arguments)
        self.codes.append(arguments[-1].code)


def overtake(sim: Simulator, builder: Held, calls: int = 1) -> Overtaken:
    """Let the optimised functions arrive when so many calls are in progress."""
    thread = thread_of(sim)

    def arrive() -> None:
        builder.deliver()
        thread.join()

    barrier = threading.Barrier(calls, action=arrive)
    functions = Overtaken(sim._library.functions, lambda: barrier.wait() and None)
    sim._library.functions = functions
    return functions


def test_a_run_in_progress_is_given_up_and_repeated(held: list[Held]) -> None:
    sim = compile(network(), T_END)
    expected = results(sim.run(drive()))
    functions = overtake(sim, held[0])
    run = sim.run(drive())
    assert functions.codes == [ResultCode.STOPPED]
    assert sim._library.path is not None
    assert results(run) == expected


def test_a_gradient_in_progress_is_given_up_and_repeated_from_zero(held: list[Held]) -> None:
    sim = compile(network(), T_END)
    run = sim.run(drive())
    expected = results(run)
    functions = overtake(sim, held[0])
    assert results(run) == expected
    assert functions.codes == [ResultCode.STOPPED]


def test_runs_of_several_threads_are_repeated(held: list[Held]) -> None:
    sim = compile(network(), T_END, threads=1)
    expected = results(sim.run(drive()))
    functions = overtake(sim, held[0], calls=3)
    runs: list[Run] = []
    threads = [threading.Thread(target=lambda: runs.append(sim.run(drive()))) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert functions.codes == [ResultCode.STOPPED] * 3
    assert [results(run) for run in runs] == [expected] * 3


def test_simulators_of_one_text_wait_for_one_builder(held: list[Held]) -> None:
    sims = [compile(network(), t_end) for t_end in (T_END, 2 * T_END)]
    assert len(held) == 1
    held[0].deliver()
    for sim in sims:
        sim.wait_until_optimised()
    assert compile(network(), T_END).library == sims[0].library == sims[1].library
    assert len(held) == 1


def test_one_builder_is_at_work_at_a_time(held: list[Held]) -> None:
    """A loop over networks starts no heap of compilers."""
    sim = compile(network(), T_END)
    assert sim._library.path is None
    assert compile(silent(0.5e-3), T_END)._library.path is not None
    assert len(held) == 1
    held[0].deliver()
    sim.wait_until_optimised()
    assert compile(recurrent(2e-3), T_END)._library.path is None
    assert len(held) == 2


def test_what_is_in_the_cache_needs_no_quick_library(held: list[Held], tmp_path: Path) -> None:
    compile(network(), T_END)
    held[0].deliver()
    libraries._under_way.clear()
    assert compile(network(), T_END)._library.path is not None
    assert len(held) == 1
    # The quick one is in nobody's way.
    assert len([*(tmp_path / "cache").glob("*.so")]) == 1
    assert not [path for path in (tmp_path / "cache").iterdir() if path.is_dir()]


def test_without_optimisation_there_is_no_quick_library(
    held: list[Held], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(builds, "DEFAULT_FLAGS", ("-std=c99", "-O0", "-ffp-contract=off"))
    assert compile(network(), T_END)._library.path is not None
    monkeypatch.setattr(builds, "DEFAULT_FLAGS", ("-std=c99", "-ffp-contract=off"))
    assert compile(network(), T_END)._library.path is not None
    assert not held


@pytest.mark.parametrize("use", ["run", "wait"])
def test_where_the_builder_fails_the_next_call_builds(held: list[Held], use: str) -> None:
    sim = compile(network(), T_END)
    expected = results(sim.run(drive()))
    held[0].fail()
    thread_of(sim).join()
    assert sim._library.path is None
    if use == "wait":
        sim.wait_until_optimised()
    assert results(sim.run(drive())) == expected
    assert sim._library.path is not None


def test_where_no_builder_can_be_started_the_library_is_built_at_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def refuse(recipe: Recipe) -> Builder:
        raise OSError("no more processes")

    monkeypatch.setattr(builders, "Builder", refuse)
    assert compile(network(), T_END)._library.path is not None


def recurrent(delay: float) -> Network:
    """Return a population that drives itself."""
    net = Network()
    net.add_input("in", 4)
    net.add_population("out", lif_delta, 5)
    random = np.random.default_rng(2)
    net.connect("in", "out", weight=random.uniform(0.2, 0.9, (4, 5)))
    net.connect("out", "out", weight=random.uniform(-0.3, 0.3, (5, 5)), delay=delay)
    return net


def silent(delay: Any = 0.0) -> Network:
    """Return five neurons that do not fire, so that looks are those at arrivals."""
    return small_network(lif, np.full((4, 5), 0.01), delay=delay, watch=(("v", "integral"),))


COUNTED = """
#include <stdint.h>
static int64_t sal_looks, sal_most = INT64_MAX;

void sal_count(int64_t most);
int64_t sal_counted(void);

/* Count looks from now on; all after `most` say that the library is superseded. */
void sal_count(int64_t most)
{
    sal_looks = 0;
    sal_most = most;
}

/* How often it was looked. */
int64_t sal_counted(void)
{
    return sal_looks;
}
"""
COUNTS = "void sal_count(int64_t most); int64_t sal_counted(void);"

SAMPLES, ARRIVALS = 7, 4
CASES = {
    "events": network,
    "shared arrivals": silent,
    "own arrivals": lambda: silent(np.random.default_rng(3).uniform(1e-3, 3e-3, (4, 5))),
    "delay": lambda: recurrent(2e-3),
    "no delay": lambda: recurrent(0.0),
    "numerical": lambda: small_network(qif, np.full((4, 5), 9.0), watch=(("v", "integral"),)),
}


@pytest.mark.parametrize("case", CASES)
def test_calls_look_often_and_end_wherever_they_are(case: str, held: list[Held]) -> None:
    """The quick text with a count in place of its flag: a call ends at whichever look says so."""
    sim = compile(CASES[case](), T_END, threads=1)
    source = sim.source.replace("if (sal_succeeded) {", "if (++sal_looks > sal_most) {")
    quick = libraries.quick_recipe(held[0].recipe)
    assert quick is not None
    path = quick._replace(source=COUNTED + source).make()
    sim._library.functions = sim._library.ffi.dlopen(str(path))
    _, counts = builds.load(path, COUNTS)
    run = sim.run(drive())
    spikes = run.spikes["out"].n_spikes
    weights = [key for key in sim.net.values() if key.endswith(".weight")]

    def backward(wrt: list[str] | None) -> object:
        given = {"out": np.ones(spikes)}
        observed = {name: np.ones_like(each) for name, each in run.observations.items()}
        return run.gradient(spike_times=given, observations=observed, wrt=wrt, grazing="clip")

    # Each sample, each interval between arrivals, and each event.
    least = SAMPLES * (2 + ARRIVALS)
    for call, often in (
        (lambda: sim.run(drive()), least + spikes),
        (lambda: backward(None), least),
        (lambda: backward(weights), least),
    ):
        counts.sal_count(2**62)
        call()
        looks = counts.sal_counted()
        assert looks >= often
        for most in range(0, looks, max(1, looks // 50)):
            counts.sal_count(most)
            with pytest.raises(SimulationError, match="The call ended early"):
                call()
            assert counts.sal_counted() <= most + SAMPLES  # each other sample looks once
