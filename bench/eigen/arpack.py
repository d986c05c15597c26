"""ARPACK (scipy.sparse.linalg.eigsh) on the matrices of `matrices.py`.

Reads one JSON request a line (number, k, which, tol, seeds), answers with products, CPU time in ms
(the least of the seeds, warm) and the largest error of a value.
"""

import json
import sys
import time
from pathlib import Path

import numpy as np
import scipy.sparse as sp
import scipy.sparse.linalg as sl

folder = Path(sys.argv[1])


def load(number):
    part = lambda end, kind: np.fromfile(folder / f"{number}.{end}", kind)
    rows = part("rows", "<i4")
    n = len(rows) - 1
    matrix = sp.csr_matrix((part("values", "<f8"), part("columns", "<i4"), rows), shape=(n, n))
    return matrix, part("spectrum", "<f8")


def wanted(spectrum, k, which):
    if which == "LA":
        return spectrum[:k]
    if which == "SA":
        return spectrum[len(spectrum) - k :]
    # One more from the high end where k is odd, as eigsh does.
    top = (k + 1) // 2
    return np.r_[spectrum[:top], spectrum[len(spectrum) - (k - top) :]]


for line in sys.stdin:
    ask = json.loads(line)
    matrix, spectrum = load(ask["number"])
    n = matrix.shape[0]
    truth = wanted(spectrum, ask["k"], ask["which"])
    products, times, worst, failed = [], [], 0.0, 0
    for seed in ask["seeds"]:
        count = 0

        def apply(x):
            global count
            count += 1
            return matrix @ x

        operator = sl.LinearOperator((n, n), apply, dtype=float)
        start = np.random.default_rng(seed).standard_normal(n)
        begin = time.process_time()
        try:
            found = sl.eigsh(operator, ask["k"], which=ask["which"], tol=ask["tol"], v0=start, maxiter=1 + 5000 // (ask["k"] + 20))[0]
            off = np.abs(np.sort(found)[::-1] - truth).max() / max(abs(spectrum[0]), abs(spectrum[-1]))
            worst = max(worst, float(off))
        except Exception:
            failed += 1
        times.append(1000 * (time.process_time() - begin))
        products.append(count)
    print(json.dumps({"products": float(np.mean(products)), "ms": min(times), "worst": worst, "failed": failed}), flush=True)
