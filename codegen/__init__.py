"""Placeholder: the layer's own docstring follows."""
