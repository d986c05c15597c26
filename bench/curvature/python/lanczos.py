"""Lanczos with full reorthogonalisation, until a rule says that it is enough."""

import numpy as np


def lanczos(product, start, finished, most=500):
    """λmax of a symmetric operator.

    product(v) -> Hv, both [n]; the basis has the type of `start`
    finished(values, residuals) -> bool, of the Ritz pairs, largest value first
    returns value, products, unit vector
    """
    # Memory is taken only by the rows that are written.
    rows = np.empty((most, len(start)), start.dtype)
    diagonal, off_diagonal = [], []
    v = start / np.linalg.norm(start)
    for products in range(1, most + 1):
        rows[products - 1] = v
        basis = rows[:products]
        w = product(v)
        diagonal.append(float(v @ w))
        # Twice is enough.
        for _ in range(2):
            w = w - basis.T @ (basis @ w)
        beta = float(np.linalg.norm(w))
        t = np.diag(diagonal) + np.diag(off_diagonal, 1) + np.diag(off_diagonal, -1)
        values, vectors = np.linalg.eigh(t)
        values, vectors = values[::-1], vectors[:, ::-1]
        if finished(values, beta * abs(vectors[-1])):
            return values[0], products, basis.T @ vectors[:, 0].astype(start.dtype)
        off_diagonal.append(beta)
        v = w / beta
    raise RuntimeError(f"Lanczos is not done after {most} products")


def residual_below(tolerance):
    """The residual of the first pair is at most `tolerance` of its value."""
    return lambda values, residuals: residuals[0] <= tolerance * abs(values[0])
