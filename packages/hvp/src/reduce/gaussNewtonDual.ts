import {
  dispose,
  matMul,
  mul,
  ones,
  reshape,
  type Tensor,
  type Tensor2D,
  tensor2d,
  tidy,
  transpose,
  zeros,
} from "@tensorflow/tfjs-core";
import { disposeTree, flatten, layoutOf, type ParameterTree } from "../parameters.js";
import { adjointTree, recordForward } from "../recording.js";
import { Tape, type Value } from "../tape.js";
import { type DenseLayer, denseChain } from "./denseChain.js";
import { pivotedCholesky } from "./pivotedCholesky.js";

/**
 * The Gauss–Newton matrix of a batch seen from the outputs:
 *
 *   G = Jᵀ·S·J,   S = B·Bᵀ = ∂²L/∂f²,   M = Bᵀ·J·Jᵀ·B
 *
 * M has the non-zero eigenvalues of G, and w ↦ Jᵀ·B·w takes its eigenvectors to those of G.
 */
export interface GaussNewtonDual {
  /** At most b·C, for b samples with C outputs. */
  readonly n: number;
  /** M, [n × n], row-major, symmetric. */
  readonly matrix: Float64Array;
  /** Jᵀ·B·w: an eigenvector of G, of squared norm μ if w is a unit eigenvector with eigenvalue μ. */
  lift(w: ArrayLike<number>): Float32Array;
  dispose(): void;
}

export interface DualOptions {
  /** Size of M from which it costs more than it saves; default 512. */
  readonly largest?: number;
}

/**
 * The dual of the Gauss–Newton matrix, for a loss through dense layers and entry-by-entry functions.
 *
 *   z_l = a_l·W_l + β_l,   D_l = ∂(Bᵀf)/∂z_l,   M = Σ_l (a_l·a_lᵀ + 1)_ij · (D_l·D_lᵀ)_(ic)(jd)
 *
 * No Jacobian is stored: each layer adds the Hadamard product of two small Gram matrices, of its
 * inputs and of its output gradients (the 1 where there is a bias). The loss head may be any function
 * of the outputs in which samples do not mix; directions in which it is not convex are left out.
 *
 * @returns undefined for a loss of another form, or a larger M
 * @throws UnverifiedOpError, TypeError as `linearize`
 * @see Dangel, Kunstner, Hennig (2020), BackPACK; Yang et al. (2022), Sketchy empirical NTK, on
 *   Gram matrices of layers
 */
export function gaussNewtonDual<P extends ParameterTree>(
  loss: (params: P) => Tensor,
  params: P,
  { largest = 512 }: DualOptions = {},
): GaussNewtonDual | undefined {
  const tape = new Tape();
  let dual: GaussNewtonDual | undefined;
  try {
    const { leaves, result } = recordForward(tape, loss, params, "the loss");
    const forward = tape.length;
    const layers = denseChain(tape, leaves);
    const outputs = layers?.at(-1)?.output;
    if (layers && outputs && outputs.shape[0]! * outputs.shape[1]! <= largest) {
      const [b, classes] = outputs.shape as [number, number];
      const root = rootOfOutputHessian(tape, tape.valueOf(result)!, outputs);
      dual = {
        n: b * classes,
        matrix: dualMatrix(tape, layers, Object.values(params) as Tensor2D[], root),
        lift(w) {
          const seed = tensor2d(timesRoot(root, w, b, classes), [b, classes]);
          const adjoints = tape.backward([[outputs, seed]], forward, leaves);
          const tree = adjointTree(params, leaves, adjoints);
          const lifted = flatten(tree, new Float32Array(layoutOf(params).size));
          disposeTree(tree);
          return lifted;
        },
        dispose: () => tape.dispose(),
      };
    }
    result.dispose();
    return dual;
  } finally {
    if (dual === undefined) tape.dispose();
  }
}

/**
 * B with B·Bᵀ = ∂²L/∂f², block by block, a block for each sample.
 *
 * @returns Bᵀ, [C·b × C]: entry k of row (c, i) is B_i at (k, c)
 */
