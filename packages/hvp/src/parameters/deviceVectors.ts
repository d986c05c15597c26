/** Trees of parameters as flat vectors that stay on the device. */

import {
  clone,
  concat,
  reshape,
  slice,
  type Tensor,
  type Tensor1D,
  type TypedArray,
  tidy,
} from "@tensorflow/tfjs-core";
import { layoutOf, mapTree, type ParameterTree } from "./parameters.js";

/** Copies tensors into one, [d], in their order; the caller disposes it. */
export function joined(tree: ParameterTree): Tensor1D {
  return tidy(() =>
    concat((Object.values(tree) as Tensor[]).map((part) => reshape(part, [part.size]) as Tensor1D)),
  );
}

/**
 * The inverse of `joined`; the caller disposes the tensors.
 *
 * @param vector [d]
 * @param like gives names, order and shapes
 */
export function parted<P extends ParameterTree>(vector: Tensor1D, like: P): P {
  const { entries, size } = layoutOf(like);
  if (vector.size !== size) {
    throw new RangeError(`the parameters have ${size} entries, the vector has ${vector.size}`);
  }
  return mapTree(like, (_, index) => {
    const { offset, size: length, shape } = entries[index]!;
    return tidy(() => reshape(slice(vector, offset, length), shape as number[]));
  });
}

/**
 * The entries of a tensor, when they arrive. It is a handle of its own that is read, and disposed only then:
 * a backend that is still at it must not lose it.
 */
export async function readLater(make: () => Tensor): Promise<TypedArray> {
  const tensor = tidy(() => clone(make()));
  try {
    return await tensor.data();
  } finally {
    tensor.dispose();
  }
}
