/** Error bounds of Ritz pairs, from their residuals and gaps. */

import { pick } from "../solver/pick.js";
import type { EigenResult } from "../solver/result.js";

/** The numbers of an `EigenResult` that follow from Ritz values and residuals. */
export type Certificates = Pick<
  EigenResult,
  "values" | "residuals" | "errorBounds" | "boundKinds" | "gapBounds" | "angleBounds"
>;

/**
 * Error bounds of the wanted Ritz pairs.
 *
 * @param values all Ritz values that are known, descending
 * @param residuals of the same pairs
 * @param wanted their indices in the result
 * @param rounding what the arithmetic alone may have moved a value by; part of every bound
 * @param complete whether these are all n eigenvalues, so that the gaps are those of the spectrum
 */
export function certify(
  values: Float64Array,
  residuals: Float64Array,
  wanted: readonly number[],
  rounding: number,
  complete: boolean,
): Certificates {
  const radii = pick(residuals, wanted);
  const gaps = pick(gapsOf(values, residuals), wanted);
  const residualBounds = radii.map((r) => r + rounding);
  const gapBounds = radii.map((r, i) => gapBound(r, gaps[i]!) + rounding);
  const errorBounds = residualBounds.map((r, i) => (complete ? Math.min(r, gapBounds[i]!) : r));
  return {
    values: pick(values, wanted),
    residuals: radii,
    errorBounds,
    boundKinds: Array.from(errorBounds, (bound, i) =>
      bound < residualBounds[i]! ? "gap" : "residual",
    ),
    gapBounds,
    angleBounds: residualBounds.map((r, i) => (gaps[i]! > r ? r / gaps[i]! : 1)),
  };
}

/**
 * The same for a block of pairs at one end of the spectrum, the outermost first.
 *
 * The innermost pair of the block has a neighbour that nobody has seen: its gap counts as closed.
 */
export function certifyBlock(
  values: Float64Array,
  residuals: Float64Array,
  k: number,
  rounding: number,
  complete: boolean,
): Certificates {
  const edge = complete ? [] : [values.at(-1)!];
  const all = Float64Array.from([...values, ...edge]);
  const radii = Float64Array.from([...residuals, ...edge.map(() => 0)]);
  const ascending = values[0]! < values.at(-1)!;
  const wanted = Array.from({ length: k }, (_, i) => (ascending ? k - 1 - i : i));
  return certify(all, radii, wanted, rounding, complete);
}

/**
 * Kato–Temple bounds residual²/gap for every Ritz pair of a projected problem.
 *
 *   |λ − θᵢ| ≤ rᵢ²/gap,   gap = min over j ≠ i of |θᵢ − θⱼ| − rⱼ
 *
 * @param values θ, [m], all Ritz values, descending
 * @param residuals r, [m]
 * @returns [m], Infinity where the intervals θ ± r of two pairs meet
 * @see Parlett (1998), The Symmetric Eigenvalue Problem, §11.7
 * @example
 * katoTemple(Float64Array.of(5, 1), Float64Array.of(0.1, 0.1)); // [0.01/3.9, 0.01/3.9]
 */
export function katoTemple(values: Float64Array, residuals: Float64Array): Float64Array {
  const gaps = gapsOf(values, residuals);
  return residuals.map((residual, i) => gapBound(residual, gaps[i]!));
}

const gapBound = (residual: number, gap: number) =>
  residual === 0 ? 0 : gap > residual ? residual ** 2 / gap : Infinity;

/** The gaps of `katoTemple`; negative inside of the interval of another pair. */
function gapsOf(values: Float64Array, residuals: Float64Array): Float64Array {
  return values.map((value, i) => {
    let gap = Infinity;
    for (let j = 0; j < values.length; j++) {
      if (j !== i) gap = Math.min(gap, Math.abs(value - values[j]!) - residuals[j]!);
    }
    return gap;
  });
}
