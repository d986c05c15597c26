import { cholesky, choleskySolve, createRandom, type SyncOperator } from "@eoss/eigen";
import { denseOperator } from "../matrices.fixture.js";

/** A·x = λ·B·x with eigenvalues that are known exactly. */
export interface Pencil {
  readonly n: number;
  /** Descending. */
  readonly values: Float64Array;
  readonly a: Float64Array[];
  readonly b: Float64Array[];
  readonly A: SyncOperator;
  readonly B: SyncOperator;
  /** By Cholesky. */
  readonly solve: SyncOperator;
}

/**
 * A = C·D·Cᵀ, B = C·E·Cᵀ with C unit lower triangular of small whole numbers, D whole and E powers
 * of two: no rounding in either matrix, so that the eigenvalues are d/e to the last bit.
 *
 * @param decades of cond(E)
 */
export function exactPencil(n: number, decades: number, seed: number, zeros = 0): Pencil {
  const random = createRandom(seed, 5);
  const c = Array.from({ length: n }, (_, i) =>
    Float64Array.from({ length: n }, (__, j) =>
      i === j ? 1 : j < i && random.uniform() < 3 / n ? random.sign() : 0,
    ),
  );
  const steps = Math.round(decades * Math.log2(10));
  const e = Float64Array.from({ length: n }, (_, i) =>
    i === 0 ? 1 : i === 1 ? 2 ** -steps : 2 ** -Math.floor((steps + 1) * random.uniform()),
  );
  const d = Float64Array.from({ length: n }, (_, i) =>
    i < zeros ? 0 : Math.round(100 * random.normal()),
  );
  const congruent = (s: Float64Array) =>
    c.map((x) => Float64Array.from(c, (y) => x.reduce((sum, v, i) => sum + v * s[i]! * y[i]!, 0)));
  const [a, b] = [congruent(d), congruent(e)];
  const values = d
    .map((value, i) => value / e[i]!)
    .sort()
    .reverse();
  const factor = cholesky(b);
  return {
    n,
    values,
    a,
    b,
    A: denseOperator(a),
    B: denseOperator(b),
    solve: { n, apply: (z) => choleskySolve(factor, z) },
  };
}
