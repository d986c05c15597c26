/** The dense layers of a function, as its record has them. */

import type { TapeNode, Value } from "../tape/tape.js";
import { reducedProduct } from "./innerLayer.js";

/** z = a·W, and + β where there is a bias. */
export interface DenseLayer {
  /** a, [b, d]. */
  readonly input: Value;
  /** W, [d, h]. */
  readonly weights: Value;
  /** The leaf that is W, or Z₁ [r, h] with W + Qᵀ·Z₁. */
  readonly leaf: Value;
  /** Q, [r, d], if the weights are restricted to the span of the inputs. */
  readonly basis: Value | undefined;
  /** β, [h]. */
  readonly bias: Value | undefined;
  /** z, [b, h]. */
  readonly output: Value;
  /** Number of nodes up to the one that makes z. */
  readonly end: number;
}

/** Kernels that work on each entry for itself, or on corresponding entries of several tensors. */
const ELEMENTWISE = new Set([
  ...["Abs", "Cast", "ClipByValue", "Cos", "Elu", "Erf", "Exp", "Expm1", "Identity", "LeakyRelu"],
  ...["Log", "Log1p", "Neg", "Pow", "Reciprocal", "Relu", "Relu6", "Rsqrt", "Selu", "Sigmoid"],
  ...["Sin", "Softplus", "Sqrt", "Square", "Tanh", "Add", "Sub", "Multiply", "RealDiv"],
]);

/**
 * Reads a recorded function as a chain of dense layers with entry-by-entry functions in between, and
 * a last part, e.g. the loss head, that sees the parameters through the last layer alone.
 *
 * @returns the layers in order; undefined if the function has another form
 */
export function denseChain(
  nodes: readonly TapeNode[],
  leaves: readonly Value[],
): DenseLayer[] | undefined {
  const layers: DenseLayer[] = [];
  const left = new Set(leaves);
  /** The last layer's output, and what was computed from it since, entry by entry. */
  let segment = new Set<Value>();
  let end = 0;
  while (left.size > 0) {
    const node = nodes[end++];
    if (node === undefined) return undefined;
    const layer = layers.at(-1);
    const product = productOf(node);
    if (product !== undefined && left.delete(product.leaf)) {
      const { input } = product;
      if (layer ? !segment.has(input) : input.active) return undefined;
      if (product.basis) left.delete(node.inputs.z2!);
      layers.push({ ...product, bias: undefined, output: node.output, end });
      segment = new Set([node.output]);
      continue;
    }
    const shift = layer && addedTo(node, layer.output);
    if (shift && (!shift.active || (isBias(shift, layer) && left.delete(shift)))) {
      const bias = shift.active ? shift : layer.bias;
      layers[layers.length - 1] = { ...layer, bias, output: node.output, end };
      segment = new Set([node.output]);
      continue;
    }
    if (!isElementwise(node, segment)) return undefined;
    segment.add(node.output);
  }
  return isSeparated(nodes.slice(end), layers.at(-1)!.output) ? layers : undefined;
}

/** Whether each entry of a value depends on the same entry of another one alone. */
export function isEntrywise(nodes: readonly TapeNode[], from: Value, to: Value): boolean {
  const entrywise = new Set([from]);
  const mixed = new Set<Value>();
  for (const node of nodes) {
    const inputs = Object.values(node.inputs);
    if (!inputs.some((input) => entrywise.has(input) || mixed.has(input))) continue;
    (isElementwise(node, entrywise) ? entrywise : mixed).add(node.output);
  }
  return entrywise.has(to);
}

/** The node as a product a·W of matrices as they are. */
function productOf({
  rule,
  inputs,
  attrs,
}: TapeNode): Pick<DenseLayer, "input" | "weights" | "leaf" | "basis"> | undefined {
  const { a, b, w, q, z1 } = inputs;
  if (rule === reducedProduct) return { input: a!, weights: w!, leaf: z1!, basis: q! };
  if (rule.kernelName !== "BatchMatMul" || attrs.transposeA || attrs.transposeB) return undefined;
  if (a!.shape.length !== 2 || b!.shape.length !== 2) return undefined;
  return { input: a!, weights: b!, leaf: b!, basis: undefined };
}

/** x, if the node is z + x and shaped like z. */
function addedTo({ rule, inputs, output }: TapeNode, z: Value): Value | undefined {
  const { a, b } = inputs;
  if (rule.kernelName !== "Add" || output.shape.join() !== z.shape.join()) return undefined;
  return a === z ? b : b === z ? a : undefined;
}

/** One entry for each column of z, for a layer that has none yet. */
function isBias(x: Value, { bias, output }: DenseLayer): boolean {
  return bias === undefined && x.shape.length === 1 && x.shape[0] === output.shape[1];
}

/** Whether entry (i, j) of the output depends on the entries (i, j) of values in the segment alone. */
function isElementwise({ rule, inputs, output }: TapeNode, segment: ReadonlySet<Value>): boolean {
  const active = Object.values(inputs).filter((input) => input.active);
  return (
    ELEMENTWISE.has(rule.kernelName) &&
    active.every((input) => segment.has(input) && input.shape.join() === output.shape.join())
  );
}

/** Whether the nodes see what is recorded before them through one value alone. */
function isSeparated(nodes: readonly TapeNode[], through: Value): boolean {
  const known = new Set([through]);
  for (const { inputs, output } of nodes) {
    if (Object.values(inputs).some((input) => input.active && !known.has(input))) return false;
    known.add(output);
  }
  return true;
}
