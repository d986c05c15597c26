import { reshape, type Tensor } from "@tensorflow/tfjs-core";

/**
 * Another handle on the data of a tensor, disposed for itself.
 *
 * `clone` on the wasm backend copies the data, and what that backend has prepared for products and
 * convolutions with it counts for the original alone: each copy of a weight matrix is prepared anew.
 */
export function share<T extends Tensor>(x: T): T {
  return reshape(x, x.shape) as T;
}
