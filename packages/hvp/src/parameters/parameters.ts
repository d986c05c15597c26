/** Trees of parameters, and the same as flat vectors. */

import { Tensor, tensor } from "@tensorflow/tfjs-core";
import { requireOurEngine } from "../tfjs.js";
import { atOnce } from "./entries.js";

/** Parameters of a loss: tensors in a record, by name, or in an array. The order of keys counts. */
export type ParameterTree = Readonly<Record<string, Tensor>> | readonly Tensor[];

/**
 * What a function of the parameters gets, and what is shaped like them: tensors under the same keys,
 * for a `tf.Variable` a tensor of its rank.
 */
export type TensorsOf<P extends ParameterTree> = {
  [K in keyof P]: P[K] extends Tensor<infer R> ? Tensor<R> : P[K];
} extends infer Tensors extends ParameterTree
  ? Tensors
  : never;

/** Where each parameter tensor lies in a flat vector: one after another, row-major. */
export interface ParameterLayout {
  readonly entries: ReadonlyArray<{
    readonly name: string;
    readonly shape: readonly number[];
    readonly offset: number;
    readonly size: number;
  }>;
  /** Number of parameters d. */
  readonly size: number;
}

/**
 * Where each tensor lies in a flat vector, and how long that is.
 *
 * @example
 * const { size, entries } = layoutOf({ kernel: tf.zeros([3, 2]), bias: tf.zeros([2]) });
 * size; // 8
 * entries[1].offset; // 6
 */
export function layoutOf(params: ParameterTree): ParameterLayout {
  let offset = 0;
  const entries = Object.entries(params).map(([name, tensor]: [string, Tensor]) => {
    const entry = { name, shape: tensor.shape, offset, size: tensor.size };
    offset += tensor.size;
    return entry;
  });
  return { entries, size: offset };
}

/**
 * The tensors of a tree in the order of the parameters: matched by name, in an array by index.
 *
 * @param what names the tree in messages
 * @throws TypeError where it is no tree of the same form, or a part is no float32 tensor; RangeError
 *   for a name that is missing or unknown, and for a shape that does not fit
 */
export function partsLike(tree: ParameterTree, params: ParameterTree, what = "v"): Tensor[] {
  if (tree === null || typeof tree !== "object" || Array.isArray(tree) !== Array.isArray(params)) {
    throw new TypeError(
      `${what} must be ${Array.isArray(params) ? "an array" : "a record by name"}, as the parameters are`,
    );
  }
  const parts = tree as Readonly<Record<string, Tensor>>;
  const names = Object.keys(params);
  const missing = names.filter((name) => !Object.hasOwn(parts, name));
  const unknown = Object.keys(parts).filter((name) => !Object.hasOwn(params, name));
  if (missing.length + unknown.length > 0) {
    const faults = [
      ...missing.map((name) => `${what} has no part for parameter ${name}`),
      ...unknown.map((name) => `there is no parameter ${name}, of which ${what} has a part`),
    ];
    throw new RangeError(`${faults.join("; ")}. The parameters are: ${names.join(", ")}`);
  }
  return (Object.entries(params) as [string, Tensor][]).map(([name, { shape }]) => {
    const part = parts[name]!;
    requireFloat(part, `the part of ${what} for parameter ${name}`);
    if (part.shape.join() !== shape.join()) {
      throw new RangeError(
        `parameter ${name} has shape [${shape}], ${what} has [${part.shape}] there`,
      );
    }
    return part;
  });
}

/** @throws TypeError for parameters that are neither a record nor an array */
export function requireTree(params: unknown): asserts params is ParameterTree {
  if (typeof params === "object" && params !== null && !(params instanceof Tensor)) return;
  throw new TypeError("the parameters must be tensors in a record by name, or in an array");
}

/** @throws TypeError for anything but a float32 tensor that is not disposed */
export function requireFloat(part: unknown, what: string): asserts part is Tensor {
  if (!(part instanceof Tensor)) throw new TypeError(`${what} is no tensor`);
  if (part.isDisposed) throw new TypeError(`${what} is disposed`);
  if (part.dtype !== "float32") throw new TypeError(`${what} is ${part.dtype}, not float32`);
  requireOurEngine(part, what);
}

/**
 * Copies parameter-shaped tensors into one vector.
 *
 * @param out receives the values, [d]; a Float64Array holds float32 values exactly
 * @param params gives the order, matched by name; default: the order of the tree itself
 * @throws RangeError for a vector of another length; as `partsLike`
 */
export function flatten<V extends Float32Array | Float64Array>(
  tree: ParameterTree,
  out: V,
  params: ParameterTree = tree,
): V {
  const parts = partsLike(tree, params, "the tree");
  const size = parts.reduce((total, part) => total + part.size, 0);
  if (size !== out.length) {
    throw new RangeError(`the parameters have ${size} entries, the vector has ${out.length}`);
  }
  let offset = 0;
  for (const part of parts) {
    out.set(
      atOnce("flatten", () => part.dataSync() as Float32Array),
      offset,
    );
    offset += part.size;
  }
  return out;
}

/**
 * Makes tensors of a vector's parts: the inverse of `flatten`. The caller disposes them.
 *
 * @param vector [d]
 * @param like gives names, order and shapes
 */
export function unflatten<P extends ParameterTree>(vector: ArrayLike<number>, like: P): P {
  const { entries, size } = layoutOf(like);
  if (vector.length !== size) {
    throw new RangeError(`the parameters have ${size} entries, the vector has ${vector.length}`);
  }
  const values = vector instanceof Float32Array ? vector : Float32Array.from(vector);
  return mapTree(like, (_, index) => {
    const { offset, size: length, shape } = entries[index]!;
    // A copy: the cpu backend would keep a view into the caller's vector.
    return tensor(values.slice(offset, offset + length), shape as number[], "float32");
  });
}

/** A tree of the same keys. */
export function mapTree<P extends ParameterTree>(
  tree: P,
  map: (tensor: Tensor, index: number, key: string) => Tensor,
): P {
  const mapped = Object.entries(tree).map(
    ([key, value]: [string, Tensor], index) => [key, map(value, index, key)] as const,
  );
  return (Array.isArray(tree) ? mapped.map(([, value]) => value) : Object.fromEntries(mapped)) as P;
}

/** Disposes every tensor of a tree. */
export function disposeTree(tree: ParameterTree): void {
  for (const part of Object.values(tree) as Tensor[]) part.dispose();
}
