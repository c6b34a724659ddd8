"""A training goes on from a checkpoint only in the network and the runs that it was begun with."""

import json
import warnings

import numpy as np
import pytest

import saltation as sal
from saltation.learning.checkpoint import load_checkpoint
from saltation.symbolic.errors import CheckpointError, CheckpointWarning

KEY = "in->out.weight"
WEIGHT = np.random.default_rng(0).uniform(4.0, 8.0, (3, 2))
LEAKY = {
    "dynamics": {"v": "(i - v)/tau_m", "i": "-i/tau_s"},
    "threshold": "v - theta",
    "reset": {"v": "v_r"},
    "receive": {"i": "i + w"},
    "parameters": {"tau_m": 20e-3, "tau_s": 5e-3, "theta": 1.0, "v_r": 0.0},
}


def network(*, theta=1.0, delay=1e-3, weight=WEIGHT, observed=(), **changed):
    net = sal.Network()
    net.add_input("in", 3)
    net.add_population("out", sal.Neuron("leaky", **{**LEAKY, **changed}), 2, {"theta": theta})
    net.connect("in", "out", weight=weight, delay=delay)
    for name, expression in observed:
        net.observe(name, "out", expression)
    return net


def simulator(net=None, t_end=0.06, **settings):
    return sal.compile(net or network(), t_end, threads=1, **settings)


@pytest.fixture(scope="module")
def train():
    times = np.random.default_rng(1).uniform(0.0, 0.02, (12, 3))
    return sal.Spikes.from_first_times(times), np.arange(12) % 2


@pytest.fixture
def trained(train, tmp_path):
    """Trains with a checkpoint that all calls share."""

    def run(sim, epochs, **changed):
        settings = {"loss": sal.losses.FirstSpikeCrossEntropy("out"), "progress": False, **changed}
        return sal.fit(sim, train=train, epochs=epochs, checkpoint=tmp_path / "run.npz", **settings)

    return run


@pytest.mark.parametrize(
    ("other", "message"),
    [
        (lambda: simulator(t_end=0.045), r"simulation: t_end: 0\.06 in the checkpoint, 0\.045 now"),
        (
            lambda: simulator(precision="single"),
            "simulation: precision: 'double' in the checkpoint, 'single' now",
        ),
        (
            lambda: simulator(solver="taylor"),
            "simulation: solver: 'auto' in the checkpoint, 'taylor' now",
        ),
        (lambda: simulator(rtol=1e-6), "simulation: rtol: 1e-09 in the checkpoint, 1e-06 now"),
        (lambda: simulator(atol=1e-6), r"simulation: atol: 0\.0 in the checkpoint, 1e-06 now"),
        (
            lambda: simulator(network(theta=1.5)),
            r"'out\.theta', which is not trained: 1\.0 in the checkpoint, 1\.5 now",
        ),
        (
            lambda: simulator(network(delay=5e-3)),
            r"'in->out\.delay', which is not trained: 0\.001 in the checkpoint, 0\.005 now",
        ),
        (
            lambda: simulator(network(dynamics={"v": "(i - 2*v)/tau_m", "i": "-i/tau_s"})),
            r"network: population 'out', mode 'default', dv/dt: '\(i - v\)/tau_m' in the "
            r"checkpoint, '\(i - 2\*v\)/tau_m' now",
        ),
        (
            lambda: simulator(network(receive={"i": "i + 2*w"})),
            r"port 'default': 'i -> i \+ w' in the checkpoint, 'i -> i \+ 2\*w' now",
        ),
        (
            lambda: simulator(network(observed=[("v_max", "v")])),
            "network: observation 'v_max': absent in the checkpoint, 'max of v in out' now",
        ),
    ],
)
def test_another_network_is_refused_by_what_differs(trained, other, message):
    trained(simulator(), 1)
    with pytest.raises(CheckpointError, match=message):
        trained(other(), 2)


def test_an_array_that_is_not_trained_is_named_with_its_first_difference(trained):
    trained(simulator(), 1, trainable=["out.tau_m"])
    weight = WEIGHT.copy()
    weight[1, 0], weight[2, 1] = 5.0, 5.0
    message = (
        rf"'in->out\.weight', which is not trained: 2 of 6 numbers differ, first at index \(1, 0\):"
        rf" {WEIGHT[1, 0]} in the checkpoint, 5\.0 now"
    )
    with pytest.raises(CheckpointError, match=message):
        trained(simulator(network(weight=weight)), 2, trainable=["out.tau_m"])


def test_the_message_says_how_to_go_on_with_the_values_of_the_checkpoint(trained, tmp_path):
    begun = trained(simulator(), 1)
    other = simulator(network(theta=1.5))
    with pytest.raises(CheckpointError, match=r"values=sal\.load_checkpoint\(.*\)\.values"):
        trained(other, 2)
    resumed = trained(other, 2, values=load_checkpoint(tmp_path / "run.npz").values)
    assert resumed.values["out.theta"] == begun.values["out.theta"] == 1.0
    straight = trained(simulator(), 2, resume=False)
    np.testing.assert_array_equal(resumed.values[KEY], straight.values[KEY])


