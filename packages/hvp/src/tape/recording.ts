/** A function evaluated under a tape. */

import { keep, Tensor, tidy, zeros } from "@tensorflow/tfjs-core";
import { repeatable } from "../derivatives/repeatable.js";
import { UnverifiedOpError } from "../errors.js";
import { withPlainProducts } from "../layers/plainProducts.js";
import {
  mapTree,
  type ParameterTree,
  partsLike,
  requireFloat,
  requireTree,
} from "../parameters/parameters.js";
import { requireOurEngine } from "../tfjs.js";
import { currentRecorder } from "./constant.js";
import { share } from "./share.js";
import type { Tape, Value } from "./tape.js";

/** A function evaluated under a tape: its parameters as leaves, and its result, kept. */
export interface Recorded {
  readonly leaves: readonly Value[];
  /** Owned by the caller. */
  readonly result: Tensor;
}

/**
 * Runs a function of parameters while the tape records.
 *
 * The function is given a handle of its own for each parameter. So a tensor under two names is two
 * parameters, each with the derivative of what is computed from it; and the tensor itself, where the
 * function takes it from outside, is seen, and refused: whether it was meant as the parameter or as
 * a constant cannot be known.
 *
 * @throws TypeError if a parameter is not float32, is not taken from the argument, or the result
 *   does not depend on the parameters; UnrepeatableLossError if it draws random numbers
 */
export function recordForward<P extends ParameterTree>(
  tape: Tape,
  body: (params: P) => Tensor,
  params: P,
  what: string,
): Recorded {
  if (typeof body !== "function") {
    throw new TypeError(`${what} must be a function of the parameters, not ${typeof body}`);
  }
  requireTree(params);
  if (currentRecorder()?.recording) throw new UnverifiedOpError("a record inside a record", "");
  const leaves: Value[] = [];
  let result: Tensor | undefined;
  try {
    result = tidy(() => {
      const handles = mapTree(params, (p, _, name) => {
        requireFloat(p, `parameter ${name}`);
        const handle = share(p);
        leaves.push(tape.leaf(handle));
        tape.foreign.guard(p, name, handle);
        return handle;
      });
      const value = tape.record(() =>
        repeatable(what, () => withPlainProducts(() => requireTensor(body(handles), what))),
      );
      // Its id may be that of one of our tensors.
      requireOurEngine(value, `what ${what} gives`);
      // Thrown in here, where a tensor that the function took from outside is not disposed.
      if (tape.valueOf(value) === undefined) {
        tape.foreign.refuse(value);
        throw new TypeError(`${what} does not depend on the parameters`);
      }
      tape.prune(value);
      // A handle of our own: what the function keeps of its result is a foreign tensor to later records.
      const given = tape.pause(() => share(value));
      tape.standIn(given, value);
      return given;
    });
  } finally {
    tape.foreign.settle();
  }
  return { leaves, result: keep(result) };
}

function requireTensor(value: unknown, what: string): Tensor {
  if (value instanceof Tensor) {
    if (!value.isDisposed) return value;
    throw new TypeError(
      `${what} returned a tensor that is disposed: return it from tf.tidy as well`,
    );
  }
  const found = (value as { then?: unknown } | undefined)?.then;
  if (typeof found === "function") {
    // Nobody waits for it: where it fails, later, that is no news.
    Promise.resolve(value).catch(() => {});
    throw new TypeError(
      `${what} is async: it must be a plain function that returns a tensor, as derivatives are of ` +
        "what it computes while it is called. Wait for data before, outside of it.",
    );
  }
  throw new TypeError(
    value === undefined
      ? `${what} returned nothing: is a return missing?`
      : `${what} must return a tensor, not ${Array.isArray(value) ? "an array" : `a ${typeof value}`}`,
  );
}

/** The adjoints of the leaves, shaped like the parameters; zero for parameters without one. */
export function adjointTree<P extends ParameterTree>(
  params: P,
  leaves: readonly Value[],
  adjoints: ReadonlyMap<Value, Tensor>,
): P {
  return mapTree(params, (p, index) => keep(adjoints.get(leaves[index]!) ?? zeros(p.shape)));
}

/**
 * Seeds for a backward walk: the parts of `v` at the values of a parameter-shaped result.
 *
 * @param values undefined where a part is constant: it passes nothing on
 * @throws TypeError, RangeError as `partsLike`
 */
export function seedTree<P extends ParameterTree>(
  values: ReadonlyArray<Value | undefined>,
  v: P,
  params: P,
): Array<[Value, Tensor]> {
  return partsLike(v, params).flatMap((part, index): Array<[Value, Tensor]> => {
    const value = values[index];
    return value === undefined ? [] : [[value, share(part)]];
  });
}
