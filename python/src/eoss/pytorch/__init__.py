"""The engine for PyTorch: losses, their derivatives, and what a measurement must leave as it was."""
