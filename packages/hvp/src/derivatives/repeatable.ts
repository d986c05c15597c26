/** Refusal of functions that give another value each time. */

import { EossError } from "@eoss/rng";
import { type Tensor, tidy } from "@tensorflow/tfjs-core";
import { callSite } from "../errors.js";
import { untouched } from "../layers/untouched.js";
import { distance, norm } from "../parameters/vectors.js";
import { constant } from "../tape/constant.js";
import { outermostOp, shadow } from "../tape/intercept.js";

/** A function gives other values each time it is called: derivatives of which one are wanted? */
export class UnrepeatableLossError extends EossError {
  override readonly name = "UnrepeatableLossError";

  /**
   * @param what the function, e.g. `the loss`
   * @param culprit what is different each time, and where it is called
   */
  constructor(
    what: string,
    readonly culprit: string,
  ) {
    super(
      `${what} is not the same each time it is called: ${culprit}. Make it repeatable. For dropout ` +
        "and noise fix the mask: layersModel(model, { training: true, seed: 1 }) for layers, a seed " +
        "for tf.dropout and tf.randomNormal, or draw outside of the function. Leave out other states.",
    );
  }
}

/** Repetitions of a function that draws, which by chance may have drawn the same mask twice. */
const REPETITIONS = 8;

/**
 * Runs a function of the parameters, without any trace of it afterwards; if it draws from
 * Math.random, runs it again, unrecorded, to see whether that matters. (A layer that is built when
 * it is first called draws its weights then, and never again.)
 *
 * @throws UnrepeatableLossError
 */
export function repeatable(what: string, body: () => Tensor): Tensor {
  const { value, drawn } = watchingDraws(body);
  for (let again = 0, draw = drawn; draw !== undefined && again < REPETITIONS; again++) {
    const first = constant(() => value.dataSync());
    constant(() =>
      tidy(() => {
        const next = watchingDraws(body);
        draw = next.drawn;
        if (differs(next.value.dataSync(), first)) {
          throw new UnrepeatableLossError(what, `it draws random numbers anew (${drawn})`);
        }
      }),
    );
  }
  return value;
}

/** Whether two results are farther apart than parallel sums may put them. */
export function differs(a: ArrayLike<number>, b: ArrayLike<number>): boolean {
  const [x, y] = [Array.from(a), Array.from(b)];
  if (x.length !== y.length || x.some((value, i) => Number.isNaN(value) !== Number.isNaN(y[i])))
    return true;
  const finite = (values: number[]) => values.map((value) => (Number.isFinite(value) ? value : 0));
  return distance(finite(x), finite(y)) > 1e-6 * norm(finite(x));
}

function watchingDraws(body: () => Tensor): { value: Tensor; drawn: string | undefined } {
  const random = Math.random;
  let drawn: string | undefined;
  const undo = shadow(Math, "random", () => {
    drawn ??= `Math.random${callSite(outermostOp())}`;
    return random();
  });
  try {
    return { value: untouched(body), drawn };
  } finally {
    undo();
  }
}
