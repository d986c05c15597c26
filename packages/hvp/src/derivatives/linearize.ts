/** Loss, gradient and Hessian-vector products at fixed parameters. */

import { add, fill, keep, mul, type Scalar, sum, type Tensor, tidy } from "@tensorflow/tfjs-core";
import {
  disposeTree,
  mapTree,
  type ParameterTree,
  partsLike,
  type TensorsOf,
} from "../parameters/parameters.js";
import { evaluated } from "../tape/evaluated.js";
import { FiniteCheck } from "../tape/finite.js";
import { adjointTree, type Recorded, recordForward, seedTree } from "../tape/recording.js";
import type { Adjoints } from "../tape/reverseSweep.js";
import { Tape, type Value } from "../tape/tape.js";

/** A loss and its derivatives at fixed parameters. */
export interface Linearization<P extends ParameterTree> {
  /** L(θ). Disposed with the linearisation. */
  readonly loss: Scalar;
  /** ∇L(θ), shaped like the parameters. Disposed with the linearisation. */
  readonly gradient: P;
  /** Bytes that the linearisation keeps alive. */
  readonly bytes: number;
  /**
   * Hessian-vector product ∇²L(θ)·v.
   *
   * @param v direction, shaped like the parameters and matched by name (in an array by index)
   * @returns shaped like the parameters; the caller disposes it
   */
  hvp(v: P): P;
  /**
   * Slope ∇L(θ)·v of the loss along v.
   *
   * @returns a scalar; the caller disposes it. For outputs of a network see `jacobian`.
   */
  jvp(v: P): Scalar;
  /** s·∇L(θ), shaped like the parameters; the caller disposes it. */
  vjp(s: number): P;
  dispose(): void;
}

/** What a linearisation has recorded: the loss first, then its gradient. */
export interface LossRecord {
  readonly tape: Tape;
  readonly leaves: readonly Value[];
  readonly loss: Value;
  /** Number of nodes up to the loss. */
  readonly forward: number;
}

/**
 * Records a loss and its gradient once, then serves any number of Hessian-vector products.
 *
 * The forward and the backward pass are kept on one tape. A product is a single backward walk over
 * it, from the gradient seeded with v: H·v = ∂(∇L·v)/∂θ.
 *
 * @param loss a scalar function written with tfjs ops; called once, synchronously
 * @param params θ, float32 tensors by name or in an array
 * @throws UnverifiedOpError if an op between parameters and loss has no verified second derivative
 * @throws TypeError if the loss is no scalar, or does not depend on the parameters
 * @see Pearlmutter (1994), Fast exact multiplication by the Hessian
 *
 * @example
 * // L(a, b) = (a·b − 1)² at a = 2, b = 1: ∇L = 2(ab − 1)·(b, a), H = 2·[[b², 2ab − 1], [2ab − 1, a²]].
 * const loss = ({ a, b }) => tf.square(tf.sub(tf.mul(a, b), 1));
 * const params = { a: tf.scalar(2), b: tf.scalar(1) };
 * const at = linearize(loss, params);
 * at.loss.arraySync(); // 1
 * at.gradient.b.arraySync(); // 4
 * at.hvp({ a: tf.scalar(1), b: tf.scalar(0) }).b.arraySync(); // 6
 * at.dispose();
 */
export function linearize<P extends ParameterTree>(
  loss: (params: TensorsOf<P>) => Tensor,
  params: P,
): Linearization<TensorsOf<P>>;
export function linearize<P extends ParameterTree>(
  loss: (params: P) => Tensor,
  params: P,
): Linearization<P> {
  return recordedLinearization(loss, params).linearization;
}

