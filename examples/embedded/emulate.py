"""Build a program for a board and run it under an emulator: Cortex-M, RISC-V, AVR.

The boards' start-up code is in ``boards/``; a program writes text and ends with an exit status,
both through the emulator. Instructions are counted exactly: under ``-icount`` one instruction takes
a fixed time on the board's clock, or the processor has a counter of its own (on AVR, of cycles).
"""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).parent / "boards"
WARM = ("-Wall", "-Wextra")
CORTEX = ("arm-none-eabi-gcc", "--specs=nano.specs", "-nostartfiles", "-mthumb")
RISCV = ("riscv64-unknown-elf-gcc", "--specs=picolibc.specs", "-nostartfiles", "-misa-spec=2.2")
QUIET = ("-display", "none", "-monitor", "none", "-serial", "none")
SEMIHOSTING = ("-semihosting-config", "enable=on,target=native")
COMMON = ("-std=c99", "-ffp-contract=off", "-ffunction-sections", "-fdata-sections", *WARM)


@dataclass(frozen=True, slots=True, kw_only=True)
class Board:
    """A board: how to compile and link for it, and how to run it.

    Attributes
    ----------
    compiler : tuple of str
        The compiler with the processor's options.
    emulator : tuple of str
        The emulator's command, without the program.
    sources : tuple of str
        Start-up files of ``boards/``.
    memory : str
        For Cortex-M the memory's layout.
    tick : float
        How many instructions (on AVR: cycles) one tick of the counter is.
    ram : int
        How many bytes of RAM data and stack share, if that may be too few.
    """

    compiler: tuple[str, ...]
    emulator: tuple[str, ...]
    sources: tuple[str, ...]
    memory: str = ""
    tick: float = 1.0
    ram: int = 0

    @property
    def tools(self) -> tuple[str, str]:
        """The programs that must be installed."""
        return self.compiler[0], self.emulator[0]

    @property
    def missing(self) -> str:
        """The first program that is not installed; empty if none is missing."""
        return next((tool for tool in self.tools if shutil.which(tool) is None), "")


def _cortex(
    core: str, machine: str, code: str, load: str, ram: str, mhz: float, size: int = 0
) -> Board:
    return Board(
        compiler=(*CORTEX, *core.split()),
        emulator=("qemu-system-arm", "-M", machine, *QUIET, *SEMIHOSTING, "-icount", "shift=6"),
        sources=("arm.c", "board.c"),
        memory=f"MEMORY {{ CODE (rx) : {code}  LOAD (rx) : {load}  RAM (rwx) : {ram} }}\n",
        tick=1000.0 / mhz / 64.0,
        ram=size,
    )


def _riscv(bits: int, architecture: str, model: str) -> Board:
    return Board(
        compiler=(*RISCV, *architecture.split(), f"-mcmodel={model}"),
        emulator=(
            f"qemu-system-riscv{bits}",
            *("-M", "virt", "-bios", "none"),
            *QUIET,
            *SEMIHOSTING,
            *("-icount", "shift=0"),
        ),
        sources=("riscv.S", "riscv.c", "board.c"),
    )


