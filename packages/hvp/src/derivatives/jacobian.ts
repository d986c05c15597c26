/** The Jacobian of a function of the parameters, and its products. */

import { onesLike, type Tensor, zerosLike } from "@tensorflow/tfjs-core";
import {
  disposeTree,
  type ParameterTree,
  partsLike,
  requireFloat,
  type TensorsOf,
} from "../parameters/parameters.js";
import { FiniteCheck } from "../tape/finite.js";
import { adjointTree, recordForward, seedTree } from "../tape/recording.js";
import { Tape, type Value } from "../tape/tape.js";

/** A function of the parameters and its first derivative J = ∂f/∂θ at fixed parameters. */
export interface Jacobian<P extends ParameterTree> {
  /** f(θ), any shape. Disposed with the Jacobian. */
  readonly outputs: Tensor;
  /** Bytes that it keeps alive. */
  readonly bytes: number;
  /** Jᵀ·u: u shaped like the outputs, the result like the parameters; the caller disposes it. */
  vjp(u: Tensor): P;
  /** J·v: v shaped like the parameters, by name; the result like the outputs; the caller disposes it. */
  jvp(v: P): Tensor;
  dispose(): void;
}

/**
 * Records a function of the parameters once, then serves products with its Jacobian.
 *
 * The map u ↦ Jᵀ·u is linear, and its own transpose is J. So the backward walk is itself recorded,
 * with u as its only variable, at the first `jvp`: each J·v is then one backward walk over that
 * second record. No op needs a rule of its own for the forward direction.
 *
 * @param f written with tfjs ops, e.g. the outputs of a network; called once, synchronously
 * @throws UnverifiedOpError, TypeError as `linearize`
 *
 * @example
 * // f(θ) = θ² entry by entry: J = diag(2θ).
 * const at = jacobian(([theta]) => tf.square(theta), [tf.tensor1d([1, 3])]);
 * at.jvp([tf.tensor1d([1, 1])]).arraySync(); // [2, 6]
 * at.vjp(tf.tensor1d([5, 0]))[0].arraySync(); // [10, 0]
 * at.dispose();
 */
export function jacobian<P extends ParameterTree>(
  f: (params: TensorsOf<P>) => Tensor,
  params: P,
): Jacobian<TensorsOf<P>>;
export function jacobian<P extends ParameterTree>(
  f: (params: P) => Tensor,
  params: P,
): Jacobian<P> {
  const tape = new Tape();
  let recorded: ReturnType<typeof recordForward>;
  try {
    recorded = recordForward(tape, f, params, "the function");
  } catch (error) {
    tape.dispose();
    throw error;
  }
  const { leaves, result: outputs } = recorded;
  const length = tape.length;
  const output = tape.valueOf(outputs)!;
  let transposed: Transposed | undefined;
  let disposed = false;
  const alive = () => {
    if (disposed) throw new Error("this Jacobian is disposed");
  };

  /** Jᵀ·u; consumes u. */
  const backward = (u: Tensor): P =>
    adjointTree(params, leaves, tape.backward([[output, u]], length, leaves));
  const checks = { vjp: new FiniteCheck("Jᵀ·u"), jvp: new FiniteCheck("J·v") };

  return {
    outputs,
    get bytes() {
      return tape.bytes + (transposed?.tape.bytes ?? 0);
    },
    vjp(u) {
      alive();
      requireFloat(u, "u");
      if (u.shape.join() !== outputs.shape.join()) {
        throw new RangeError(`the outputs have shape [${outputs.shape}], u has [${u.shape}]`);
      }
      const seeds = (): Array<[Value, Tensor]> => [[output, u.clone()]];
      const walk = { seeds, length, wanted: leaves };
      return adjointTree(params, leaves, checks.vjp.backward(tape, walk, [outputs, u]));
    },
    jvp(v) {
      alive();
      transposed ??= recordTransposed(outputs, backward);
      const { tape, u, rows } = transposed;
      const walk = { seeds: () => seedTree(rows, v, params), length: tape.length, wanted: [u] };
      const given = [outputs, ...partsLike(v, params)];
      return checks.jvp.backward(tape, walk, given).get(u) ?? zerosLike(outputs);
    },
    dispose() {
      if (disposed) return;
      disposed = true;
      tape.dispose();
      transposed?.tape.dispose();
      outputs.dispose();
    },
  };
}

/** The record of u ↦ Jᵀ·u. */
interface Transposed {
  readonly tape: Tape;
  readonly u: Value;
  /** Where Jᵀ·u is on the tape; undefined for parameters without influence. */
  readonly rows: ReadonlyArray<Value | undefined>;
}

function recordTransposed(outputs: Tensor, backward: (u: Tensor) => ParameterTree): Transposed {
  const tape = new Tape();
  // Its value does not matter, as the map is linear.
  const variable = onesLike(outputs);
  const u = tape.leaf(variable);
  try {
    const result = tape.record(() => backward(variable.clone()));
    const rows = (Object.values(result) as Tensor[]).map((row) => tape.valueOf(row));
    disposeTree(result);
    return { tape, u, rows };
  } catch (error) {
    tape.dispose();
    throw error;
  } finally {
    variable.dispose();
  }
}
