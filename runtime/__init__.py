"""The runtime layer: networks and spikes, building and loading C, running it forward and back.

`simulate` compiles and runs, `gradient` runs backward, `check` compares with `interpreter`, which
shares nothing with the derivation and the generated code.
"""
