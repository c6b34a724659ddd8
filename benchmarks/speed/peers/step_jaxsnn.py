"""A training step of 5-200-3 LIF neurons in jaxsnn; run by `benchmarks.speed.peers`.

Arguments: the file of inputs and weights, and the file to write. As in its own examples, a neuron
spikes once at most (its reset value is -1000), tau_mem is twice tau_syn, for which the root has a
formula, and the loss is the squared distance to target times.
"""

import json
import os
import sys
import time
from functools import partial
from typing import Any

os.environ["XLA_FLAGS"] = "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1"

import jax
import jax.numpy as jnp
import numpy as np
from jaxsnn.event.encode import spatio_temporal_encode, target_temporal_encode
from jaxsnn.event.loss import mse_loss
from jaxsnn.event.modules import LIF, Linear, Source
from jaxsnn.event.modules.lif.lif import LIFParameters
from jaxsnn.event.topology import Topology
from jaxsnn.examples.event.utils import loss_wrapper

T_END, TAU_MEM, TAU_SYN, REPEATS = 60e-3, 20e-3, 10e-3, 10


def network(inputs: int, hidden: int, outputs: int) -> Any:
    """Return functions that draw weights (with our mean and deviation) and run a batch."""
    parameters = LIFParameters(v_reset=-1000.0, v_th=1.0, tau_syn=TAU_SYN, tau_mem=TAU_MEM)
    builder = Topology(t_max=T_END, backprop_method="eventprop")
    builder.add(
        {
            "inp": Source(inputs),
            "lif1": LIF(hidden, inputs + hidden, parameters),
            "lif2": LIF(outputs, hidden + outputs, parameters),
            "syn1": Linear(mean=1.5, std=0.78, min_delay=0.0),
            "syn2": Linear(mean=0.93, std=0.1, min_delay=0.0),
        }
    )
    builder.connect([("inp", "syn1"), ("syn1", "lif1"), ("lif1", "syn2"), ("syn2", "lif2")])
    return builder.done()


def main() -> None:
    """Measure."""
    data = np.load(sys.argv[1])
    (inputs, hidden), outputs = data["w_in"].shape, data["w_out"].shape[1]
    start, apply = network(inputs, hidden, outputs)
    weights = start(jax.random.PRNGKey(0))
    encode = partial(spatio_temporal_encode, t_late=1.0, duplication=None, duplicate_neurons=False)
    target = partial(
        target_temporal_encode,
        correct_target_time=0.8 * TAU_SYN,
        wrong_target_time=1.2 * TAU_SYN,
        n_classes=outputs,
    )
    batch = (
        {"inp": jax.vmap(encode)(jnp.asarray(data["times"]))},
        jax.vmap(target)(jnp.asarray(data["labels"])),
    )
    loss = partial(loss_wrapper, apply, mse_loss, TAU_MEM, "lif2", outputs)
    step = jax.jit(jax.value_and_grad(loss, has_aux=True))
    seconds = []
    for _ in range(REPEATS + 1):
        began = time.process_time()
        jax.block_until_ready(step(weights, batch))
        seconds.append(time.process_time() - began)
    with open(sys.argv[2], "w") as file:
        json.dump({"seconds": seconds[1:], "first_call": seconds[0]}, file)


if __name__ == "__main__":
    main()
