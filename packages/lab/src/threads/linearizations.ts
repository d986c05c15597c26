import {
  disposeTree,
  flatten,
  type Linearization,
  layoutOf,
  linearize,
  type ParameterTree,
  unflatten,
} from "@eoss/hvp";
import type { TfjsProblem } from "@eoss/sharpness";

/** What all threads of a pool keep together. */
const RETAINED_BYTES = 512 * 2 ** 20;

/** The losses of a thread's chunks, linearised where the training stands; those that fit are kept. */
export class Linearizations {
  readonly #kept = new Map<number, Linearization<ParameterTree>>();
  #free: number;

  /** @param threads among which the memory is shared out */
  constructor(readonly threads: number) {
    this.#free = RETAINED_BYTES / threads;
  }

  /**
   * @param indices of the chunk's samples; chunks have no sample in common
   * @param x [d]
   * @returns H·x, [d], H the Hessian of the mean loss of the chunk
   */
  multiply({ lossOf, params }: TfjsProblem, indices: Int32Array, x: Float32Array): Float32Array {
    const chunk = indices[0]!;
    const linearization = this.#kept.get(chunk) ?? linearize(lossOf(indices), params);
    const v = unflatten(x, params);
    const product = linearization.hvp(v);
    const flat = flatten(product, new Float32Array(layoutOf(params).size));
    disposeTree(v);
    disposeTree(product);
    if (!this.#kept.has(chunk)) this.#keep(chunk, linearization);
    return flat;
  }

  clear(): void {
    for (const linearization of this.#kept.values()) linearization.dispose();
    this.#kept.clear();
    this.#free = RETAINED_BYTES / this.threads;
  }

  #keep(chunk: number, linearization: Linearization<ParameterTree>): void {
    if (linearization.bytes > this.#free) {
      linearization.dispose();
      return;
    }
    this.#free -= linearization.bytes;
    this.#kept.set(chunk, linearization);
  }
}
