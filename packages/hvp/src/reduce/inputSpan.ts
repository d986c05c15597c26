import {
  add,
  clone,
  dispose,
  keep,
  matMul,
  type Tensor,
  type Tensor2D,
  tensor2d,
  tidy,
  transpose,
  zeros,
} from "@tensorflow/tfjs-core";
import { currentRecorder } from "../constant.js";
import { intercept, type KernelCall } from "../intercept.js";
import { mapTree, type ParameterTree } from "../parameters.js";
import { recordForward } from "../recording.js";
import { Tape, type Value } from "../tape.js";
import { type RowSpan, rowSpan } from "./rowSpan.js";

/** A function of parameters with those of its first dense layer confined to what its inputs see. */
export interface InputSpan<P extends ParameterTree> {
  /** The parameters with Z = 0, [r, h], in place of each such W, [d, h]. */
  readonly params: P;
  /** The function at W + Qᵀ·Z; the other parameters as they are. */
  readonly f: (params: P) => Tensor;
  /** A direction in full: Qᵀ·Z in place of Z. The caller disposes it. */
  lift(z: P): P;
  dispose(): void;
}

/** Confining pays from this many columns of X a row on. */
const COLUMNS_PER_ROW = 2;

/**
 * Confines the parameters of a network's first layer to the span of its inputs, without loss.
 *
 * A parameter W that enters a function as X·W alone, X the constant inputs of b samples, has no
 * influence on it outside of the span of their rows. With X = L·Q, Q of orthonormal rows,
 *
 *   X·(W + Qᵀ·Z) = X·W + L·Z
 *
 * so Z, [r, h] with r ≤ b, can take the place of W, [d, h]. Derivatives with respect to Z are those
 * with respect to W in an orthonormal basis of all directions that matter: gradients keep their norms
 * and inner products, Hessian and Gauss–Newton matrix their eigenvalues other than zero.
 *
 * @param f called once, under a record that shows how each parameter enters
 * @returns undefined where nothing can be gained: no parameter enters so and nowhere else, or the
 *   samples are as many as half of the columns of X
 * @throws UnverifiedOpError, TypeError as `linearize`
 */
export function inputSpan<P extends ParameterTree>(
  f: (params: P) => Tensor,
  params: P,
): InputSpan<P> | undefined {
  const confined = firstLayers(f, params);
  if (confined.size === 0) return undefined;
  const reduced = mapTree(params, (p, _, key) => {
    const layer = confined.get(key);
    return layer ? keep(zeros([layer.span.rank, p.shape[1]!])) : p;
  });
  const owned = [...confined].flatMap(([key, { product, coefficients }]) => [
    product,
    coefficients,
    entry(reduced, key),
  ]);

  return {
    params: reduced,
    f(z) {
      const layerOf = new Map(
        [...confined].map(([key, layer]) => [entry(params, key).id, { ...layer, key }]),
      );
      const full = mapTree(z, (part, _, key) => {
        if (!confined.has(key)) return part;
        // W is what the function goes on with: that it varies with Z shows what it enters in parts.
        currentRecorder()?.standIn(entry(params, key), part);
        return entry(params, key);
      });
      return intercept(
        (call, run) => {
          const layer = isMatMul(call) ? layerOf.get(call.inputs.b!.id) : undefined;
          if (layer === undefined) return run(call);
          return add(layer.product, matMul(layer.coefficients, entry(z, layer.key) as Tensor2D));
        },
        () => f(full),
      );
    },
    lift: (z) =>
      mapTree(z, (part, _, key) => {
        const layer = confined.get(key);
        if (layer === undefined) return clone(part);
        const shape: [number, number] = [layer.span.rank, entry(params, key).shape[0]!];
        return tidy(() => {
          const q = tensor2d(Float32Array.from(layer.span.basis()), shape);
          return matMul(transpose(q), part as Tensor2D);
        });
      }),
    dispose: () => dispose(owned),
  };
}

/** The layer X·W of a parameter that enters nowhere else. */
interface FirstLayer {
  /** X = L·Q. */
  readonly span: RowSpan;
  /** L, [b, r]. */
  readonly coefficients: Tensor2D;
  /** X·W, [b, h]. */
  readonly product: Tensor;
}

/** The layers that are worth confining, by the key of their parameter. */
function firstLayers<P extends ParameterTree>(
  f: (params: P) => Tensor,
  params: P,
): Map<string, FirstLayer> {
  const entries = Object.entries(params) as [string, Tensor][];
  const ids = new Set(entries.map(([, p]) => p.id));
  const products = new Map<number, Tensor[]>();
  const tape = new Tape();
  try {
    const { leaves, result } = recordForward(
      tape,
      (p: P) =>
        intercept(
          (call, run) => {
            const output = run(call);
            if (isMatMul(call) && ids.has(call.inputs.b!.id)) {
              const { id } = call.inputs.b!;
              products.set(id, [...(products.get(id) ?? []), keep(clone(output as Tensor))]);
            }
            return output;
          },
          () => f(p),
        ),
      params,
      "the function",
    );
    result.dispose();
    const layers = entries.flatMap(([key, p], index): [string, FirstLayer][] => {
      const made = products.get(p.id) ?? [];
      const x = constantFactor(tape, leaves[index]!);
      // A second product with it may run where nothing is recorded.
      if (made.length !== 1 || x === undefined) return [];
      const [rows, columns] = x.shape as [number, number];
      if (rows * COLUMNS_PER_ROW > columns) return [];
      const span = rowSpan(x.dataSync() as Float32Array, rows, columns);
      if (span === undefined || span.rank === 0) return [];
      const l = Float32Array.from(span.coefficients);
      const coefficients = keep(tensor2d(l, [rows, span.rank]));
      products.delete(p.id);
      return [[key, { span, coefficients, product: made[0]! }]];
    });
    return new Map(layers);
  } finally {
    tape.dispose();
    dispose([...products.values()].flat());
  }
}

/** X, if the value enters as X·value alone. */
function constantFactor(tape: Tape, value: Value): Tensor | undefined {
  const uses = tape.nodes.filter(({ inputs }) => Object.values(inputs).includes(value));
  const [node] = uses;
  if (uses.length !== 1 || node!.rule.kernelName !== "BatchMatMul") return undefined;
  const { a, b } = node!.inputs;
  const { transposeA, transposeB } = node!.attrs;
  const plain = b === value && a!.shape.length === 2 && !transposeA && !transposeB;
  return plain && !a!.active ? a!.saved : undefined;
}

/** A product of two matrices as they are. */
function isMatMul({ kernelName, inputs, attrs }: KernelCall): boolean {
  return (
    kernelName === "BatchMatMul" &&
    inputs.a!.rank === 2 &&
    inputs.b!.rank === 2 &&
    !attrs?.transposeA &&
    !attrs?.transposeB
  );
}

function entry(tree: ParameterTree, key: string): Tensor {
  return (tree as Readonly<Record<string, Tensor>>)[key]!;
}
