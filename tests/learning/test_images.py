"""Images of digits: the files' format, what is wrong with them, and the encoding."""

import gzip
import struct
import sys

import numpy as np
import pytest

from saltation.learning.data import digits, encode_images, load_mnist
from saltation.symbolic.errors import ArrayError, ArrayTypeError, DataError, ToolchainError

IMAGES = np.random.default_rng(0).integers(0, 256, (7, 28, 28), dtype=np.uint8)
LABELS = np.array([3, 1, 4, 1, 5, 9, 2], dtype=np.uint8)


def idx(array):
    """An array in the idx format, as its specification has it."""
    return struct.pack(f">BBBB{array.ndim}I", 0, 0, 8, array.ndim, *array.shape) + array.tobytes()


def write(folder, packed=True):
    for name, size in (("train", 7), ("t10k", 3)):
        for kind, array in (("images-idx3", IMAGES[:size]), ("labels-idx1", LABELS[:size])):
            content = gzip.compress(idx(array)) if packed else idx(array)
            (folder / f"{name}-{kind}-ubyte{'.gz' if packed else ''}").write_bytes(content)


@pytest.mark.parametrize("packed", [True, False])
def test_splits_are_read_and_the_last_training_images_held_out(tmp_path, packed):
    write(tmp_path, packed)
    splits = load_mnist(tmp_path, held_out=2)
    assert [len(splits[name].labels) for name in ("train", "validation", "test")] == [5, 2, 3]
    np.testing.assert_array_equal(splits["train"].samples, IMAGES[:5].reshape(5, 784) / 255)
    assert splits["validation"].labels.tolist() == [9, 2]


def test_missing_file_is_named_with_where_to_get_it(tmp_path):
    with pytest.raises(DataError, match=r"train-images-idx3-ubyte\.gz: get the four .*https://"):
        load_mnist(tmp_path)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"no gzip", "cannot be read"),
        (gzip.compress(idx(IMAGES), mtime=0)[:-20], "cannot be read"),
        (gzip.compress(idx(IMAGES)[:-5], mtime=0), "cut off"),
        (gzip.compress(idx(LABELS), mtime=0), "not an idx file of 3 dimensions"),
        (gzip.compress(b"", mtime=0), "not an idx file"),
        (gzip.compress(idx(IMAGES[:4]), mtime=0), "4 images, but .* has 7 labels"),
    ],
)
def test_damaged_files_are_refused(tmp_path, content, message):
    write(tmp_path)
    (tmp_path / "train-images-idx3-ubyte.gz").write_bytes(content)
    with pytest.raises(DataError, match=message):
        load_mnist(tmp_path, held_out=2)


@pytest.mark.parametrize("held_out", [7, -1, 1.5])
def test_too_many_held_out_are_refused(tmp_path, held_out):
    write(tmp_path)
    with pytest.raises(ArrayError, match=f"held_out is {held_out}"):
        load_mnist(tmp_path, held_out)


def test_each_pixel_above_one_grey_level_spikes_the_earlier_the_brighter():
    pixels = np.array([[0, 1, 2, 128, 255]]) / 255
    times = encode_images(pixels).first_times(5)
    expected = [[np.inf, np.inf, *(20e-3 * (1 - p / 255) for p in (2, 128, 255))]]
    np.testing.assert_allclose(times, expected, rtol=1e-12, atol=1e-18)


def test_many_images_are_encoded_as_each_alone():
    pixels = np.random.default_rng(1).uniform(0, 1, (5000, 3))
    whole = encode_images(pixels)
    assert whole.batch == 5000
    assert whole[4094:4099] == encode_images(pixels[4094:4099])
    assert encode_images(pixels[:0]).batch == 0


@pytest.mark.parametrize("shape", [(4,), (2, 28, 28), ()])
def test_pixels_of_another_shape_are_refused(shape):
    with pytest.raises(ArrayError, match=r"pixels have shape \(.*expected \(size, n\)"):
        encode_images(np.zeros(shape))


@pytest.mark.parametrize("value", [np.inf, -0.1, np.nan, 255.0])
def test_a_pixel_out_of_range_is_named_as_it_was_given(value):
    """Also one below the floor, or in a later part of many images."""
    pixels = np.zeros((5000, 3))
    pixels[4500, 1] = value
    message = rf"^pixels must be in \[0, 1\], got {value} at sample 4500, pixel 1$"
    with pytest.raises(ArrayError, match=message):
        encode_images(pixels)


def test_pixels_are_taken_as_lists_and_refused_as_text():
    assert encode_images([[0.0, 1.0]]) == encode_images(np.array([[0.0, 1.0]]))
    with pytest.raises(ArrayTypeError, match="pixels must hold real numbers"):
        encode_images([["a"]])


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ({"t_max": -1.0}, r"^t_max is -1\.0, expected a time >= 0 in s"),
        ({"t_max": np.nan}, "^t_max is nan, expected a time >= 0 in s"),
        ({"floor": np.nan}, "^floor is nan, expected a number"),
        ({"floor": "a"}, "^floor is 'a', expected a number"),
    ],
)
def test_a_bad_setting_of_the_encoding_is_named(setting, message):
    with pytest.raises(ArrayError, match=message):
        encode_images(np.zeros((1, 2)), **setting)


@pytest.mark.parametrize("seed", [-1, 0.5])
def test_a_bad_seed_of_the_digits_is_named(seed):
    with pytest.raises(ArrayError, match=f"seed is {seed}, expected an integer >= 0"):
        digits(seed)


def test_digits_of_scikit_learn_are_split_without_repetition():
    pytest.importorskip("sklearn")
    splits = digits()
    assert [len(splits[name].labels) for name in ("train", "validation", "test")] == [
        1197,
        300,
        300,
    ]
    rows = {row.tobytes() for split in splits.values() for row in split.samples}
    assert len(rows) == 1797
    assert all(s.samples.min() >= 0 and s.samples.max() == 1.0 for s in splits.values())


def test_missing_scikit_learn_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "sklearn", None)
    monkeypatch.setitem(sys.modules, "sklearn.datasets", None)
    with pytest.raises(ToolchainError, match=r"saltation\[digits\]"):
        digits()
