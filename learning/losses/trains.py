"""Distances of whole spike trains."""

from __future__ import annotations

import hashlib
from dataclasses import KW_ONLY, dataclass, replace

import numpy as np
from numpy.typing import ArrayLike, NDArray

from saltation.learning.arguments import check_whole
from saltation.learning.losses.ends import check_ends
from saltation.learning.losses.labels import checked_labels
from saltation.learning.losses.loss import Composable, LossValue
from saltation.learning.losses.mute import check_silence
from saltation.learning.protocols import FloatArray, IntArray, Run
from saltation.runtime.arguments import check_positive
from saltation.runtime.spikes import Spikes
from saltation.symbolic.errors import ArrayError, ArrayTypeError
from saltation.symbolic.words import counted


@dataclass(frozen=True, slots=True, repr=False)
class SpikeTrainDistance(Composable):
    r"""Van Rossum's distance of a population's spike trains from target trains.

    Each spike becomes a decaying exponential of the time constant :math:`\tau`; the distance is the
    integral of the squared difference of the two traces. With the spikes :math:`t_i` of a neuron
    and its targets :math:`u_j`, in closed form,

    .. math::
        D^2 &= \frac{1}{\tau} \int_0^\infty \Big[ \sum_i H(t - t_i) e^{-(t - t_i)/\tau}
               - \sum_j H(t - u_j) e^{-(t - u_j)/\tau} \Big]^2 dt \\
            &= \frac{1}{2} \sum_{i, i'} e^{-|t_i - t_{i'}|/\tau}
               + \frac{1}{2} \sum_{j, j'} e^{-|u_j - u_{j'}|/\tau}
               - \sum_{i, j} e^{-|t_i - u_j|/\tau},

    summed over neurons, and averaged over the samples of the batch. One spike too many, far from
    the others, costs 1/2.

    Parameters
    ----------
    population : str
        The population whose spikes are compared.
    targets : Spikes
        The target trains: sample `k` of them is for the label `k`. With one label for each training
        sample (``np.arange(size)``) every sample has its own target.
    size : int, optional
        Neurons of the population, which a run tells if it is not given.
    tau : float
        Time constant of the comparison, in s: short ones ask for exact times, long ones for the
        right number of spikes.
    classify : bool, optional
        Whether the nearest target is the predicted class, by which ``fit`` then chooses its best
        epoch; it costs the distance to every target. False where trains are fitted, not classified.
        If not given, ``fit`` finds out: where no two training samples share a label, nor two
        validation samples, the targets belong to samples and there are no classes, so that the best
        epoch and early stopping go by the loss. Outside of ``fit`` it is then the same as True.

    Notes
    -----
    Spikes attract or repel as far as some `tau` reaches; a silent neuron is not moved. A network
    without spikes has half the number of target spikes as its loss (more where they are closer than
    some `tau`), which may be less than that of one that spikes at wrong times. At
    :math:`t_i = u_j` the distance has a cusp, whose lowest point it is: the derivative there is
    taken as 0.

    Source: van Rossum, A novel spike distance, Neural Computation 13, 751 (2001), equation 2.2.

    Examples
    --------
    >>> targets = Spikes.from_events([[(0.010, 0)], [(0.020, 0)]])
    >>> loss = SpikeTrainDistance("out", targets=targets, tau=5e-3)
    """

    population: str = "out"
    _: KW_ONLY
    targets: Spikes
    size: int | None = None
    tau: float
    classify: bool | None = None

    def __post_init__(self) -> None:
        if not isinstance(self.targets, Spikes):
            raise ArrayTypeError(
                f"SpikeTrainDistance: targets must be Spikes, got {type(self.targets).__name__}",
                argument="targets",
            )
        if self.size is not None:
            size = check_whole(self.size, 1, "SpikeTrainDistance: size", "size")
            self.targets.check_units(size, "targets")
        check_positive(self.tau, "SpikeTrainDistance: tau", "tau")

    def __repr__(self) -> str:
        digest = hashlib.sha256()
        for array in (self.targets.times, self.targets.units, self.targets.offsets):
            digest.update(np.ascontiguousarray(array).tobytes())
        return (
            f"SpikeTrainDistance(population={self.population!r}, targets={self.targets.batch} with "
            f"digest {digest.hexdigest()[:16]}, size={self.size}, tau={self.tau!r}, "
            f"classify={self.classify})"
        )

    def __call__(self, run: Run, labels: ArrayLike) -> LossValue:
        """Evaluate the loss on one batch.

        Parameters
        ----------
        run : Run
            A simulated batch.
        labels : array_like of int, shape (batch,)
            The target of each sample.

        Returns
        -------
        LossValue
            With ``spike_times[population]`` of shape ``[n_spikes]``.

        Raises
        ------
        ArrayError
            If the labels do not fit the batch or name a target that is not there, or the population
            has another size, or a model that never spikes, or the run ended with first spikes.
        """
        spikes, size = self._spikes_in(run)
        classes = checked_labels(
            labels,
            (spikes.batch, self.targets.batch),
            wanted="the index of a target train",
            since="labels address the targets, of which there are {size}",
        )
        distance, cotangent = self._distance(spikes, self.targets.select(classes), size)
        batch = max(spikes.batch, 1)
        return LossValue(
            value=float(distance.sum()) / batch,
            spike_times={self.population: cotangent / batch},
            predictions=self.predict(run) if self.classify is not False else None,
            ignored=np.zeros(spikes.batch, dtype=bool),
        )

    def predict(self, run: Run) -> IntArray:
        """Give the nearest target of each sample.

        Parameters
        ----------
        run : Run
            A simulated batch.

        Returns
        -------
        ndarray of int, shape (batch,)
            The lowest index among the nearest.
        """
        spikes, size = self._spikes_in(run)
        distances = np.empty((spikes.batch, self.targets.batch))
        for label in range(self.targets.batch):
            target = self.targets.select(np.full(spikes.batch, label))
            distances[:, label] = self._distance(spikes, target, size)[0]
        winners: IntArray = distances.argmin(axis=1)
        return winners

    def for_training(self, *labels: IntArray) -> SpikeTrainDistance:
        """Give the loss of a training, which predicts no classes where each label occurs once.

        Parameters
        ----------
        *labels : ndarray of int
            Those of all training samples, and of all validation samples.

        Returns
        -------
        SpikeTrainDistance
            With `classify` chosen, if it was not given.
        """
        if self.classify is not None:
            return self
        return replace(self, classify=any(np.unique(each).size < each.size for each in labels))

    def wanted(self, labels: IntArray) -> dict[str, IntArray]:
        """Find the neurons that have a target spike in every sample.

        Parameters
        ----------
        labels : ndarray of int
            Those of all training samples.

        Returns
        -------
        dict of str to ndarray of int
            Those of the population.
        """
        # A label without a target is an error of the first batch that has it.
        named = np.unique(labels[(labels >= 0) & (labels < self.targets.batch)])
        if not named.size:
            return {}
        chosen = self.targets.select(named)
        pairs = np.unique(np.stack([chosen.samples, chosen.units]), axis=1)
        return {self.population: np.flatnonzero(np.bincount(pairs[1]) == named.size)}

    @property
    def timed(self) -> str:
        """The population whose spikes are looked at."""
        return self.population

    @property
    def time_constants(self) -> dict[str, float]:
        """What is to be compared with the length of a run."""
        return {"tau": self.tau}

    def _spikes_in(self, run: Run) -> tuple[Spikes, int]:
        """Give the spikes of a run's population, and its size, which must fit the targets."""
        check_ends(self, run)
        spikes = run.spikes[self.population]
        if not spikes.n_spikes:
            check_silence(self, run)
        size = int(run.first_spikes(self.population).shape[1])
        if self.size is None:
            self.targets.check_units(size, "targets")
        elif self.size != size:
            raise ArrayError(
                f"SpikeTrainDistance: size is {self.size}, but population {self.population!r} has "
                f"{counted(size, 'neuron')}",
                argument="size",
            )
        return spikes, size

    def _distance(
        self, spikes: Spikes, targets: Spikes, size: int
    ) -> tuple[FloatArray, FloatArray]:
        """Distance of each sample, and its derivative by each of its spikes."""
        # Both trains are one of signed spikes: D^2 = 1/2 sum s_i s_j exp(-|t_i - t_j| / tau).
        train = np.concatenate([spikes.samples, targets.samples]) * size
        train += np.concatenate([spikes.units, targets.units])
        times = np.concatenate([spikes.times, targets.times])
        signs = np.repeat([1.0, -1.0], [spikes.n_spikes, targets.n_spikes])
        place, width = _places(train, spikes.batch * size)
        padded = np.zeros((2, spikes.batch * size * width))
        padded[0, place], padded[1, place] = times, signs
        t, s = padded.reshape(2, -1, width)
        gap = (t[:, :, None] - t[:, None, :]) / self.tau
        pairs = s[:, :, None] * s[:, None, :] * np.exp(-np.abs(gap))
        distance = 0.5 * pairs.sum(axis=(1, 2)).reshape(spikes.batch, size).sum(axis=1)
        slope = -(pairs * np.sign(gap)).sum(axis=2) / self.tau
        return distance, slope.ravel()[place[: spikes.n_spikes]]


def _places(train: NDArray[np.int64], trains: int) -> tuple[NDArray[np.int64], int]:
    """Place the spikes of each train side by side in an array ``[trains, width]``."""
    counts = np.bincount(train, minlength=trains)
    width = int(counts.max(initial=0))
    order = np.argsort(train, kind="stable")
    starts = np.concatenate([[0], np.cumsum(counts)[:-1]]) if trains else np.zeros(0, np.int64)
    rank = np.empty(train.size, dtype=np.int64)
    rank[order] = np.arange(train.size) - np.repeat(starts, counts)
    return train * width + rank, width
