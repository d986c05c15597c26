import { mse } from "@eoss/hvp";
import type { NoiseProblem } from "@eoss/noise";
import { stream } from "@eoss/rng";
import * as tf from "@tensorflow/tfjs-core";

/** 12 samples, a tanh network 2–3–2 of 17 parameters, squared error. */
export const samples = 12;
const inputs = rounded(2 * samples, "inputs");
const targets = rounded(2 * samples, "targets");
const shapes = {
  "hidden.kernel": [2, 3],
  "hidden.bias": [3],
  "out.kernel": [3, 2],
  "out.bias": [2],
} as const;
const theta = rounded(17, "params");
export const parameterCount = theta.length;
/** The first entry of each parameter tensor in the flat vector, and the end. */
export const tensorBounds = [0, 6, 9, 15, 17];

export type TinyParams = Readonly<Record<keyof typeof shapes, tf.Tensor>>;

export function tinyParams(): TinyParams {
  const parts = Object.entries(shapes).map(([name, shape], t) => [
    name,
    tf.tensor(theta.slice(tensorBounds[t], tensorBounds[t + 1]), [...shape], "float32"),
  ]);
  return Object.fromEntries(parts) as TinyParams;
}

export function tinyProblem(params: TinyParams): NoiseProblem<TinyParams> {
  const rows = (from: readonly number[], indices: Int32Array) =>
    tf.tensor2d(
      [...indices].flatMap((i) => from.slice(2 * i, 2 * i + 2)),
      [indices.length, 2],
    );
  return {
    params,
    samples,
    head: mse,
    chunkSize: 5, // chunks of 5, 5 and 2
    outputsOf: (indices) => (p: TinyParams) => {
      const hidden = tf.tanh(
        tf.add(tf.matMul(rows(inputs, indices), p["hidden.kernel"]), p["hidden.bias"]),
      );
      return tf.add(tf.matMul(hidden, p["out.kernel"]), p["out.bias"]);
    },
    targetsOf: (indices) => rows(targets, indices),
  };
}

/** The same network in float64, without tensors: outputs of sample i. */
export function outputsAt(p: readonly number[], i: number): [number, number] {
  const x = inputs.slice(2 * i, 2 * i + 2);
  const hidden = [0, 1, 2].map((k) => Math.tanh(x[0]! * p[k]! + x[1]! * p[3 + k]! + p[6 + k]!));
  const out = (c: number) =>
    hidden.reduce((sum, h, k) => sum + h * p[9 + 2 * k + c]!, 0) + p[15 + c]!;
  return [out(0), out(1)];
}

function lossAt(p: readonly number[], i: number): number {
  return outputsAt(p, i).reduce((sum, f, c) => sum + (f - targets[2 * i + c]!) ** 2, 0);
}

/** Gradients of the single samples, by central differences in float64: right to about 1e-9. */
export const sampleGradients = Array.from({ length: samples }, (_, i) =>
  differences((p) => lossAt(p, i)),
);

export const fullGradient = theta.map(
  (_, j) => sampleGradients.reduce((sum, g) => sum + g[j]!, 0) / samples,
);
export const fullLoss = sampleGradients.reduce((sum, _, i) => sum + lossAt(theta, i), 0) / samples;

/** The gradient of a function of the parameters at θ. */
export function differences(f: (p: readonly number[]) => number): number[] {
  const h = 1e-5;
  return theta.map((_, j) => {
    const at = (offset: number) => f(theta.map((value, k) => (k === j ? value + offset : value)));
    return (at(h) - at(-h)) / (2 * h);
  });
}

/** Standard normal numbers that float32 holds exactly. */
function rounded(length: number, name: string): number[] {
  return [...stream(1, name).normals(length)];
}
