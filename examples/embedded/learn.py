"""Learn on the device: an emulated Cortex-M4F gets used to a sensor that was mounted askew.

A network that was trained on the desktop is exported with its gradient. On the device the
Yin-Yang sign is turned, and many samples are taken for others. The device then learns from samples
one by one: it runs each, goes back from its own spikes and takes a step. Needs
``arm-none-eabi-gcc`` and ``qemu-system-arm``.

    python examples/embedded/learn.py
"""

from argparse import ArgumentDefaultsHelpFormatter, ArgumentParser
from pathlib import Path

import desktop
import device
import emulate

import saltation as sal


def learn(
    folder: Path, epochs: int, turned: float, lessons: int, size: int, board: str
) -> tuple[int, int]:
    """Return how many of `size` test samples the device has right before and after `lessons`."""
    # From narrower weights fewer neurons spike, and the device did not improve (68.3 to 67.6 %).
    sim, values = desktop.train(30, epochs, spread=0.3)
    sets = {
        "lessons": desktop.samples(lessons, sal.data.YIN_YANG_SEEDS["validation"], turned),
        "test": desktop.samples(size, sal.data.YIN_YANG_SEEDS["test"], turned),
    }
    run = sim.run({"in": sets["lessons"][0]}, values)
    # The weights change, and with them the number of spikes: twice what they emit now.
    capacity = {name: 2 * count for name, count in desktop.capacity(run).items()}
    before, after = device.run_on_board(
        board,
        Path(__file__).with_suffix(".c"),
        folder,
        sets,
        net=sim.net,
        t_end=desktop.T_END,
        gradient=True,
        values=values,
        spikes={"in": sets["lessons"][0].select(range(4))},
        capacity=capacity,
    )
    return before, after


def main() -> None:
    """Train, export, turn the sign, learn, and tell the accuracy before and after."""
    parser = ArgumentParser(description=__doc__, formatter_class=ArgumentDefaultsHelpFormatter)
    parser.add_argument("--folder", type=Path, default=Path("yin_yang_learning"))
    parser.add_argument("--epochs", type=int, default=20, help="of the training on the desktop")
    parser.add_argument("--turned", type=float, default=20.0, help="degrees")
    parser.add_argument("--lessons", type=int, default=3000, help="samples to learn from")
    parser.add_argument("--size", type=int, default=1000, help="test samples")
    parser.add_argument("--board", choices=list(emulate.BOARDS), default="Cortex-M4F")
    chosen = parser.parse_args()
    before, after = learn(
        chosen.folder, chosen.epochs, chosen.turned, chosen.lessons, chosen.size, chosen.board
    )
    print(f"before {before / chosen.size:.2%} right, after {after / chosen.size:.2%}")


if __name__ == "__main__":
    main()
