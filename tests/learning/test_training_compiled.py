"""Training the compiled simulator: losses pulled back, resumed, and learnt."""

import numpy as np
import pytest

import saltation as sal
from saltation.learning.data import encode_yin_yang, yin_yang

LOSS = sal.losses.FirstSpikeCrossEntropy("out")


def yin_yang_network(hidden=40, seed=0):
    generator = np.random.default_rng(seed)
    net = sal.Network()
    net.add_input("in", 5)
    net.add_population("hidden", sal.models.lif, hidden)
    net.add_population("out", sal.models.lif, 3)
    net.connect("in", "hidden", weight=generator.normal(1.5, 0.78, (5, hidden)))
    scale = 200 / hidden
    net.connect("hidden", "out", weight=scale * generator.normal(0.93, 0.1, (hidden, 3)))
    return net


def voltage_network(seed=0):
    generator = np.random.default_rng(seed)
    net = sal.Network()
    net.add_input("in", 5)
    net.add_population("hidden", sal.models.lif, 30)
    net.add_population("out", sal.models.leaky_integrator, 3)
    net.connect("in", "hidden", weight=generator.normal(3.0, 1.5, (5, 30)))
    net.connect("hidden", "out", weight=generator.normal(0.5, 0.5, (30, 3)))
    net.observe("v_max", "out", "v", kind="max")
    return net


@pytest.fixture(scope="module")
def train():
    samples, labels = yin_yang(320, seed=5)
    return encode_yin_yang(samples), labels


@pytest.mark.parametrize(
    ("network", "loss"),
    [(yin_yang_network, LOSS), (voltage_network, sal.losses.MaximumCrossEntropy("v_max"))],
)
def test_gradient_is_the_derivative_of_the_loss(network, loss, train):
    spikes, labels = train[0][:16], train[1][:16]
    sim = sal.compile(network(), t_end=0.06, threads=1)
    values = sim.net.values()
    run = sim.run({"in": spikes})
    value = loss(run, labels)
    gradient = run.gradient(spike_times=value.spike_times, observations=value.observations)
    for key in ("in->hidden.weight", "hidden->out.weight", "hidden.tau_m", "hidden->out.delay"):
        flat = np.abs(gradient[key]).ravel()
        index = np.unravel_index(int(flat.argmax()), gradient[key].shape)
        step = 1e-6 * max(abs(float(values[key][index])), 1e-3)
        losses = []
        for sign in (1.0, -1.0):
            moved = values[key].copy()
            # A delay of 0 has only one side.
            moved[index] += step * (sign + 1.0 if key.endswith("delay") else sign)
            losses.append(loss(sim.run({"in": spikes}, {**values, key: moved}), labels).value)
        numerical = (losses[0] - losses[1]) / (2.0 * step)
        # Where a delay of all spikes moves nothing, the difference is that of two roundings.
        rounding = 2.0 * np.spacing(value.value) / step
        assert gradient[key][index] == pytest.approx(numerical, rel=1e-4, abs=rounding)


@pytest.mark.parametrize(
    ("network", "loss", "epochs"),
    [
        (yin_yang_network, LOSS, 4),
        (voltage_network, sal.losses.MaximumCrossEntropy("v_max"), 12),
    ],
)
def test_training_learns_to_tell_left_from_right(network, loss, epochs):
    samples, _ = yin_yang(320, seed=5)
    train = encode_yin_yang(samples), (samples[:, 0] > 0.5).astype(int)
    sim = sal.compile(network(), t_end=0.06, threads=1)
    result = sal.fit(
        sim, train=train, loss=loss, epochs=epochs, optimiser=sal.Adam(3e-2), progress=False
    )
    assert result.history[-1].loss < 0.8 * result.history[0].loss
    assert result.history[-1].accuracy > 0.8


def test_resumed_training_equals_an_uninterrupted_one_for_any_number_of_threads(train, tmp_path):
    def trained(threads, epochs, checkpoint=None):
        sim = sal.compile(yin_yang_network(), t_end=0.06, threads=threads)
        settings = {"optimiser": sal.Adam(5e-3), "checkpoint": checkpoint, "progress": False}
        return sal.fit(sim, train=train, loss=LOSS, epochs=epochs, **settings).values

    straight = trained(2, 2)
    trained(1, 1, tmp_path / "run.npz")
    resumed = trained(2, 2, tmp_path / "run.npz")
    assert all(np.array_equal(straight[key], resumed[key]) for key in straight)


def test_delays_and_time_constants_are_trained_with_the_weights(train):
    net = yin_yang_network()
    keys = ["hidden->out.weight", "hidden->out.delay", "hidden.tau_m"]
    sim = sal.compile(net, t_end=0.06, threads=1)
    start = {**net.values(), "hidden->out.delay": np.array(1e-3)}
    result = sal.fit(
        sim,
        start,
        train=train,
        loss=LOSS,
        epochs=2,
        trainable=keys,
        optimiser=sal.Adam(5e-3, scales={key: 1e-2 for key in keys[1:]}),
        progress=False,
    )
    assert result.history[-1].loss < result.history[0].loss
    assert all(not np.array_equal(result.values[key], start[key]) for key in keys)
    assert np.array_equal(result.values["in->hidden.weight"], start["in->hidden.weight"])
