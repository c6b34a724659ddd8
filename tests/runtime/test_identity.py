"""What a simulator's results depend on, as text that processes agree on."""

import json
import os
import subprocess
import sys

import pytest

import saltation as sal
from saltation.runtime.identity import network_identity

PRINT = """
import json, saltation as sal
from saltation.runtime.identity import network_identity
net = sal.Network()
net.add_input("in", 2)
for name in sal.models.__all__:
    neuron = getattr(sal.models, name)
    net.add_population(name, neuron, 2)
    for port in neuron.ports:
        net.connect("in", name, [[1.0, 1.0]] * 2, port=port, name=f"to_{name}_{port}")
print(json.dumps(network_identity(net)))
"""


def in_process(seed):
    environment = {**os.environ, "PYTHONHASHSEED": str(seed)}
    command = [sys.executable, "-W", "ignore", "-c", PRINT]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


def test_every_process_gives_every_shipped_model_the_same_text():
    assert in_process(1) == in_process(2)


def declared(threshold="v - theta", name="cell", theta=1.0):
    net = sal.Network()
    net.add_population(
        "out",
        sal.Neuron(
            name,
            dynamics={"v": "-v/tau"},
            threshold=threshold,
            reset={"v": "0"},
            receive={"v": "v + w"},
            parameters={"tau": 0.01, "theta": theta},
        ),
        1,
    )
    return network_identity(net)


def test_all_digits_of_a_constant_count():
    assert declared("v - 0.1*theta") != declared("v - 0.10000000000000002*theta")
    assert declared("v - 0.1*theta") == declared("v - 0.1*theta")


def test_the_name_and_the_numbers_of_a_model_do_not():
    assert declared(name="other") == declared(theta=2.0) == declared()


@pytest.mark.parametrize(
    ("threshold", "printed"), [("v - 2*theta", "-2*theta + v"), ("v**2 - theta", "-theta + v**2")]
)
def test_another_threshold_is_another_network(threshold, printed):
    before, after = declared(), declared(threshold)
    differing = [key for key in before if before[key] != after[key]]
    assert differing == ["population 'out', mode 'default', event 1"]
    expected = f"spike when {printed} rises through 0: v -> 0, then mode default"
    assert after[differing[0]] == expected
