/** The contract of an optimizer in short: what is looked at before a training with one of somebody else. */

import { stream } from "@eoss/rng";
import { watchingRandom } from "@eoss/rng/internal";
import { dispose, memory, mul, type NamedTensorMap, Tensor, tensor } from "@tensorflow/tfjs-core";
import { OptimizerContractError } from "../optimizers/contract.js";
import {
  disposeState,
  type Optimizer,
  type OptimizerState,
  type Params,
} from "../optimizers/optimizer.js";
import type { StepOptions } from "../optimizers/options.js";
import { restoreState, saveState } from "../optimizers/savedState.js";
import { declaredTraits } from "../optimizers/traits.js";

const SHAPES: Readonly<Record<string, readonly number[]>> = { kernel: [3, 2], bias: [2] };
const UPDATES = 4;
/** How near to its threshold an update must be stable and unstable, and for how long it is watched. */
const NEAR = 0.1;
const LONG = 300;
/** What oscillates a while before it shrinks stays below, what grows is far above. */
const GROWN = 10;

type Must = (holds: boolean, broken: string) => asserts holds;

/**
 * Looks whether an optimizer keeps its contract with some options, on made-up parameters and gradients, in
 * some hundred updates of a few numbers:
 *
 * - it is a function of its state, the gradient and the options: the same again, and after the state was
 *   saved and restored; it draws no random numbers;
 * - it leaves the gradient as it is, gives tensors shaped like the parameters, and disposes all others;
 * - it counts its updates, moves the parameters, and leaves them where they are with η = 0;
 * - the change of the parameters is proportional to η;
 * - its threshold is of the form a/η + c or has words that say why there is none. Where it divides by no
 *   preconditioner, updates on a quadratic shrink 10 % below the threshold and grow 10 % above it;
 * - its preconditioner is above 0.
 *
 * An optimizer that breaks one trains without a word, and what is measured along its updates is wrong, or a run
 * that is resumed takes another way.
 *
 * @throws OptimizerContractError naming the first rule that is broken
 */
export function checkOptimizer(optimizer: Optimizer, options: StepOptions): void {
  const must: Must = (holds, broken) => {
    if (!holds) {
      throw new OptimizerContractError(
        `the optimizer ${optimizer.name} breaks the contract of optimizers: ${broken}`,
      );
    }
  };
  const given = { ...options, learningRate: options.learningRate || 0.1 };
  checkUpdates(optimizer, given, must);
  checkProportional(optimizer, given, must);
  checkThreshold(optimizer, given, must);
}

function checkUpdates(optimizer: Optimizer, options: StepOptions, must: Must): void {
  const before = memory().numTensors;
  watchingRandom((draws) => checkCourse(optimizer, options, draws, must));
  const left = memory().numTensors - before;
  must(
    left === 0,
    `it leaves ${left} tensors behind: what an update makes and does not return is disposed`,
  );
}

/** Where some updates lead: the same again, and also with a state that was stored half way. */
function checkCourse(
  optimizer: Optimizer,
  options: StepOptions,
  draws: () => number,
  must: Must,
): void {
  const start = optimizer.init(parameters());
  checkState(optimizer, start, 0, must);
  const first = saveState(start);
  const whole = updated(optimizer, start, options, UPDATES, must);
  const expected = saveState(whole);
  checkPreconditioner(optimizer, whole, options, must);
  disposeState(whole);
  const again = updated(optimizer, optimizer.init(parameters()), options, UPDATES, must);
  must(
    draws() === 0,
    "it draws random numbers: an update is a function of state, gradient and options",
  );
  must(
    same(saveState(again), expected),
    "it keeps something beside its state (a counter, a last gradient): the same updates again give other " +
      "parameters. What has to be kept is a slot",
  );
  disposeState(again);
  const halfway = updated(optimizer, optimizer.init(parameters()), options, 2, must);
  const saved = saveState(halfway);
  disposeState(halfway);
  const other = updated(optimizer, restoreState(saved), options, UPDATES - 2, must);
  must(
    same(saveState(other), expected),
    "after its state was saved and restored it goes on otherwise: a run that is resumed would take another way",
  );
  disposeState(other);
  must(
    !same({ ...first, step: 0 }, { ...expected, step: 0, slots: first.slots }),
    `it does not move the parameters in ${UPDATES} updates`,
  );
}

