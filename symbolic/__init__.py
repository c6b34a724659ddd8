"""The symbolic layer: declarations, their checks, and what follows from them mathematically."""
