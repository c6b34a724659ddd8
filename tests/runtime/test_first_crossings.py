"""First crossings of random guards along random triangular flows, against dense grids.

Guards are affine in several states, with and without a constant; drives are constant or not; time
constants span up to six decades, so that some intervals last for thousands of them; every neuron
has parameters of its own. What a guard does without input is a sum of exponentials, made of the
eigenvectors of the flow.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest
from numpy.typing import NDArray
from proofs import DEEP, model
from sympy import Matrix, lambdify

import saltation as sal

Array = NDArray[np.float64]

SIZE, T_END = 400, 0.1
GRID = np.unique(np.concatenate([np.geomspace(1e-8, T_END, 400), np.linspace(0.0, T_END, 801)]))
SPANS = ((1e-3, 5e-2), (2e-4, 1.0), (1e-5, 10.0))
"""Of time constants, unit s."""


@dataclass(frozen=True)
class Guarded:
    """A model whose guard reads some states, and whether with a constant."""

    neuron: sal.Neuron
    read: tuple[int, ...]
    constant: bool


def drawn_model(generator: np.random.Generator, states: int, kind: str) -> Guarded:
    """States that drive those before them.

    Of the `kind` "plain" the guard has no constant, and some states have no leak; of "drive" the
    first state has a constant too.
    """
    dynamics, parameters = {}, {"a01": 1.0}
    for k in range(states):
        terms = ["a01*x1"] if k == 0 else []
        for j in range(k + 1, states):
            if (k, j) != (0, 1) and generator.random() < 0.5:
                parameters[f"a{k}{j}"] = 1.0
                terms.append(f"a{k}{j}*x{j}")
        if not terms or kind != "plain" or generator.random() > 0.25:
            terms.append(f"-x{k}")
        parameters[f"tau{k}"] = 0.01
        dynamics[f"x{k}"] = f"({' + '.join(terms)})/tau{k}"
    if kind == "drive":
        parameters["d"] = 1.0
        dynamics["x0"] += " + d"
    read = (0, *(k for k in range(1, states) if generator.random() < 0.5))
    threshold = " + ".join(f"g{k}*x{k}" for k in read)
    parameters |= {f"g{k}": 1.0 for k in read} | ({} if kind == "plain" else {"theta": 1.0})
    neuron = model(
        "drawn",
        dynamics=dynamics,
        threshold=threshold + ("" if kind == "plain" else " - theta"),
        reset={"x0": "x0 - 1e6*g0"},
        parameters=parameters,
    )
    return Guarded(neuron, read, kind != "plain")


def drawn_values(generator: np.random.Generator, guarded: Guarded) -> dict[str, Array]:
    """Parameters and initial states of every neuron, whose guards start below zero."""
    low, high = np.log(SPANS[generator.integers(3)])
    values = {}
    for name in guarded.neuron.parameters:
        spread = generator.normal(size=SIZE)
        values[name] = 0.7 * spread + 0.3 * np.sign(spread)
        if name.startswith("tau"):
            values[name] = np.exp(generator.uniform(low, high, SIZE))
    if "d" in values:
        values["d"] *= 50.0
    for name in guarded.neuron.initial:
        size = np.exp(generator.normal(size=SIZE))
        values[f"initial.{name}"] = 3.0 * size * generator.normal(size=SIZE)
    values["g0"] = np.sign(values["g0"]) * np.maximum(np.abs(values["g0"]), 0.3)
    start = sum(values[f"g{k}"] * values[f"initial.x{k}"] for k in guarded.read)
    start = start - values.get("theta", np.zeros(SIZE))
    below = -np.abs(generator.normal(size=SIZE)) * np.exp(generator.normal(size=SIZE))
    values["initial.x0"] += np.where(start >= 0.0, (below - start) / values["g0"], 0.0)
    return values


def exponentials(guarded: Guarded, values: dict[str, Array]) -> tuple[Array, Array]:
    """Factors and rates of the sums of exponentials that the guards are."""
    system = guarded.neuron.system
    parameters = [np.broadcast_to(values[p.name], SIZE) for p in system.parameters]
    flow, states = Matrix(system.modes[0].flow), list(system.states)
    n = len(states)
    augmented = np.zeros((SIZE, n + 1, n + 1))
    rows = [*flow.jacobian(states).tolist(), flow.subs(dict.fromkeys(states, 0)).T.tolist()[0]]
    compiled = lambdify(list(system.parameters), rows)
    for index, numbers in enumerate(zip(*parameters, strict=True)):
        *matrix, drive = compiled(*map(float, numbers))
        augmented[index, :n, :n], augmented[index, :n, n] = matrix, drive
    guard, start = np.zeros((SIZE, n + 1)), np.ones((SIZE, n + 1))
    for k, state in enumerate(states):
        guard[:, k] = values[f"g{k}"] if k in guarded.read else 0.0
        start[:, k] = values[f"initial.{state.name}"]
    guard[:, n] = -values["theta"] if guarded.constant else 0.0
    rates, vectors = np.linalg.eig(augmented + 1e-9 * np.diag(np.arange(n + 1.0)))
    parts = np.linalg.solve(vectors, start[..., None])[..., 0]
    return np.real(np.einsum("sn,snm->sm", guard, vectors) * parts), np.real(rates)


@pytest.mark.parametrize(
    ("states", "kind", "seed"),
    [(3, "plain", 0), (3, "drive", 1), (4, "level", 2)]
    + [(2 + k % 5, ("plain", "level", "drive")[k % 3], k) for k in range(3, 120 if DEEP else 3)],
)
def test_neurons_fire_where_their_guard_first_crosses_zero(
    states: int, kind: str, seed: int
) -> None:
    generator = np.random.default_rng(seed)
    guarded = drawn_model(generator, states, kind)
    net = sal.Network()
    net.add_population(
        "n",
        guarded.neuron,
        SIZE,
        parameters={k: np.full(SIZE, v) for k, v in guarded.neuron.parameters.items()},
        initial={k: np.zeros(SIZE) for k in guarded.neuron.initial},
    )
    simulator = sal.compile(net, T_END)
    for _ in range(3):
        values = drawn_values(generator, guarded)
        spikes = simulator.run({}, {f"n.{key}": value for key, value in values.items()}).spikes["n"]
        first = np.full(SIZE, np.inf)
        np.minimum.at(first, spikes.units, spikes.times)
        factors, rates = exponentials(guarded, values)
        assert_first(first, factors, rates)
        assert 0 < np.isfinite(first).sum() < SIZE


def assert_first(first: Array, factors: Array, rates: Array) -> None:
    """Neurons fired where their guard is zero, and were not above zero before."""
    size = np.abs(factors).sum(axis=1)
    closed = size < 1e6  # others have rates so close that their eigenvectors are nearly the same
    guard = np.einsum("sm,smk->sk", factors, np.exp(rates[:, :, None] * GRID))
    before = first[:, None] * (1.0 - 1e-9) > GRID
    highest = np.where(before, guard, -np.inf).max(axis=1)
    assert np.flatnonzero(closed & (highest > 1e-8 * size)).tolist() == []
    fired = np.flatnonzero(closed & np.isfinite(first))
    there = np.einsum("sm,sm->s", factors[fired], np.exp(rates[fired] * first[fired, None]))
    slope = np.einsum(
        "sm,sm->s", np.abs(factors * rates)[fired], np.exp(rates[fired] * first[fired, None])
    )
    away = np.abs(there) > 1e-8 * size[fired] + 1e-10 * slope * first[fired]
    assert fired[away].tolist() == []
