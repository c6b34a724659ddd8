"""What a run has not is a KeyError of ours; its mappings are otherwise read-only dicts."""

from __future__ import annotations

from typing import Any

import pytest

from saltation.runtime.network import Network
from saltation.runtime.simulate import Run, compile
from saltation.runtime.spikes import Spikes
from saltation.symbolic.errors import UnknownNameError
from saltation.symbolic.models import lif


@pytest.fixture(scope="module")
def run() -> Run:
    net = Network()
    net.add_input("in", 1)
    net.add_population("out", lif, 1)
    net.connect("in", "out", weight=[[7.0]])
    net.observe("v_max", "out", "v", kind="max")
    return compile(net, t_end=0.05).run({"in": Spikes.from_first_times([[0.01]])})


@pytest.mark.parametrize(
    ("mapping", "name", "message"),
    [
        ("spikes", "outt", r"run\.spikes: there is no population 'outt'; did you mean 'out'\?"),
        ("spikes", 3, r"run\.spikes: there is no population int 3; known: 'out'"),
        ("observations", "v_mxa", r"run\.observations: there is no observation 'v_mxa'; did you"),
    ],
)
def test_an_unknown_output_is_a_key_error_that_names_the_nearest(
    run: Run, mapping: str, name: Any, message: str
) -> None:
    outputs = getattr(run, mapping)
    with pytest.raises(KeyError, match=message) as caught:
        outputs[name]
    assert isinstance(caught.value, UnknownNameError)
    assert outputs.get(name) is None
    assert name not in outputs
    assert outputs == {key: outputs[key] for key in outputs}
    assert type(outputs.copy()) is dict
    with pytest.raises(TypeError):
        outputs["more"] = 1
