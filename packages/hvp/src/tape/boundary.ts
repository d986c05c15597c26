/** Guards on the ways by which values leave a record. */

import {
  cast,
  type DataStorage,
  engine,
  type Tensor,
  type TypedArray,
  Variable,
} from "@tensorflow/tfjs-core";
import { atOnce } from "../parameters/entries.js";
import { activeOp, shadow } from "./intercept.js";

type DataId = Tensor["dataId"];

/** tfjs' own differentiation, as its engine is asked for it: by `tf.grad`, optimizers and all others. */
export type Differentiate = (
  f: () => Tensor,
  xs: Tensor[],
  dy?: Tensor | null,
  allowNoGradients?: boolean,
) => { value: Tensor; grads: Tensor[] };

/** What a record has to say to what happens to its values besides kernel calls. */
export interface Boundary {
  readonly differentiate: Differentiate;
  /** A variable now holds the value of a tensor. */
  assigned(variable: Variable, value: Tensor): void;
  /** Numbers are about to leave the record, or to come back by another tensor: refused if recorded. */
  leaving(data: DataId, what: string): void;
  /** Runs `body` with nothing of the above in force. */
  pause<T>(body: () => T): T;
}

const NUMBERS = "numbers of a recorded tensor";

/** What backends do with data without looking at them. */
const BOOKKEEPING = ["disposeData", "incRef", "decRef", "refCount"] as const;

interface Backend
  extends Partial<Record<(typeof BOOKKEEPING)[number], (...args: never) => unknown>> {
  readSync(data: DataId): TypedArray;
  read(data: DataId): Promise<TypedArray>;
  readToGPU(data: DataId, options?: unknown): unknown;
}

interface GuardedEngine {
  gradients: Differentiate;
  makeVariable(
    value: Tensor,
    trainable?: boolean,
    name?: string,
    dtype?: Tensor["dtype"],
  ): Variable;
  trackTensor(tensor: Tensor, backend: unknown): void;
  readonly registry: Readonly<Record<string, Backend>>;
  readonly registeredVariables: Readonly<Record<string, Variable>>;
}

/**
 * Runs `body` with the ways by which values leave a record, and come back, under the eyes of its
 * `boundary`:
 *
 * - tfjs' own differentiation, which all of its functions ask the engine for;
 * - variables, which are made by the engine and assigned by one method;
 * - numbers: all that reads them at once ends in two methods of a backend. Those that are read by a
 *   promise come too late to come back. What is made text is for people;
 * - data: whatever looks at them, a kernel that is called by hand as well, finds them in the storage of
 *   their backend;
 * - tensors that share data: the engine counts every tensor that is made.
 */
export function guarded<T>(boundary: Boundary, body: () => T): T {
  const target = engine() as unknown as GuardedEngine;
  // Where there are two copies of tfjs, variables are of the class of the engine's.
  const [known = undefined] = Object.values(target.registeredVariables);
  const variables = known ? (Object.getPrototypeOf(known) as Variable) : Variable.prototype;
  const tensors = Object.getPrototypeOf(variables) as Tensor;
  const { makeVariable, trackTensor } = target;
  const { assign } = variables;
  const { toString: text } = tensors;

  /** Whether a variable is being made or assigned, of which the boundary is told. */
  let told = false;
  const telling = <R>(act: () => R): R => {
    const before = told;
    told = true;
    try {
      return act();
    } finally {
      told = before;
    }
  };

  const restore = [
    shadow(target, "gradients", boundary.differentiate),
    shadow(target, "makeVariable", (value, trainable, name, dtype) => {
      const typed = dtype == null || dtype === value.dtype ? value : cast(value, dtype);
      const variable = telling(() => makeVariable.call(target, typed, trainable, name));
      boundary.assigned(variable, typed);
      return variable;
    }),
    shadow(variables, "assign", function (this: Variable, value) {
      telling(() => assign.call(this, value));
      boundary.assigned(this, value);
    }),
    shadow(target, "trackTensor", (tensor, backend) => {
      if (!told) boundary.leaving(tensor.dataId, "a tensor on recorded data");
      trackTensor.call(target, tensor, backend);
    }),
    shadow(tensors, "toString", function (this: Tensor, verbose) {
      return boundary.pause(() => text.call(this, verbose));
    }),
    ...Object.values(target.registry).flatMap((backend) => [
      ...readsOf(backend, boundary),
      ...storageOf(backend, boundary),
    ]),
  ];
  try {
    return body();
  } finally {
    for (const undo of restore.reverse()) undo();
  }
}

function readsOf(backend: Backend, boundary: Boundary): Array<() => void> {
  const { readSync, read, readToGPU } = backend;
  return [
    shadow(backend, "readSync", (data) => {
      boundary.leaving(data, NUMBERS);
      return atOnce(activeOp() || "the function", () => readSync.call(backend, data));
    }),
    shadow(backend, "read", (data) => boundary.pause(() => read.call(backend, data))),
    shadow(backend, "readToGPU", (data, options) => {
      boundary.leaving(data, NUMBERS);
      return readToGPU.call(backend, data, options);
    }),
  ];
}

function storageOf(backend: Backend, boundary: Boundary): Array<() => void> {
  // By a field of their class, which is another one where there are two copies of tfjs.
  const storages = Object.values(backend).filter(
    (field: { dataMover?: unknown } | null | undefined) => field?.dataMover !== undefined,
  ) as unknown as DataStorage<unknown>[];
  const guards = storages.map((storage) => {
    const { get } = storage;
    return shadow(storage, "get", (data) => {
      boundary.leaving(data as DataId, "data of a recorded tensor");
      return get.call(storage, data);
    });
  });
  const bookkeeping = BOOKKEEPING.filter((key) => key in backend).map((key) => {
    const method = backend[key]!;
    return shadow(backend, key, (...args) => boundary.pause(() => method.apply(backend, args)));
  });
  return [...guards, ...bookkeeping];
}
