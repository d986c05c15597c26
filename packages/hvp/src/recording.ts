import { keep, Tensor, tidy, zeros } from "@tensorflow/tfjs-core";
import { mapTree, type ParameterTree, partsLike, requireFloat } from "./parameters.js";
import { withPlainProducts } from "./plainProducts.js";
import { repeatable } from "./repeatable.js";
import { share } from "./share.js";
import type { Tape, Value } from "./tape.js";
import { requireOurEngine } from "./tfjs.js";

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
  const leaves: Value[] = [];
  const result = tidy(() => {
    const handles = mapTree(params, (p, _, name) => {
      requireFloat(p, `parameter ${name}`);
      const handle = share(p);
      leaves.push(tape.leaf(handle));
      tape.guard(p, name);
      return handle;
    });
    const value = tape.record(() => repeatable(what, () => withPlainProducts(() => body(handles))));
    // Its id may be that of one of our tensors.
    if (value instanceof Tensor) requireOurEngine(value, `what ${what} gives`);
    // Thrown in here, where a tensor that the function took from outside is not disposed.
    if (tape.valueOf(value) === undefined) {
      tape.refuseGuarded(value);
      throw new TypeError(`${what} does not depend on the parameters`);
    }
    tape.prune(value);
    return value;
  });
  return { leaves, result: keep(result) };
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
