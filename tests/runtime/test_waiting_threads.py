"""OpenMP's threads while they wait for work."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

THREADS = """
int crew(void)
{
    int count = 0;
#pragma omp parallel num_threads(2) reduction(+ : count)
    count++;
    return count;
}
"""
PROGRAM = f"""
from saltation.runtime.build import build, load
print(load(build({THREADS!r}), "int crew(void);")[1].crew())
"""


def test_threads_that_wait_for_work_outlive_the_library(tmp_path: Path) -> None:
    """They do so in the code of the OpenMP library, which came and would go with ours."""
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        env={**os.environ, "SALTATION_CACHE": str(tmp_path), "OMP_WAIT_POLICY": "active"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (0, "2\n"), done.stderr
