/** The contract of a network in short, on given inputs: what is looked at before a training. */

import { disposeTree, flatten, gradient, unflatten } from "@eoss/hvp";
import { type RandomStream, stream } from "@eoss/rng";
import * as tf from "@tensorflow/tfjs-core";
import { ModelContractError } from "../contract.js";
import type { Model, Params } from "../define.js";

/** Difference between computing samples together and apart: the order of sums in single precision. */
const ROUNDING = 1e-4;
/** Samples that are computed again by themselves. */
const ALONE = 4;

/**
 * Looks whether a network keeps its contract on some inputs, in about ten passes through it:
 *
 * - it draws no random numbers and keeps no state: the same outputs again;
 * - it leaves parameters and inputs as they are;
 * - outputs are finite float32, a row for each sample;
 * - each sample is computed by itself, or `coupled` is declared;
 * - each parameter has an influence on the outputs, or is declared `unused`.
 *
 * A network that breaks one trains without a word, and what is measured of it is wrong. More than is
 * looked at here, derivatives above all, is in `conformance`.
 *
 * @param x inputs, [b, ...]; with more samples a coupling of more of them is seen
 * @throws ModelContractError naming the first rule that is broken
 */
export function checkModel(model: Model, x: tf.Tensor): void {
  const random = stream(1, "check-model");
  const params = generic(model, random, 0.02);
  try {
    checkPurity(model, params, x);
    mustOf(model)(model.coupled === true || !couples(model, params, x), COUPLED);
    checkInfluence(model, params, x, random);
  } finally {
    for (const p of Object.values(params)) if (!p.isDisposed) p.dispose();
  }
}

/** What may be said of a call and of its results, the cause before what follows of it. */
export function checkPurity(model: Model, params: Params, x: tf.Tensor): void {
  const theta = snapshot(params);
  const inputs = x.dataSync().slice();
  const { draws, values } = watched(model, params, x);
  const must = mustOf(model);
  must(
    draws === 0,
    "apply draws random numbers: outputs are a function of parameters and inputs alone",
  );
  const gone = Object.entries(params).find(([, p]) => p.isDisposed)?.[0];
  must(gone === undefined && !x.isDisposed, `apply disposes ${gone ?? "its inputs"}`);
  const after = snapshot(params);
  const changed = Object.keys(theta).find((name) => !equal(theta[name]!, after[name]!));
  must(changed === undefined, `apply changes the parameter ${changed}`);
  must(equal(inputs, x.dataSync()), "apply changes its inputs");
  const again = outputsOf(model, params, x);
  must(
    equal(values, again),
    "apply keeps a state (a counter, an average): a second call with the same parameters and inputs " +
      "gives other outputs",
  );
  must(values.every(Number.isFinite), "outputs at initial parameters are not finite");
}

/** What is said of outputs that `couples` is true of. */
export const COUPLED =
  "outputs of a sample depend on the others of its batch: declare `coupled: true`";

/** Whether a sample has other outputs in its batch than by itself. */
export function couples(model: Model, params: Params, x: tf.Tensor): boolean {
  const [samples = 0] = x.shape;
  const together = outputsOf(model, params, x);
  const row = together.length / samples;
  const size = norm(together) / Math.sqrt(samples);
  // Spread over the batch: its first and its last samples are among them.
  const count = Math.min(ALONE, samples);
  return Array.from({ length: count }, (_, k) =>
    Math.round((k * (samples - 1)) / Math.max(1, count - 1)),
  ).some((index) => {
    const sample = tf.slice(x, index, 1);
    const alone = outputsOf(model, params, sample);
    sample.dispose();
    const there = together.subarray(index * row, (index + 1) * row);
    return !(distance(there, alone) <= ROUNDING * size);
  });
}

/** A gradient of zeros is a suspicion alone: of units that are dead here. Other values then decide. */
export function checkInfluence(
  model: Model,
  params: Params,
  x: tf.Tensor,
  random: RandomStream,
): void {
  const weighted = (p: Params) =>
    tf.tidy(() => {
      const y = model.apply(p, x);
      return tf.sum(tf.mul(y, tf.tensor(random.fork(2).normals(y.size), y.shape)));
    });
  const slope = gradient(weighted, params);
  const silent = model.parameters.filter(({ name }) =>
    slope.gradient[name]!.dataSync().every((g) => g === 0),
  );
  tf.dispose([slope.loss, ...Object.values(slope.gradient)]);
  const before = silent.length > 0 ? outputsOf(model, params, x) : new Float32Array();
  for (const { name, unused } of silent) {
    const p = params[name]!;
    const other = tf.tidy(() => tf.add(p, tf.tensor(random.fork(3).normals(p.size), p.shape)));
    const same = equal(before, outputsOf(model, { ...params, [name]: other }, x));
    other.dispose();
    mustOf(model)(
      !same || unused === true,
      `the parameter ${name} has no influence on the outputs: leave it out, or declare it \`unused: true\``,
    );
  }
}

/** Initial parameters, moved a little: zero biases and gains of one would hide errors. */
export function generic(model: Model, random: RandomStream, by: number): Params {
  const params = model.init(random);
  const flat = flatten(params, new Float32Array(model.parameterCount));
  const noise = random.fork(999).normals(flat.length);
  const moved = unflatten<Params>(
    flat.map((x, i) => x + by * noise[i]!),
    params,
  );
  disposeTree(params);
  return moved;
}

/** Outputs of one call, and how often it drew: tfjs seeds its own random numbers with Math.random. */
function watched(model: Model, params: Params, x: tf.Tensor) {
  const { random } = Math;
  let draws = 0;
  Math.random = () => {
    draws += 1;
    return random();
  };
  try {
    const values = outputsOf(model, params, x);
    return { values, draws };
  } finally {
    Math.random = random;
  }
}

/** @throws ModelContractError if what is returned is no row of numbers for each sample */
export function outputsOf(model: Model, params: Params, x: tf.Tensor): Float32Array {
  return tf.tidy(() => {
    const y: unknown = model.apply(params, x);
    const must = mustOf(model);
    must(y instanceof tf.Tensor, "apply gives no tensor");
    const { shape, dtype } = y as tf.Tensor;
    must(dtype === "float32", `outputs are ${dtype}, not float32`);
    must(
      shape[0] === x.shape[0] && (shape.length === 2 || shape.length === 3),
      `outputs of ${x.shape[0]} samples have shape [${shape}]; allowed: [batch, classes] or [batch, time, classes]`,
    );
    return (y as tf.Tensor).dataSync().slice() as Float32Array;
  });
}

function mustOf({ name }: Model) {
  return (holds: boolean, broken: string): void => {
    if (!holds)
      throw new ModelContractError(`the network ${name} breaks the contract of models: ${broken}`);
  };
}

function norm(a: Iterable<number>): number {
  let squares = 0;
  for (const x of a) squares += x * x;
  return Math.sqrt(squares);
}

function snapshot(params: Params): Record<string, ArrayLike<number>> {
  return Object.fromEntries(
    Object.entries(params).map(([name, p]) => [name, p.dataSync().slice()]),
  );
}

export function equal(a: ArrayLike<number>, b: ArrayLike<number>): boolean {
  return a.length === b.length && Array.prototype.every.call(a, (x, i) => Object.is(x, b[i]));
}

function distance(a: ArrayLike<number>, b: ArrayLike<number>): number {
  return norm(Array.from(a, (x, i) => x - b[i]!));
}
