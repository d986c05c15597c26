/** The Gauss–Newton matrix of a batch, seen from its outputs. */

import { checkTypedOptions, number } from "@eoss/rng/internal";
import {
  dispose,
  keep,
  matMul,
  mul,
  ones,
  reshape,
  split,
  sum,
  type Tensor,
  type Tensor2D,
  tensor2d,
  tidy,
  transpose,
  zeros,
} from "@tensorflow/tfjs-core";
import type { LossRecord } from "../derivatives/linearize.js";
import { evaluated } from "../tape/evaluated.js";
import { share } from "../tape/share.js";
import type { Tape, Value } from "../tape/tape.js";
import { type DenseLayer, denseChain } from "./denseChain.js";
import { rootOfOutputHessian } from "./outputHessian.js";

/**
 * The Gauss–Newton matrix of a batch seen from the outputs:
 *
 *   G = Jᵀ·S·J,   S = B·Bᵀ = ∂²L/∂f²,   M = Bᵀ·J·Jᵀ·B
 *
 * M has the non-zero eigenvalues of G, and w ↦ Jᵀ·B·w takes its eigenvectors to those of G.
 *
 * @experimental
 */
export interface GaussNewtonDual {
  /** At most b·C, for b samples with C outputs. */
  readonly n: number;
  /** M, [n × n], row-major, symmetric. */
  readonly matrix: Float64Array;
  /**
   * Jᵀ·B·w for several w, [n] each, in one pass: eigenvectors of G, of squared norm μ if w is a unit
   * eigenvector with eigenvalue μ.
   */
  lift(ws: readonly ArrayLike<number>[]): Float32Array[];
  dispose(): void;
}

/** @experimental */
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
  options: DualOptions = {},
): GaussNewtonDual | undefined {
  checkTypedOptions("gaussNewtonDual", options, { largest: number });
  const { largest = 512 } = options;
  const { tape, leaves, forward } = record;
  const chain = denseChain(tape.nodes.slice(0, forward), leaves);
  const outputs = chain?.at(-1)?.output;
  if (!chain || !outputs) return undefined;
  const [b, classes] = outputs.shape as [number, number];
  const n = b * classes;
  if (n > largest) return undefined;
  const last = tidy(() => transpose(tensor2d(rootOfOutputHessian(record, outputs), [n, classes])));
  const layers = seenFrom(last, tape, chain);
  return {
    n,
    matrix: dualMatrix(layers, n, b),
    lift: (ws) => lift(ws, layers, leaves),
    dispose: () => dispose(layers.flatMap(({ inputs, slopes }) => [inputs, slopes])),
  };
}

/** A layer seen from the outputs. */
interface SeenLayer extends Pick<DenseLayer, "leaf" | "bias"> {
  /** a, or a·Qᵀ where the weights are restricted, with the same inner products; [b, d or r]. */
  readonly inputs: Tensor2D;
  /**
   * Dᵀ, [h, C·b]: column (c, i) is that of column c of B for sample i. As it stands it is the right
   * factor of all large products, which a backend prepares once.
   */
  readonly slopes: Tensor2D;
}

/** @param last Dᵀ of the last layer; owned from now on */
function seenFrom(last: Tensor2D, tape: Tape, chain: readonly DenseLayer[]): SeenLayer[] {
  const layers: SeenLayer[] = [];
  let slopes = keep(last);
  for (let l = chain.length - 1; l >= 0; l--) {
    const { input, basis, leaf, bias } = chain[l]!;
    const a = input.saved as Tensor2D;
    const inputs = tidy(() =>
      basis ? matMul<Tensor2D>(a, transpose(basis.saved as Tensor2D)) : share(a),
    );
    layers.unshift({ leaf, bias, inputs: keep(inputs), slopes });
    if (l > 0) slopes = keep(slopesBefore(chain[l]!, slopes, tape, chain[l - 1]!));
  }
  return layers;
}

/** Dᵀ of the layer before: (W·Dᵀ)∘(∂a/∂z)ᵀ, for each column of B. */
function slopesBefore(
  { input, weights, end }: DenseLayer,
  slopes: Tensor2D,
  tape: Tape,
  before: DenseLayer,
): Tensor2D {
  return tidy(() => {
    const [b, width] = input.shape as [number, number];
    const entrywise = entrywiseSlope(tape, before.output, input, end);
    const back = matMul(weights.saved as Tensor2D, slopes);
    const n = slopes.shape[1];
    const all = mul(reshape(back, [width, n / b, b]), reshape(transpose(entrywise), [width, 1, b]));
    return reshape(all, [width, n]) as Tensor2D;
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
    const inner = numbersOf(() => matMul(inputs, transpose(inputs)));
    const outer = numbersOf(() => matMul(transpose(slopes), slopes));
    const shift = bias ? 1 : 0;
    for (let k = 0, row = 0; row < n; row++) {
      const first = (row % b) * b;
      for (let column = 0; column < n; column += b) {
        for (let j = 0; j < b; j++, k++) matrix[k]! += (inner[first + j]! + shift) * outer[k]!;
      }
    }
  }
  // A backend may round the two entries of a pair in different ways.
  for (let row = 0; row < n; row++) {
    for (let column = 0; column < row; column++) {
      const [here, mirrored] = [row * n + column, column * n + row];
      matrix[here] = matrix[mirrored] = (matrix[here]! + matrix[mirrored]!) / 2;
    }
  }
  return matrix;
}

function numbersOf(make: () => Tensor): ArrayLike<number> {
  const product = tidy(make);
  // Not in the tidy, which looks at each number for a tensor.
  const values = product.dataSync();
  product.dispose();
  return values;
}

/** Jᵀ·B·w of each w, over all leaves. */
function lift(
  ws: readonly ArrayLike<number>[],
  layers: readonly SeenLayer[],
  leaves: readonly Value[],
): Float32Array[] {
  const parts = ws.map(() => new Map<Value, ArrayLike<number>>());
  for (const { leaf, bias, inputs, slopes } of layers) {
    tidy(() => {
      const b = inputs.shape[0];
      const turned = transpose(inputs);
      const us = split(transpose(matMul(slopes, summing(ws, b))), ws.length) as Tensor2D[];
      for (const [k, u] of us.entries()) {
        parts[k]!.set(leaf, matMul(turned, u).dataSync());
        if (bias) parts[k]!.set(bias, evaluated(() => sum(u, 0)).dataSync());
      }
    });
  }
  const sizes = leaves.map(({ shape }) => shape.reduce((product, size) => product * size, 1));
  return parts.map((part) => {
    const lifted = new Float32Array(sizes.reduce((total, size) => total + size, 0));
    let offset = 0;
    for (const [index, leaf] of leaves.entries()) {
      lifted.set(part.get(leaf) ?? [], offset);
      offset += sizes[index]!;
    }
    return lifted;
  });
}

/** [C·b, b] for each w side by side, with w_(ic) in column i: takes Dᵀ to the Uᵀ. */
function summing(ws: readonly ArrayLike<number>[], b: number): Tensor2D {
  const n = ws[0]!.length;
  const columns = b * ws.length;
  const values = new Float32Array(n * columns);
  for (const [k, w] of ws.entries()) {
    for (let row = 0; row < n; row++) values[row * columns + k * b + (row % b)] = w[row]!;
  }
  return tensor2d(values, [n, columns]);
}