/** Some updates, each looked at. */
function updated(
  optimizer: Optimizer,
  start: OptimizerState,
  options: StepOptions,
  updates: number,
  must: Must,
): OptimizerState {
  let state = start;
  for (let i = 0; i < updates; i++) {
    const g = gradientOf(state.step);
    const values = saveState({ ...state, params: g, slots: {} });
    const next = optimizer.step(g, state, options);
    must(
      Object.values(g).every((part) => !part.isDisposed),
      "step disposes the gradient, which stays the caller's",
    );
    must(same(saveState({ ...state, params: g, slots: {} }), values), "step changes the gradient");
    checkState(optimizer, next, state.step + 1, must);
    dispose(g as NamedTensorMap);
    state = next;
  }
  return state;
}

function checkState(optimizer: Optimizer, state: OptimizerState, step: number, must: Must): void {
  must(
    state?.step === step && state.start === 0,
    `after ${step} updates its state has step ${state?.step} and start ${state?.start}; allowed: ${step} and 0`,
  );
  for (const [tree, params] of [
    ["params", state.params],
    ...Object.entries(state.slots ?? {}),
  ] as const) {
    for (const [name, shape] of Object.entries(SHAPES)) {
      const value = (params as Params)?.[name];
      must(
        value instanceof Tensor && !value.isDisposed,
        `its state has no tensor for the parameter ${name} in ${tree}`,
      );
      must(
        value.shape.join() === shape.join() && value.dtype === "float32",
        `its state has ${value.dtype} [${value.shape}] for the parameter ${name} in ${tree}; allowed: float32 [${shape}]`,
      );
      must(
        value.dataSync().every(Number.isFinite),
        `${tree} of the parameter ${name} is not finite after ${step} updates`,
      );
    }
  }
  const slots = Object.keys(state.slots ?? {}).sort();
  must(
    slots.join() === [...optimizer.slots].sort().join(),
    `its state has the slots ${slots.join(", ") || "none"}, and it declares ${optimizer.slots.join(", ") || "none"}`,
  );
}

/** θ' − θ of one update after some, as float64. */
function change(optimizer: Optimizer, options: StepOptions, learningRate: number): number[] {
  let state = optimizer.init(parameters());
  for (let i = 0; i < 2; i++) state = stepped(optimizer, state, options);
  const before = flat(state.params);
  state = stepped(optimizer, state, { ...options, learningRate });
  const after = flat(state.params);
  disposeState(state);
  return after.map((value, i) => value - before[i]!);
}

function checkProportional(optimizer: Optimizer, options: StepOptions, must: Must): void {
  const still = change(optimizer, options, 0);
  must(
    still.every((value) => value === 0),
    "it moves the parameters with η = 0: the learning rate multiplies the whole step, and no slot contains it",
  );
  const once = change(optimizer, options, options.learningRate);
  const twice = change(optimizer, options, 2 * options.learningRate);
  // Differences of parameters of size 1 in single precision.
  const error = Math.hypot(...twice.map((value, i) => value - 2 * once[i]!));
  must(
    error <= 1e-4 * Math.hypot(...twice) + 1e-6,
    "the change of the parameters is not proportional to η: critical-sharpness and others would be wrong. " +
      "As in PyTorch, the learning rate multiplies the whole step, and no slot contains it",
  );
}

