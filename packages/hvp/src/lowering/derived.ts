import { dispose, keep, type Tensor, tidy } from "@tensorflow/tfjs-core";

/**
 * Tensors computed from those that a tape retains, made once: the transpose of a weight matrix, a
 * reversed convolution kernel. Every product of a linearisation uses them again.
 */
export class Derived {
  readonly #retained = new Set<Tensor["dataId"]>();
  readonly #made = new Map<Tensor["dataId"], Map<string, Tensor>>();
  readonly #owned: Tensor[] = [];

  get bytes(): number {
    return this.#owned.reduce((sum, t) => sum + t.size * 4, 0);
  }

  /** What is derived from this tensor is worth keeping: it lives as long as the tape. */
  retain(tensor: Tensor): void {
    this.#retained.add(tensor.dataId);
  }

  isRetained(tensor: Tensor): boolean {
    return this.#retained.has(tensor.dataId);
  }

  /** Whether a result is there already. */
  has(tensor: Tensor, what: string): boolean {
    return this.#made.get(tensor.dataId)?.has(what) ?? false;
  }

  /**
   * @param what names the result among those derived from this tensor; shapes belong into it, since
   *   tensors of different shapes may share their data
   * @returns owned by this collection if the tensor is retained, else by the surrounding tidy
   */
  get(tensor: Tensor, what: string, make: () => Tensor): Tensor {
    if (!this.isRetained(tensor)) return make();
    const results = this.#made.get(tensor.dataId) ?? new Map<string, Tensor>();
    this.#made.set(tensor.dataId, results);
    let result = results.get(what);
    if (result === undefined) {
      result = keep(tidy(make));
      results.set(what, result);
      this.#owned.push(result);
    }
    return result;
  }

  dispose(): void {
    dispose(this.#owned);
    this.#owned.length = 0;
    this.#made.clear();
    this.#retained.clear();
  }
}
