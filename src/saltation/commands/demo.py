"""``saltation demo``: from a declared neuron to a trained classifier."""

from __future__ import annotations

from pathlib import Path

import click


@click.command()
@click.option(
    "--epochs",
    metavar="N",
    default=60,
    show_default=True,
    type=click.IntRange(min=1),
    help="How often to go through the training samples.",
)
@click.option(
    "--seed",
    metavar="N",
    default=0,
    show_default=True,
    type=click.IntRange(min=0),
    help="Of the initial weights and of the order of the samples.",
)
@click.option(
    "--data-folder",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Read the published Yin-Yang splits from here, instead of making them.",
)
@click.option(
    "--output",
    default=Path("demo"),
    show_default=True,
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder for the checkpoint and the pictures.",
)
@click.option(
    "--threads",
    metavar="N",
    type=click.IntRange(min=1),
    help="Threads of the simulator.  [default: one for each processor]",
)
@click.option("--resume", is_flag=True, help="Go on from the checkpoint in the output folder.")
def demo(
    epochs: int,
    seed: int,
    data_folder: Path | None,
    output: Path,
    threads: int | None,
    resume: bool,
) -> None:
    """Train a spiking network on the Yin-Yang data set.

    Declares the leaky integrate-and-fire neuron, prints the equations derived from it, generates
    and compiles C, trains 5-200-3 neurons by their first spike times, and saves a checkpoint and
    pictures.
    """
    from saltation.demo import Demo

    Demo(
        epochs=epochs,
        seed=seed,
        data_folder=data_folder,
        output=output,
        threads=threads,
        resume=resume,
    ).run()