function checkPreconditioner(
  optimizer: Optimizer,
  state: OptimizerState,
  options: StepOptions,
  must: Must,
): void {
  const p = optimizer.preconditioner(state, options);
  must(
    (p !== undefined) === optimizer.preconditions,
    `\`preconditions\` is ${optimizer.preconditions}, and preconditioner gives ${p ? "tensors" : "none"}`,
  );
  for (const [name, shape] of Object.entries(p === undefined ? {} : SHAPES)) {
    const part = p![name];
    must(
      part instanceof Tensor &&
        part.shape.join() === shape.join() &&
        part.dataSync().every((x) => x > 0),
      `its preconditioner is not above 0, or not shaped like the parameter ${name}`,
    );
    part.dispose();
  }
}

function checkThreshold(optimizer: Optimizer, options: StepOptions, must: Must): void {
  const { value, formula, words } = optimizer.threshold(options);
  must(typeof words === "string" && words !== "", "its threshold has no words that say what it is");
  const w = optimizer.coupledDecay(options);
  must(Number.isFinite(w) && w >= 0, `its coupledDecay is ${w}; allowed: a finite number ≥ 0`);
  must(
    formula === undefined ? Number.isNaN(value) : value > 0,
    `its threshold is ${value} with ${formula === undefined ? "no formula" : `the formula ${formula}`}; ` +
      "allowed: a number above 0 and a formula, or NaN and words that say why there is none",
  );
  try {
    const { learningRate: _, ...rest } = options;
    declaredTraits(optimizer, rest);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    must(false, error.message);
  }
  if (formula === undefined || optimizer.preconditions || value <= w) return;
  const [below, above] = [1 - NEAR, 1 + NEAR].map((ratio) =>
    growth(optimizer, { ...options, clip: 0 }, ratio * value - w),
  ) as [number, number];
  must(
    below < GROWN,
    `on a quadratic of curvature ${NEAR * 100} % below its threshold ${formula} updates grow: the threshold is lower`,
  );
  must(
    above > GROWN,
    `on a quadratic of curvature ${NEAR * 100} % above its threshold ${formula} updates shrink: the threshold is higher`,
  );
}

/** By how much |θ| grows over many updates on λθ²/2. */
function growth(optimizer: Optimizer, options: StepOptions, lambda: number): number {
  let state = optimizer.init({ x: tensor([1e-3]) });
  for (let i = 0; i < LONG; i++) {
    const gradient = { x: mul(state.params.x!, lambda) };
    const ahead = optimizer.lookAhead(gradient, state, options);
    ahead?.x?.dispose();
    state = optimizer.step(gradient, state, options);
    gradient.x.dispose();
    const size = Math.abs(state.params.x!.dataSync()[0]!);
    // Growth is sure; single precision ends near 1e38.
    if (!(size < 1e6)) break;
  }
  const size = Math.abs(state.params.x!.dataSync()[0]!) / 1e-3;
  disposeState(state);
  return Number.isNaN(size) ? Number.POSITIVE_INFINITY : size;
}

function stepped(optimizer: Optimizer, state: OptimizerState, options: StepOptions) {
  const gradient = gradientOf(state.step);
  const next = optimizer.step(gradient, state, options);
  dispose(gradient as NamedTensorMap);
  return next;
}

const random = stream(7, "check-optimizer");
const drawn = (fork: number): Params =>
  Object.fromEntries(
    Object.entries(SHAPES).map(([name, shape], place) => {
      const size = shape.reduce((product, n) => product * n, 1);
      return [name, tensor(random.fork(fork).fork(place).normals(size), [...shape])];
    }),
  );
const parameters = () => drawn(0);
const gradientOf = (step: number) => drawn(step + 1);

const flat = (params: Params) => Object.values(params).flatMap((part) => [...part.dataSync()]);

function same(a: unknown, b: unknown): boolean {
  return JSON.stringify(plain(a)) === JSON.stringify(plain(b));
}

/** Bit for bit, −0 apart from 0. */
function plain(value: unknown): unknown {
  if (ArrayBuffer.isView(value))
    return Array.from(value as Float32Array, (x) => (Object.is(x, -0) ? "-0" : x));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, plain(one)]));
}
