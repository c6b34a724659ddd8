"""Sparse weights: any scipy.sparse matrix to compressed rows, without requiring SciPy.

SciPy is never imported here: a value can only be one of its matrices if the user has imported it.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import Any

import numpy as np

from saltation.runtime.arrays import FloatArray, IntArray, UnitArray, refuse_elements
from saltation.runtime.frozen import FrozenArrays
from saltation.symbolic.errors import ArrayError
from saltation.symbolic.words import counted


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SparsePattern(FrozenArrays):
    """Which synapses exist, in compressed rows.

    The targets of unit `j` are ``indices[indptr[j]:indptr[j + 1]]``, increasing, each once. Values
    of synapses, such as ``net.values()["a->b.weight"]``, are in the same order, so that
    ``scipy.sparse.csr_array((values, pattern.indices, pattern.indptr), shape=(n_pre, n_post))`` and
    ``scipy.sparse.coo_array((values, pattern.pairs), shape=(n_pre, n_post))`` are their matrix.

    Examples
    --------
    >>> pattern = SparsePattern(indptr=np.array([0, 2, 2, 3]), indices=np.array([0, 4, 1]))
    >>> pre, post = pattern.pairs
    >>> pre, post
    (array([0, 0, 2]), array([0, 4, 1]))
    """

    indptr: IntArray
    """Where the targets of each sending unit start, shape (n_pre + 1,), int64."""

    indices: UnitArray
    """Receiving neurons, shape (nnz,), int32."""

    @property
    def pairs(self) -> tuple[IntArray, UnitArray]:
        """Sending unit and receiving neuron of each synapse, both of shape (nnz,)."""
        pre = np.repeat(np.arange(self.indptr.size - 1), np.diff(self.indptr))
        pre.flags.writeable = False
        return pre, self.indices


def is_sparse(value: object) -> bool:
    """Say whether `value` is a SciPy sparse matrix or array."""
    scipy_sparse = sys.modules.get("scipy.sparse")
    return scipy_sparse is not None and bool(scipy_sparse.issparse(value))


def compress(
    matrix: Any, shape: tuple[int, int], argument: str, *, duplicates: bool = True
) -> tuple[FloatArray, SparsePattern]:
    """Return the data and the pattern of a sparse matrix, in compressed rows.

    Duplicate entries are summed, in float64 whatever the matrix holds; stored zeros are kept.

    Parameters
    ----------
    matrix : scipy.sparse matrix or array, any format
        Rows are sending units.
    shape : tuple of int
        The shape it must have.
    argument : str
        The name to use in errors.
    duplicates : bool, optional
        Whether an entry may be stored more than once.

    Raises
    ------
    ArrayError
        If the shape is another, the matrix is damaged, or has duplicates that it must not have.
    ArrayTypeError
        If it does not hold real numbers.
    """
    if tuple(matrix.shape) != shape:
        raise ArrayError(
            f"{argument} must have shape [n_pre, n_post] = {shape}, got {tuple(matrix.shape)}",
            argument=argument,
        )
    if matrix.dtype.kind not in "fiu":
        refuse_elements(np.zeros(1, dtype=matrix.dtype), argument, "real numbers")
    try:
        if hasattr(matrix, "check_format"):
            matrix.check_format(full_check=True)
        entries = matrix.astype(np.float64).tocoo(copy=True)
        rows = entries.tocsr()
    except (TypeError, ValueError) as error:
        raise ArrayError(f"{argument} is no valid matrix: {error}", argument=argument) from error
    rows.sum_duplicates()
    extra = entries.nnz - rows.nnz
    if extra and not duplicates:
        raise ArrayError(
            f"{argument} has {counted(extra, 'duplicate entry', 'duplicate entries')}: delays "
            "cannot be summed",
            argument=argument,
        )
    indptr = np.array(rows.indptr, dtype=np.int64)
    indices = np.array(rows.indices, dtype=np.int32)
    indptr.flags.writeable = indices.flags.writeable = False
    data = np.array(rows.data, dtype=np.float64)
    return data, SparsePattern(indptr=indptr, indices=indices)


def same_pattern(first: SparsePattern, second: SparsePattern) -> bool:
    """Say whether two patterns have the same entries."""
    return np.array_equal(first.indptr, second.indptr) and np.array_equal(
        first.indices, second.indices
    )
