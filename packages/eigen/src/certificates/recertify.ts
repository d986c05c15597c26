/** Bounds and status of pairs whose residuals have been worked out anew. */

import type { EigenResult, Status } from "../solver/result.js";

/** What is known of a pair once its residual has been worked out anew. */
export interface Checked {
  readonly residual: number;
  /** What the arithmetic alone may have made of the residual and the value. */
  readonly rounding: number;
  /** The largest residual that counts as converged. */
  readonly tolerance: number;
  /** The value is lost in rounding, so that another may be the wanted one. */
  readonly lost?: boolean;
}

/**
 * Bounds and status of pairs that a solver found on one account, from residuals of another.
 *
 * @param found what the solver made of its own residuals
 */
export function recertify(
  found: EigenResult<unknown>,
  checked: readonly Checked[],
): Pick<
  EigenResult,
  "residuals" | "errorBounds" | "boundKinds" | "gapBounds" | "angleBounds" | "status"
> {
  const residuals = Float64Array.from(checked, ({ residual }) => residual);
  const errorBounds = Float64Array.from(checked, ({ residual, rounding }) => residual + rounding);
  // The gaps that the solver saw, less what its intervals have widened by.
  const worst = Math.max(...errorBounds);
  const gaps = found.angleBounds.map((sine, i) =>
    sine < 1 ? found.residuals[i]! / sine - worst : 0,
  );
  return {
    residuals,
    errorBounds,
    boundKinds: checked.map(() => "residual"),
    gapBounds: errorBounds.map((e, i) =>
      gaps[i]! > e ? e ** 2 / gaps[i]! + checked[i]!.rounding : Infinity,
    ),
    angleBounds: errorBounds.map((e, i) => (gaps[i]! > e ? e / gaps[i]! : 1)),
    status: judge(found, checked),
  };
}

function judge(found: EigenResult<unknown>, checked: readonly Checked[]): Status {
  if (found.status === "budget-spent" || found.status === "aborted") return found.status;
  // What the solver calls converged was within its own tolerance.
  const asked = checked.map(({ tolerance }, i) =>
    Math.max(tolerance, found.status === "converged" ? found.residuals[i]! : 0),
  );
  if (checked.every(({ residual, lost }, i) => !lost && residual <= asked[i]!)) return "converged";
  const precise = checked.every(({ residual, rounding }, i) => {
    return residual <= Math.max(asked[i]!, rounding);
  });
  return precise ? "rounding" : "stagnated";
}
