"""Memory that calls leave to the next changes no result."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np

from saltation.runtime.network import Network
from saltation.runtime.simulate import Simulator, compile
from saltation.runtime.spikes import Spikes
from saltation.symbolic.models import lif


def simulator(threads: int = 2) -> Simulator:
    generator = np.random.default_rng(3)
    net = Network()
    net.add_input("in", 5)
    net.add_population("hidden", lif, 12)
    net.add_population("out", lif, 3)
    net.connect("in", "hidden", weight=generator.normal(2.0, 1.0, (5, 12)))
    net.connect("hidden", "out", weight=generator.normal(1.0, 0.2, (12, 3)))
    return compile(net, t_end=0.05, threads=threads)


def batch(samples: int) -> Spikes:
    times = np.random.default_rng(samples).uniform(0.0, 0.03, (samples, 5))
    return Spikes.from_first_times(times)


def bits(sim: Simulator, samples: int) -> list[bytes]:
    run = sim.run({"in": batch(samples)})
    times = run.spikes["out"].times
    gradient = run.gradient({"out": np.cos(np.arange(times.size))})
    return [times.tobytes(), *(array.tobytes() for array in gradient.values())]


def test_results_do_not_depend_on_the_calls_before() -> None:
    sizes = (33, 1, 8, 0, 64, 3)
    used = simulator()
    after_others = [bits(used, size) for size in (*sizes, *sizes)]
    assert after_others == [bits(simulator(), size) for size in sizes] * 2


def test_calls_at_the_same_time_have_memory_of_their_own() -> None:
    sim, sizes = simulator(threads=1), [33, 7, 20, 64] * 10
    alone = {size: bits(simulator(threads=1), size) for size in set(sizes)}
    with ThreadPoolExecutor(4) as workers:
        found = list(workers.map(lambda size: bits(sim, size), sizes))
    assert found == [alone[size] for size in sizes]
    assert 1 <= len(sim._outline.pools._idle) <= 4
