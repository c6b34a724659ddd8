"""What all tests share.

Helper modules beside this file can be imported by their bare names. With ``CI=true`` a missing tool
is a failure and not a skip. Hypothesis draws the same examples in every run.
"""

import os
import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import settings

import saltation.runtime.build as builds

sys.path.insert(0, str(Path(__file__).parent))

IN_CI = os.environ.get("CI") == "true"

# No deadline: a compilation, or another process on the same cores, would exceed it.
settings.register_profile("saltation", deadline=None, derandomize=True, print_blob=True)
# HYPOTHESIS_PROFILE=deep looks for new counterexamples: many, other ones in every run.
settings.register_profile("deep", deadline=None, print_blob=True)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "saltation"))

LONGEST = (
    "test_sanitizers",
    "test_packaging",
    "test_many_rates",
    "test_check_compiled",
    "test_random_nonlinear",
    "test_random_recurrent",
    "test_random_networks",
    "test_recurrent_models",
    "test_demo",
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the modules of the longest tests: no process waits for one of them at the end."""
    items.sort(key=lambda item: item.path.stem not in LONGEST)


@pytest.fixture(scope="session", autouse=True)
def _quick_compilation() -> Iterator[None]:
    """Compile C without optimisation: a tenth of the time, the same bits (test_invariance.py)."""
    with pytest.MonkeyPatch.context() as patch:
        flags = tuple("-O0" if flag == "-O2" else flag for flag in builds.DEFAULT_FLAGS)
        patch.setattr(builds, "DEFAULT_FLAGS", flags)
        yield


@pytest.fixture(scope="session")
def repository() -> Path:
    """The root of the repository."""
    return Path(__file__).parents[1]


@pytest.fixture(scope="session")
def require_tool() -> Callable[[str], str]:
    """Finds a program, and skips the test where it is missing; in CI the test fails."""

    def find(name: str) -> str:
        path = shutil.which(name)
        if path is None and IN_CI:
            pytest.fail(f"{name} is not installed, and CI must run this test: see .ci/run")
        if path is None:
            pytest.skip(f"{name} is not installed")
        return path

    return find
