import { chunkRanges, type Likelihood, losses, type OutputChunk, unflatten } from "@eoss/hvp";
import { stream } from "@eoss/rng";
import * as tf from "@tensorflow/tfjs-core";
import {
  type HeadName,
  heads,
  hessianOf,
  jacobianOf,
  outputCount,
  outputsOf,
  parameterCount,
  shapes,
} from "./reference.fixture.js";

type Params = Record<keyof typeof shapes, tf.Tensor>;

/** Samples; with chunks of three the last one is short. */
const SAMPLES = 7;

export interface CurvatureCase {
  readonly name: string;
  readonly loss: Likelihood;
  readonly chunkSize: number;
  /** Dense references in float64, [26][26]. */
  readonly dense: () => {
    readonly loss: number;
    readonly hessian: number[][];
    readonly gaussNewton: number[][];
    readonly empiricalFisher: number[][];
    /** Gradient of each sample's loss, [7][26]. */
    readonly gradients: number[][];
    /** Jacobian of all outputs, [14][26]. */
    readonly jacobian: number[][];
  };
  /** Tensors of the case; `dispose` when done. */
  readonly tensors: () => {
    readonly params: Params;
    readonly chunks: OutputChunk<Params>[];
    /** One chunk for each sample. */
    readonly samples: OutputChunk<Params>[];
    dispose(): void;
  };
}

// Multiples of 1/1024: the same numbers in float32 and float64.
const grid = (x: number) => Math.round(x * 1024) / 1024;
const draws = stream(20, "curvature cases");
const theta = Float64Array.from({ length: parameterCount }, (_, k) => grid(draws.normalAt(k)));
const inputs = Array.from({ length: SAMPLES }, (_, i) =>
  Array.from({ length: 3 }, (_, k) => grid(draws.fork(1).normalAt(3 * i + k))),
);
const labels = [0, 1, 1, 0, 1, 0, 0];
const targets = labels.map((label) => [label === 0 ? 1 : 0, label === 1 ? 1 : 0]);

function network(params: Params, x: tf.Tensor): tf.Tensor {
  const hidden = tf.tanh(tf.add(tf.matMul(x as tf.Tensor2D, params.w1 as tf.Tensor2D), params.b1));
  return tf.add(tf.matMul(hidden as tf.Tensor2D, params.w2 as tf.Tensor2D), params.b2);
}

/** Every loss head, in one chunk and in chunks of different size. */
export const curvatureCases: CurvatureCase[] = (["mse", "ce", "bce"] as const).flatMap((head) =>
  [SAMPLES, 3].map((chunkSize) => ({
    name: `${head}, chunks of ${chunkSize}`,
    loss: losses[head],
    chunkSize,
    dense: () => denseReference(head),
    tensors: () => tensorsOf(chunkSize),
  })),
);

function denseReference(head: HeadName): ReturnType<CurvatureCase["dense"]> {
  const { loss, slope, hessian } = heads[head];
  const meanLoss = (at: Float64Array) =>
    inputs.reduce((sum, x, i) => sum + loss(outputsOf(at, x), targets[i]!), 0) / SAMPLES;
  const jacobians = inputs.map((x) => jacobianOf(theta, x));
  const outputs = inputs.map((x) => outputsOf(theta, x));
  const gradients = jacobians.map((j, i) => {
    const r = slope(outputs[i]!, targets[i]!);
    return j[0]!.map((_, k) => r.reduce((sum, value, c) => sum + value * j[c]![k]!, 0));
  });
  const dense = (entry: (a: number, b: number, i: number) => number) =>
    Array.from(theta, (_, a) =>
      Array.from(theta, (_, b) => inputs.reduce((sum, _, i) => sum + entry(a, b, i), 0) / SAMPLES),
    );
  return {
    loss: meanLoss(theta),
    hessian: hessianOf(meanLoss, theta),
    gaussNewton: dense((a, b, i) => {
      const j = jacobians[i]!;
      return hessian(outputs[i]!).reduce(
        (sum, row, c) => sum + row.reduce((s, m, d) => s + j[c]![a]! * m * j[d]![b]!, 0),
        0,
      );
    }),
    empiricalFisher: dense((a, b, i) => gradients[i]![a]! * gradients[i]![b]!),
    gradients,
    jacobian: jacobians.flat(),
  };
}

function tensorsOf(chunkSize: number): ReturnType<CurvatureCase["tensors"]> {
  const like = Object.fromEntries(
    Object.entries(shapes).map(([name, shape]) => [name, tf.zeros([...shape])]),
  ) as Params;
  const params = unflatten(theta, like);
  const owned: tf.Tensor[] = [...Object.values(like), ...Object.values(params)];
  const chunksOf = (size: number) =>
    chunkRanges(SAMPLES, size).map(({ start, count, weight }): OutputChunk<Params> => {
      const x = tf.tensor2d(inputs.slice(start, start + count), [count, 3]);
      const y = tf.tensor2d(targets.slice(start, start + count), [count, outputCount]);
      owned.push(x, y);
      return { outputs: (p) => network(p, x), targets: y, weight };
    });
  return {
    params,
    chunks: chunksOf(chunkSize),
    samples: chunksOf(1),
    dispose: () => tf.dispose(owned),
  };
}
