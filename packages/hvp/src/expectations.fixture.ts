import { stream } from "@eoss/rng";
import * as tf from "@tensorflow/tfjs-core";
import { expect } from "vitest";
import { image } from "./tensors.fixture.js";

/** What float32 products reach on networks of this size, relative to the norm of the vector. */
export const FLOAT32 = 2e-6;

interface SymmetricOperator {
  readonly n: number;
  apply(x: Float64Array, out: Float64Array): void;
}

/** Checks an operator against a dense matrix along fixed random directions. */
export function expectProducts(
  operator: SymmetricOperator,
  dense: readonly (readonly number[])[],
  tolerance = FLOAT32,
): void {
  expect(operator.n).toBe(dense.length);
  const random = stream(3, "directions");
  for (let direction = 0; direction < 5; direction++) {
    const v = Float64Array.from(random.fork(direction).normals(operator.n));
    const expected = dense.map((row) => row.reduce((sum, a, k) => sum + a * v[k]!, 0));
    expect(relativeError(image(operator, v), expected)).toBeLessThan(tolerance);
  }
}

/** ‖actual − expected‖ / ‖expected‖; NaN, which fails every comparison, if an entry is NaN. */
export function relativeError(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
  if (actual.length !== expected.length) throw new RangeError("lengths differ");
  let error = 0;
  let scale = 0;
  for (let i = 0; i < expected.length; i++) {
    error += (actual[i]! - expected[i]!) ** 2;
    scale += expected[i]! ** 2;
  }
  return Math.sqrt(error / scale);
}

/** Runs `body` and checks that it leaves as many tensors as there were. */
export function expectNoLeak(body: () => void): void {
  const before = tf.memory().numTensors;
  body();
  expect(tf.memory().numTensors - before).toBe(0);
}
