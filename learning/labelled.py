"""Labelled spikes: the examples a network is trained on, encoded once and cut into batches."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import ArrayLike

from saltation.learning.augment import Augmentation
from saltation.learning.protocols import IntArray, Simulator
from saltation.runtime.arguments import shown
from saltation.runtime.arrays import any_array
from saltation.runtime.spikes import Spikes
from saltation.symbolic.errors import ArrayError, ArrayTypeError
from saltation.symbolic.words import counted

Examples: TypeAlias = tuple[Spikes | Mapping[str, Spikes], ArrayLike]
"""Input spikes (a mapping by input, or the only input's) and one class label for each sample."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelledSpikes:
    """Input spikes by input and the class of each sample.

    Attributes
    ----------
    spikes : mapping of str to Spikes
        The spikes of each input; all hold the same number of samples.
    labels : ndarray of int64, shape (size,)
        The class of each sample.
    """

    spikes: Mapping[str, Spikes]
    labels: IntArray

    @classmethod
    def of(cls, sim: Simulator, examples: Examples, argument: str) -> LabelledSpikes:
        """Check examples against a simulator's inputs.

        Parameters
        ----------
        sim : Simulator
            Names the inputs.
        examples : tuple
            The spikes and the labels.
        argument : str
            The caller's name for them, for error messages.

        Returns
        -------
        LabelledSpikes
            The examples.

        Raises
        ------
        ArrayError
            If an input's spikes are missing, or the numbers of samples differ.
        ArrayTypeError
            If the parts are not spikes and integer labels.
        """
        if not (isinstance(examples, tuple) and len(examples) == 2):
            raise ArrayTypeError(
                f"{argument} is {type(examples).__name__}, expected a pair (spikes, labels); where "
                f"the loss looks at no labels, np.zeros(samples, int)",
                argument=argument,
            )
        spikes = spikes_by_input(sim, examples[0], argument)
        if examples[1] is None or isinstance(examples[1], Spikes | Mapping):
            raise ArrayTypeError(
                f"{argument}: labels are {type(examples[1]).__name__}, expected integers, one for "
                f"each sample; where the loss looks at none, np.zeros(samples, int)",
                argument=argument,
            )
        labels: Any = any_array(examples[1], f"{argument}: labels")
        if labels.dtype.kind not in "iu" or labels.ndim != 1:
            raise ArrayTypeError(
                f"{argument}: labels have dtype {labels.dtype} and shape {labels.shape}, "
                f"expected integers of shape (samples,)",
                argument=argument,
            )
        for name, train in spikes.items():
            if train.batch != labels.size:
                raise ArrayError(
                    f"{argument}: input {name!r} has {counted(train.batch, 'sample')} for "
                    f"{counted(labels.size, 'label')}",
                    argument=argument,
                )
        return cls(spikes=spikes, labels=labels.astype(np.int64, copy=False))

    @property
    def size(self) -> int:
        """The number of samples."""
        return int(self.labels.size)

    def shuffled(self, generator: np.random.Generator) -> LabelledSpikes:
        """Put the samples into a random order.

        Parameters
        ----------
        generator : numpy.random.Generator
            Draws the order.

        Returns
        -------
        LabelledSpikes
            The same samples.
        """
        # One selection an epoch: the batches are then slices, which copy nothing.
        order = generator.permutation(self.size)
        return LabelledSpikes(
            spikes={name: train.select(order) for name, train in self.spikes.items()},
            labels=self.labels[order],
        )

    def augmented(
        self, augment: Augmentation | None, generator: np.random.Generator
    ) -> LabelledSpikes:
        """Change the spikes of every input at random.

        Parameters
        ----------
        augment : Augmentation or None
            Changes the spikes of one input; None leaves all as they are.
        generator : numpy.random.Generator
            Draws the changes.

        Returns
        -------
        LabelledSpikes
            The same samples with other spikes.
        """
        if augment is None:
            return self
        changed = {name: augment(train, generator) for name, train in self.spikes.items()}
        return LabelledSpikes(spikes=changed, labels=self.labels)

    def batches(self, batch_size: int) -> Iterator[LabelledSpikes]:
        """Cut the samples into batches, the last of which may be smaller.

        Parameters
        ----------
        batch_size : int
            Samples in a batch.

        Yields
        ------
        LabelledSpikes
            The next samples.
        """
        for start in range(0, self.size, batch_size):
            stop = min(start + batch_size, self.size)
            yield LabelledSpikes(
                spikes={name: train[start:stop] for name, train in self.spikes.items()},
                labels=self.labels[start:stop],
            )

    def digest(self) -> str:
        """Hash the samples, so that a checkpoint can tell whether they are the same.

        Returns
        -------
        str
            16 hexadecimal digits.
        """
        digest = hashlib.sha256(self.labels.tobytes())
        for name, train in self.spikes.items():
            digest.update(name.encode())
            for array in (train.times, train.units, train.offsets):
                digest.update(np.ascontiguousarray(array).tobytes())
        return digest.hexdigest()[:16]


def spikes_by_input(
    sim: Simulator, spikes: Spikes | Mapping[str, Spikes], argument: str
) -> dict[str, Spikes]:
    """Give the spikes by input; plain spikes belong to the only input there is.

    Parameters
    ----------
    sim : Simulator
        Names the inputs.
    spikes : Spikes or mapping of str to Spikes
        As a caller gives them.
    argument : str
        The caller's name for them, for error messages.

    Returns
    -------
    dict of str to Spikes
        For each input, in the network's order.

    Raises
    ------
    ArrayError
        If an input's spikes are missing, or there is no such input.
    ArrayTypeError
        If they are no spikes.
    """
    names = list(sim.net.inputs)
    if isinstance(spikes, Spikes):
        if len(names) != 1:
            raise ArrayError(
                f"{argument}: plain Spikes serve a network with one input; this one has "
                f"{len(names)}: pass a mapping with {', '.join(map(repr, names))}",
                argument=argument,
            )
        return {names[0]: spikes}
    if not isinstance(spikes, Mapping):
        raise ArrayTypeError(
            f"{argument}: spikes are {shown(spikes)}, expected Spikes, or a mapping of inputs to "
            f"Spikes, such as sal.Spikes.from_first_times(times) makes of an array of times",
            argument=argument,
        )
    if set(spikes) != set(names):
        raise ArrayError(
            f"{argument}: spikes are given for {', '.join(map(repr, spikes)) or 'no input'}, "
            f"expected them for {', '.join(map(repr, names))}",
            argument=argument,
        )
    for name, given in spikes.items():
        if not isinstance(given, Spikes):
            raise ArrayTypeError(
                f"{argument}: spikes of input {name!r} are {shown(given)}, expected Spikes, such "
                f"as sal.Spikes.from_first_times(times) makes of an array of times",
                argument=argument,
            )
    return {name: spikes[name] for name in names}
