/** Operators that are not square, and the count and watch over their products. */

import type { DenseMatrix } from "../dense/symmetric.js";
import { checkEntry } from "../operators/dense.js";
import { countProducts, type Products } from "../operators/operator.js";
import { check, checkCount, EigenError } from "../solver/error.js";
import type { MaybePromise } from "../solver/steps.js";
import type { VectorScope } from "../vectors/vectorScope.js";

/**
 * An m × n matrix A, known only by its products from both sides.
 *
 * `apply(x, out)` gives A·x (x of length n, `out` of length m), `applyTransposed(y, out)` gives Aᵀ·y
 * (y of length m, `out` of length n), both by the rules of `LinearOperator`. The two must belong to
 * one matrix, ⟨A·x, y⟩ = ⟨x, Aᵀ·y⟩: solvers see where they do not, at no cost.
 */
export interface RectangularOperator<V = Float64Array> {
  /** m */
  readonly rows: number;
  /** n */
  readonly columns: number;
  // biome-ignore lint/suspicious/noConfusingVoidType: an operator that fills `out` returns nothing
  apply(x: V, out: V): MaybePromise<V | void>;
  // biome-ignore lint/suspicious/noConfusingVoidType: the same
  applyTransposed(y: V, out: V): MaybePromise<V | void>;
}

/** A `RectangularOperator` whose products are there when its functions return. */
export interface SyncRectangularOperator<V = Float64Array> {
  readonly rows: number;
  readonly columns: number;
  // biome-ignore lint/suspicious/noConfusingVoidType: an operator that fills `out` returns nothing
  apply(x: V, out: V): V | void;
  // biome-ignore lint/suspicious/noConfusingVoidType: the same
  applyTransposed(y: V, out: V): V | void;
}

/** A·x and Aᵀ·y as steps of an algorithm. */
export interface RectangularProducts<V> {
  /** A; `n` is the number of rows, the length of its products. */
  readonly forward: Products<V>;
  /** Aᵀ; `n` is the number of columns. */
  readonly backward: Products<V>;
}

/** Counts and watches the products of both sides; see `countProducts`. */
export function countBothProducts<V>(
  operator: RectangularOperator<V>,
  space: VectorScope<V>,
): RectangularProducts<V> {
  const { rows, columns } = operator;
  checkCount("operator.rows", rows);
  checkCount("operator.columns", columns);
  for (const name of ["apply", "applyTransposed"] as const) {
    check(typeof operator[name] === "function", `the operator has no function ${name}(x, out)`);
  }
  return {
    forward: countProducts({ n: rows, apply: (x, out) => operator.apply(x, out) }, space),
    backward: countProducts(
      { n: columns, apply: (y, out) => operator.applyTransposed(y, out) },
      space,
      "applyTransposed",
    ),
  };
}

/** Throws EigenError "not-adjoint": ⟨A·x, y⟩ and ⟨x, Aᵀ·y⟩ differ by this much on unit vectors. */
export function checkAdjoint(difference: number, tolerance: number): void {
  if (difference <= tolerance) return;
  throw new EigenError(
    "not-adjoint",
    `applyTransposed is not the transpose of apply: ⟨A·x, y⟩ and ⟨x, Aᵀ·y⟩ differ by ${difference.toExponential(1)} on unit vectors`,
  );
}

/**
 * An m × n matrix given by all its entries.
 *
 * @param matrix m rows of n numbers; not copied
 * @throws EigenError "size-mismatch" if the rows differ in length, "not-finite" on NaN or Infinity
 * @example
 * svds()(denseRectangular([[3, 4]])).values; // [5]
 */
export function denseRectangular(matrix: DenseMatrix): SyncRectangularOperator {
  const rows = matrix.length;
  const columns = matrix[0]?.length ?? 0;
  check(columns > 0, "the matrix is empty");
  for (const [i, row] of matrix.entries()) {
    if (row.length !== columns) {
      throw new EigenError("size-mismatch", `row ${i} has length ${row.length}, not ${columns}`);
    }
    for (let j = 0; j < columns; j++) checkEntry(row[j]!, i, j);
  }
  return {
    rows,
    columns,
    apply(x, out) {
      for (const [i, row] of matrix.entries()) {
        let sum = 0;
        for (let j = 0; j < columns; j++) sum += row[j]! * x[j]!;
        out[i] = sum;
      }
    },
    applyTransposed(y, out) {
      out.fill(0);
      for (const [i, row] of matrix.entries()) {
        for (let j = 0; j < columns; j++) out[j]! += row[j]! * y[i]!;
      }
    },
  };
}
