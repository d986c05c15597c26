/** The neural tangent kernel as an operator. */

import { type Tensor, tensor } from "@tensorflow/tfjs-core";
import { type Jacobian, jacobian } from "../derivatives/jacobian.js";
import { blockOf } from "../parameters/blocks.js";
import {
  disposeTree,
  flatten,
  layoutOf,
  type ParameterTree,
  unflatten,
} from "../parameters/parameters.js";
import { checkOperator } from "./checks.js";
import { addScaled, type OperatorOptions, requireLength } from "./operator.js";

export interface NtkOptions<P extends ParameterTree>
  extends Omit<OperatorOptions<P>, "retainBytes" | "reduce"> {
  /** Outputs of a network for parts of the samples; all are kept linearised. */
  readonly chunks: ReadonlyArray<{ readonly outputs: (params: P) => Tensor }>;
}

/** The kernel matrix J·Jᵀ over all outputs of all chunks, one after another, row-major. */
export interface NtkOperator {
  /** Number of outputs, bC for one batch of b samples and C classes. */
  readonly n: number;
  readonly products: number;
  /** f(θ), [n]. */
  readonly outputs: Float64Array;
  /** out ← J·(Jᵀ·u), both [n]. */
  apply(u: Float32Array | Float64Array, out: Float32Array | Float64Array): void;
  /** The whole matrix, [n × n], row-major, exactly symmetric; costs n products. */
  gram(): Float64Array;
  dispose(): void;
}

/**
 * Empirical neural tangent kernel of a network, as a matrix and as an operator.
 *
 *   K = J·Jᵀ,   J = ∂f/∂θ,   K_{ic, jd} = ∇f_c(x_i) · ∇f_d(x_j)
 *
 * K has the non-zero eigenvalues of JᵀJ; so 2/b · λmax(K) is that of the Gauss–Newton matrix of
 * the squared error (`mse`) on the same batch of b samples.
 *
 * @throws UnverifiedOpError as `linearize`; RangeError for an unknown option
 * @see Jacot, Gabriel, Hongler (2018), Neural Tangent Kernel
 *
 * @example
 * // f(x) = θ·x on the inputs 1 and 2: J = [1, 2]ᵀ, so K = J·Jᵀ.
 * const x = tf.tensor2d([[1], [2]]);
 * const k = ntk({ params: { theta: tf.scalar(1) }, chunks: [{ outputs: ({ theta }) => tf.mul(x, theta) }] });
 * k.gram(); // Float64Array [1, 2, 2, 4]
 * k.dispose();
 */
export function ntk<P extends ParameterTree>(options: NtkOptions<P>): NtkOperator {
  const { block, parts, offsets, n, dispose } = linearizedOutputs(options);
  const { size } = layoutOf(block);
  const outputs = new Float64Array(n);
  for (const [k, part] of parts.entries()) outputs.set(part.outputs.dataSync(), offsets[k]);
  let products = 0;

  const apply: NtkOperator["apply"] = (u, out) => {
    requireLength(u, n);
    requireLength(out, n);
    products += 1;
    const sum = new Float64Array(size);
    const row = new Float32Array(size);
    for (const [k, part] of parts.entries()) {
      const values = Float32Array.from(u.subarray(offsets[k], offsets[k + 1]));
      // A part of u that is zero, as for a column of the matrix, adds nothing.
      if (values.every((x) => x === 0)) continue;
      const dual = tensor(values, part.outputs.shape, "float32");
      const term = part.vjp(dual);
      addScaled(sum, 1, flatten(term, row));
      disposeTree([dual]);
      disposeTree(term);
    }
    const v = unflatten(sum, block);
    for (const [k, part] of parts.entries()) {
      const result = part.jvp(v);
      out.set(result.dataSync(), offsets[k]);
      result.dispose();
    }
    disposeTree(v);
  };

  return {
    n,
    get products() {
      return products;
    },
    outputs,
    apply,
    gram() {
      const matrix = new Float64Array(n * n);
      const unit = new Float64Array(n);
      for (let i = 0; i < n; i++) {
        unit[i] = 1;
        apply(unit, matrix.subarray(i * n, (i + 1) * n));
        unit[i] = 0;
      }
      return symmetrised(matrix, n);
    },
    dispose,
  };
}

/** The outputs of each chunk, linearised, and where they lie among all of them. */
export function linearizedOutputs<P extends ParameterTree>(options: NtkOptions<P>) {
  checkOperator("ntk", options, {}, "outputs");
  const { params, chunks, block: names } = options;
  const { block, complete } = blockOf(params, names);
  const parts: Jacobian<ParameterTree>[] = [];
  const dispose = () => {
    for (const part of parts) part.dispose();
    parts.length = 0;
  };
  try {
    for (const { outputs } of chunks) {
      parts.push(jacobian((p: ParameterTree) => outputs(complete(p)), block));
    }
  } catch (error) {
    dispose();
    throw error;
  }
  const offsets = [0];
  for (const { outputs } of parts) offsets.push(offsets.at(-1)! + outputs.size);
  return { block, parts, offsets, n: offsets.at(-1)!, dispose };
}

function symmetrised(matrix: Float64Array, n: number): Float64Array {
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < i; j++) {
      const mean = (matrix[i * n + j]! + matrix[j * n + i]!) / 2;
      matrix[i * n + j] = mean;
      matrix[j * n + i] = mean;
    }
  }
  return matrix;
}
