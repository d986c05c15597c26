import { dispose, keep, type Tensor } from "@tensorflow/tfjs-core";
import type { KernelCall, RunKernel } from "./intercept.js";

type DataId = Tensor["dataId"];

/**
 * Runs matrix products of rank two without transpose flags, by explicit transposes.
 *
 * The wasm backend has its fast kernel (20–40 GFLOP/s against 1) for unflagged products only, while
 * gradients of products are flagged ones. Of the ways to remove a flag,
 *
 *     A·Bᵀ  =  A·(Bᵀ)  =  (B·Aᵀ)ᵀ        Aᵀ·B  =  (Aᵀ)·B  =  (Bᵀ·A)ᵀ
 *
 * the one that moves the least data is taken, and transposes of tensors that the tape retains are
 * made once. This happens below the tape, which holds the flagged product alone.
 */
export class MatMulLowering {
  readonly #retained = new Set<DataId>();
  readonly #transposes = new Map<DataId, Tensor>();
  readonly #owned: Tensor[] = [];

  get bytes(): number {
    return this.#owned.reduce((sum, t) => sum + t.size * 4, 0);
  }

  /** Transposes of this tensor are worth keeping: it lives as long as the tape. */
  retain(tensor: Tensor): void {
    if (tensor.rank === 2) this.#retained.add(tensor.dataId);
  }

  run(call: KernelCall, run: RunKernel): Tensor | Tensor[] {
    if (call.kernelName !== "BatchMatMul") return run(call);
    const { a, b } = call.inputs as { a: Tensor; b: Tensor };
    const { transposeA, transposeB } = call.attrs as { transposeA: boolean; transposeB: boolean };
    if (a.rank !== 2 || b.rank !== 2 || !(transposeA || transposeB)) return run(call);

    const rows = transposeA ? a.shape[1]! : a.shape[0]!;
    const columns = transposeB ? b.shape[0]! : b.shape[1]!;
    // op(A)·op(B) directly, or as the transpose of op(B)ᵀ·op(A)ᵀ.
    const direct = (transposeA ? this.#cost(a) : 0) + (transposeB ? this.#cost(b) : 0);
    const turned =
      (transposeB ? 0 : this.#cost(b)) + (transposeA ? 0 : this.#cost(a)) + rows * columns;
    if (direct <= turned) {
      const left = transposeA ? this.#transpose(a, run) : a;
      const right = transposeB ? this.#transpose(b, run) : b;
      return product(left, right, run);
    }
    const left = transposeB ? b : this.#transpose(b, run);
    const right = transposeA ? a : this.#transpose(a, run);
    return transposed(product(left, right, run), run);
  }

  dispose(): void {
    dispose(this.#owned);
    this.#owned.length = 0;
    this.#transposes.clear();
    this.#retained.clear();
  }

  /** Entries moved by transposing, with a discount for a transpose that later products reuse. */
  #cost(tensor: Tensor): number {
    if (this.#transposes.has(tensor.dataId)) return 0;
    return this.#retained.has(tensor.dataId) ? tensor.size / 4 : tensor.size;
  }

  #transpose(tensor: Tensor, run: RunKernel): Tensor {
    const known = this.#transposes.get(tensor.dataId);
    if (known !== undefined) return known;
    const result = transposed(tensor, run);
    if (this.#retained.has(tensor.dataId)) {
      this.#owned.push(keep(result));
      this.#transposes.set(tensor.dataId, result);
    }
    return result;
  }
}

function product(a: Tensor, b: Tensor, run: RunKernel): Tensor {
  const attrs = { transposeA: false, transposeB: false };
  return run({ kernelName: "BatchMatMul", inputs: { a, b }, attrs }) as Tensor;
}

function transposed(x: Tensor, run: RunKernel): Tensor {
  return run({ kernelName: "Transpose", inputs: { x }, attrs: { perm: [1, 0] } }) as Tensor;
}
