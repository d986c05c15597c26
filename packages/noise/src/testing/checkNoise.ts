/** The contract of a noise: what is looked at before a training with one of somebody else. */

import { disposeTree, mse } from "@eoss/hvp";
import { stream } from "@eoss/rng";
import { shown, watchingRandom } from "@eoss/rng/internal";
import { add, matMul, memory, Tensor, tensor } from "@tensorflow/tfjs-core";
import { NoiseContractError } from "../contract.js";
import type { Noise, NoiseSettings, NoiseState } from "../noise.js";
import type { NoiseOptions } from "../options.js";
import { weightedGradients } from "../outputGradients.js";
import type { NoiseProblem } from "../problem.js";

const SAMPLES = 6;
const INPUTS = 3;
const OUTPUTS = 2;
const STEPS = 100;
/** Standard errors by which a mean may be off; of 8 numbers one is beyond 5.5 once in three million trials. */
const LIMIT = 5.5;
const ROUNDING = 1e-4;

type Must = (holds: boolean, broken: string) => asserts holds;
type Params = Readonly<Record<string, Tensor>>;

/**
 * Looks whether a noise keeps its contract with some options, on a linear network of eight weights:
 *
 * - it depends on stream, step and parameters alone: the same again, and other numbers at other steps;
 * - its loss is L(θ) of all samples, without noise;
 * - its gradient is shaped like the parameters, finite, and on average over 100 steps ∇L(θ), to five and a
 *   half standard errors, unless it declares to be biased;
 * - it leaves the parameters as they are, and disposes what it does not return.
 *
 * @throws NoiseContractError naming the first rule that is broken
 */
export function checkNoise(noise: Noise, options: NoiseOptions = {}): void {
  const must: Must = (holds, broken) => {
    if (!holds) {
      throw new NoiseContractError(
        `the noise ${noise.name} breaks the contract of noises: ${broken}`,
      );
    }
  };
  const problem = linear();
  try {
    watchingRandom((draws) => checkAgain(noise, problem, options, draws, must));
    checkMean(noise, problem, options, must);
  } finally {
    disposeTree(problem.params);
  }
}

/** What the same step gives twice, and what that leaves behind. */
function checkAgain(
  noise: Noise,
  problem: NoiseProblem<Params>,
  options: NoiseOptions,
  draws: () => number,
  must: Must,
): void {
  const theta = flat(problem.params);
  const tensors = memory().numTensors;
  const first = read(noise, problem, options, 0, must);
  const again = read(noise, problem, options, 0, must);
  must(
    draws() === 0,
    "it draws random numbers beside its stream: noise is a function of stream, step and θ",
  );
  must(
    equal(first.gradient, again.gradient) && first.loss === again.loss,
    "it keeps something beside its state: the same step again gives another gradient",
  );
  must(equal(theta, flat(problem.params)), "it changes the parameters");
  const left = memory().numTensors - tensors;
  must(
    left === 0,
    `it leaves ${left} tensors behind: what it makes and does not return is disposed`,
  );
}

function checkMean(noise: Noise, problem: NoiseProblem<Params>, options: NoiseOptions, must: Must) {
  const weights = new Float64Array(SAMPLES).fill(1 / SAMPLES);
  const exact = weightedGradients(problem, [weights]);
  const exactLoss = exact.loss as number;
  const mean = flat(exact.gradients[0]!);
  disposeTree(exact.gradients[0]!);
  const sums = mean.map(() => 0);
  const squares = mean.map(() => 0);
  let state: NoiseState | undefined;
  let first: readonly number[] | undefined;
  let moves = false;
  for (let step = 0; step < STEPS; step++) {
    const given = state && { ...state, variance: state.variance.slice() };
    const one = read(noise, problem, options, step, must, state);
    must(
      state?.step === given?.step && equal(state?.variance ?? [], given?.variance ?? []),
      "it changes the state that it is given, which stays as it is: the same step again would have another",
    );
    moves ||= first !== undefined && !equal(first, one.gradient);
    first ??= one.gradient;
    state = one.state;
    must(
      Math.abs(one.loss - exactLoss) <= ROUNDING * Math.abs(exactLoss),
      `its loss is ${one.loss}, and L(θ) of all samples is ${exactLoss}: the loss has no noise`,
    );
    one.gradient.forEach((value, j) => {
      sums[j]! += value - mean[j]!;
      squares[j]! += (value - mean[j]!) ** 2;
    });
  }
  const size = Math.hypot(...mean);
  must(
    moves && squares.some((square) => Math.sqrt(square / STEPS) > ROUNDING * size),
    "its gradient is ∇L without noise at each step, or the same noise is not drawn anew",
  );
  if (noise.biased) return;
  sums.forEach((sum, j) => {
    const error = Math.sqrt(squares[j]!) + ROUNDING * size * STEPS;
    must(
      Math.abs(sum) <= LIMIT * error,
      `its gradient is on average ${mean[j]! + sum / STEPS} where that of L is ${mean[j]}: noise has mean zero, or declares biased: true`,
    );
  });
}

