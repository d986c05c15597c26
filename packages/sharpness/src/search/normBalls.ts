// The unit balls of the norms that sign descent and spectral descent step in.
import { symmetricEigen } from "@eoss/eigen";

/** A positive matrix W with xᵀWx ≤ `trace` for every x of the ball. */
export interface Weights {
  readonly trace: number;
  /** W^(−½)·x as a new vector. */
  inverseRoot(x: ArrayLike<number>): Float64Array;
}

/**
 * The unit ball of a norm, through families x₁ … x_r of vectors. A family is inside where Σ x_k x_kᵀ ≤ I, the
 * products those of the blocks as matrices on their short side; with r = 1 that is the ball itself.
 */
export interface NormBall {
  /** The family that makes Σ g_kᵀx_k largest. */
  steepest(gs: readonly Float64Array[]): Float64Array[];
  /**
   * W with W·x = g for that family, and of the identity so much of the mean weight: no direction is divided
   * by nothing. Where all g are zero it is the identity.
   */
  weights(gs: readonly Float64Array[], share: number): Weights;
  /** The dual norm ‖g‖* = max gᵀx over the ball. */
  dual(g: Float64Array): number;
}

/** |x_i| ≤ 1 for every i: what sign descent steps in. The dual norm is ‖g‖₁. */
export const maxBall: NormBall = {
  steepest(gs) {
    const lengths = lengthsOf(gs);
    return gs.map((g, k) =>
      // Where there is no slope, any direction will do.
      g.map((x, i) => (lengths[i]! > 0 ? x / lengths[i]! : Number(k === 0))),
    );
  },
  weights(gs, share) {
    const lengths = lengthsOf(gs);
    const floor = floorOf(share, sum(lengths), lengths.length);
    const roots = lengths.map((x) => 1 / Math.sqrt(x + floor));
    return {
      trace: sum(lengths) + floor * lengths.length,
      inverseRoot: (x) => roots.map((root, i) => root * x[i]!),
    };
  },
  dual: (g) => sum(g.map(Math.abs)),
};

/** What every weight is at least. Of a matrix that is zero no weight is known, and all are one. */
function floorOf(share: number, total: number, count: number): number {
  return total > 0 ? (share * total) / count : 1;
}

function lengthsOf(gs: readonly Float64Array[]): Float64Array {
  return gs[0]!.map((_, i) => Math.hypot(...gs.map((g) => g[i]!)));
}

/** A parameter tensor as a matrix whose rows are its short side: where it starts, and where entry (i, j) is. */
interface Block {
  readonly from: number;
  readonly short: number;
  readonly long: number;
  at(i: number, j: number): number;
}

/**
 * ‖X_l‖₂ ≤ 1 for the matrix X_l of every parameter tensor: what spectral descent and Muon step in. A tensor is
 * the matrix [inputs, outputs] that it multiplies with, as for them; a bias is one row, so that its spectral
 * norm is its length. The dual norm is the sum of all singular values of all G_l.
 *
 * @param shapes of the parameter tensors, in order
 */
export function spectralBall(shapes: readonly (readonly number[])[]): NormBall {
  let end = 0;
  const blocks = shapes.map((shape): Block => {
    const columns = shape.at(-1) ?? 1;
    const rows = shape.reduce((product, n) => product * n, 1) / columns;
    const from = end;
    end += rows * columns;
    return rows < columns
      ? { from, short: rows, long: columns, at: (i, j) => from + i * columns + j }
      : { from, short: columns, long: rows, at: (i, j) => from + j * columns + i };
  });
  return {
    steepest(gs) {
      const family = gs.map((g) => new Float64Array(g.length));
      for (const block of blocks) {
        const { values, vectors } = singular(block, gs);
        const inverse = values.map((s) => (s > RANK * values[0]! ? 1 / s : 0));
        for (const [k, g] of gs.entries()) turn(block, vectors, inverse, g, family[k]!);
      }
      return family;
    },
    weights(gs, share) {
      const parts = blocks.map((block) => singular(block, gs));
      const total = parts.reduce((all, { values }) => all + sum(values), 0);
      const sides = blocks.reduce((all, { short }) => all + short, 0);
      const floor = floorOf(share, total, sides);
      return {
        trace: total + floor * sides,
        inverseRoot(x) {
          const result = new Float64Array(x.length);
          for (const [l, block] of blocks.entries()) {
            const { values, vectors } = parts[l]!;
            turn(
              block,
              vectors,
              values.map((s) => 1 / Math.sqrt(s + floor)),
              x,
              result,
            );
          }
          return result;
        },
      };
    },
    dual: (g) => blocks.reduce((all, block) => all + sum(singular(block, [g]).values), 0),
  };
}

/** Singular values below this, relative to the largest, are rounding of products in single precision. */
const RANK = 1e-6;

/** Singular values and left singular vectors of [G₁ … G_r], the block of each g side by side. */
function singular({ short, long, at }: Block, gs: readonly Float64Array[]) {
  const gram = Array.from({ length: short }, () => new Float64Array(short));
  for (const g of gs) {
    for (let i = 0; i < short; i++) {
      for (let h = 0; h <= i; h++) {
        let product = 0;
        for (let j = 0; j < long; j++) product += g[at(i, j)]! * g[at(h, j)]!;
        gram[i]![h]! += product;
        if (h < i) gram[h]![i]! += product;
      }
    }
  }
  const { values, vectors } = symmetricEigen(gram);
  return { values: Float64Array.from(values, (x) => Math.sqrt(Math.max(0, x))), vectors };
}

/** The block of U·diag(factors)·Uᵀ·x, into `out`. */
function turn(
  { short, long, at }: Block,
  vectors: readonly ArrayLike<number>[],
  factors: ArrayLike<number>,
  x: ArrayLike<number>,
  out: Float64Array,
): void {
  for (const [k, u] of vectors.entries()) {
    if (factors[k] === 0) continue;
    for (let j = 0; j < long; j++) {
      let part = 0;
      for (let i = 0; i < short; i++) part += u[i]! * x[at(i, j)]!;
      part *= factors[k]!;
      for (let i = 0; i < short; i++) out[at(i, j)]! += part * u[i]!;
    }
  }
}

function sum(x: Float64Array): number {
  return x.reduce((total, value) => total + value, 0);
}
