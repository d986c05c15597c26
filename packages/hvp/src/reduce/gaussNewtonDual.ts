import {
  clone,
  dispose,
  keep,
  matMul,
  mul,
  ones,
  reshape,
  sum,
  type Tensor,
  type Tensor2D,
  tensor2d,
  tidy,
  transpose,
  zeros,
} from "@tensorflow/tfjs-core";
import type { LossRecord } from "../linearize.js";
import type { Tape, Value } from "../tape.js";
import { type DenseLayer, denseChain } from "./denseChain.js";
import { rootOfOutputHessian } from "./outputHessian.js";

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
 * inputs and of its output gradients (the 1 where there is a bias). Lifted, w has the parts a_lᵀ·U_l
 * and the column sums of U_l, where row i of U_l is Σ_c w_(ic)·(D_l)_(ic). The loss head may be any
 * function of the outputs in which samples do not mix; directions in which it is not convex are left
 * out.
 *
 * @param record is read now, not later
 * @returns undefined for a loss of another form, or a larger M
 * @see Dangel, Kunstner, Hennig (2020), BackPACK; Yang et al. (2022), Sketchy empirical NTK, on
 *   Gram matrices of layers
 */
export function gaussNewtonDual(
  record: LossRecord,
  { largest = 512 }: DualOptions = {},
): GaussNewtonDual | undefined {
  const { tape, leaves, forward } = record;
  const chain = denseChain(tape.nodes.slice(0, forward), leaves);
  const outputs = chain?.at(-1)?.output;
  if (!chain || !outputs) return undefined;
  const [b, classes] = outputs.shape as [number, number];
  const n = b * classes;
  if (n > largest) return undefined;
  const last = tensor2d(rootOfOutputHessian(record, outputs), [n, classes]);
  const layers = seenFrom(last, tape, chain);
  return {
    n,
    matrix: dualMatrix(layers, n, b),
    lift: (w) => lift(w, layers, leaves),
    dispose: () => dispose(layers.flatMap(({ inputs, slopes }) => [inputs, slopes])),
  };
}

/** A layer seen from the outputs. */
interface SeenLayer extends Pick<DenseLayer, "leaf" | "bias"> {
  /** a, or a·Qᵀ where the weights are confined, with the same inner products; [b, d or r]. */
  readonly inputs: Tensor2D;
  /** D, [C·b, h]: row (c, i) is that of column c for sample i. */
  readonly slopes: Tensor2D;
}

/** @param last D of the last layer; owned from now on */
function seenFrom(last: Tensor2D, tape: Tape, chain: readonly DenseLayer[]): SeenLayer[] {
  const layers: SeenLayer[] = [];
  let slopes = keep(last);
  for (let l = chain.length - 1; l >= 0; l--) {
    const { input, basis, leaf, bias } = chain[l]!;
    const a = input.saved as Tensor2D;
    const inputs = tidy(() =>
      basis ? matMul<Tensor2D>(a, transpose(basis.saved as Tensor2D)) : clone(a),
    );
    layers.unshift({ leaf, bias, inputs: keep(inputs), slopes });
    if (l > 0) slopes = keep(slopesBefore(chain[l]!, slopes, tape, chain[l - 1]!));
  }
  return layers;
}

/** D of the layer before: (D·Wᵀ)∘(∂a/∂z), for each column. */
function slopesBefore(
  { input, weights, end }: DenseLayer,
  slopes: Tensor2D,
  tape: Tape,
  before: DenseLayer,
): Tensor2D {
  return tidy(() => {
    const [b, width] = input.shape as [number, number];
    const entrywise = entrywiseSlope(tape, before.output, input, end);
    const back = transpose(matMul(weights.saved as Tensor2D, transpose(slopes)));
    const all = mul(reshape(back, [slopes.shape[0] / b, b, width]), entrywise);
    return reshape(all, [slopes.shape[0], width]) as Tensor2D;
  });
}

/** ∂y/∂x of a value that was computed from another one entry by entry, shaped like both. */
function entrywiseSlope(tape: Tape, x: Value, y: Value, length: number): Tensor {
  return tape.backward([[y, ones(y.shape)]], length, [x]).get(x) ?? zeros(x.shape);
}

/** M: the sum over layers of Hadamard products of Gram matrices. */
function dualMatrix(layers: readonly SeenLayer[], n: number, b: number): Float64Array {
  const matrix = new Float64Array(n * n);
  for (const { inputs, slopes, bias } of layers) {
    const inner = gram(inputs);
    const outer = gram(slopes);
    const shift = bias ? 1 : 0;
    for (let k = 0, row = 0; row < n; row++) {
      const first = (row % b) * b;
      for (let column = 0; column < n; column += b) {
        for (let j = 0; j < b; j++, k++) matrix[k]! += (inner[first + j]! + shift) * outer[k]!;
      }
    }
  }
  return matrix;
}

/** X·Xᵀ. */
function gram(x: Tensor2D): ArrayLike<number> {
  const product = tidy(() => matMul(x, transpose(x)));
  // Not in the tidy, which looks at each number for a tensor.
  const values = product.dataSync();
  product.dispose();
  return values;
}

/** Jᵀ·B·w, over all leaves. */
function lift(
  w: ArrayLike<number>,
  layers: readonly SeenLayer[],
  leaves: readonly Value[],
): Float32Array {
  const parts = new Map<Value, ArrayLike<number>>();
  for (const { leaf, bias, inputs, slopes } of layers) {
    tidy(() => {
      const u = matMul(summing(w, inputs.shape[0]), slopes);
      parts.set(leaf, matMul(transpose(inputs), u).dataSync());
      if (bias) parts.set(bias, sum(u, 0).dataSync());
    });
  }
  const sizes = leaves.map(({ shape }) => shape.reduce((product, size) => product * size, 1));
  const lifted = new Float32Array(sizes.reduce((total, size) => total + size, 0));
  let offset = 0;
  for (const [index, leaf] of leaves.entries()) {
    lifted.set(parts.get(leaf) ?? [], offset);
    offset += sizes[index]!;
  }
  return lifted;
}

/** [b, C·b], with w_(ic) in row i: takes D to U. */
function summing(w: ArrayLike<number>, b: number): Tensor2D {
  const values = new Float32Array(b * w.length);
  for (let row = 0; row < w.length; row++) values[(row % b) * w.length + row] = w[row]!;
  return tensor2d(values, [b, w.length]);
}
