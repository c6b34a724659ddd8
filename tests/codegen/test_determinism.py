"""The same input gives the same bytes, whatever the order in which Python hashes."""

import hashlib
import os
import subprocess
import sys

import pytest

from saltation.codegen.goldens import expected

PROGRAM = """\
import hashlib
import sys
from saltation.codegen.goldens import expected, model_files
from saltation.symbolic import models
if "reversed" in sys.argv:
    for name in reversed(models.__all__):
        model_files(getattr(models, name))
sys.stdout.write(hashlib.sha256(repr(expected()).encode()).hexdigest())
"""


def digest_elsewhere(seed: str, *arguments: str) -> str:
    return subprocess.run(
        [sys.executable, "-W", "error", "-c", PROGRAM, *arguments],
        env={**os.environ, "PYTHONHASHSEED": seed},
        capture_output=True,
        text=True,
        check=True,
    ).stdout


@pytest.fixture(scope="module")
def digest() -> str:
    return hashlib.sha256(repr(expected()).encode()).hexdigest()


@pytest.mark.parametrize("seed", ["0", "1", "20211", "4294967295"])
def test_text_does_not_depend_on_the_hash_seed(digest: str, seed: str) -> None:
    assert digest_elsewhere(seed) == digest


def test_text_does_not_depend_on_what_was_generated_before(digest: str) -> None:
    assert digest_elsewhere("7", "reversed") == digest
