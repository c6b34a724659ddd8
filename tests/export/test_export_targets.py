"""Exported C has the same bits on every processor, under an emulator."""

from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
from exported import coupled_network, load, nonlinear_network, recurrent_network, small_network

import saltation as sal
from saltation.runtime.export import export

MAIN = """#include "board.h"
#include "net_test.h"

static net_context net;

int main(void)
{
    const uint32_t wrong = net_test(&net);
    board_write("WRONG ");
    board_write_hex(wrong);
    board_write("\\n");
    return wrong == 0U ? 42 : 1;
}
"""

QUICK = [
    ("single", "Cortex-M3"),
    ("single", "Cortex-M4F"),
    ("single", "Cortex-M33"),
    ("single", "RV32IMAC"),
    ("single", "RV32IMAFC"),
    ("double", "Cortex-M3"),
    ("double", "Cortex-M33"),
    ("double", "RV32IMAFC"),
]
"""Those that CI installs the tools of; the others run where theirs are installed."""

FURTHER = [("single", "Cortex-M0"), ("double", "Cortex-M55"), ("single", "RV64GC")]


@pytest.fixture(scope="module")
def emulate(repository: Path) -> ModuleType:
    return load(repository / "examples" / "embedded" / "emulate.py")


@pytest.fixture(scope="module")
def learner(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with gradient, small enough for 16 kB of RAM in single precision."""
    folder = tmp_path_factory.mktemp(request.param)
    drive = {"in": sal.Spikes.from_first_times(np.linspace(1e-3, 25e-3, 8).reshape(2, 4))}
    export(
        small_network(),
        folder,
        0.06,
        name="net",
        precision=request.param,
        gradient=True,
        spikes=drive,
    )
    (folder / "main.c").write_text(MAIN)
    return folder


def self_test(emulate: ModuleType, name: str, folder: Path, tmp_path: Path) -> str:
    board = emulate.BOARDS[name]
    sources = [folder / file for file in ("main.c", "net.c", "net_test.c")]
    program = emulate.build(board, sources, tmp_path, include=[folder])
    outcome = emulate.run(board, program)
    return f"{outcome.text.strip()}, status {outcome.status}"


@pytest.mark.parametrize(("learner", "name"), QUICK, indirect=["learner"], scope="module")
def test_the_self_test_passes(
    require_tool: Callable[[str], str],
    emulate: ModuleType,
    learner: Path,
    tmp_path: Path,
    name: str,
) -> None:
    for tool in emulate.BOARDS[name].tools:
        require_tool(tool)
    assert self_test(emulate, name, learner, tmp_path) == "WRONG 00000000, status 42"


@pytest.mark.parametrize(("learner", "name"), FURTHER, indirect=["learner"], scope="module")
def test_the_self_test_passes_on_further_processors(
    emulate: ModuleType, learner: Path, tmp_path: Path, name: str
) -> None:
    if emulate.BOARDS[name].missing:
        pytest.skip(f"{emulate.BOARDS[name].missing} is not installed")
    assert self_test(emulate, name, learner, tmp_path) == "WRONG 00000000, status 42"


def test_modes_and_coupled_flows_have_the_same_bits_on_a_cortex_m4f(
    require_tool: Callable[[str], str], emulate: ModuleType, tmp_path: Path
) -> None:
    for tool in emulate.BOARDS["Cortex-M4F"].tools:
        require_tool(tool)
    folder = tmp_path / "coupled"
    export(coupled_network(), folder, 0.03, name="net", precision="double", gradient=True)
    (folder / "main.c").write_text(MAIN)
    said = self_test(emulate, "Cortex-M4F", folder, tmp_path / "build")
    assert said == "WRONG 00000000, status 42"


@pytest.fixture(scope="module")
def stepped(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A network without closed form, with gradient; its tape holds fewer steps than it takes."""
    folder = tmp_path_factory.mktemp("stepped")
    net = nonlinear_network(sal.models.izhikevich, 60.0)
    drive = {"in": sal.Spikes.from_first_times(np.linspace(1e-3, 15e-3, 6).reshape(2, 3))}
    export(net, folder, 0.02, name="net", gradient=True, spikes=drive, rtol=1e-4, tape=20)
    (folder / "main.c").write_text(MAIN)
    return folder


@pytest.mark.parametrize("name", [name for precision, name in QUICK if precision == "single"])
def test_a_network_without_closed_form_has_the_same_bits(
    require_tool: Callable[[str], str],
    emulate: ModuleType,
    stepped: Path,
    tmp_path: Path,
    name: str,
) -> None:
    for tool in emulate.BOARDS[name].tools:
        require_tool(tool)
    assert self_test(emulate, name, stepped, tmp_path) == "WRONG 00000000, status 42"


@pytest.mark.parametrize("name", ["Cortex-M4F", "RV32IMAC"])
def test_a_recurrent_network_has_the_same_bits(
    require_tool: Callable[[str], str], emulate: ModuleType, tmp_path: Path, name: str
) -> None:
    for tool in emulate.BOARDS[name].tools:
        require_tool(tool)
    folder = tmp_path / "recurrent"
    drive = {"in": sal.Spikes.from_first_times([[0.001, 0.003, 0.004]])}
    export(recurrent_network(), folder, 0.02, name="net", gradient=True, spikes=drive)
    (folder / "main.c").write_text(MAIN)
    assert self_test(emulate, name, folder, tmp_path / "build") == "WRONG 00000000, status 42"


@pytest.mark.parametrize(("model", "scale"), [("lif", 1.0), ("qif", 7.0)])
def test_a_small_network_with_gradient_has_the_same_bits_on_an_avr(
    require_tool: Callable[[str], str],
    emulate: ModuleType,
    tmp_path: Path,
    model: str,
    scale: float,
) -> None:
    for tool in emulate.BOARDS["AVR"].tools:
        require_tool(tool)
    net = sal.Network()
    net.add_input("in", 2)
    net.add_population("out", getattr(sal.models, model), 2)
    net.connect("in", "out", weight=scale * np.array([[6.0, 5.0], [3.0, 7.0]]), delay=1e-3)
    folder = tmp_path / "folder"
    drive = {"in": sal.Spikes.from_first_times([[0.002, 0.008]])}
    export(net, folder, 0.02, name="net", gradient=True, spikes=drive, rtol=1e-4, tape=16)
    (folder / "main.c").write_text(MAIN)
    assert self_test(emulate, "AVR", folder, tmp_path / "build").startswith("WRONG 00000000")


@pytest.mark.parametrize("learner", ["single"], indirect=True)
def test_one_changed_bit_is_noticed(
    require_tool: Callable[[str], str], emulate: ModuleType, learner: Path, tmp_path: Path
) -> None:
    for tool in emulate.BOARDS["Cortex-M4F"].tools:
        require_tool(tool)
    for file in ("main.c", "net.h", "net_test.h", "net_test.c", "net.c"):
        (tmp_path / file).write_text((learner / file).read_text())
    source = (tmp_path / "net.c").read_text()
    changed = source.replace("0.693359375F", "0.693359435F")
    assert changed != source
    (tmp_path / "net.c").write_text(changed)
    said = self_test(emulate, "Cortex-M4F", tmp_path, tmp_path / "build")
    assert not said.startswith("WRONG 00000000")
