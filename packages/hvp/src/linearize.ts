import { keep, onesLike, type Scalar, type Tensor, tidy, zeros } from "@tensorflow/tfjs-core";
import { disposeTree, mapTree, type ParameterTree } from "./parameters.js";
import { Tape, type Value } from "./tape.js";

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
   * @param v direction, shaped like the parameters
   * @returns shaped like the parameters; the caller disposes it
   */
  hvp(v: P): P;
  dispose(): void;
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
 */
export function linearize<P extends ParameterTree>(
  loss: (params: P) => Tensor,
  params: P,
): Linearization<P> {
  const { tape, leaves, value, gradient } = recordGradient(loss, params);
  const length = tape.length;
  const gradientValues = (Object.values(gradient) as Tensor[]).map((g) => tape.valueOf(g));
  let disposed = false;

  return {
    loss: value,
    gradient,
    get bytes() {
      return tape.bytes;
    },
    hvp(v) {
      if (disposed) throw new Error("this linearisation is disposed");
      const seeds = seedGradient(gradientValues, v, params);
      const adjoints = tape.backward(seeds, length, leaves);
      return mapTree(params, (p, index) => adjoints.get(leaves[index]!) ?? zeros(p.shape));
    },
    dispose() {
      if (disposed) return;
      disposed = true;
      tape.dispose();
      value.dispose();
      disposeTree(gradient);
    },
  };
}

/**
 * The loss and its gradient, without keeping anything for second-order products.
 *
 * @returns tensors that the caller disposes
 * @throws as `linearize`
 */
export function gradient<P extends ParameterTree>(
  loss: (params: P) => Tensor,
  params: P,
): { loss: Scalar; gradient: P } {
  const tape = new Tape();
  try {
    const { leaves, value } = recordForward(tape, loss, params);
    const adjoints = tape.backward([lossSeed(tape, value)], tape.length, leaves);
    return { loss: value, gradient: gradientTree(params, leaves, adjoints) };
  } finally {
    tape.dispose();
  }
}

function recordGradient<P extends ParameterTree>(loss: (params: P) => Tensor, params: P) {
  const tape = new Tape();
  try {
    const { leaves, value } = recordForward(tape, loss, params);
    const adjoints = tape.record(() => tape.backward([lossSeed(tape, value)], tape.length, leaves));
    return { tape, leaves, value, gradient: gradientTree(params, leaves, adjoints) };
  } catch (error) {
    tape.dispose();
    throw error;
  }
}

function recordForward<P extends ParameterTree>(
  tape: Tape,
  loss: (params: P) => Tensor,
  params: P,
): { leaves: Value[]; value: Scalar } {
  const leaves = (Object.entries(params) as [string, Tensor][]).map(([name, p]) => {
    if (p.dtype !== "float32") throw new TypeError(`parameter ${name} is ${p.dtype}, not float32`);
    return tape.leaf(p);
  });
  const value = tape.record(() => tidy(() => loss(params))) as Scalar;
  if (value.size !== 1) {
    value.dispose();
    throw new TypeError(`the loss must be a scalar, its shape is [${value.shape}]`);
  }
  if (tape.valueOf(value) === undefined) {
    value.dispose();
    throw new TypeError("the loss does not depend on the parameters");
  }
  return { leaves, value: keep(value) };
}

function lossSeed(tape: Tape, value: Tensor): [Value, Tensor] {
  return [tape.valueOf(value)!, onesLike(value)];
}

/** Parameters that the loss does not use have the gradient zero. */
function gradientTree<P extends ParameterTree>(
  params: P,
  leaves: readonly Value[],
  adjoints: ReadonlyMap<Value, Tensor>,
): P {
  return mapTree(params, (p, index) => keep(adjoints.get(leaves[index]!) ?? zeros(p.shape)));
}

function seedGradient<P extends ParameterTree>(
  gradientValues: ReadonlyArray<Value | undefined>,
  v: P,
  params: P,
): Array<[Value, Tensor]> {
  const seeds: Array<[Value, Tensor]> = [];
  const shapes = Object.values(params) as Tensor[];
  (Object.values(v) as Tensor[]).forEach((part, index) => {
    const expected = shapes[index]?.shape;
    if (expected?.join() !== part.shape.join()) {
      const name = Object.keys(params)[index] ?? `number ${index}`;
      throw new RangeError(
        `parameter ${name} has shape [${expected}], v has [${part.shape}] there`,
      );
    }
    const value = gradientValues[index];
    // A gradient that does not depend on θ adds nothing to the Hessian.
    if (value !== undefined) seeds.push([value, part.clone()]);
  });
  return seeds;
}
