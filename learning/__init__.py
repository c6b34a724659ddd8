"""Learning: losses, optimisers, training, data and plots, on any simulator of the runtime."""
