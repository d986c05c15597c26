import type { Model, Params } from "@eoss/models";
import * as tf from "@tensorflow/tfjs-core";

/** The reference's generator of uniform numbers: integers of 32 bits. */
function mulberry32(seed: number): () => number {
  let a = seed;
  return () => {
    a = (a + 0x6d2b79f5) | 0;
    let t = Math.imul(a ^ (a >>> 15), 1 | a);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return (t ^ (t >>> 14)) >>> 0;
  };
}

/**
 * The parameters of the large references: tensor t is uniform within ±√(1/fan-in), seed
 * `seedBase + t`, single precision.
 */
export function deterministicParams({ parameters }: Model, seedBase: number): Params {
  const tensors = parameters.map(({ name, shape, fanIn }, index) => {
    const random = mulberry32(seedBase + index);
    const scale = Math.sqrt(1 / fanIn);
    const size = shape.reduce((product, n) => product * n, 1);
    const values = Float32Array.from(
      { length: size },
      () => scale * (2 * (random() / 2 ** 32) - 1),
    );
    return [name, tf.tensor(values, [...shape])] as const;
  });
  return Object.fromEntries(tensors);
}
