import { type Tensor, tensor } from "@tensorflow/tfjs-core";

/** Parameters of a loss: tensors in a record, by name, or in an array. The order of keys counts. */
export type ParameterTree = Readonly<Record<string, Tensor>> | readonly Tensor[];

/** Where each parameter tensor lies in a flat vector: one after another, row-major. */
export interface ParameterLayout {
  readonly entries: ReadonlyArray<{
    readonly name: string;
    readonly shape: readonly number[];
    readonly offset: number;
    readonly size: number;
  }>;
  /** Number of parameters d. */
  readonly size: number;
}

export function layoutOf(params: ParameterTree): ParameterLayout {
  let offset = 0;
  const entries = Object.entries(params).map(([name, tensor]: [string, Tensor]) => {
    const entry = { name, shape: tensor.shape, offset, size: tensor.size };
    offset += tensor.size;
    return entry;
  });
  return { entries, size: offset };
}

/**
 * Copies parameter-shaped tensors into one vector.
 *
 * @param out receives the values, [d]; a Float64Array holds float32 values exactly
 */
export function flatten<V extends Float32Array | Float64Array>(tree: ParameterTree, out: V): V {
  let offset = 0;
  for (const part of Object.values(tree) as Tensor[]) {
    if (offset + part.size > out.length) break;
    out.set(part.dataSync() as Float32Array, offset);
    offset += part.size;
  }
  const size = layoutOf(tree).size;
  if (size !== out.length) {
    throw new RangeError(`the parameters have ${size} entries, the vector has ${out.length}`);
  }
  return out;
}

/**
 * Makes tensors of a vector's parts: the inverse of `flatten`. The caller disposes them.
 *
 * @param vector [d]
 * @param like gives names, order and shapes
 */
export function unflatten<P extends ParameterTree>(vector: ArrayLike<number>, like: P): P {
  const { entries, size } = layoutOf(like);
  if (vector.length !== size) {
    throw new RangeError(`the parameters have ${size} entries, the vector has ${vector.length}`);
  }
  const values = vector instanceof Float32Array ? vector : Float32Array.from(vector);
  return mapTree(like, (_, index) => {
    const { offset, size: length, shape } = entries[index]!;
    // A copy: the cpu backend would keep a view into the caller's vector.
    return tensor(values.slice(offset, offset + length), shape as number[], "float32");
  });
}

/** A tree of the same keys. */
export function mapTree<P extends ParameterTree>(
  tree: P,
  map: (tensor: Tensor, index: number, key: string) => Tensor,
): P {
  const mapped = Object.entries(tree).map(
    ([key, value]: [string, Tensor], index) => [key, map(value, index, key)] as const,
  );
  return (Array.isArray(tree) ? mapped.map(([, value]) => value) : Object.fromEntries(mapped)) as P;
}

/** Disposes every tensor of a tree. */
export function disposeTree(tree: ParameterTree): void {
  for (const part of Object.values(tree) as Tensor[]) part.dispose();
}
