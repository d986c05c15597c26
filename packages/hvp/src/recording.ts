import { clone, keep, type Tensor, tidy, zeros } from "@tensorflow/tfjs-core";
import { mapTree, type ParameterTree } from "./parameters.js";
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
 * @throws TypeError if a parameter is not float32, or the result does not depend on the parameters
 */
export function recordForward<P extends ParameterTree>(
  tape: Tape,
  body: (params: P) => Tensor,
  params: P,
  what: string,
): Recorded {
  const entries = Object.entries(params) as [string, Tensor][];
  const leaves = entries.map(([name, p]) => {
    if (p.dtype !== "float32") throw new TypeError(`parameter ${name} is ${p.dtype}, not float32`);
    return tape.leaf(p);
  });
  const result = tape.record(() =>
    tidy(() => {
      const value = body(params);
      // A function that hands back a parameter: what is disposed later must not be the parameter.
      return entries.some(([, p]) => p === value) ? clone(value) : value;
    }),
  );
  if (tape.valueOf(result) === undefined) {
    result.dispose();
    throw new TypeError(`${what} does not depend on the parameters`);
  }
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
 * @throws RangeError if `v` is not shaped like the parameters
 */
export function seedTree<P extends ParameterTree>(
  values: ReadonlyArray<Value | undefined>,
  v: P,
  params: P,
): Array<[Value, Tensor]> {
  const names = Object.keys(params);
  const expected = Object.values(params) as Tensor[];
  const parts = Object.values(v) as Tensor[];
  if (parts.length !== expected.length) {
    throw new RangeError(`there are ${expected.length} parameter tensors, v has ${parts.length}`);
  }
  parts.forEach((part, index) => {
    const shape = expected[index]!.shape;
    if (shape.join() !== part.shape.join()) {
      throw new RangeError(
        `parameter ${names[index]} has shape [${shape}], v has [${part.shape}] there`,
      );
    }
  });
  return parts.flatMap((part, index): Array<[Value, Tensor]> => {
    const value = values[index];
    return value === undefined ? [] : [[value, share(part)]];
  });
}
