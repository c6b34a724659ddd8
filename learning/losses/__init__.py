"""Losses: a value, and its derivative by every output of the run that it looks at.

A loss is any callable ``loss(run, labels) -> LossValue``. The cotangents in a :class:`LossValue`
are the exact derivatives of its `value`; ``run.gradient`` carries them back to weights, delays and
parameters. The losses here are small frozen dataclasses: their fields are their settings, and
their ``repr`` names them in checkpoints. They add and scale::

    loss = FirstSpikeCrossEntropy("out") + 0.1 * SilentLabels("out", "v_max")

A loss of your own is a function wrapped in :class:`FunctionLoss`, or any callable of this form.
"""

from saltation.learning.losses.activity import RateRegularisation, SilentLabels, SilentNeurons
from saltation.learning.losses.first_spikes import FirstSpikeCrossEntropy, FirstSpikeSquaredError
from saltation.learning.losses.function import FunctionLoss
from saltation.learning.losses.labels import (
    NO_PREDICTION,
    accuracy,
    checked_labels,
    first_to_spike,
)
from saltation.learning.losses.loss import (
    Composable,
    Loss,
    LossValue,
    WeightedSum,
    described,
    measure,
)
from saltation.learning.losses.observed import IntegralCrossEntropy, MaximumCrossEntropy
from saltation.learning.losses.trains import SpikeTrainDistance

__all__ = [
    "NO_PREDICTION",
    "Composable",
    "FirstSpikeCrossEntropy",
    "FirstSpikeSquaredError",
    "FunctionLoss",
    "IntegralCrossEntropy",
    "Loss",
    "LossValue",
    "MaximumCrossEntropy",
    "RateRegularisation",
    "SilentLabels",
    "SilentNeurons",
    "SpikeTrainDistance",
    "WeightedSum",
    "accuracy",
    "checked_labels",
    "described",
    "first_to_spike",
    "measure",
]
