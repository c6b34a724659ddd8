"""Data sets: made by their published rule, or read from their published files."""

from saltation.learning.data.images import digits, encode_images, load_mnist
from saltation.learning.data.samples import Labelled
from saltation.learning.data.yin_yang import (
    YIN_YANG_CLASSES,
    YIN_YANG_SEEDS,
    encode_yin_yang,
    load_yin_yang,
    yin_yang,
    yin_yang_class,
)

__all__ = [
    "YIN_YANG_CLASSES",
    "YIN_YANG_SEEDS",
    "Labelled",
    "digits",
    "encode_images",
    "encode_yin_yang",
    "load_mnist",
    "load_yin_yang",
    "yin_yang",
    "yin_yang_class",
]
