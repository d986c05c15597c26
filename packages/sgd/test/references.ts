import {
  type Hyperparameters,
  type Optimizer,
  type OptimizerState,
  optimizerByName,
  type Params,
} from "@eoss/sgd";
import * as tf from "@tensorflow/tfjs-core";
import file from "./pytorch.json" with { type: "json" };

type Values = Readonly<Record<string, readonly number[]>>;

/** One of PyTorch's runs: the parameters after each step, the slots at the end, in float64. */
export interface ReferenceCase {
  readonly optimizer: string;
  readonly options: Hyperparameters;
  readonly params: readonly Values[];
  readonly slots: Readonly<Record<string, Values>>;
}

export const referenceCases = file.cases as unknown as readonly ReferenceCase[];

const shapes: Readonly<Record<string, number[]>> = file.shapes;

function tensorsOf(values: Values): Params {
  return Object.fromEntries(
    Object.entries(values).map(([name, entries]) => [
      name,
      tf.tensor(Float32Array.from(entries), shapes[name]!),
    ]),
  );
}

export const initialParams = () => tensorsOf(file.initial);

export const steps = file.gradients.length;

/** The update with the references' gradient and learning rate of its step. */
export function referenceStep(
  optimizer: Optimizer,
  state: OptimizerState,
  options: ReferenceCase["options"],
): OptimizerState {
  const gradient = tensorsOf(file.gradients[state.step]!);
  const learningRate = file.learningRates[state.step]!;
  const next = optimizer.step(gradient, state, { learningRate, ...options });
  tf.dispose(gradient);
  return next;
}

/**
 * The largest ‖actual − expected‖ / ‖expected‖ over θ after each step, its change since the beginning,
 * and each slot at the end; the norms are of all entries together.
 */
export function errorAgainst(reference: ReferenceCase, optimizer?: Optimizer): number {
  const tested = optimizer ?? optimizerByName(reference.optimizer);
  let state = tested.init(initialParams());
  let worst = 0;
  for (const expected of reference.params) {
    state = referenceStep(tested, state, reference.options);
    const actual = valuesOf(state.params);
    worst = Math.max(worst, relativeError(actual, flat(expected)));
    const change = (values: number[]) => values.map((value, i) => value - flat(file.initial)[i]!);
    worst = Math.max(worst, relativeError(change(actual), change(flat(expected))));
  }
  for (const [slot, expected] of Object.entries(reference.slots)) {
    worst = Math.max(worst, relativeError(valuesOf(state.slots[slot]!), flat(expected)));
  }
  tf.dispose([state.params, ...Object.values(state.slots)] as tf.TensorContainer);
  return worst;
}

const flat = (values: Values) => Object.values(values).flat();

export const valuesOf = (params: Params) =>
  Object.values(params).flatMap((tensor) => [...tensor.dataSync()]);

/** NaN if any entry is. */
function relativeError(actual: readonly number[], expected: readonly number[]): number {
  if (actual.length !== expected.length) throw new RangeError("the lengths differ");
  const difference = actual.map((value, i) => value - expected[i]!);
  return Math.hypot(...difference) / Math.hypot(...expected);
}
