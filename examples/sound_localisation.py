"""Tell the direction of a tone from the difference of its arrival times at two ears.

Nerve fibres of both ears fire once in each cycle of the tone, a little irregularly. The direction
is in nothing but the time by which one ear lags behind the other, at most 0.5 ms. A neuron that
hears each fibre with a delay of its own answers best where the delays make up for the lag, as in
Jeffress' model of the barn owl. There is one neuron for each of nine directions, and no other.

    python examples/sound_localisation.py      # all variants, three seeds: some minutes

Trained are the weights without delays; weights with delays that were drawn at random and stay;
delays with weights that stay; both; and both with the time constants of every neuron.

Source of the model: Jeffress, A place theory of sound localization, Journal of Comparative and
Physiological Psychology 41, 35 (1948).
"""

from argparse import ArgumentDefaultsHelpFormatter, ArgumentParser

import numpy as np

import saltation as sal

FIBRES, CYCLES, PERIOD = 8, 3, 2e-3
"""Fibres of each ear, cycles of the tone, and its period in s: 500 Hz."""
DIRECTIONS = np.radians(np.arange(-60, 61, 15))
HEAD_DELAY = 0.58e-3
"""The lag of a tone from the side, in s: 20 cm at the speed of sound."""
JITTER = 0.05e-3
"""Standard deviation of a fibre's spike times, in s."""
T_END = 12e-3

WEIGHT, DELAY = "ears->out.weight", "ears->out.delay"
VARIANTS = {
    "weights, no delays": (False, (WEIGHT,)),
    "weights, fixed random delays": (True, (WEIGHT,)),
    "delays, fixed weights": (True, (DELAY,)),
    "weights and delays": (True, (WEIGHT, DELAY)),
    "weights, delays, time constants": (True, (WEIGHT, DELAY, "out.tau_m", "out.tau_s")),
}


def make_samples(size: int, seed: int) -> tuple[sal.Spikes, np.ndarray]:
    """Draw directions, and the spikes of the fibres: those of the left ear first."""
    generator = np.random.default_rng(seed)
    labels = generator.integers(len(DIRECTIONS), size=size)
    lag = HEAD_DELAY * np.sin(DIRECTIONS[labels])
    onset = generator.uniform(1e-3, 1e-3 + PERIOD, size)
    ears = np.stack([onset - lag / 2, onset + lag / 2], axis=1)
    times = ears[:, :, None, None] + PERIOD * np.arange(CYCLES)
    times = times + generator.normal(0.0, JITTER, (size, 2, FIBRES, CYCLES))
    units = np.repeat(np.arange(2 * FIBRES), CYCLES)
    order = np.argsort(times.reshape(size, -1), axis=1)
    sorted_times = np.take_along_axis(times.reshape(size, -1), order, axis=1)
    offsets = np.arange(size + 1) * units.size
    return sal.Spikes(sorted_times.ravel(), units[order].ravel(), offsets), labels


def build_network(delayed: bool, seed: int) -> sal.Network:
    """Declare the fibres and one leaky integrator for each direction."""
    generator = np.random.default_rng(seed)
    shape = (2 * FIBRES, len(DIRECTIONS))
    size = len(DIRECTIONS)
    net = sal.Network()
    net.add_input("ears", 2 * FIBRES)
    times = {"tau_m": np.full(size, 0.5e-3), "tau_s": np.full(size, 0.1e-3)}
    net.add_population("out", sal.models.leaky_integrator, size, parameters=times)
    delay = generator.uniform(0.0, 1e-3, shape) if delayed else 0.0
    net.connect("ears", "out", weight=generator.normal(3.0, 0.5, shape), delay=delay)
    net.observe("v_max", "out", "v", kind="max")
    return net


def accuracy(variant: str, seed: int, epochs: int) -> float:
    """Train one variant, and give its accuracy on new samples."""
    delayed, keys = VARIANTS[variant]
    sim = sal.compile(build_network(delayed, seed), t_end=T_END)
    loss = sal.losses.MaximumCrossEntropy("v_max")
    # Weights are about 1, delays and time constants about 1 ms.
    scales = {key: 0.4e-3 for key in keys if key != WEIGHT}
    bounds = {key: (0.02e-3, 5e-3) for key in keys if ".tau_" in key}
    result = sal.fit(
        sim,
        train=make_samples(2000, seed=1),
        loss=loss,
        optimiser=sal.Adam(sal.CosineDecay(0.05, epochs), scales=scales),
        epochs=epochs,
        trainable=keys,
        bounds=bounds,
        seed=seed,
        progress=False,
    )
    return sal.evaluate(sim, result.values, *make_samples(2000, seed=2), loss).accuracy


def main() -> None:
    """Train all variants, and print the table."""
    parser = ArgumentParser(
        description="Tell the direction of a tone.", formatter_class=ArgumentDefaultsHelpFormatter
    )
    parser.add_argument("--epochs", type=int, default=15)
    parser.add_argument("--seeds", type=int, default=3, help="how many seeds, from 0")
    options = parser.parse_args()
    for variant in VARIANTS:
        found = [accuracy(variant, seed, options.epochs) for seed in range(options.seeds)]
        print(f"{variant:32} {100 * np.mean(found):5.1f} % ± {100 * np.std(found):.1f}", flush=True)


if __name__ == "__main__":
    main()
