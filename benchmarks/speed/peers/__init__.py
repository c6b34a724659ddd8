"""The same work done by other programs: a training step of W1, and the network of W3.

Each program is one script here, which runs in a virtual environment of its own, on one thread, and
writes what it measured as JSON. What it does differently stands in the table.
"""

from __future__ import annotations

from benchmarks.speed.peers.peer import Peer

STEPS = {
    "eventax": Peer(
        name="Eventax",
        package="eventax",
        requirements=("eventax==0.1.0",),
        script="step_eventax.py",
        grid="none; Euler steps of 0.1 ms between events",
        limits="one spike at once, 250 events a sample",
        precision="single",
        gradient="EventProp through the solver, of our loss; stops at the last first spike",
    ),
    "jaxsnn": Peer(
        name="jaxsnn",
        package="jaxsnn",
        requirements=("jaxsnn==0.3.0",),
        script="step_jaxsnn.py",
        grid="none",
        limits="another task: one spike a neuron, tau_mem = 2 tau_syn, its own loss",
        precision="single",
        gradient="EventProp",
    ),
    "norse": Peer(
        name="Norse",
        package="norse",
        requirements=("torch==2.13.0", "norse==1.1.0"),
        script="step_norse.py",
        variants=("1", "0.1"),
        grid="{} ms, Euler",
        limits="one spike a step",
        precision="single",
        gradient="surrogate, of the cross-entropy of output spike counts",
    ),
    "snntorch": Peer(
        name="snnTorch",
        package="snntorch",
        requirements=("torch==2.13.0", "numpy", "snntorch==1.0.0"),
        script="step_snntorch.py",
        variants=("1", "0.1"),
        grid="{} ms, decay factors",
        limits="one spike a step",
        precision="single",
        gradient="surrogate, of the cross-entropy of output spike counts",
    ),
}
"""What does a training step, by the name on the command line."""

BRIAN2 = Peer(
    name="Brian2",
    package="brian2",
    # Its release for Python 3.11 needs an attribute that NumPy 2.4 no longer has.
    requirements=("numpy<2.4", "brian2==2.9.0"),
    script="recurrent_brian2.py",
    grid="0.1 ms, exact between",
    limits="one spike a step",
    precision="double",
    gradient="none",
)

PEERS = (*STEPS, "brian2")
"""All names for the command line."""
