import type { Tape, TapeNode, Value } from "../tape.js";

/** z = a·W, and + β where there is a bias. */
export interface DenseLayer {
  /** a, [b, d]. */
  readonly input: Value;
  /** W, [d, h], as an index of the leaves. */
  readonly weight: number;
  readonly hasBias: boolean;
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
export function denseChain(tape: Tape, leaves: readonly Value[]): DenseLayer[] | undefined {
  const layers: DenseLayer[] = [];
  const left = new Set(leaves);
  /** The last layer's output, and what was computed from it since, entry by entry. */
  let segment = new Set<Value>();
  let end = 0;
  while (left.size > 0) {
    const node = tape.nodes[end++];
    if (node === undefined) return undefined;
    const layer = layers.at(-1);
    const weight = factor(node);
    if (weight !== undefined && left.delete(weight)) {
      const input = node.inputs.a!;
      if (layer ? !segment.has(input) : input.active) return undefined;
      const index = leaves.indexOf(weight);
      layers.push({ input, weight: index, hasBias: false, output: node.output, end });
      segment = new Set([node.output]);
      continue;
    }
    const shift = layer && addedTo(node, layer.output);
    if (shift && (!shift.active || (isBias(shift, layer.output) && left.delete(shift)))) {
      const hasBias = layer.hasBias || shift.active;
      layers[layers.length - 1] = { ...layer, hasBias, output: node.output, end };
      segment = new Set([node.output]);
      continue;
    }
    if (!isElementwise(node, segment)) return undefined;
    segment.add(node.output);
  }
  return isSeparated(tape.nodes.slice(end), layers.at(-1)!.output) ? layers : undefined;
}

/** W, if the node is a·W with matrices as they are. */
function factor({ rule, inputs, attrs }: TapeNode): Value | undefined {
  if (rule.kernelName !== "BatchMatMul" || attrs.transposeA || attrs.transposeB) return undefined;
  const { a, b } = inputs;
  return a!.shape.length === 2 && b!.shape.length === 2 ? b : undefined;
}

/** x, if the node is z + x and shaped like z. */
function addedTo({ rule, inputs, output }: TapeNode, z: Value): Value | undefined {
  const { a, b } = inputs;
  if (rule.kernelName !== "Add" || output.shape.join() !== z.shape.join()) return undefined;
  return a === z ? b : b === z ? a : undefined;
}

/** One entry for each column of z. */
function isBias(x: Value, z: Value): boolean {
  return x.shape.length === 1 && x.shape[0] === z.shape[1];
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
