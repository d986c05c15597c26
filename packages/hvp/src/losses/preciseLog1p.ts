/** ln(1 + x), right to the last digits. */

import {
  add,
  div,
  equal,
  log,
  mul,
  onesLike,
  sub,
  type Tensor,
  where,
} from "@tensorflow/tfjs-core";
import { log1pRule } from "../rules/log1p.js";
import { composite } from "../tape/constant.js";

/**
 * ln(1 + x) for x ≥ 0, right to the last digits also where x is far below 1: some backends compute
 * ln of the rounded sum, which is 0 for x < 6e-8. With u the rounded 1 + x,
 *
 *   ln(1 + x) = x·ln(u)/(u − 1),   and x where u = 1
 *
 * @see Goldberg (1991), What every computer scientist should know about floating-point arithmetic,
 *   Theorem 4 (Kahan)
 */
export function preciseLog1p(x: Tensor): Tensor {
  return composite(log1pRule, { x }, () => {
    const u = add(x, 1);
    const rounded = sub(u, 1);
    const none = equal(rounded, 0);
    // No 0/0, not even where it is not chosen.
    const quotient = div(log(u), where(none, onesLike(x), rounded));
    return where(none, x, mul(x, quotient));
  });
}
