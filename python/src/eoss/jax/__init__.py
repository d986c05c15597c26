"""The engine for JAX: losses as functions of a tree of parameters, their derivatives, and vectors."""
