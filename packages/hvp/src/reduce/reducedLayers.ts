/** The layers of a function whose weights are worth restricting. */

import { clone, dispose, keep, ones, type Tensor, type Tensor2D } from "@tensorflow/tfjs-core";
import type { ParameterTree } from "../parameters/parameters.js";
import { constant } from "../tape/constant.js";
import { intercept, type KernelCall } from "../tape/intercept.js";
import { recordForward } from "../tape/recording.js";
import { Tape, type TapeNode, type Value } from "../tape/tape.js";
import { firstLayer } from "./firstLayer.js";
import { innerLayer } from "./innerLayer.js";
import { type RowSpan, rowSpan } from "./rowSpan.js";

/** The product a·W of a network in coordinates Z of its weights. */
export interface ReducedLayer {
  /** Z = 0; disposed with the layer. */
  readonly coordinates: readonly Tensor[];
  /** a·W at Z = 0, with its derivatives with respect to a and Z. */
  product(a: Tensor, z: readonly Tensor[]): Tensor;
  /** The direction of W, [d, h], that Z stands for; the caller disposes it. */
  lift(z: readonly Tensor[]): Tensor;
  dispose(): void;
}

/** Restricting pays if it leaves one in so many coordinates of a layer, or fewer. */
const WORTH = { first: 2, inner: 3 };

/**
 * The layers of a function that are worth restricting, by the key of their weights; and of every other
 * parameter that is a matrix, why it is not restricted.
 */
export function reducedLayers(
  f: (params: ParameterTree) => Tensor,
  params: ParameterTree,
): { layers: Map<string, ReducedLayer>; left: string[] } {
  const products = new Map<string, Tensor[]>();
  const tape = new Tape("one");
  let result: Tensor | undefined;
  try {
    const recorded = recordForward(tape, keepingProducts(f, products), params, "the function");
    result = recorded.result;
    const isLoss = result.size === 1;
    const left: string[] = [];
    const leave = (key: string, why: string): [] => {
      left.push(`${key} ${why}`);
      return [];
    };
    const found = (Object.entries(params) as [string, Tensor][]).flatMap(([key, w], index) => {
      const node = onlyProduct(tape, recorded.leaves[index]!);
      // A second product with it may run where nothing is recorded.
      if (node === undefined || products.get(key)?.length !== 1) {
        return w.rank === 2
          ? leave(key, "does not enter as one product a·W, and nowhere else")
          : [];
      }
      if (isWorth(node, isLoss)) return [{ key, w, node }];
      const [samples] = node.inputs.a!.shape;
      return leave(key, `[${w.shape}] is too small for ${samples} samples`);
    });
    const slopes = slopesOf(
      tape,
      result,
      found.map(({ node }) => node),
    );
    const layers = found.flatMap(({ key, w, node }): [string, ReducedLayer][] => {
      const a = node.inputs.a!;
      const inputs = spanOf(a.saved!);
      const outputs = a.active ? spanOf(slopes.get(node.output)) : undefined;
      if (inputs === undefined || (a.active && outputs === undefined)) {
        return leave(key, "has inputs or slopes that are zero or not finite");
      }
      const [product] = products.get(key)!;
      products.delete(key);
      const layer = outputs
        ? innerLayer(w as Tensor2D, product!, inputs, outputs)
        : firstLayer(w as Tensor2D, product!, inputs);
      return [[key, layer]];
    });
    dispose([...slopes.values()]);
    return { layers: new Map(layers), left };
  } finally {
    tape.dispose();
    dispose([...products.values()].flat());
    result?.dispose();
  }
}

/** A function that also notes each product a·W of a parameter, by the key of W. */
function keepingProducts(
  f: (params: ParameterTree) => Tensor,
  products: Map<string, Tensor[]>,
): (params: ParameterTree) => Tensor {
  return (p) => {
    const keys = new Map((Object.entries(p) as [string, Tensor][]).map(([key, w]) => [w.id, key]));
    return intercept(
      (call, run) => {
        const output = run(call);
        const key = isMatMul(call) ? keys.get(call.inputs.b!.id) : undefined;
        if (key !== undefined) {
          products.set(key, [
            ...(products.get(key) ?? []),
            keep(constant(() => clone(output as Tensor))),
          ]);
        }
        return output;
      },
      () => f(p),
    );
  };
}

/** The product a·W, if the value enters as W of that product alone. */
function onlyProduct(tape: Tape, value: Value): TapeNode | undefined {
  const [node, other] = tape.nodes.filter(({ inputs }) => Object.values(inputs).includes(value));
  if (node === undefined || other !== undefined) return undefined;
  if (node.rule.kernelName !== "BatchMatMul") return undefined;
  const { a, b } = node.inputs;
  const { transposeA, transposeB } = node.attrs;
  const isPlain = b === value && a!.shape.length === 2 && !transposeA && !transposeB;
  return isPlain && a !== value ? node : undefined;
}

/** Whether r·h coordinates, and s·d where the inputs vary, are few for a layer of d·h weights. */
function isWorth({ inputs: { a, b } }: TapeNode, isLoss: boolean): boolean {
  const [samples, d] = a!.shape as [number, number];
  const h = b!.shape[1]!;
  if (!a!.active) return samples * WORTH.first <= d;
  return isLoss && samples * (h + d) * WORTH.inner <= d * h;
}

/** ∂L/∂(a·W) of those layers whose inputs vary; none for one that has no influence. */
function slopesOf(tape: Tape, loss: Tensor, layers: readonly TapeNode[]): Map<Value, Tensor> {
  const wanted = layers.filter(({ inputs }) => inputs.a!.active).map(({ output }) => output);
  if (wanted.length === 0) return new Map();
  return tape.backward([[tape.valueOf(loss)!, ones(loss.shape)]], tape.length, wanted);
}

/** The span of the rows of a matrix; undefined if they span nothing, or are not finite. */
function spanOf(x: Tensor | undefined): RowSpan | undefined {
  if (x === undefined) return undefined;
  const [rows, columns] = x.shape as [number, number];
  const span = rowSpan(x.dataSync() as Float32Array, rows, columns);
  return span && span.rank > 0 ? span : undefined;
}

/** Whether it is a product of two matrices as they are. */
export function isMatMul({ kernelName, inputs, attrs }: KernelCall): boolean {
  return (
    kernelName === "BatchMatMul" &&
    inputs.a!.rank === 2 &&
    inputs.b!.rank === 2 &&
    !attrs?.transposeA &&
    !attrs?.transposeB
  );
}
