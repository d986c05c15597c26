/** A tensor of a file, row-major. */
export interface GivenTensor {
  readonly shape: readonly number[];
  readonly values: Float32Array;
  /** The values were float64 and are rounded. */
  readonly rounded?: boolean;
}

/** Tensors of a file by name, in its order. */
export type GivenTensors = ReadonlyMap<string, GivenTensor>;