_LOW = "ORIGIN = 0x0, LENGTH = 4M"
_LOW_RAM = "ORIGIN = 0x20000000, LENGTH = 4M"
_SECURE = "ORIGIN = 0x10000000, LENGTH = 4M"
BOARDS = {
    "Cortex-M0": _cortex(
        "-mcpu=cortex-m0",
        "microbit",
        "ORIGIN = 0x0, LENGTH = 256K",
        "ORIGIN = 0x0, LENGTH = 256K",
        "ORIGIN = 0x20000000, LENGTH = 16K",
        16.0,
        16 * 1024,
    ),
    "Cortex-M3": _cortex("-mcpu=cortex-m3", "mps2-an385", _LOW, _LOW, _LOW_RAM, 25.0),
    "Cortex-M4F": _cortex(
        "-mcpu=cortex-m4 -mfloat-abi=hard -mfpu=fpv4-sp-d16",
        "mps2-an386",
        _LOW,
        _LOW,
        _LOW_RAM,
        25.0,
    ),
    "Cortex-M33": _cortex(
        "-mcpu=cortex-m33 -mfloat-abi=hard -mfpu=fpv5-sp-d16",
        "mps2-an505",
        _SECURE,
        _SECURE,
        "ORIGIN = 0x38000000, LENGTH = 2M",
        20.0,
    ),
    "Cortex-M55": _cortex(
        "-mcpu=cortex-m55 -mfloat-abi=hard",
        "mps3-an547",
        "ORIGIN = 0x10000000, LENGTH = 512K",
        "ORIGIN = 0x0, LENGTH = 512K",
        "ORIGIN = 0x30000000, LENGTH = 512K",
        32.0,
    ),
    "RV32IMAC": _riscv(32, "-march=rv32imac -mabi=ilp32", "medlow"),
    "RV32IMAFC": _riscv(32, "-march=rv32imafc -mabi=ilp32f", "medlow"),
    "RV64GC": _riscv(64, "-march=rv64imafdc -mabi=lp64d", "medany"),
    "AVR": Board(
        compiler=("avr-gcc", "-mmcu=atmega2560"),
        emulator=("simavr", "-m", "atmega2560", "-f", "16000000"),
        sources=("avr.c",),
        ram=8192,
    ),
}
"""The boards by the names of their processors."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What a program wrote, and its exit status."""

    text: str
    status: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Sizes:
    """The sections of a program, in bytes."""

    text: int
    data: int
    bss: int


def build(
    board: Board,
    sources: Sequence[Path],
    folder: Path,
    *,
    optimise: str = "-O2",
    include: Sequence[Path] = (),
) -> Path:
    """Compile and link a program; returns it. What the compiler says ends up in the error."""
    folder.mkdir(parents=True, exist_ok=True)
    program = folder / "program.elf"
    places = [f"-I{path}" for path in (HERE, *include)]
    link = ["-Wl,--gc-sections"]
    if board.memory:
        (folder / "memory.ld").write_text(board.memory)
        link += [f"-L{folder}", "-T", str(HERE / "arm.ld")]
    elif board.compiler[0] == RISCV[0]:
        link += ["-T", str(HERE / "riscv.ld")]
    start = [str(HERE / name) for name in board.sources]
    command = [*board.compiler, *COMMON, optimise, *places, *start, *map(str, sources), *link]
    done = subprocess.run(
        [*command, "-o", str(program)], capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        raise RuntimeError(f"{board.compiler[0]} failed:\n{done.stderr}")
    return program


def run(board: Board, program: Path, timeout: float = 60.0) -> Outcome:
    """Run a program to its end."""
    simulated = board.emulator[0] == "simavr"
    command = [*board.emulator, *([] if simulated else ["-kernel"]), str(program)]
    done = subprocess.run(
        command,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=timeout,
        check=False,
        errors="replace",
    )
    if not simulated:
        return Outcome(text=done.stderr, status=done.returncode)
    plain = re.sub(r"\x1b\[[0-9;]*m", "", done.stderr + done.stdout)
    text = re.sub(r"\.?\r*$", "", plain, flags=re.MULTILINE)
    found = re.search(r"EXIT ([0-9a-f]{8})", text)
    return Outcome(text=text, status=int(found.group(1), 16) if found else -1)


def sizes(board: Board, program: Path) -> Sizes:
    """Return the sizes of a program's sections."""
    tool = board.compiler[0].removesuffix("gcc") + "size"
    said = subprocess.run([tool, str(program)], check=True, capture_output=True, text=True).stdout
    text, data, bss = (int(word) for word in said.splitlines()[1].split()[:3])
    return Sizes(text=text, data=data, bss=bss)
