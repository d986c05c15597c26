/** The contract of a network in short, on given inputs: what is looked at before a training. */

import { disposeTree, flatten, gradient, unflatten } from "@eoss/hvp";
import { type RandomStream, stream } from "@eoss/rng";
import { watchingRandom } from "@eoss/rng/internal";
import * as tf from "@tensorflow/tfjs-core";
import { sizeOf } from "../architectureRules.js";
import { ModelContractError } from "../contract.js";
import type { Model, Params } from "../define.js";

/** Difference between computing samples together and apart: the order of sums in single precision. */
const ROUNDING = 1e-4;
/** Samples that are computed again by themselves. */
const ALONE = 4;

/**
 * Looks whether a network keeps its contract on some inputs, in about ten passes through it:
 *
 * - its initial parameters are those that it declares, and the same for the same stream;
 * - it draws no random numbers and keeps no state: the same outputs again;
 * - it leaves no tensor behind;
 * - it leaves parameters and inputs as they are;
 * - outputs are finite float32, a row for each sample;
 * - each sample is computed by itself, or `coupled` is declared;
 * - each parameter has an influence on the outputs, or is declared `unused`.
 *
 * A network that breaks one trains without a word, and what is measured of it is wrong. More than is
 * looked at here, derivatives above all, is in `conformance`.
 *
 * @param x inputs, [b, ...]; with more samples a coupling of more of them is seen
 * @param targets the shape of their targets, which is that of the outputs; left out: any
 * @throws ModelContractError naming the first rule that is broken
 */
export function checkModel(model: Model, x: tf.Tensor, targets?: readonly number[]): void {
  const random = stream(1, "check-model");
  checkInit(model, random);
  const params = generic(model, random, 0.02);
  const must = mustOf(model);
  try {
    const before = tf.memory().numTensors;
    checkPurity(model, params, x);
    const left = tf.memory().numTensors - before;
    must(left <= 0, `apply leaves tensors behind: ${left} after two calls`);
    const shape = tf.tidy(() => model.apply(params, x).shape);
    must(
      targets === undefined || shape.join() === targets.join(),
      `outputs have the shape [${shape}], and the targets of the same samples [${targets}]`,
    );
    const first = outputsOf(model, params, x);
    must(model.coupled === true || !couples(model, params, x), COUPLED);
    checkInfluence(model, params, x, random);
    must(equal(first, outputsOf(model, params, x)), STATE);
  } finally {
    for (const p of Object.values(params)) if (!p.isDisposed) p.dispose();
  }
}

/**
 * Builds a network, and looks at what `build` leaves behind: its tensors would be parameters that nobody
 * sees, its random numbers a network that cannot be built again.
 *
 * @param name of the network, for messages
 * @throws ModelContractError naming the rule that is broken
 */
export function checkBuild(name: string, build: () => Model): Model {
  const before = tf.memory().numTensors;
  const { value: model, draws } = watchingRandom(build);
  const must = mustOf({ name });
  const made = tf.memory().numTensors - before;
  must(
    made === 0,
    `\`build\` makes tensors or variables (${made}): declare them as parameters, or make constants in \`apply\``,
  );
  must(draws === 0, "`build` draws random numbers: parameters are drawn from the stream of `init`");
  return model;
}

/** That `init` gives what is declared, as a function of its stream alone. */
function checkInit(model: Model, random: RandomStream): void {
  const must = mustOf(model);
  for (const member of ["apply", "init"] as const) {
    must(typeof model[member] === "function", `\`${member}\` is no function`);
  }
  const entries = model.parameters.reduce((sum, { shape }) => sum + sizeOf(shape), 0);
  must(
    model.parameterCount === entries,
    `\`parameterCount\` is ${model.parameterCount}, and the declared parameters have ${entries} entries`,
  );
  const params = model.init(random);
  const again = model.init(random);
  const formOf = (p: Params) =>
    Object.entries(p).map(([name, { shape, dtype }]) => `${name} [${shape}] ${dtype}`);
  const declared = model.parameters.map(({ name, shape }) => `${name} [${shape}] float32`);
  const drawn = formOf(params);
  const odd = declared.findIndex((form, index) => form !== drawn[index]);
  const same = Object.keys(params).every((name) =>
    equal(params[name]!.dataSync(), again[name]?.dataSync() ?? []),
  );
  disposeTree(params);
  disposeTree(again);
  must(
    odd < 0 && drawn.length === declared.length,
    `\`init\` gives other parameters than are declared: ${drawn[odd] ?? drawn.at(-1)}, not ${declared[odd] ?? "declared"}`,
  );
  must(
    same,
    "`init` gives other parameters for the same stream: it draws random numbers of its own",
  );
}

const STATE =
  "apply keeps a state (a counter, an average), reads the clock or draws random numbers of its own: a second call with the " +
  "same parameters and inputs gives other outputs";

/** What may be said of a call and of its results, the cause before what follows of it. */
export function checkPurity(model: Model, params: Params, x: tf.Tensor): void {
  const theta = snapshot(params);
  const inputs = x.dataSync().slice();
  const { draws, value: values } = watchingRandom(() => outputsOf(model, params, x));
  const must = mustOf(model);
  must(
    draws === 0,
    "apply draws random numbers: outputs are a function of parameters and inputs alone",
  );
  const gone = Object.entries(params).find(([, p]) => p.isDisposed)?.[0];
  must(gone === undefined && !x.isDisposed, `apply disposes ${gone ?? "its inputs"}`);
  const after = snapshot(params);
  const changed = Object.keys({ ...theta, ...after }).find(
    (name) => !equal(theta[name] ?? [], after[name] ?? []),
  );
  must(changed === undefined, `apply changes the parameter ${changed}`);
  must(equal(inputs, x.dataSync()), "apply changes its inputs");
  const again = outputsOf(model, params, x);
  must(equal(values, again), STATE);
  must(values.every(Number.isFinite), "outputs at initial parameters are not finite");
}

/** What is said of outputs that `couples` is true of. */
export const COUPLED =
  "outputs of a sample depend on the others of its batch, or on its place in it: declare `coupled: true`";

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

function mustOf({ name }: Pick<Model, "name">) {
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
