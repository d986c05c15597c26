import * as tf from "@tensorflow/tfjs-core";

/**
 * Numbers in (−1, 1) that float32 holds exactly, by a formula that `bench/hvp/outsiders/values.py` has
 * as well: parameters and inputs need not be stored.
 */
function draw(size: number, seed: number): Float32Array {
  return Float32Array.from({ length: size }, (_, index) => {
    let x = (Math.imul(index, 0x9e3779b1) + Math.imul(seed, 0x85ebca77)) >>> 0;
    x = Math.imul(x ^ (x >>> 15), 0x2c1b3c6d) >>> 0;
    x = Math.imul(x ^ (x >>> 12), 0x297a2d39) >>> 0;
    return (((x ^ (x >>> 15)) & 2047) - 1023.5) / 1024;
  });
}

/** A tensor of them, times a power of two. */
export function data(shape: number[], seed: number, scale = 1): tf.Tensor {
  const size = shape.reduce((product, n) => product * n, 1);
  return tf.tensor(
    draw(size, seed).map((u) => u * scale),
    shape,
  );
}

/**
 * A copy of its own in float32. On cpu, `cast` leaves integers and booleans as they are stored, which
 * another backend then reads as float32.
 */
export function floats(t: tf.Tensor): tf.Tensor {
  return tf.tensor(Float32Array.from(t.dataSync()), t.shape, "float32");
}

/** A loss as somebody outside of this project writes it. */
export interface Outsider {
  readonly name: string;
  /** Parameters by name, in the order of their seeds 1, 2, ...; all in (−1/2, 1/2). */
  readonly shapes: Readonly<Record<string, readonly number[]>>;
  /** Tensors by name to a scalar. */
  readonly loss: (params: Record<string, tf.Tensor>) => tf.Tensor;
}

/** The parameters of a loss, or (from seed 1001 on, in (−1, 1)) the direction that it is bent along. */
export function treeOf(shapes: Outsider["shapes"], what: "point" | "direction"): tf.NamedTensorMap {
  const [first, scale] = what === "point" ? [1, 0.5] : [1001, 1];
  return Object.fromEntries(
    Object.entries(shapes).map(([name, shape], index) => [
      name,
      data([...shape], first + index, scale),
    ]),
  );
}
