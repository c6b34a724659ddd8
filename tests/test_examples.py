"""The examples: what they make, and that a training killed at any point resumes to the same."""

import gzip
import signal
import struct
import subprocess
import sys

import numpy as np
import pytest

from saltation.learning.checkpoint import load_checkpoint

TRAINING = """
import os, signal, sys
sys.path.insert(0, {examples!r})
import mnist, saltation as sal

def kill():
    os.kill(os.getpid(), signal.SIGKILL)

def killing(function, count):
    calls = []
    def counted(*arguments):
        calls.append(None)
        if len(calls) == count:
            kill()
        return function(*arguments)
    return counted

{deed}
settings = mnist.Settings(hidden=12, weight=(0.3, 0.18), batch_size=5, held_out=10)
mnist.train({data!r}, settings, 3, {checkpoint!r}, epochs=3, threads=1)
"""

DEEDS = {
    "within the first epoch": "sal.losses.MaximumCrossEntropy.__call__ = "
    "killing(sal.losses.MaximumCrossEntropy.__call__, 3)",
    "within the second epoch": "sal.losses.MaximumCrossEntropy.__call__ = "
    "killing(sal.losses.MaximumCrossEntropy.__call__, 11)",
    "before the checkpoint of the second epoch is renamed": "os.replace = killing(os.replace, 3)",
    "while the checkpoint of the second epoch is flushed": "os.fsync = killing(os.fsync, 3)",
    "before the checkpoint of the first epoch": "os.replace = killing(os.replace, 2)",
    "before the first checkpoint": "os.replace = killing(os.replace, 1)",
}


@pytest.fixture(scope="module")
def images(tmp_path_factory):
    """A folder like MNIST's, with 40 training and 10 test images."""
    folder = tmp_path_factory.mktemp("images")
    generator = np.random.default_rng(0)
    for name, size in (("train", 40), ("t10k", 10)):
        labels = generator.integers(0, 10, size, dtype=np.uint8)
        pixels = generator.integers(0, 40, (size, 28, 28), dtype=np.uint8)
        pixels[np.arange(size), labels] = 255
        for kind, array in (("images-idx3", pixels), ("labels-idx1", labels)):
            head = struct.pack(f">BBBB{array.ndim}I", 0, 0, 8, array.ndim, *array.shape)
            packed = gzip.compress(head + array.tobytes())
            (folder / f"{name}-{kind}-ubyte.gz").write_bytes(packed)
    return folder


def run(repository, images, checkpoint, deed=""):
    script = TRAINING.format(
        examples=str(repository / "examples"),
        data=str(images),
        checkpoint=str(checkpoint),
        deed=deed,
    )
    return subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)


@pytest.fixture(scope="module")
def straight(repository, images, tmp_path_factory):
    """The values of a training that nothing interrupted."""
    path = tmp_path_factory.mktemp("straight") / "run.npz"
    finished = run(repository, images, path)
    assert finished.returncode == 0, finished.stderr
    return load_checkpoint(path)


@pytest.mark.parametrize("deed", DEEDS.values(), ids=DEEDS)
def test_killed_training_resumes_to_the_same_result(repository, images, straight, tmp_path, deed):
    path = tmp_path / "run.npz"
    killed = run(repository, images, path, deed)
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    assert not path.exists() or len(load_checkpoint(path).history) < 3
    assert run(repository, images, path).returncode == 0
    resumed = load_checkpoint(path)
    assert len(resumed.history) == 3
    for key, array in straight.values.items():
        assert np.array_equal(resumed.values[key], array)
    assert len((tmp_path / "run.npz.csv").read_text().splitlines()) == 4


@pytest.mark.parametrize("model", ["lif", "lif_refractory"])
def test_yin_yang_example_builds_any_model(repository, tmp_path, monkeypatch, model):
    monkeypatch.syspath_prepend(str(repository / "examples"))
    import yin_yang

    settings = yin_yang.SETTINGS["better"]
    sim, loss, result, test = yin_yang.train(model, settings, 0, tmp_path / "run.npz", epochs=0)
    assert sim.net.populations["hidden"].neuron.name == model
    assert len(result.history) == 0
    first = sim.run({"in": test[0][:20]}, result.values).first_spikes("out")
    assert np.isfinite(first).all()
    assert loss.tau_0 == settings.tau_0