/** `linearize`, with its record, which is emptied when the linearisation is disposed. */
export function recordedLinearization<P extends ParameterTree>(
  loss: (params: P) => Tensor,
  params: P,
): { linearization: Linearization<P>; record: LossRecord } {
  const { tape, leaves, value, forward, gradient } = recordGradient(loss, params);
  const length = tape.length;
  const gradientValues = (Object.values(gradient) as Tensor[]).map((g) => tape.valueOf(g));
  let disposed = false;
  const alive = () => {
    if (disposed) throw new Error("this linearisation is disposed");
  };

  const record = { tape, leaves, loss: tape.valueOf(value)!, forward };
  const check = new FiniteCheck("the Hessian-vector product");
  const linearization: Linearization<P> = {
    loss: value,
    gradient,
    get bytes() {
      return tape.bytes;
    },
    hvp(v) {
      alive();
      // A gradient that does not depend on θ adds nothing to the Hessian: its value is undefined.
      const seeds = () => seedTree(gradientValues, v, params);
      const given = [value, ...partsLike(v, params)];
      const adjoints = check.backward(tape, { seeds, length, wanted: leaves }, given);
      return adjointTree(params, leaves, adjoints);
    },
    jvp(v) {
      alive();
      const parts = partsLike(v, params);
      const slope = () =>
        (Object.values(gradient) as Tensor[])
          .map((g, index) => sum(mul(g, parts[index]!)))
          .reduce((total, part) => add(total, part));
      return tidy(() => evaluated(slope)) as Scalar;
    },
    vjp(s) {
      alive();
      return mapTree(gradient, (g) => mul(g, s));
    },
    dispose() {
      if (disposed) return;
      disposed = true;
      tape.dispose();
      value.dispose();
      disposeTree(gradient);
    },
  };
  return { linearization, record };
}

/**
 * The loss and its gradient, without keeping anything for second-order products.
 *
 * @param weight multiplies the gradient (the loss not), at no cost; default 1
 * @returns tensors that the caller disposes
 * @throws as `linearize`
 */
export function gradient<P extends ParameterTree>(
  loss: (params: TensorsOf<P>) => Tensor,
  params: P,
  weight?: number,
): { loss: Scalar; gradient: TensorsOf<P> };
export function gradient<P extends ParameterTree>(
  loss: (params: P) => Tensor,
  params: P,
  weight = 1,
): { loss: Scalar; gradient: P } {
  const tape = new Tape("one");
  try {
    const { leaves, value } = recordLoss(tape, loss, params);
    const adjoints = backwardFrom(tape, value, leaves, weight);
    return { loss: value, gradient: adjointTree(params, leaves, adjoints) };
  } finally {
    tape.dispose();
  }
}

function recordGradient<P extends ParameterTree>(loss: (params: P) => Tensor, params: P) {
  const tape = new Tape();
  try {
    const { leaves, value } = recordLoss(tape, loss, params);
    const forward = tape.length;
    const adjoints = backwardFrom(tape, value, leaves, 1, (...walk) =>
      tape.record(() => tape.backward(...walk)),
    );
    return { tape, leaves, value, forward, gradient: adjointTree(params, leaves, adjoints) };
  } catch (error) {
    tape.dispose();
    throw error;
  }
}

function recordLoss<P extends ParameterTree>(
  tape: Tape,
  loss: (params: P) => Tensor,
  params: P,
): { leaves: Recorded["leaves"]; value: Scalar } {
  const { leaves, result } = recordForward(tape, loss, params, "the loss");
  if (result.size !== 1) {
    result.dispose();
    throw new TypeError(`the loss must be a scalar, its shape is [${result.shape}]`);
  }
  return { leaves, value: keep(result) as Scalar };
}

/** The gradient of a loss, the last value of a record, times a weight. */
function backwardFrom(
  tape: Tape,
  loss: Tensor,
  wanted: readonly Value[],
  weight: number,
  backward: Tape["backward"] = (...walk) => tape.backward(...walk),
): Adjoints {
  const walk = {
    seeds: (): Array<[Value, Tensor]> => [[tape.valueOf(loss)!, fill(loss.shape, weight)]],
    length: tape.length,
    wanted,
  };
  const firstNotFinite: Tape["firstNotFinite"] = (...walk) => tape.firstNotFinite(...walk);
  return new FiniteCheck("the gradient").backward({ backward, firstNotFinite }, walk, [loss]);
}
