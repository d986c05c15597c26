/** A tensor of a file, row-major. */
export interface GivenTensor {
  readonly shape: readonly number[];
  readonly values: Float32Array;
  /** The values were float64 and are rounded. */
  readonly rounded?: boolean;
}

/** Tensors of a file by name, in its order. */
export type GivenTensors = ReadonlyMap<string, GivenTensor>;

/** The number of values of a shape; 1 for a scalar. */
export function sizeOf(shape: readonly number[]): number {
  return shape.reduce((product, n) => product * n, 1);
}

/**
 * The values of a row-major tensor with its axes in another order: axis k of the result is axis
 * `axes[k]` of the tensor.
 */
export function permuted(
  values: Float32Array,
  shape: readonly number[],
  axes: readonly number[],
): Float32Array {
  const strides = shape.map((_, axis) => sizeOf(shape.slice(axis + 1)));
  const sizes = axes.map((axis) => shape[axis]!);
  const steps = axes.map((axis) => strides[axis]!);
  const index = sizes.map(() => 0);
  let from = 0;
  return Float32Array.from({ length: values.length }, () => {
    const value = values[from]!;
    for (let axis = sizes.length - 1; axis >= 0; axis--) {
      index[axis]!++;
      from += steps[axis]!;
      if (index[axis]! < sizes[axis]!) break;
      from -= steps[axis]! * sizes[axis]!;
      index[axis] = 0;
    }
    return value;
  });
}
