"""Saltation: exact event-based gradients for any spiking neuron model."""
