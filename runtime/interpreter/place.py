"""Which neuron, in which sample."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple

from saltation.symbolic.errors import SaltationError


class Place(NamedTuple):
    """A neuron of a network in one sample of a batch."""

    population: str
    unit: int
    sample: int

    @contextmanager
    def named_in_errors(self) -> Iterator[None]:
        """Note the place on an error that leaves the block."""
        try:
            yield
        except SaltationError as error:
            error.add_note(
                f"population {self.population!r}, unit {self.unit}, sample {self.sample}"
            )
            raise
