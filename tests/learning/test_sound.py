"""The direction of a tone: what the samples hold, and that delays can be trained for it."""

import numpy as np
import pytest
from proofs import fully_optimised

import saltation as sal


@pytest.fixture
def sound(repository, monkeypatch):
    monkeypatch.syspath_prepend(str(repository / "examples"))
    import sound_localisation

    return sound_localisation


def test_only_the_lag_between_the_ears_tells_the_direction(sound):
    spikes, labels = sound.make_samples(400, seed=3)
    assert np.diff(spikes.offsets).tolist() == [2 * sound.FIBRES * sound.CYCLES] * 400
    first = spikes.first_times(2 * sound.FIBRES)
    lag = first[:, sound.FIBRES :].mean(axis=1) - first[:, : sound.FIBRES].mean(axis=1)
    for label, direction in enumerate(sound.DIRECTIONS):
        expected = sound.HEAD_DELAY * np.sin(direction)
        assert lag[labels == label].mean() == pytest.approx(expected, abs=2e-5)
    assert abs(np.corrcoef(first.mean(axis=1), labels)[0, 1]) < 0.1


def test_delays_learn_what_weights_without_delays_do_not(sound):
    """A short training on few samples; the example itself trains for longer."""
    spikes, labels = sound.make_samples(600, seed=1)
    accuracies = {}
    for delayed, keys in ((False, (sound.WEIGHT,)), (True, (sound.WEIGHT, sound.DELAY))):
        with fully_optimised():
            sim = sal.compile(sound.build_network(delayed, seed=0), t_end=sound.T_END, threads=1)
        result = sal.fit(
            sim,
            train=(spikes, labels),
            loss=sal.losses.MaximumCrossEntropy("v_max"),
            optimiser=sal.Adam(
                sal.CosineDecay(0.05, 12), scales={sound.DELAY: 0.4e-3} if delayed else {}
            ),
            epochs=12,
            batch_size=16,
            trainable=keys,
            progress=False,
        )
        accuracies[delayed] = result.history[-1].accuracy
    assert accuracies[True] > accuracies[False] + 0.15, accuracies
