"""The Yin-Yang rule against facts of the published files, and the encoding."""

import hashlib

import numpy as np
import pytest

from saltation.learning.data import (
    YIN_YANG_SEEDS,
    encode_yin_yang,
    load_yin_yang,
    yin_yang,
    yin_yang_class,
)
from saltation.learning.encoders import latency
from saltation.symbolic.errors import ArrayError, ArrayTypeError, DataError


def published_digest(samples, labels):
    return hashlib.sha256(samples.tobytes() + labels.tobytes()).hexdigest()


@pytest.mark.parametrize(
    ("split", "size", "digest"),
    [
        ("train", 5000, "3dcfbb1895fd5f753d5591e1b4c3c7d98666e04ed91a50569185f2c0a3fcbb48"),
        ("validation", 1000, "03d1c9e01d7b2ab9d4d200f84632d8ec8a9fe9e72a75043542a21589507de339"),
        ("test", 1000, "01e8a4f15d4b0d4df3d4f94fb67f5167e7b7783a7eeb3329e4e61e8c07ebb9eb"),
    ],
)
def test_rule_reproduces_the_published_splits_bit_for_bit(split, size, digest):
    """The digests are those of the published files' arrays."""
    assert published_digest(*yin_yang(size, YIN_YANG_SEEDS[split])) == digest


@pytest.mark.parametrize(
    ("x", "y", "label"),
    [
        (0.75, 0.5, 2),
        (0.25, 0.59, 2),
        (0.25, 0.7, 1),
        (0.25, 0.3, 1),
        (0.75, 0.7, 0),
        (0.75, 0.3, 0),
        (0.5, 0.95, 1),
        (0.5, 0.05, 0),
        (0.99, 0.99, None),
    ],
)
def test_class_of_points_in_each_part_of_the_sign(x, y, label):
    assert yin_yang_class(x, y) == label


def test_samples_hold_the_mirrored_coordinates_and_their_class():
    samples, labels = yin_yang(200, seed=3)
    assert np.array_equal(samples[:, 2:], 1.0 - samples[:, :2])
    assert [yin_yang_class(x, y) for x, y in samples[:, :2]] == labels.tolist()


def test_loader_reads_what_was_saved(tmp_path):
    splits = {split: yin_yang(12, seed) for split, seed in YIN_YANG_SEEDS.items()}
    for split, (samples, labels) in splits.items():
        np.save(tmp_path / f"{split}_samples.npy", samples)
        np.save(tmp_path / f"{split}_labels.npy", labels)
    for split, loaded in load_yin_yang(tmp_path).items():
        assert np.array_equal(loaded.samples, splits[split].samples)
        assert np.array_equal(loaded.labels, splits[split].labels)


def test_loader_names_a_missing_file_and_where_to_get_it(tmp_path):
    with pytest.raises(DataError, match=r"train_samples\.npy; get .*github"):
        load_yin_yang(tmp_path)


@pytest.mark.parametrize("content", [b"", b"no array at all", b"\x93NUMPY\x01"])
def test_loader_refuses_a_damaged_file(tmp_path, content):
    (tmp_path / "train_samples.npy").write_bytes(content)
    with pytest.raises(DataError, match=r"train_samples\.npy cannot be read") as caught:
        load_yin_yang(tmp_path)
    assert "pickle" not in f"{caught.value} {caught.value.__cause__}"


def test_loader_refuses_samples_that_do_not_fit(tmp_path):
    np.save(tmp_path / "train_samples.npy", np.full((3, 4), 2.0))
    np.save(tmp_path / "train_labels.npy", np.array([0, 1, 2]))
    with pytest.raises(DataError, match="train split"):
        load_yin_yang(tmp_path)


def test_encoding_is_one_spike_of_each_of_five_inputs():
    samples, _ = yin_yang(20, seed=1)
    times = encode_yin_yang(samples).first_times(5)
    np.testing.assert_allclose(times[:, :4], 30e-3 * samples, rtol=1e-15)
    assert not times[:, 4].any()


def test_latency_reversed_puts_large_numbers_first_and_keeps_silence():
    spikes = latency([[0.0, 1.0, np.inf]], t_min=20e-3, t_max=0.0)
    assert spikes.first_times(3).tolist() == [[20e-3, 0.0, np.inf]]


@pytest.mark.parametrize("value", [1.5, -0.1, np.nan, -np.inf])
def test_latency_names_the_entry_out_of_range(value):
    with pytest.raises(ArrayError, match=r"values\[1, 0\]"):
        latency([[0.5], [value]], 1.0)


@pytest.mark.parametrize("setting", [{"t_min": -1.0}, {"bias_time": np.inf}])
def test_latency_names_a_bad_time(setting):
    (name,) = setting
    with pytest.raises(ArrayError, match=name):
        latency([[0.5]], 1.0, **setting)


@pytest.mark.parametrize("shape", [(3, 2), (3, 5), (4,), (1, 3, 4), ()])
def test_yin_yang_samples_of_another_shape_are_refused(shape):
    with pytest.raises(ArrayError, match=r"samples have shape \(.*\), expected \(size, 4\)"):
        encode_yin_yang(np.full(shape, 0.5))


@pytest.mark.parametrize("value", [np.inf, np.nan, 1.5, -0.1])
def test_yin_yang_samples_out_of_range_are_named(value):
    """Infinity too: each sample has one spike of each input."""
    samples = np.full((3, 4), 0.5)
    samples[1, 2] = value
    message = rf"^samples must be in \[0, 1\], got {value} at sample 1, coordinate 2$"
    with pytest.raises(ArrayError, match=message):
        encode_yin_yang(samples)


@pytest.mark.parametrize("encode", [encode_yin_yang, lambda values: latency(values, 1.0)])
@pytest.mark.parametrize("values", [[["a", "b", "c", "d"]], [[None] * 4], [[1j] * 4]])
def test_samples_that_are_no_numbers_are_refused(encode, values):
    with pytest.raises(ArrayTypeError, match="must hold real numbers"):
        encode(values)


@pytest.mark.parametrize("setting", [{"t_max": "a"}, {"t_max": 1.0, "bias_time": "a"}])
def test_a_time_that_is_no_number_is_refused(setting):
    with pytest.raises(ArrayTypeError, match="is 'a', expected a time >= 0 in s"):
        latency([[0.5]], **setting)


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ((-1, 0), ArrayError, "size is -1, expected an integer >= 0"),
        ((2.5, 0), ArrayTypeError, r"size is 2\.5, expected an integer >= 0"),
        (("a", 0), ArrayTypeError, "size is 'a', expected an integer >= 0"),
        ((2, -1), ArrayError, "seed is -1, expected an integer >= 0"),
        ((2, 2**32), ArrayError, "seed is 4294967296, expected an integer >= 0 and < 4294967296"),
        ((2, None), ArrayTypeError, "seed is None, expected an integer >= 0"),
    ],
)
def test_yin_yang_names_a_bad_size_or_seed(arguments, error, message):
    with pytest.raises(error, match=message):
        yin_yang(*arguments)
