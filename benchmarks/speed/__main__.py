"""Measure, and write `benchmarks/speed.json` and `benchmarks/speed.md`.

    python -m benchmarks.speed                                # all workloads, without peers
    python -m benchmarks.speed --data FOLDER                  # W2 with MNIST from its four files
    python -m benchmarks.speed --only W1,W3 --quick           # some, roughly
    python -m benchmarks.speed --peers all                    # the peers only
    python -m benchmarks.speed --only W1 --peers norse,brian2

Tables that are not measured anew are kept from the last run. Peers are installed from PyPI, each in
a virtual environment of its own, when they are first asked for.
"""

from __future__ import annotations

import os
from argparse import ArgumentParser, Namespace, RawDescriptionHelpFormatter
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from importlib import import_module
from pathlib import Path

import platformdirs

from benchmarks.speed.machine import machine
from benchmarks.speed.options import Options
from benchmarks.speed.peers import PEERS, STEPS, recurrent, steps
from benchmarks.speed.tables import Table, read_tables, write_tables
from benchmarks.speed.tasks import quietly
from benchmarks.speed.timing import Stopwatch

WORKLOADS = {
    "W1": "w1_yin_yang",
    "W2": "w2_mnist",
    "W3": "w3_recurrent",
    "W4": "w4_models",
    "W5": "w5_growth",
    "W6": "w6_start",
    "W7": "w7_settings",
}


def parse(arguments: list[str] | None) -> Namespace:
    """Read the command line."""
    parser = ArgumentParser(
        prog="python -m benchmarks.speed",
        description=__doc__,
        formatter_class=RawDescriptionHelpFormatter,
    )
    parser.add_argument("--only", help="workloads, such as W1,W3")
    parser.add_argument("--peers", help=f"'all', or some of {','.join(PEERS)}")
    parser.add_argument("--quick", action="store_true", help="small sizes, one round")
    parser.add_argument("--no-instructions", action="store_true", help="leave callgrind out")
    parser.add_argument("--data", type=Path, help="folder of MNIST; else scikit-learn's digits")
    parser.add_argument("--events", type=float, default=5e6, help="of W3, at most (%(default)g)")
    parser.add_argument("--output", type=Path, default=Path(__file__).parents[1])
    parser.add_argument(
        "--environments",
        type=Path,
        default=Path(platformdirs.user_cache_dir("saltation")) / "peers",
        help="folder of the peers' virtual environments (%(default)s)",
    )
    options = parser.parse_args(arguments)
    # Peers alone, if only they are asked for.
    chosen = options.only.split(",") if options.only else [] if options.peers else [*WORKLOADS]
    peers = [*PEERS] if options.peers == "all" else (options.peers or "").split(",")
    options.only, options.peers = chosen, [peer for peer in peers if peer]
    for given, known in ((options.only, WORKLOADS), (options.peers, PEERS)):
        for name in given:
            if name not in known:
                parser.error(f"unknown: {name}; expected some of {', '.join(known)}")
    return options


def children_seconds() -> float:
    """Return the processor seconds of all processes that this one started and that have ended."""
    times = os.times()
    return times.children_user + times.children_system


def main(arguments: list[str] | None = None) -> None:
    """Measure what is asked for, and write all tables after each."""
    chosen = parse(arguments)
    options = Options(
        quick=chosen.quick,
        instructions=not chosen.no_instructions,
        data=chosen.data,
        output=chosen.output,
        environments=chosen.environments,
        events=chosen.events,
    )
    options.output.mkdir(parents=True, exist_ok=True)
    path = options.output / "speed.json"
    tables = read_tables(path)
    jobs: dict[str, Callable[[], Table]] = {
        name: partial(import_module(f"benchmarks.speed.{WORKLOADS[name]}").measure, options)
        for name in chosen.only
    }
    if any(peer in STEPS for peer in chosen.peers):
        kept = tables.get("peers, step")
        jobs["peers, step"] = partial(steps.measure, options, chosen.peers, kept)
    if "brian2" in chosen.peers:
        jobs["peers, recurrent"] = partial(recurrent.measure, options)
    for name, job in jobs.items():
        watch, children = Stopwatch(), children_seconds()
        described = machine()
        with quietly():
            tables[name] = replace(job(), machine=described)
        write_tables(tables, path)
        own, wall = watch.lap()
        processor = own + children_seconds() - children
        print(f"{name}: {wall:.0f} s, of which {processor:.0f} s CPU", flush=True)


if __name__ == "__main__":
    main()
