/** Random tensors and images of operators, for tests. */

import type { RandomStream } from "@eoss/rng";
import * as tf from "@tensorflow/tfjs-core";

/** Standard normal numbers times a scale, in float32. */
export function normalTensor(random: RandomStream, shape: number[], scale = 1): tf.Tensor {
  const values = random.normals(tf.util.sizeFromShape(shape));
  return tf.tensor(
    values.map((x) => scale * x),
    shape,
    "float32",
  );
}

/** Makes such tensors one after another, each of a stream of its own. */
export function normalTensors(random: RandomStream): (...shape: number[]) => tf.Tensor {
  let fork = 0;
  return (...shape) => normalTensor(random.fork(fork++), shape);
}

/** A·v, in float64. */
export function image(
  operator: { readonly n: number; apply(x: Float64Array, out: Float64Array): void },
  v: ArrayLike<number>,
): Float64Array {
  const out = new Float64Array(operator.n);
  operator.apply(Float64Array.from(v), out);
  return out;
}
