import {
  avgPool,
  getBackend,
  reshape,
  stack,
  sum,
  type Tensor,
  type Tensor4D,
  tidy,
} from "@tensorflow/tfjs-core";

/**
 * Whether all entries are finite numbers, at the cost of a sum over each tensor. Taken for granted on
 * a backend that gives no number at once.
 */
export function areFinite(tensors: readonly Tensor[]): boolean {
  if (tensors.length === 0 || getBackend() === "webgpu") return true;
  const sums = tidy(() => stack(tensors.map(total)));
  const finite = sums.dataSync().every(Number.isFinite);
  sums.dispose();
  // A sum may overflow where no term does.
  return finite || tensors.every((t) => (t.dataSync() as Float32Array).every(Number.isFinite));
}

/** Entries from which on a mean by windows is worth its calls, and rows in a window. */
const LARGE = 2 ** 14;
const WINDOW = 64;

/** Finite if all entries are: their sum, or, a quarter of the time on wasm, that of means over rows. */
function total(t: Tensor): Tensor {
  if (getBackend() !== "wasm" || t.rank < 2 || t.size < LARGE) return sum(t);
  const columns = t.shape.at(-1)!;
  const rows = reshape(t, [1, 1, t.size / columns, columns]) as Tensor4D;
  return sum(avgPool(rows, [1, WINDOW], [1, WINDOW], "same"));
}

/**
 * Says so where a derivative is not finite.
 *
 * @param what names the derivative
 * @param find the op in whose derivative that begins
 */
export function warnUnlessFinite(
  what: string,
  tensors: readonly Tensor[],
  find: () => string | undefined,
): void {
  if (areFinite(tensors)) return;
  const op = find();
  console.warn(
    `@eoss/hvp: ${what} holds NaN or an infinite number, though what is differentiated is finite. ` +
      (op === undefined
        ? "It comes from a sum or product that is larger than a float32 can be."
        : `It begins in the derivative of ${op}, which has none at these values or one that is larger than a float32 ` +
          "can be (as √x, ln x, 1/x and x^½ at 0). tf.where chooses among results and does not keep such a " +
          "derivative out: choose the argument instead, as in tf.sqrt(tf.where(ok, x, 1))."),
  );
}
