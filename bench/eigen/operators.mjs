/** The operators of the comparison; peer.py defines the same ones. */
export function operators() {
  return {
    "2-D Laplacian 100²": laplacian2d(100),
    "1-D Laplacian 1000": laplacian1d(1000),
    "uniform 10⁴": diagonal(10_000, (i) => (i + 1) / 10_000),
    "Hessian-like 2·10⁴": diagonal(20_000, (i) =>
      i < 10 ? 20 - 1.7 * i : Math.exp(-i / 2000) - 0.2,
    ),
    "power law 5000": diagonal(5000, (i) => 1 / (i + 1)),
    "square root 2·10⁴": diagonal(20_000, (i) => Math.sqrt((i + 1) / 20_000)),
    "cluster of six 3000": diagonal(3000, (i) => (i < 6 ? 10 - 1e-3 * i : i / 3000)),
  };
}

export function diagonal(n, value) {
  const d = Float64Array.from({ length: n }, (_, i) => value(i));
  return {
    n,
    apply(x, out) {
      for (let i = 0; i < n; i++) out[i] = d[i] * x[i];
    },
  };
}

function laplacian1d(n) {
  return {
    n,
    apply(x, out) {
      for (let i = 0; i < n; i++) {
        out[i] = 2 * x[i] - (i > 0 ? x[i - 1] : 0) - (i < n - 1 ? x[i + 1] : 0);
      }
    },
  };
}

function laplacian2d(g) {
  return {
    n: g * g,
    apply(x, out) {
      for (let i = 0; i < g; i++) {
        for (let j = 0; j < g; j++) {
          const p = i * g + j;
          let sum = 4 * x[p];
          if (i > 0) sum -= x[p - g];
          if (i < g - 1) sum -= x[p + g];
          if (j > 0) sum -= x[p - 1];
          if (j < g - 1) sum -= x[p + 1];
          out[p] = sum;
        }
      }
    },
  };
}