def test_other_weights_to_start_from_are_of_no_account(trained):
    """They are trained: the checkpoint's count, as documented."""
    trained(simulator(), 1)
    resumed = trained(simulator(network(weight=WEIGHT + 1.0)), 2)
    straight = trained(simulator(), 2, resume=False)
    np.testing.assert_array_equal(resumed.values[KEY], straight.values[KEY])


def test_a_key_that_was_trained_before_is_named_as_that_alone(trained):
    trained(simulator(), 1)
    with pytest.raises(CheckpointError, match="trainable: ") as caught:
        trained(simulator(network(weight=WEIGHT + 1.0)), 2, trainable=["out.tau_m"])
    assert "not trained" not in str(caught.value)


@pytest.mark.parametrize("sparse", ["csr_array", "coo_array"])
def test_other_synapses_are_refused(trained, sparse):
    scipy_sparse = pytest.importorskip("scipy.sparse")
    make = getattr(scipy_sparse, sparse)
    dense = [np.where(np.arange(6).reshape(3, 2) == missing, 0.0, WEIGHT) for missing in (1, 4)]
    trained(simulator(network(weight=make(dense[0]))), 1)
    with pytest.raises(CheckpointError, match=r"projection 'in->out': '.*5 synapses with digest"):
        trained(simulator(network(weight=make(dense[1]))), 2)


def test_threads_and_the_end_with_first_spikes_may_differ(trained):
    straight = trained(simulator(), 3)
    trained(simulator(), 1, resume=False)
    trained(sal.compile(network(), 0.06, threads=2), 2)
    resumed = trained(simulator(until="out"), 3)
    np.testing.assert_array_equal(resumed.values[KEY], straight.values[KEY])


@pytest.mark.parametrize(
    "changed",
    [
        {"revival": sal.Revival()},
        {"loss": sal.losses.FunctionLoss(lambda run, labels: (0.0, {}, {}), name="none")},
    ],
)
def test_not_where_later_spikes_count(trained, changed):
    """A neuron is revived, and a function may see it, by spikes after the first of the outputs."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        trained(simulator(), 1, **changed)
        with pytest.raises(CheckpointError, match=r"simulation: until: None in .*, 'out' now"):
            trained(simulator(until="out"), 2, **changed)


def test_a_first_try_without_an_epoch_is_no_obstacle(trained):
    trained(simulator(), 0)
    resumed = trained(simulator(network(theta=1.5)), 1)
    assert resumed.values["out.theta"] == 1.5


def older(path):
    """Take from a checkpoint what older versions did not record."""
    with np.load(path) as archive:
        arrays = dict(archive)
    meta = json.loads(str(arrays["meta"]))
    for name in ("simulation", "network"):
        del meta["settings"][name]
    np.savez(path, **{**arrays, "meta": np.array(json.dumps(meta))})


def test_an_older_checkpoint_is_resumed_with_a_word(trained, tmp_path):
    trained(simulator(), 1)
    older(tmp_path / "run.npz")
    with pytest.warns(CheckpointWarning, match="before .*recorded .*simulation, network.*resume=F"):
        resumed = trained(simulator(), 2)
    straight = trained(simulator(), 2, resume=False)
    np.testing.assert_array_equal(resumed.values[KEY], straight.values[KEY])
    with pytest.raises(CheckpointError, match="t_end"):
        trained(simulator(t_end=0.045), 3)


def test_what_an_older_checkpoint_knows_is_compared(trained, tmp_path):
    trained(simulator(), 1)
    older(tmp_path / "run.npz")
    with pytest.raises(CheckpointError, match=r"'out\.theta'") as caught:
        trained(simulator(network(theta=1.5)), 2)
    assert "simulation" not in str(caught.value)


def test_a_simulator_of_another_kind_is_compared_by_what_it_has(
    ramp_simulator, two_classes, tmp_path
):
    settings = {
        "train": two_classes(20, 1),
        "loss": sal.losses.FirstSpikeCrossEntropy("out", tau_0=0.1, tau_1=2.0),
        "checkpoint": tmp_path / "run.npz",
        "progress": False,
    }
    sal.fit(ramp_simulator(np.ones((3, 2))), **settings, epochs=1)
    sal.fit(ramp_simulator(np.ones((3, 2))), **settings, epochs=2)
    with pytest.raises(CheckpointError, match=r"simulation: t_end: 3\.0 in the .*, 4\.0 now"):
        sal.fit(ramp_simulator(np.ones((3, 2)), t_end=4.0), **settings, epochs=3)
