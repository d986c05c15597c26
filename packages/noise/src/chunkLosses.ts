/** The mean loss of chunks of samples, at once or, where the backend gives numbers only later, as a promise. */

import type { LossHead } from "@eoss/hvp";
import { joined, readLater, readsLater } from "@eoss/hvp/internal";
import { dispose, type Scalar, slice, type Tensor, tidy } from "@tensorflow/tfjs-core";

/** What a loss was computed of. */
interface AtOutputs {
  readonly head: LossHead;
  /** [k, ...] */
  readonly outputs: Tensor;
  readonly targets: Tensor;
}

/** Loss heads that were looked at. */
const means = new WeakSet<LossHead>();

export class ChunkLosses {
  readonly #parts: Tensor[] = [];
  readonly #weights: number[] = [];
  /** What is still to be looked at: the loss of all samples of a chunk, and those of its halves. */
  #halves: Halves | undefined;

  /**
   * Looks whether a head is a mean over samples: once, and at once where numbers are.
   *
   * @throws RangeError if it is not
   */
  look(at: AtOutputs): void {
    if (this.#halves !== undefined || means.has(at.head)) return;
    const halves = halvesOf(at);
    if (readsLater()) this.#halves = halves;
    else if (halves) {
      const losses = halves.losses.dataSync();
      halves.losses.dispose();
      checkMean(halves, losses);
    }
  }

  /** @param loss of one chunk, which is disposed when it has been read */
  add(loss: Scalar, weight: number): void {
    this.#parts.push(loss);
    this.#weights.push(weight);
  }

  /** Σ weight·loss; a promise, where numbers come later, that is rejected as `look` throws. */
  mean(): number | Promise<number> {
    const tensors = this.#halves ? [...this.#parts, this.#halves.losses] : this.#parts;
    if (!readsLater()) {
      const mean = this.#mean(tensors.map((one) => one.dataSync()[0]!));
      dispose(tensors);
      return mean;
    }
    const mean = readLater(() => joined(tensors)).then((numbers) => {
      if (this.#halves) checkMean(this.#halves, numbers.slice(this.#parts.length));
      return this.#mean(numbers);
    });
    dispose(tensors);
    // Not everybody waits for it: of the steps within a step of `sde`, the first has the loss.
    mean.catch(() => {});
    return mean;
  }

  #mean(numbers: ArrayLike<number>): number {
    return this.#weights.reduce((sum, weight, k) => sum + weight * numbers[k]!, 0);
  }
}

interface Halves {
  readonly head: LossHead;
  /** Samples of the whole. */
  readonly count: number;
  /** Of the whole, and of its first and second half, [3]. */
  readonly losses: Tensor;
}

function halvesOf({ head, outputs, targets }: AtOutputs): Halves | undefined {
  const count = outputs.shape[0]!;
  if (count < 2) return undefined;
  const half = Math.floor(count / 2);
  const lossOf = (start: number, size: number) =>
    head(slice(outputs, start, size), slice(targets, start, size));
  const losses = tidy(() =>
    joined([lossOf(0, count), lossOf(0, half), lossOf(half, count - half)]),
  );
  return { head, count, losses };
}

/**
 * A head that sums over samples, or ignores some, would give noise of another size: the loss of a batch
 * must be the mean of the losses of its halves, each by its number of samples.
 */
function checkMean({ head, count }: Halves, losses: ArrayLike<number>): void {
  const [whole, first, second] = Array.from(losses) as [number, number, number];
  const half = Math.floor(count / 2);
  const mean = (half * first + (count - half) * second) / count;
  const size = Math.max(Math.abs(whole), Math.abs(first), Math.abs(second));
  if (!Number.isFinite(size)) return;
  if (Math.abs(whole - mean) > 1e-4 * size) {
    throw new RangeError(
      `head of the problem is no mean over samples: it is ${whole} for ${count} of them, and the mean of its ` +
        `two halves is ${mean}. A sum must be divided by the number of samples`,
    );
  }
  means.add(head);
}
