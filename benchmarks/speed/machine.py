"""What a table was measured with."""

from __future__ import annotations

import datetime
import os
import platform
import subprocess
from importlib.metadata import version
from pathlib import Path

from saltation.runtime.cache import cache_folder
from saltation.runtime.toolchain import find_toolchain


def processor() -> str:
    """Return the processor's name, as far as the system tells."""
    path = Path("/proc/cpuinfo")
    lines = path.read_text().splitlines() if path.exists() else []
    names = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or "an unknown processor"


def commit() -> str:
    """Return the commit that was measured, marked where files differ from it."""
    command = ("git", "describe", "--always", "--dirty", "--exclude=*")
    found = subprocess.run(
        command, cwd=Path(__file__).parent, capture_output=True, text=True, check=False
    )
    return found.stdout.strip() if found.returncode == 0 else "no commit"


def machine() -> str:
    """Describe machine, compiler, versions and day in one line."""
    return ", ".join(
        (
            f"{datetime.date.today():%Y-%m-%d}",
            f"commit {commit()}",
            f"{os.cpu_count()} x {processor()} ({platform.machine()})",
            f"{platform.system()} {platform.release()}",
            find_toolchain(cache_folder()).version,
            f"Python {platform.python_version()}",
            *(f"{name} {version(name)}" for name in ("numpy", "scipy")),
            f"load average {os.getloadavg()[0]:.1f}",
        )
    )
