"""Benchmarks of speed: workloads W1 to W7 and the same work done by other programs.

`python -m benchmarks.speed`, from the top of the repository, measures and writes the tables; see
`benchmarks.speed.__main__`. Each workload is one file; `timing`, `memory` and `instructions` are
how everything is measured.
"""
