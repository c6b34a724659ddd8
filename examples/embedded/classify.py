"""Train Yin-Yang on the desktop, export it, and classify the test split on an emulated Cortex-M4F.

The device has the desktop's accuracy and the desktop's bits: the checksum is of the times of all
spikes of all samples. Needs ``arm-none-eabi-gcc`` and ``qemu-system-arm``.

    python examples/embedded/classify.py
"""

import zlib
from argparse import ArgumentDefaultsHelpFormatter, ArgumentParser
from pathlib import Path

import desktop
import device
import emulate
import numpy as np

import saltation as sal


def classify(folder: Path, hidden: int, epochs: int, size: int, board: str) -> dict[str, tuple]:
    """Return how many samples are right and the checksum, on the desktop and on the device."""
    sim, values = desktop.train(hidden, epochs)
    spikes, labels = desktop.samples(size, sal.data.YIN_YANG_SEEDS["test"])
    run = sim.run({"in": spikes}, values)
    right = int(np.sum(run.first_spikes("out").argmin(axis=1) == labels))
    checksum = 0
    for sample in range(size):
        for population in run.spikes.values():
            times, _ = population.sample(sample)
            checksum = zlib.crc32(times.astype("<f4").tobytes(), checksum)

    counted = device.run_on_board(
        board,
        Path(__file__).with_suffix(".c"),
        folder,
        {"test": (spikes, labels)},
        net=sim.net,
        t_end=desktop.T_END,
        values=values,
        spikes={"in": spikes.select(range(4))},
        capacity=desktop.capacity(run),
    )
    return {"desktop": (right, checksum), board: counted}


def main() -> None:
    """Train, export, classify, compare."""
    parser = ArgumentParser(description=__doc__, formatter_class=ArgumentDefaultsHelpFormatter)
    parser.add_argument("--folder", type=Path, default=Path("yin_yang_export"))
    parser.add_argument("--hidden", type=int, default=60)
    parser.add_argument("--epochs", type=int, default=30)
    parser.add_argument("--size", type=int, default=1000, help="test samples")
    parser.add_argument("--board", choices=list(emulate.BOARDS), default="Cortex-M4F")
    chosen = parser.parse_args()
    results = classify(chosen.folder, chosen.hidden, chosen.epochs, chosen.size, chosen.board)
    for name, (right, checksum) in results.items():
        print(f"{name:12} {right / chosen.size:.2%} right, checksum {checksum:08x}")
    print("the same bits" if len(set(results.values())) == 1 else "DIFFERENT")


if __name__ == "__main__":
    main()
