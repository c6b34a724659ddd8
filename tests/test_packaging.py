"""Every way to install gives the same working package, on every supported Python."""

import math
import os
import shutil
import subprocess
import sys
import tarfile
import tomllib
import zipfile
from collections.abc import Sequence
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[1]
VERSIONS = ("3.11", "3.12", "3.13")

PROGRAM = """\
import numpy as np
import saltation as sal

net = sal.Network()
net.add_input("in", 1)
net.add_population("out", sal.models.lif, 1)
net.connect("in", "out", weight=[[8.0]])
run = sal.compile(net, t_end=0.05).run({"in": sal.Spikes.from_first_times([[0.01]])})
gradient = run.gradient(spike_times={"out": np.ones(1)})
print(sal.__file__)
print(sal.__version__)
print(*run.spikes["out"].times, gradient["in->out.weight"][0, 0])
"""

# Where 8/3 (exp(-s/20 ms) - exp(-s/5 ms)) reaches 1, and ds/dw = -1/(8 dv/ds) there; by bisection.
SPIKE, WEIGHT_GRADIENT = 0.014116608628585579, -0.0009953145733817169


def run(command: Sequence[str | Path], folder: Path) -> str:
    """Run a command outside the repository; fail with what it said."""
    hidden = ("PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV", "GIT_DIR", "GIT_INDEX_FILE")
    result = subprocess.run(
        [str(word) for word in command],
        cwd=folder,
        env={key: value for key, value in os.environ.items() if key not in hidden},
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, f"{command}:\n{result.stdout}{result.stderr}"
    return result.stdout


def make_environment(folder: Path) -> Path:
    """Make an environment with the packages of this one but without its Saltation."""
    run([sys.executable, "-m", "venv", "--without-pip", folder], folder.parent)
    python = folder / "bin" / "python"
    [site] = folder.glob("lib/python*/site-packages")
    # Of a folder that a .pth file names, Python reads no .pth files: editable installs stay behind.
    (site / "dependencies.pth").write_text("\n".join(p for p in sys.path if "site-packages" in p))
    return python


def install(python: Path, *arguments: str | Path) -> None:
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "-qq"]
    run([*pip, "--python", python, "install", "--no-deps", *arguments], python.parents[2])


def check(python: Path, home: Path) -> None:
    """Simulate, differentiate and call the command; Saltation must come from the given folder."""
    folder = python.parents[2]
    place, version, numbers = run([python, "-W", "error", "-c", PROGRAM], folder).splitlines()
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert Path(place).is_relative_to(home)
    assert version == project["version"]
    spike, gradient = map(float, numbers.split())
    assert math.isclose(spike, SPIKE, rel_tol=1e-14)
    assert math.isclose(gradient, WEIGHT_GRADIENT, rel_tol=1e-12)
    assert "tau_m" in run([python.parent / "saltation", "derive", "lif"], folder)


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A git repository with the files of this one that git tracks or would add."""
    folder = tmp_path_factory.mktemp("checkout") / "saltation"
    listed = run(["git", "ls-files", "-z", "-co", "--exclude-standard"], ROOT)
    for name in filter(None, listed.split("\0")):
        if (ROOT / name).is_symlink() or (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, folder / name, follow_symlinks=False)
    run(["git", "init", "-q"], folder)
    run(["git", "add", "-A"], folder)
    who = ["-c", "user.name=test", "-c", "user.email=test@localhost"]
    run(["git", *who, "commit", "-q", "-m", "Copy"], folder)
    return folder


@pytest.fixture(scope="module")
def distributions(checkout: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A source distribution, and a wheel made from it."""
    folder = tmp_path_factory.mktemp("distributions")
    run([sys.executable, "-m", "build", "--outdir", folder, checkout], folder)
    [sdist], [wheel] = folder.glob("*.tar.gz"), folder.glob("*.whl")
    return sdist, wheel


@pytest.fixture
def environment(tmp_path: Path) -> Path:
    return make_environment(tmp_path / "environment")


def test_the_wheel_holds_every_module_and_template_once_and_nothing_else(
    distributions: tuple[Path, Path],
) -> None:
    mapping = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["setuptools"]
    wanted = {"saltation/py.typed"}
    for package, folder in mapping["package-dir"].items():
        for pattern in ("*.py", "*.j2"):
            files = (ROOT / folder).glob(pattern)
            wanted |= {f"{package.replace('.', '/')}/{path.name}" for path in files}
    with zipfile.ZipFile(distributions[1]) as wheel:
        names = wheel.namelist()
    assert sorted(n for n in names if ".dist-info/" not in n) == sorted(wanted)
    assert any(n.endswith("licenses/LICENSE") for n in names)


def test_the_source_distribution_holds_what_a_build_needs(
    distributions: tuple[Path, Path],
) -> None:
    with tarfile.open(distributions[0]) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    assert {"pyproject.toml", "LICENSE", "README.md", "templates/network.c.j2"} <= names


def test_the_wheel_works(distributions: tuple[Path, Path], environment: Path) -> None:
    install(environment, distributions[1])
    check(environment, environment.parents[1])


def test_the_source_distribution_works(distributions: tuple[Path, Path], environment: Path) -> None:
    install(environment, distributions[0])
    check(environment, environment.parents[1])


def test_an_installation_from_git_works(checkout: Path, environment: Path) -> None:
    install(environment, f"git+{checkout.as_uri()}")
    check(environment, environment.parents[1])


def test_an_editable_installation_works_and_follows_changes(
    checkout: Path, environment: Path, tmp_path: Path
) -> None:
    copy = tmp_path / "a folder with spaces"
    shutil.copytree(checkout, copy, symlinks=True)
    install(environment, "--editable", copy)
    check(environment, copy)
    (copy / "symbolic" / "added.py").write_text("NUMBER = 41\n")
    program = "from saltation.symbolic.added import NUMBER; print(NUMBER + 1)"
    assert run([environment, "-c", program], tmp_path) == "42\n"


def interpreter(version: str) -> Path:
    """The interpreter of a version of Python; skips where there is none."""
    found = shutil.which(f"python{version}")
    if f"{sys.version_info.major}.{sys.version_info.minor}" == version:
        return Path(sys.executable)
    # A version manager puts programs on the PATH that only say that the version is not chosen.
    asked = [found or "false", "--version"]
    if found is None or subprocess.run(asked, capture_output=True, check=False).returncode != 0:
        pytest.skip(f"Python {version} is not installed")
    return Path(found)


@pytest.mark.parametrize("version", VERSIONS)
def test_the_wheel_and_its_dependencies_work_on_every_supported_python(
    distributions: tuple[Path, Path], tmp_path: Path, version: str
) -> None:
    folder = tmp_path / "environment"
    run([interpreter(version), "-m", "venv", folder], tmp_path)
    python = folder / "bin" / "python"
    pip = [python, "-m", "pip", "--disable-pip-version-check", "-qq"]
    run([*pip, "install", "--only-binary", ":all:", distributions[1]], tmp_path)
    check(python, folder)
    run([*pip, "check"], tmp_path)


def test_the_supported_pythons_are_declared() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    prefix = "Programming Language :: Python :: "
    declared = [c.removeprefix(prefix) for c in project["classifiers"] if c.startswith(prefix)]
    assert declared == list(VERSIONS)
    assert project["requires-python"] == f">={VERSIONS[0]}"
