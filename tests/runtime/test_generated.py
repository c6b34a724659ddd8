"""Generated text is kept in the cache, under all that it depends on."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

import saltation as sal
from saltation.codegen.options import Precision
from saltation.runtime import generated
from saltation.runtime.digest import blake2
from saltation.runtime.generated import generated_code
from saltation.runtime.structure import network_plan

GENERATORS = ("jinja2", "saltation.codegen.network", "saltation.codegen.structure")
BACKWARD = ("saltation.runtime.asked", "saltation.runtime.gradient", "saltation.runtime.request")

COMPILE = f"""
import sys
GENERATORS, BACKWARD = {GENERATORS!r}, {BACKWARD!r}
import saltation as sal
net = sal.Network()
net.add_input("in", 1)
net.add_population("out", sal.models.lif, 1)
net.connect("in", "out", weight=[[7.0]])
run = sal.compile(net, t_end=0.05).run({{"in": sal.Spikes.from_first_times([[0.01]])}})
print(float(run.spikes["out"].times[0]).hex())
print(*sorted(name for name in GENERATORS if name in sys.modules))
print(*sorted(name for name in sys.modules if name.startswith("saltation.symbolic.models.")))
print(*sorted(name for name in BACKWARD if name in sys.modules))
run.gradient(spike_times={{"out": [1.0]}})
print(*sorted(name for name in BACKWARD if name in sys.modules))
"""


@pytest.fixture(autouse=True)
def _own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SALTATION_CACHE", str(tmp_path))


def plan(theta: float = 1.0):
    """A network of one model, whose guard holds a constant."""
    neuron = sal.Neuron(
        "integrator",
        dynamics={"v": "-v/tau"},
        threshold=f"v - {theta!r}",
        reset={"v": "0"},
        receive={"v": "v + w"},
        parameters={"tau": 1e-2},
    )
    net = sal.Network()
    net.add_population("out", neuron, 1)
    return network_plan(net)


def test_a_second_process_loads_the_text_and_nothing_that_generates_it():
    outputs = [
        subprocess.run(
            [sys.executable, "-c", COMPILE], capture_output=True, text=True, check=True
        ).stdout.splitlines()
        for _ in range(2)
    ]
    assert outputs[0][1].split() == [*GENERATORS]
    assert outputs[1][1] == ""
    assert outputs[0][0] == outputs[1][0]


def test_only_the_models_that_are_named_are_declared():
    done = subprocess.run(
        [sys.executable, "-c", COMPILE], capture_output=True, text=True, check=True
    )
    assert done.stdout.splitlines()[2] == "saltation.symbolic.models.lif"


def test_what_goes_backward_is_loaded_with_the_first_gradient():
    done = subprocess.run(
        [sys.executable, "-c", COMPILE], capture_output=True, text=True, check=True
    )
    before, after = done.stdout.splitlines()[3:]
    assert (before, after.split()) == ("", [*BACKWARD])


def test_the_last_digit_of_a_constant_counts(tmp_path: Path):
    first = generated_code(plan(1.0), Precision.DOUBLE)
    other = generated_code(plan(1.0 + 2.0**-52), Precision.DOUBLE)
    assert first.source != other.source
    assert len(list(tmp_path.glob("code-*.txt"))) == 2


@pytest.mark.parametrize("signed", [False, True])
@pytest.mark.parametrize("content", [b"", b"ab", b"1\nab", b"x 1\nab", b"\xff"])
def test_a_damaged_text_is_generated_again(tmp_path: Path, content: bytes, signed: bool):
    expected = generated_code(plan(), Precision.DOUBLE)
    (path,) = tmp_path.glob("code-*.txt")
    whole = path.read_bytes()
    digest = blake2(content) if signed else "0"
    for bad in (content, digest.encode() + b"\n" + content, whole[:-1]):
        path.write_bytes(bad)
        assert generated_code(plan(), Precision.DOUBLE) == expected
        assert path.read_bytes() == whole


def test_another_generator_or_precision_has_a_text_of_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    generated_code(plan(), Precision.DOUBLE)
    generated_code(plan(), Precision.SINGLE)
    assert len(list(tmp_path.glob("code-*.txt"))) == 2
    monkeypatch.setattr(generated, "_generators", lambda: b"another")
    generated_code(plan(), Precision.DOUBLE)
    assert len(list(tmp_path.glob("code-*.txt"))) == 3


def test_every_source_and_template_counts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    package = tmp_path / "pretended"
    (package / "below").mkdir(parents=True)
    files = [package / "__init__.py", package / "one.c.j2", package / "below" / "two.py"]
    for path in files:
        path.write_text("")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(generated, "_GENERATORS", ("pretended",))
    found = {generated._generators.__wrapped__()}
    for path in files:
        path.write_text("x")
        found.add(generated._generators.__wrapped__())
        state = path.stat()
        os.utime(path, ns=(state.st_atime_ns, state.st_mtime_ns + 1))
        found.add(generated._generators.__wrapped__())
    (package / "notes.txt").write_text("counts for nothing")
    found.add(generated._generators.__wrapped__())
    assert len(found) == 7
    # Size and time stay the same: it is found under another name, then in another folder.
    for path, other in ((files[2], "three.py"), (package / "below" / "three.py", "../three.py")):
        path.rename(path.parent / other)
        found.add(generated._generators.__wrapped__())
    assert len(found) == 9


def test_files_are_the_same_where_folders_have_no_descriptors(monkeypatch: pytest.MonkeyPatch):
    expected = generated._generators.__wrapped__()
    monkeypatch.setattr(os, "supports_fd", {*()})
    assert generated._generators.__wrapped__() == expected
