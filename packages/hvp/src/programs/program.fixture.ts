import { stream } from "@eoss/rng";
import * as tf from "@tensorflow/tfjs-core";
import * as jets from "./jets.fixture.js";
import { type Jet, sizeOf, watched } from "./jets.fixture.js";
import { opGroups } from "./ops.fixture.js";
import type { Step } from "./step.fixture.js";

/** A random loss: parameters, and steps on what was computed before. */
export interface Program {
  readonly shapes: readonly (readonly number[])[];
  /** Values of all parameters, one after another; and a direction. Exact in float32. */
  readonly theta: Float64Array;
  readonly v: Float64Array;
  /** Each with its inputs: places in the list of parameters followed by results. */
  readonly steps: readonly (Step & { readonly inputs: readonly number[] })[];
  /** Weights of y and ½y² in the loss, for the last result y. */
  readonly weights: readonly [Float64Array, Float64Array];
}

const START = [[2, 3], [3], [4], [2, 2, 3], [1, 4, 3, 2], [2, 4, 4, 1], [3, 3], []];
const MOST_ENTRIES = 80;

/**
 * Draws program `index` of a seed. A drawn program may be of no use, with a value too large or too near
 * a kink for any comparison: it is drawn again.
 */
export function drawProgram(seed: number, index: number): Program {
  for (let attempt = 0; ; attempt++) {
    const program = attemptOf(seed, index, attempt);
    if (program !== undefined && isUseful(program)) return program;
  }
}

function attemptOf(seed: number, index: number, attempt: number): Program | undefined {
  const random = stream(seed, "programs").fork(index, attempt);
  let next = 0;
  const draw = (n: number) => Math.floor(random.uniformAt(next++) * n);
  const shapes: (readonly number[])[] = [START[draw(START.length)]!];
  const drawn: { step: Step; input: number; parameters: readonly (readonly number[])[] }[] = [];
  const results: Jet[] = [jets.zeros(shapes[0]!)];
  const depth = 1 + draw(12);
  while (drawn.length < depth) {
    // Mostly the latest result, at times one before.
    const input = draw(4) > 0 ? results.length - 1 : draw(results.length);
    const group = opGroups[draw(opGroups.length)]!;
    const step = group[draw(group.length)]!(results[input]!.shape, draw);
    if (step === undefined) continue;
    const parameters = step.more ?? [];
    const result = step.plain(results[input]!, ...parameters.map((shape) => jets.zeros(shape)));
    if (sizeOf(result.shape) > MOST_ENTRIES) continue;
    drawn.push({ step, input, parameters });
    shapes.push(...parameters);
    results.push(result);
  }
  // Results are counted after all parameters; result 0 is the first parameter.
  let parameter = 1;
  const steps = drawn.map(({ step, input, parameters }) => ({
    ...step,
    inputs: [input === 0 ? 0 : shapes.length + input - 1, ...parameters.map(() => parameter++)],
  }));
  const d = shapes.reduce((total, shape) => total + sizeOf(shape), 0);
  if (d > 60) return undefined;
  const numbers = (size: number) =>
    Float64Array.from({ length: size }, () => (draw(2047) - 1023) / 512);
  const outputs = sizeOf(results.at(-1)!.shape);
  const [theta, v] = [numbers(d), numbers(d)];
  return { shapes, theta, v, steps, weights: [numbers(outputs), numbers(outputs)] };
}

function isUseful(program: Program): boolean {
  watched.margin = Number.POSITIVE_INFINITY;
  watched.largest = 0;
  const { loss } = evaluate(program, 0, (x) => x);
  return Number.isFinite(loss) && watched.largest < 50 && watched.margin > 1e-2;
}

/** Gradient and Hessian product in float64, or with every result rounded. */
export function derivatives(program: Program, round: (x: number) => number) {
  const all = Array.from(program.theta, (_, index) => evaluate(program, index, round));
  return {
    gradient: all.map(({ slope }) => slope),
    product: all.map(({ bend }) => bend),
  };
}

/** L, ∂L/∂θ_k and (∇²L·v)_k. */
function evaluate(
  { shapes, theta, v, steps, weights }: Program,
  k: number,
  round: (x: number) => number,
) {
  let offset = 0;
  const values: Jet[] = shapes.map((shape) => {
    const jet = jets.zeros(shape);
    const end = offset + sizeOf(shape);
    jet.parts[0].set(theta.subarray(offset, end));
    jet.parts[2].set(v.subarray(offset, end));
    if (k >= offset && k < end) jet.parts[1][k - offset] = 1;
    offset = end;
    return jet;
  });
  for (const { plain, inputs } of steps) {
    const result = plain(...inputs.map((input) => values[input]!));
    for (const part of result.parts) part.set(part.map(round));
    for (const x of result.parts[0]) watched.largest = Math.max(watched.largest, Math.abs(x));
    values.push(result);
  }
  const y = values.at(-1)!;
  const [linear, quadratic] = weights.map((w) => jets.constantJet(y.shape, w));
  const half = jets.unary(y, (u) => [(u * u) / 2, u, 1]);
  const terms = jets.add(jets.mul(linear!, y), jets.mul(quadratic!, half));
  const [loss, slope, , bend] = terms.parts.map((part) => part.reduce((sum, x) => sum + x, 0));
  return { loss: loss!, slope: slope!, bend: bend! };
}

/** The program's loss in tfjs. */
export function lossOf({ steps, weights }: Program): (params: readonly tf.Tensor[]) => tf.Tensor {
  return (params) => {
    const values = [...params];
    for (const step of steps) values.push(step.tf(...step.inputs.map((input) => values[input]!)));
    const y = values.at(-1)!;
    const [linear, quadratic] = weights.map((w) => tf.tensor(Float32Array.from(w), y.shape));
    const terms = tf.add(tf.mul(linear!, y), tf.mul(quadratic!, tf.mul(0.5, tf.square(y))));
    return tf.sum(terms);
  };
}

/** The program in words, for a report. */
export function describe({ shapes, steps }: Program): string {
  const lines = steps.map(
    ({ name, inputs }, index) =>
      `#${shapes.length + index} = ${name}(${inputs.map((i) => `#${i}`)})`,
  );
  return [`parameters ${shapes.map((shape, i) => `#${i} [${shape}]`).join(", ")}`, ...lines].join(
    "\n",
  );
}
