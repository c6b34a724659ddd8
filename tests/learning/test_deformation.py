"""Images turned, stretched, moved and bent: what becomes of grey values that grow evenly.

Linear interpolation is exact for them, so that the deformed image tells the place each pixel shows.
"""

import dataclasses
import math

import numpy as np
import pytest

from saltation.learning.data import encode_images
from saltation.learning.deformation import ImageDeformation
from saltation.learning.labelled import LabelledSpikes
from saltation.runtime.spikes import Spikes
from saltation.symbolic.errors import ArrayError

HEIGHT, WIDTH, BATCH, T_MAX = 24, 32, 400, 16e-3
ROWS, COLUMNS = np.mgrid[:HEIGHT, :WIDTH]
INNER = (slice(None), slice(8, -8), slice(8, -8))
"""What no deformation of these tests takes from outside of the image."""
STILL = ImageDeformation(height=HEIGHT, width=WIDTH, t_max=T_MAX)


def deform(grey, seed=1, **settings):
    spikes = encode_images(np.tile(grey.reshape(1, -1), (BATCH, 1)), T_MAX)
    deformed = dataclasses.replace(STILL, **settings)(spikes, np.random.default_rng(seed))
    times = deformed.first_times(HEIGHT * WIDTH)
    return np.where(np.isfinite(times), 1 - times / T_MAX, 0).reshape(-1, HEIGHT, WIDTH)


def places(**settings):
    """The row and the column that each inner pixel of each image shows, and their slopes."""
    shown = np.stack(
        [
            60 * (deform(0.2 + axis / 60, **settings)[INNER] - 0.2) - axis[INNER[1:]]
            for axis in (ROWS, COLUMNS)
        ]
    )
    slopes = np.stack([np.diff(shown, axis=axis).mean((2, 3)) for axis in (2, 3)], axis=-1)
    return shown, slopes.swapaxes(0, 1) + np.eye(2)


def test_nothing_moves_without_settings():
    image = np.random.default_rng(2).uniform(0.1, 1, (HEIGHT, WIDTH))
    np.testing.assert_allclose(deform(image), np.tile(image, (BATCH, 1, 1)), atol=1e-6)


def test_rotations_keep_lengths_and_the_centre_up_to_the_largest_angle():
    shown, slopes = places(rotation=0.3)
    angles = np.arctan2(slopes[:, 1, 0], slopes[:, 0, 0])
    expected = [[np.cos(angles), -np.sin(angles)], [np.sin(angles), np.cos(angles)]]
    np.testing.assert_allclose(slopes, np.moveaxis(expected, 2, 0), atol=1e-5)
    assert 0.29 < angles.max() < 0.3
    assert -0.3 < angles.min() < -0.29
    np.testing.assert_allclose(shown.mean((2, 3)), 0, atol=1e-4)


def test_height_and_width_are_stretched_by_factors_of_their_own():
    shown, slopes = places(stretch=0.2)
    np.testing.assert_allclose(slopes[:, [0, 1], [1, 0]], 0, atol=1e-5)
    factors = 1 / slopes[:, [0, 1], [0, 1]]
    np.testing.assert_allclose(factors.min(0), 0.8, atol=5e-3)
    np.testing.assert_allclose(factors.max(0), 1.2, atol=5e-3)
    assert abs(np.corrcoef(factors.T)[0, 1]) < 0.2
    np.testing.assert_allclose(shown.mean((2, 3)), 0, atol=1e-4)


def test_moves_are_fractions_of_pixels_up_to_the_largest():
    shown, slopes = places(shift=1.5)
    np.testing.assert_allclose(slopes, np.tile(np.eye(2), (BATCH, 1, 1)), atol=1e-5)
    moves = shown.mean((2, 3))
    np.testing.assert_allclose(moves.std(1), 1.5 / math.sqrt(3), rtol=0.1)
    assert 1.45 < np.abs(moves).max() < 1.5


@pytest.mark.parametrize(("bend", "smoothness"), [(0.5, 4.0), (1.0, 2.0)])
def test_fields_are_as_strong_and_as_smooth_as_wanted(bend, smoothness):
    shown, _ = places(bend=bend, smoothness=smoothness)
    np.testing.assert_allclose(shown.std((1, 2, 3)), bend, rtol=0.1)
    # White noise smoothed by a Gaussian correlates as one of twice the variance.
    for field in shown:
        near = (field[:, :, 2:] * field[:, :, :-2]).mean() / (field**2).mean()
        assert near == pytest.approx(math.exp(-(2**2) / (4 * smoothness**2)), abs=0.05)
    assert abs((shown[0] * shown[1]).mean()) < 0.1 * bend**2


def test_it_is_dark_outside_of_the_image():
    bright = deform(np.ones((HEIGHT, WIDTH)), shift=3.0)
    spanned = bright.sum((1, 2)) / (HEIGHT * WIDTH)
    assert 0.76 < spanned.min() < 0.84
    assert (bright[INNER] == 1).all()


def test_grey_values_below_the_floor_stay_silent():
    image = np.full((HEIGHT, WIDTH), 0.3)
    image[:, WIDTH // 2 :] = 0.7
    deformed = deform(image, floor=0.5)
    np.testing.assert_allclose(deformed, np.where(image < 0.5, 0, image)[None].repeat(BATCH, 0))


def test_many_samples_are_each_deformed_in_their_own_way():
    spikes = encode_images(np.tile(np.linspace(0, 1, 12), (2500, 1)), T_MAX)
    shift = ImageDeformation(height=3, width=4, shift=1.0, t_max=T_MAX)
    deformed = shift(spikes, np.random.default_rng(3))
    assert deformed.batch == 2500
    assert len({row.tobytes() for row in deformed.first_times(12)}) == 2500
    assert deformed == shift(spikes, np.random.default_rng(3))
    examples = LabelledSpikes(spikes={"in": spikes[:0]}, labels=np.zeros(0, np.int64))
    assert examples.augmented(shift, np.random.default_rng(3)).spikes["in"].batch == 0


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"height": 0}, "height is 0, expected an integer >= 1"),
        ({"width": 2.5}, "width is 2.5, expected an integer"),
        ({"rotation": 4.0}, r"rotation is 4.0, expected a number in \[0, 3.142\)"),
        ({"stretch": 1.0}, r"stretch is 1.0, expected a number in \[0, 1\)"),
        ({"bend": -1.0}, "bend is -1.0"),
        ({"shift": math.nan}, "shift is nan"),
        ({"smoothness": 0.0}, "smoothness is 0.0, expected a finite number > 0"),
        ({"t_max": math.inf}, "t_max is inf"),
        ({"rotation": "a"}, "rotation is 'a', expected a number in"),
        ({"smoothness": None}, "smoothness is None, expected a finite number > 0"),
    ],
)
def test_settings_out_of_range_are_refused(settings, message):
    with pytest.raises(ArrayError, match=message):
        ImageDeformation(**{"height": 2, "width": 3, **settings})


def test_spikes_that_are_no_such_image_are_refused():
    deformation = ImageDeformation(height=2, width=2)
    with pytest.raises(ArrayError, match="unit 4"):
        deformation(Spikes.from_events([[(0.0, 4)]]), np.random.default_rng(0))
    with pytest.raises(ArrayError, match=r"spike at 0.03 s is later than t_max = 0.02 s"):
        deformation(Spikes.from_events([[(0.03, 1)]]), np.random.default_rng(0))
