import { floatsOf, jsonFloats } from "@eoss/rng/internal";
import { type Tensor, tensor } from "@tensorflow/tfjs-core";
import type { OptimizerState, Params } from "./optimizer.js";

/** A tensor off the device, row-major. */
export interface SavedTensor {
  readonly shape: readonly number[];
  readonly values: Float32Array;
}

type SavedParams = Readonly<Record<string, SavedTensor>>;

/** An optimizer's state off the device: what a checkpoint holds. JSON keeps it bit for bit. */
export interface SavedState {
  readonly step: number;
  readonly start: number;
  readonly params: SavedParams;
  readonly slots: Readonly<Record<string, SavedParams>>;
}

/** Copies a state off the device, bit for bit; the state stays as it is. */
export function saveState({ step, start, params, slots }: OptimizerState): SavedState {
  const saved = (tree: Params) => saveParams(tree, (tensor) => tensor.dataSync());
  return { step, start, params: saved(params), slots: mapValues(slots, saved) };
}

/** The same on every backend, also on one that gives its numbers only later: they are there when they arrive. */
export async function saveStateLater({
  step,
  start,
  params,
  slots,
}: OptimizerState): Promise<SavedState> {
  const tensors = [params, ...Object.values(slots)].flatMap((tree) => Object.values(tree));
  const values = new Map<Tensor, ArrayLike<number>>(
    await Promise.all(tensors.map(async (one) => [one, await one.data()] as const)),
  );
  const saved = (tree: Params) => saveParams(tree, (tensor) => values.get(tensor)!);
  return { step, start, params: saved(params), slots: mapValues(slots, saved) };
}

/**
 * The state that was saved, in new tensors: it goes on exactly as the original would have.
 *
 * @param saved what `saveState` gave, or `JSON.parse` of its JSON
 * @throws TypeError naming a parameter whose values are something else
 */
export function restoreState({ step, start, params, slots }: SavedState): OptimizerState {
  return { step, start, params: restoreParams(params), slots: mapValues(slots, restoreParams) };
}

// Both ways copy: the cpu backend hands out and takes in the very array that it computes with.

function saveParams(params: Params, numbers: (tensor: Tensor) => ArrayLike<number>): SavedParams {
  return mapValues(params, (theta) => ({
    shape: theta.shape,
    values: jsonFloats(Float32Array.from(numbers(theta))),
  }));
}

function restoreParams(saved: SavedParams): Params {
  return mapValues(saved, ({ shape, values }, name) =>
    tensor(floatsOf(`values of ${name}`, values).slice(), [...shape], "float32"),
  );
}

function mapValues<A, B>(record: Readonly<Record<string, A>>, map: (value: A, key: string) => B) {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, map(value, key)]));
}
