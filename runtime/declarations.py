"""C declarations as cffi types, read once and kept in the cache.

Parsing declarations takes cffi tens of milliseconds in each new process. Its own compact form of
them, a short Python text, takes none, so that text is stored: ``cdef-K.py``, whose first line
holds the BLAKE2 digest of the rest.
"""

from __future__ import annotations

import contextlib
import io
from pathlib import Path
from typing import Any

import _cffi_backend  # type: ignore[import-untyped]  # cffi has no stubs

from saltation.runtime.cache import cache_folder, read_text, scratch_folder, write_atomically
from saltation.runtime.digest import blake2
from saltation.symbolic.errors import ToolchainError

_MODULE = "saltation_declarations"
_MARK = "# blake2 "


def make_ffi(cdef: str) -> Any:
    """Return the cffi object that knows the types and functions of some declarations.

    Parameters
    ----------
    cdef : str
        C declarations, without preprocessor lines.

    Raises
    ------
    ToolchainError
        If cffi cannot read them.
    """
    folder = cache_folder()
    key = blake2(f"{_cffi_backend.__version__}\n{cdef}".encode())
    path = folder / f"cdef-{key[:32]}.py"
    code = _verified(path)
    if code is None:
        code = _translated(cdef)
        digest = blake2(code.encode())
        # A folder that can only be read costs the time of parsing, and nothing else.
        with contextlib.suppress(ToolchainError):
            write_atomically(path, f"{_MARK}{digest}\n{code}".encode())
    names: dict[str, Any] = {}
    exec(compile(code, str(path), "exec"), names)
    return names["ffi"]


def _verified(path: Path) -> str | None:
    """Return the stored text; None if there is none, or it is damaged."""
    head, _, code = (read_text(path) or "").partition("\n")
    right = head == _MARK + blake2(code.encode())
    return code if right else None


def _translated(cdef: str) -> str:
    # Only here, because it imports a parser of C.
    from cffi import FFI, CDefError, FFIError, VerificationError

    ffi = FFI()
    try:
        ffi.cdef(cdef)
        ffi.set_source(_MODULE, None)
        # cffi prints which file it writes.
        with scratch_folder() as folder, contextlib.redirect_stdout(io.StringIO()):
            target = folder / f"{_MODULE}.py"
            ffi.emit_python_code(str(target))
            return target.read_text(encoding="utf-8").strip()
    except (CDefError, FFIError, VerificationError) as error:
        raise ToolchainError(f"cannot read the C declarations: {error}\n{cdef}") from error
