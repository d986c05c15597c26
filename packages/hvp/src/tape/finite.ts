/** Refusal of derivatives that are not finite. */

import { stack, sum, type Tensor, tidy } from "@tensorflow/tfjs-core";
import { holdsNumbers, readsAtOnce, readsLater } from "../parameters/entries.js";
import { Bounds } from "./bounds.js";
import type { Adjoints } from "./reverseSweep.js";
import type { Tape, Value } from "./tape.js";

interface Walk {
  readonly seeds: () => Array<[Value, Tensor]>;
  readonly length: number;
  readonly wanted: readonly Value[];
}

/**
 * Whether all entries are finite numbers. Taken for granted on a backend that gives no number at once.
 */
export function areFinite(tensors: readonly Tensor[]): boolean {
  if (tensors.length === 0 || readsLater()) return true;
  if (readsAtOnce()) return tensors.every(holdsNumbers);
  const finite = tidy(() => stack(tensors.map((t) => sum(t))).dataSync()).every(Number.isFinite);
  return finite || tensors.every(holdsNumbers);
}

/** Backward walks of one kind, looked at until it has been said that a result is not finite. */
export class FiniteCheck {
  #done = false;

  /** @param what names the results */
  constructor(readonly what: string) {}

  /**
   * A backward walk; says so where its results are not finite though what they are made from is.
   *
   * @param tape `Tape.backward` and `Tape.firstNotFinite`
   * @param walk what they are told
   * @param given what the results are made from
   */
  backward(
    tape: Pick<Tape, "backward" | "firstNotFinite">,
    { seeds, length, wanted }: Walk,
    given: readonly Tensor[],
  ): Adjoints {
    if (this.#done) return tape.backward(seeds(), length, wanted);
    const bounds = new Bounds();
    const adjoints = tape.backward(seeds(), length, wanted, bounds);
    const unsure = [...adjoints.values()].filter((t) => !bounds.assures(t));
    const finite = areFinite(unsure);
    // Elsewhere each look waits for the device: the first shows what the others do.
    this.#done = finite ? !readsAtOnce() : areFinite(given);
    if (!finite && this.#done) warn(this.what, tape.firstNotFinite(seeds(), length, wanted));
    return adjoints;
  }
}

function warn(what: string, op: string | undefined): void {
  console.warn(
    `@eoss/hvp: ${what} holds NaN or an infinite number, though what is differentiated is finite. ` +
      (op === undefined
        ? "It comes from a sum or product that is larger than a float32 can be."
        : `It begins in the derivative of ${op}, which has none at these values or one that is larger than a float32 ` +
          "can be (as √x, ln x, 1/x and x^½ at 0). tf.where chooses among results and does not keep such a " +
          "derivative out: choose the argument instead, as in tf.sqrt(tf.where(ok, x, 1))."),
  );
}
