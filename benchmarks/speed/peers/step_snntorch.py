"""A training step of 5-200-3 LIF neurons in snnTorch, on a grid; run by `benchmarks.speed.peers`.

Arguments: the file of inputs and weights, the file to write, and the grid's step in milliseconds.
"""

import json
import sys
import time

import numpy as np
import snntorch
import torch
from numpy.typing import NDArray

T_END, REPEATS = 60e-3, {1.0: 10, 0.1: 4}


def on_grid(times: NDArray[np.float64], dt: float) -> torch.Tensor:
    """Return spikes on the grid, shape (steps, batch, inputs)."""
    steps = round(T_END / dt)
    grid = torch.zeros(steps, *times.shape)
    index = torch.from_numpy(np.minimum(np.round(times / dt), steps - 1).astype(np.int64))
    return grid.scatter_(0, index[None], 1.0)


def main() -> None:
    """Measure."""
    torch.set_num_threads(1)
    data, dt = np.load(sys.argv[1]), 1e-3 * float(sys.argv[3])
    alpha, beta = np.exp(-dt / 5e-3), np.exp(-dt / 20e-3)
    # Its membrane adds the whole current in each step; ours tends to it with the time constant.
    tensors = [torch.tensor((1 - beta) * data[key].T) for key in ("w_in", "w_out")]
    weights = [torch.nn.Parameter(tensor.float().contiguous()) for tensor in tensors]
    cells = [snntorch.Synaptic(alpha, beta, reset_mechanism="zero") for _ in weights]
    grid, labels = on_grid(data["times"], dt), torch.from_numpy(data["labels"])

    def forward() -> torch.Tensor:
        states, out = [cell.init_synaptic() for cell in cells], []
        for given in grid:
            for k in range(2):
                current = torch.nn.functional.linear(given, weights[k])
                given, *states[k] = cells[k](current, *states[k])
            out.append(given)
        return torch.stack(out)

    seconds = []
    for _ in range(REPEATS[float(sys.argv[3])] + 1):
        began = time.process_time()
        spikes = forward()
        torch.nn.functional.cross_entropy(spikes.sum(0), labels).backward()
        seconds.append(time.process_time() - began)
    fired = spikes.detach().numpy() > 0
    first = np.where(fired.any(0), (fired.argmax(0) + 1) * dt, np.inf)
    result = {"seconds": seconds[1:], "first_call": seconds[0], "first_spikes": first.tolist()}
    with open(sys.argv[2], "w") as file:
        json.dump(result, file)


if __name__ == "__main__":
    main()
