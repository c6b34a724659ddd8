"""A training step of 5-200-3 LIF neurons in Eventax; run by `benchmarks.speed.peers`.

Arguments: the file of inputs and weights, and the file to write. Times are milliseconds.
"""

import json
import os
import sys
import time
from collections.abc import Mapping
from typing import Any

os.environ["XLA_FLAGS"] = "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1"

import equinox
import jax
import jax.numpy as jnp
import numpy as np
from eventax import evnn
from eventax.neuron_models import LIF
from numpy.typing import NDArray

T_END, STEP, EVENTS, REPEATS = 60.0, 0.1, 250, 2
TAU_0, TAU_1, ALPHA = 0.5, 6.4, 3e-3


def network(data: Mapping[str, NDArray[Any]]) -> Any:
    """Return the network, with the default solver (Euler) and root finder (Newton)."""
    w_in, w_out = data["w_in"], data["w_out"]
    hidden, out = w_out.shape
    weights = np.zeros((hidden + out + len(w_in), hidden + out))
    weights[:hidden, hidden:] = w_out
    weights[hidden + out :, :hidden] = w_in
    return evnn.FFEvNN(
        layers=[hidden, out],
        in_size=len(w_in),
        neuron_model=LIF,
        max_solver_time=T_END,
        key=jax.random.PRNGKey(0),
        solver_stepsize=STEP,
        max_event_steps=EVENTS,
        output_no_spike_value=jnp.inf,
        thresh=1.0,
        tsyn=5.0,
        tmem=20.0,
        init_bias=0.0,
        init_weights=jnp.asarray(weights, dtype=jnp.float32),
    )


def loss(net: Any, times: jax.Array, labels: jax.Array) -> tuple[jax.Array, jax.Array]:
    """Return the first-spike cross-entropy, without samples whose label is silent."""
    first = jax.vmap(net.ttfs)(times[:, :, None])
    label = jnp.take_along_axis(first, labels[:, None], axis=1)[:, 0]
    spiked = jnp.isfinite(label)
    label = jnp.where(spiked, label, 0.0)
    other = jnp.where(jnp.isfinite(first), first, 1e3)
    value = label / TAU_0 + jax.nn.logsumexp(-other / TAU_0, axis=1)
    value += ALPHA * (jnp.exp(label / TAU_1) - 1)
    return jnp.mean(jnp.where(spiked, value, 0.0)), first


def main() -> None:
    """Measure."""
    data = np.load(sys.argv[1])
    net = network(data)
    times = jnp.asarray(1e3 * data["times"], dtype=jnp.float32)
    labels = jnp.asarray(data["labels"])
    step = equinox.filter_jit(equinox.filter_value_and_grad(loss, has_aux=True))
    seconds = []
    for _ in range(REPEATS + 1):
        began = time.process_time()
        (_, first), gradient = jax.block_until_ready(step(net, times, labels))
        seconds.append(time.process_time() - began)
    by_weights = np.asarray(gradient.neuron_model.weights)
    hidden = data["w_out"].shape[0]
    result = {
        "seconds": seconds[1:],
        "first_call": seconds[0],
        "first_spikes": (1e-3 * np.asarray(first)).tolist(),
        "gradient": [
            by_weights[by_weights.shape[1] :, :hidden].tolist(),
            by_weights[:hidden, hidden:].tolist(),
        ],
    }
    with open(sys.argv[2], "w") as file:
        json.dump(result, file)


if __name__ == "__main__":
    main()
