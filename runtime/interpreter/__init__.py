"""An interpreter of declarations in high precision: slow, plain, and independent of the rest.

It reads `Neuron.system` and a network, and nothing that is derived from them: no flow map, no
adjoint, no matrix exponential, no C. Flows are Taylor series whose coefficients follow from the
right-hand sides by recurrences; events are found by walking along the polynomials with a bound of
their curvature. Everything else in the package can therefore be checked against it.
"""

from saltation.runtime.interpreter.network import Interpreter, Outcome, Perturbation
from saltation.runtime.interpreter.outcome import Interpretation, interpret

__all__ = ["Interpretation", "Interpreter", "Outcome", "Perturbation", "interpret"]
