"""Deformation of images that are coded by the times of their spikes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from saltation.learning.arguments import check_whole
from saltation.learning.data.images import encode_images
from saltation.learning.protocols import FloatArray
from saltation.runtime.arguments import check_number, check_positive
from saltation.runtime.spikes import Spikes
from saltation.symbolic.errors import ArrayError

_CHUNK = 1024
"""Images deformed at once: what is made of them on the way stays small."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageDeformation:
    r"""Turns, stretches, moves and bends each sample's image a little.

    What is seen at the place :math:`x`, counted from the centre of the image, was at

    .. math:: \begin{pmatrix} 1/s_1 & 0 \\ 0 & 1/s_2 \end{pmatrix}
        \begin{pmatrix} \cos\alpha & -\sin\alpha \\ \sin\alpha & \cos\alpha \end{pmatrix} x
        - d + u(x),

    with an angle :math:`\alpha`, factors :math:`s`, a distance :math:`d` and a smooth random field
    :math:`u`, all drawn anew for each image.

    Parameters
    ----------
    height, width : int
        Of the image; unit ``row * width + column`` of the input is the pixel of a row and column.
    rotation : float
        The largest angle, in radians; every angle up to it is as likely.
    stretch : float
        The largest difference of a factor from 1, in [0, 1); drawn for height and width alone.
    shift : float
        The largest distance in each direction, in pixels.
    bend : float
        Root mean square of each component of the field, in pixels.
    smoothness : float
        Standard deviation of the Gaussian that smooths the field, in pixels.
    t_max, floor : float
        As of :func:`~saltation.data.encode_images`, which coded the images.

    Notes
    -----
    A spike time tells the grey value of its pixel. Values between pixels are interpolated linearly,
    and the deformed image is encoded again; outside of the image it is dark.

    Source: Simard, Steinkraus and Platt, Best practices for convolutional neural networks applied
    to visual document analysis, ICDAR 2003, section 2.

    Examples
    --------
    >>> dot = encode_images(np.eye(9)[4:5])
    >>> move = ImageDeformation(height=3, width=3, shift=0.9)
    >>> move(dot, np.random.default_rng(1)).units
    array([7, 6, 4, 3], dtype=int32)
    """

    height: int
    width: int
    rotation: float = 0.0
    stretch: float = 0.0
    shift: float = 0.0
    bend: float = 0.0
    smoothness: float = 4.0
    t_max: float = 20e-3
    floor: float = 1.5 / 255.0

    def __post_init__(self) -> None:
        for name in ("height", "width"):
            check_whole(getattr(self, name), 1, f"ImageDeformation: {name}", name)
        for name, most in (
            ("rotation", np.pi),
            ("stretch", 1.0),
            ("shift", np.inf),
            ("bend", np.inf),
        ):
            wanted = f"a number in [0, {most:.4g})"
            value = check_number(getattr(self, name), f"ImageDeformation: {name}", name, wanted)
            if not 0.0 <= value < most:
                raise ArrayError(
                    f"ImageDeformation: {name} is {value!r}, expected {wanted}", argument=name
                )
        for name in ("smoothness", "t_max"):
            check_positive(getattr(self, name), f"ImageDeformation: {name}", name)

    def __call__(self, spikes: Spikes, generator: np.random.Generator) -> Spikes:
        """Draw how the images are deformed.

        Parameters
        ----------
        spikes : Spikes
            The spikes of one input of ``height * width`` units, at most one for each unit.
        generator : numpy.random.Generator
            Draws five numbers for each sample, and two for each pixel where images are bent.

        Returns
        -------
        Spikes
            Those of the deformed images.

        Raises
        ------
        ArrayError
            If a unit is none of the image's pixels, or a spike is later than `t_max`.
        """
        pixels = self.height * self.width
        spikes.check_units(pixels, "spikes")
        if spikes.n_spikes and spikes.times.max() > self.t_max * (1.0 + 1e-9):
            raise ArrayError(
                f"ImageDeformation: a spike at {spikes.times.max():.6g} s is later than "
                f"t_max = {self.t_max} s, the time of a black pixel",
                argument="spikes",
            )
        parts = []
        for start in range(0, max(spikes.batch, 1), _CHUNK):
            times = spikes[start : start + _CHUNK].first_times(pixels)
            grey = np.where(np.isfinite(times), 1.0 - times / self.t_max, 0.0)
            seen = self._seen(grey.reshape(-1, self.height, self.width), generator)
            parts.append(encode_images(seen.reshape(-1, pixels), self.t_max, self.floor))
        return Spikes.concatenate(parts)

    def _seen(self, images: FloatArray, generator: np.random.Generator) -> FloatArray:
        """Interpolate the images at the places that come to lie on the pixels."""
        rows, columns = self._places(len(images), generator)
        # A dark frame of one pixel, at which all places outside end.
        framed = np.pad(images, ((0, 0), (1, 1), (1, 1)))
        height, size = framed.shape[1:]
        rows = np.clip(rows + 1.0, 0.0, height - 1.001)
        columns = np.clip(columns + 1.0, 0.0, size - 1.001)
        row, column = rows.astype(np.int32), columns.astype(np.int32)
        down, right = rows - row, columns - column
        first = np.arange(len(images))[:, None, None] * height * size + row * size + column
        flat = framed.reshape(-1)
        above = flat[first] * (1.0 - right) + flat[first + 1] * right
        below = flat[first + size] * (1.0 - right) + flat[first + size + 1] * right
        seen: FloatArray = np.clip(above * (1.0 - down) + below * down, 0.0, 1.0)
        return seen

    def _places(self, batch: int, generator: np.random.Generator) -> tuple[FloatArray, FloatArray]:
        """Draw, for each pixel, the row and the column of what is seen there."""
        drawn = generator.uniform(-1.0, 1.0, (5, batch, 1, 1))
        angle, move = self.rotation * drawn[0], self.shift * drawn[3:]
        tall, wide = 1.0 + self.stretch * drawn[1:3]
        middle = 0.5 * (self.height - 1), 0.5 * (self.width - 1)
        y = np.arange(self.height)[:, None] - middle[0]
        x = np.arange(self.width) - middle[1]
        rows: FloatArray = (np.cos(angle) * y - np.sin(angle) * x) / tall + (middle[0] - move[0])
        columns: FloatArray = (np.sin(angle) * y + np.cos(angle) * x) / wide + (middle[1] - move[1])
        if self.bend:
            rows += self._field(batch, generator)
            columns += self._field(batch, generator)
        return rows, columns

    def _field(self, batch: int, generator: np.random.Generator) -> FloatArray:
        """Draw one component of the smooth fields: noise, smoothed along rows and columns."""
        noise = generator.standard_normal((batch, self.height, self.width))
        along_rows, along_columns = (
            _smoothing(size, self.smoothness) for size in (self.height, self.width)
        )
        field: FloatArray = self.bend * (along_rows @ noise @ along_columns.T)
        return field


def _smoothing(size: int, deviation: float) -> FloatArray:
    """Give the matrix of a Gaussian filter whose output has the variance of white noise."""
    places = np.arange(size)
    matrix = np.exp(-0.5 * ((places[:, None] - places) / deviation) ** 2)
    smoothing: FloatArray = matrix / np.linalg.norm(matrix, axis=1, keepdims=True)
    return smoothing
