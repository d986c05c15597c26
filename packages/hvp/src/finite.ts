import { getBackend, stack, sum, type Tensor, tidy } from "@tensorflow/tfjs-core";

/**
 * Whether all entries are finite numbers, at the cost of a sum over each tensor. Taken for granted on
 * a backend that gives no number at once.
 */
export function areFinite(tensors: readonly Tensor[]): boolean {
  if (tensors.length === 0 || getBackend() === "webgpu") return true;
  const sums = tidy(() => stack(tensors.map((t) => sum(t))));
  const finite = sums.dataSync().every(Number.isFinite);
  sums.dispose();
  // A sum may overflow where no term does.
  return finite || tensors.every((t) => (t.dataSync() as Float32Array).every(Number.isFinite));
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
