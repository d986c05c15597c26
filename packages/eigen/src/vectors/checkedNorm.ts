import { EigenError } from "../solver/error.js";
import { type Steps, wait } from "../solver/steps.js";
import type { AsyncVectorSpace } from "./space.js";

/**
 * ‖x‖, refused where its square has no float64: a vector that is too small must not be taken for 0.
 *
 * @param what x is, for the message
 * @throws EigenError "not-finite", "out-of-range"
 */
export function* checkedNorm<V>(space: AsyncVectorSpace<V>, x: V, what: string): Steps<number> {
  const square = yield* wait(space.dot(x, x));
  if (!(square < Infinity)) {
    throw new EigenError("not-finite", `${what} holds NaN, or numbers whose squares overflow`);
  }
  if (square < 1e-280) {
    const enlarged = space.scale(2 ** 500, space.copy(x));
    const isZero = (yield* wait(space.dot(enlarged, enlarged))) === 0;
    space.release(enlarged);
    if (!isZero) {
      const size = "is so small that no float64 holds its square: scale it towards 1";
      throw new EigenError("out-of-range", `${what} ${size}`);
    }
  }
  return Math.sqrt(square);
}