function rootOfOutputHessian(tape: Tape, loss: Value, outputs: Value): Float32Array {
  const [b, classes] = outputs.shape as [number, number];
  const length = tape.length;
  const slope = tape
    .record(() => tape.backward([[loss, ones(loss.shape)]], length, [outputs]))
    .get(outputs)!;
  const slopeValue = tape.valueOf(slope);
  slope.dispose();
  const blocks = Array.from({ length: b }, () =>
    Array.from({ length: classes }, () => new Float64Array(classes)),
  );
  for (let c = 0; c < classes && slopeValue !== undefined; c++) {
    const unit = Float32Array.from({ length: b * classes }, (_, k) => (k % classes === c ? 1 : 0));
    const seed = tensor2d(unit, [b, classes]);
    const column = tape.backward([[slopeValue, seed]], tape.length, [outputs]).get(outputs);
    const values = column?.dataSync();
    for (let i = 0; i < b; i++) {
      for (let k = 0; k < classes; k++) blocks[i]![k]![c] = values?.[i * classes + k] ?? 0;
    }
    column?.dispose();
  }
  const root = new Float32Array(b * classes * classes);
  for (const [i, block] of blocks.entries()) {
    const { rank, rows } = pivotedCholesky(block);
    for (let c = 0; c < rank; c++) {
      for (let k = 0; k < classes; k++) root[(c * b + i) * classes + k] = rows[k]![c]!;
    }
  }
  return root;
}

/** B·w, [b × C]. */
function timesRoot(
  root: Float32Array,
  w: ArrayLike<number>,
  b: number,
  classes: number,
): Float32Array {
  const u = new Float32Array(b * classes);
  for (let row = 0; row < b * classes; row++) {
    for (let k = 0; k < classes; k++) {
      u[(row % b) * classes + k]! += w[row]! * root[row * classes + k]!;
    }
  }
  return u;
}

/** M: the sum over layers, from the last to the first, of Hadamard products of Gram matrices. */
function dualMatrix(
  tape: Tape,
  layers: readonly DenseLayer[],
  params: readonly Tensor2D[],
  root: Float32Array,
): Float64Array {
  const [b, classes] = layers.at(-1)!.output.shape as [number, number];
  const n = b * classes;
  const sum = new Float64Array(n * n);
  // ∂(Bᵀf)/∂z of one layer after another, [C·b, h]: row (c, i) is that of column c for sample i.
  let d: Tensor2D = tensor2d(root, [n, classes]);
  for (let l = layers.length - 1; l >= 0; l--) {
    const { input, weight, hasBias } = layers[l]!;
    const a = input.saved as Tensor2D;
    const inner = tidy(() => gram(a).dataSync());
    const outer = tidy(() => gram(d).dataSync());
    for (let row = 0; row < n; row++) {
      for (let column = 0; column < n; column++) {
        const inputs = inner[(row % b) * b + (column % b)]! + (hasBias ? 1 : 0);
        sum[row * n + column]! += inputs * outer[row * n + column]!;
      }
    }
    if (l === 0) break;
    const slope = entrywiseSlope(tape, layers[l - 1]!.output, input, layers[l]!.end);
    const next = tidy(() => {
      const back = matMul(d, transpose(params[weight]!));
      const [rows, width] = a.shape;
      const all = mul(reshape(back, [classes, rows, width]), slope);
      return reshape(all, [n, width]) as Tensor2D;
    });
    dispose([d, slope]);
    d = next;
  }
  d.dispose();
  return sum;
}

/** X·Xᵀ. */
function gram(x: Tensor2D): Tensor {
  return matMul(x, transpose(x));
}

/** ∂y/∂x of a value that was computed from another one entry by entry, shaped like both. */
function entrywiseSlope(tape: Tape, x: Value, y: Value, length: number): Tensor {
  return tape.backward([[y, ones(y.shape)]], length, [x]).get(x) ?? zeros(x.shape);
}
