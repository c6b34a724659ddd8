"""The code generation layer: from a hybrid system to C text.

`network` turns a network's structure into a translation unit. `kernel` builds what the templates
read of one neuron model, with the routines that the `*_routines` modules lower (`lowering`), print
(`printer`) and name (`workshop`). `result_codes` is the one table of C's codes and Python's
messages.
"""
