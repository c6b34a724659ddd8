"""Placeholder: the package docstring follows."""
