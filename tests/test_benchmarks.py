"""The benchmark suite runs, and its figures are what it says they are; no test asserts a speed."""

import json
import math
import subprocess
import sys
from importlib import import_module

import numpy as np
import pytest


@pytest.fixture
def module(repository, monkeypatch):
    """Import one module of the suite."""
    monkeypatch.syspath_prepend(str(repository))
    return lambda name: import_module(f"benchmarks.speed.{name}")


def test_smallest_configuration_writes_its_tables_and_keeps_the_others(repository, tmp_path):
    kept = {"title": "Kept", "rows": [{"x": 1}], "notes": [], "machine": "m", "pictures": []}
    (tmp_path / "speed.json").write_text(json.dumps({"W9": kept}))
    command = [sys.executable, "-m", "benchmarks.speed", "--only", "W1,W3", "--quick"]
    command += ["--no-instructions", "--output", str(tmp_path)]
    done = subprocess.run(command, cwd=repository, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    tables = json.loads((tmp_path / "speed.json").read_text())
    assert list(tables) == ["W1", "W3", "W9"]
    assert tables["W9"] == kept
    for row in tables["W1"]["rows"]:
        together = row["forward (us/sample)"] + row["gradient (us/sample)"]
        assert 0 < together == pytest.approx(row["both (us/sample)"], rel=1e-9)
        assert row["forward (1000 instructions/sample)"] is None
    delays = {row["delays"] for row in tables["W3"]["rows"]}
    assert delays == {"1 to 5 ms", "1 ms", "none", "none, dense"}
    assert all(row["synaptic events"] > 1000 for row in tables["W3"]["rows"])
    text = (tmp_path / "speed.md").read_text()
    assert text.count("| initial |") == text.count("| trained |") == 12
    assert "## Kept" in text


def test_variants_take_turns_after_a_round_that_does_not_count(module):
    timing, calls = module("timing"), []

    def turn(name, laps):
        def work():
            calls.append(name)
            return {"part": np.array([next(laps), 0.0])}

        return work

    turns = {
        "a": turn("a", iter([99.0, 1.0, 4.0, 9.0])),
        "b": turn("b", iter([99.0, 2.0, 2.0, 3.0])),
    }
    measured = timing.take_turns(turns, 3)
    assert "".join(calls) == "abababab"
    assert measured.seconds("a", "part") == 4.0
    # The median of 1/2, 4/2 and 9/3, not 4 by the median of the others.
    assert measured.ratio("a", "b") == 2.0
    assert measured.ratio("b", "a") == 0.5


def test_numbers_keep_three_digits_and_counts_all(module):
    shown = module("tables").shown
    cells = (0.012345, 1234.5, 99.96, 1234567, 0.0, None, math.nan, "text")
    expected = ["0.0123", "1,230", "100", "1,234,567", "0.00", "-", "-", "text"]
    assert [shown(cell) for cell in cells] == expected


def test_recurrent_network_has_the_fan_out_delays_and_events_it_says(module):
    recurrent = module("recurrent")
    setting = recurrent.Setting(size=150, rate=20, seconds=0.05)
    net = recurrent.network(setting)
    values = net.values()
    assert values["in->a.weight"].size == values["a->a.weight"].size == 150 * 100
    assert values["a->a.delay"].min() >= 1e-3
    _, (pre, post) = recurrent.patterns(150)
    assert len({*zip(pre.tolist(), post.tolist(), strict=True)}) == 150 * 100
    # Each input reaches as many neurons as its row has weights.
    _, units = recurrent.input_spikes(0.05)
    given = recurrent.patterns(150)[0][0]
    arrivals = sum(int((given == unit).sum()) for unit in units)
    assert recurrent.synaptic_events(setting, 7) == arrivals + 700


def test_growth_is_fitted_by_its_power(module):
    growth = module("w5_growth")
    points = tuple(growth.Point(size=n, seconds=3.0 * n**1.5, bytes=8.0) for n in (1, 2, 4, 8))
    fitted = growth.Growth(what="n", points=points)
    assert fitted.exponent("seconds") == pytest.approx(1.5, abs=1e-12)
    assert fitted.exponent("bytes") == pytest.approx(0.0, abs=1e-12)


def test_peer_that_does_not_install_is_reported(module, tmp_path):
    peer = module("peers.peer")
    broken = peer.Peer(
        name="X",
        package="x",
        requirements=("./no-such-folder",),
        script="",
        grid="",
        limits="",
        precision="",
        gradient="",
    )
    with pytest.raises(peer.PeerError, match=r"\./no-such-folder does not install: "):
        broken.python(tmp_path)


def test_a_plain_training_agrees_with_saltation_unless_it_leaves_something_out(
    repository, monkeypatch, tmp_path, capsys
):
    monkeypatch.syspath_prepend(str(repository / "benchmarks"))
    missed = import_module("missed_spikes")
    library = missed.compile_program(str(tmp_path))
    # Bright pixels on a dark ground, as many and as bright as in a thick digit.
    samples = np.zeros((3, 28, 28))
    samples[:, 4:24, 4:24] = np.random.default_rng(1).uniform(0.0, 1.0, (3, 20, 20))
    samples, labels = samples.reshape(3, 784), np.array([3, 1, 4])

    def compare(*without):
        return missed.compare(missed.Program(library, 1, list(without)), samples, labels)

    count, expected, errors = compare()
    assert count == expected > 5000
    assert max(errors.values()) < 1e-11
    count, expected, _ = compare("spikes")
    assert 5000 < count < expected
    count, expected, errors = compare("maxima")
    assert count == expected
    assert errors[missed.OUT] < 1e-11
    assert errors[missed.HIDDEN] > 1e-3
    # -ffast-math would have made zeros of them, in this process too.
    assert math.ulp(0.0) * 1.0 > 0.0

    program, images = missed.Program(library, 1, []), missed.Images.encode(samples, labels)
    before, _ = program.accuracy(images)
    missed.train(program, dict.fromkeys(("train", "validation", "test"), images), epochs=20)
    after, spikes = program.accuracy(images)
    assert before < after == 1.0
    assert f"epoch 20: validation 100.00%, test 100.00%, {spikes:.0f}" in capsys.readouterr().out