function read(
  noise: Noise,
  problem: NoiseProblem<Params>,
  options: NoiseOptions,
  step: number,
  must: Must,
  state?: NoiseState,
) {
  const settings = {
    ...options,
    ...{ step, stream: stream(3, "check-noise"), learningRate: 0.05, batchSize: 2, state },
  } as NoiseSettings;
  const made = noise.gradient(problem, settings);
  const loss = made?.loss as number;
  must(Number.isFinite(loss), `its loss is ${shown(loss)}; allowed: a finite number`);
  for (const [name, theta] of Object.entries(problem.params)) {
    const part = (made.gradient as Params | undefined)?.[name];
    must(
      part instanceof Tensor &&
        part.shape.join() === theta.shape.join() &&
        part.dtype === "float32",
      `its gradient of the parameter ${name} is ${part instanceof Tensor ? `${part.dtype} [${part.shape}]` : "no tensor"}; ` +
        `allowed: float32 [${theta.shape}]`,
    );
    must(!theta.isDisposed, `it disposes the parameter ${name}`);
    must(
      part !== theta,
      `its gradient of the parameter ${name} is the parameter itself, which is disposed with it: give a clone`,
    );
  }
  const gradient = flat(made.gradient);
  disposeTree(made.gradient as Params);
  checkState(made.state, must);
  must(gradient.every(Number.isFinite), "its gradient is not finite");
  return { loss, gradient, state: made.state };
}

/** A checkpoint holds a state as it is declared, and nothing else. */
function checkState(state: unknown, must: Must): void {
  const { step, variance } = (state ?? {}) as Partial<NoiseState>;
  const isState = Number.isSafeInteger(step) && variance instanceof Float32Array;
  must(
    state === undefined || isState,
    `its state is ${shown(state)}; allowed: { step, variance }, an integer and a Float32Array, which a checkpoint holds`,
  );
}

/** Six samples of a linear network with two outputs, and squared errors of size one. */
function linear(): NoiseProblem<Params> {
  const random = stream(4, "check-noise");
  const x = random.fork(0).normals(SAMPLES * INPUTS);
  const y = random.fork(1).normals(SAMPLES * OUTPUTS);
  const rows = (values: Float32Array, width: number, indices: Int32Array) =>
    tensor(
      Float32Array.from(
        { length: indices.length * width },
        (_, k) => values[indices[Math.floor(k / width)]! * width + (k % width)]!,
      ),
      [indices.length, width],
    );
  return {
    params: {
      kernel: tensor(random.fork(2).normals(INPUTS * OUTPUTS), [INPUTS, OUTPUTS]),
      bias: tensor(random.fork(3).normals(OUTPUTS), [OUTPUTS]),
    },
    samples: SAMPLES,
    head: mse,
    outputsOf: (indices) => (params) => {
      const inputs = rows(x, INPUTS, indices);
      return add(matMul(inputs, params.kernel), params.bias);
    },
    targetsOf: (indices) => rows(y, OUTPUTS, indices),
  };
}

const flat = (params: unknown) =>
  Object.values(params as Params).flatMap((part) => [...part.dataSync()]);

const equal = (a: ArrayLike<number>, b: ArrayLike<number>) =>
  a.length === b.length && Array.from(a).every((value, i) => Object.is(value, b[i]));
