/** The entries of tensors, read in the quickest way. */

import { EossError } from "@eoss/rng";
import {
  avgPool,
  getBackend,
  mul,
  reshape,
  square,
  sum,
  type Tensor,
  type Tensor4D,
  tidy,
} from "@tensorflow/tfjs-core";

/** Entries from which on a kernel is quicker than reading them one by one. */
export const LARGE = 2 ** 14;

/** Rows of which means are taken together. */
const WINDOW = 64;

/** Whether the backend's numbers are in memory, so that to read a few costs less than a kernel. */
export const readsAtOnce = (): boolean => ["cpu", "wasm", "tensorflow"].includes(getBackend());

/** Whether the backend gives numbers only later, as a graphics card behind WebGPU does. */
export const readsLater = (): boolean => !readsAtOnce() && !SLOW_READERS.includes(getBackend());

/** Backends whose numbers are on a device that is waited for. */
const SLOW_READERS = ["webgl", "rn-webgl"];

/**
 * Reads numbers at once.
 *
 * @param where it is needed, e.g. `tf.topk`
 * @throws EossError saying so on a backend that gives them only later
 */
export function atOnce<T>(where: string, read: () => T): T {
  try {
    return read();
  } catch (cause) {
    if (!readsLater()) throw cause;
    throw new EossError(
      `${where} needs numbers at once, and the ${getBackend()} backend gives them only later: take another ` +
        "backend, as wasm; curvature on this one is measured by `measure` of @eoss/sharpness",
      { cause },
    );
  }
}

/** Of data that stays as it is, as on wasm, what has been found once. */
const squaredNorms = new WeakMap<Tensor["dataId"], number>();

/** ‖t‖², or a little more; NaN or infinite where an entry is, or is too large to be squared. */
export function squaredNorm(t: Tensor): number {
  const known = squaredNorms.get(t.dataId);
  if (known !== undefined) return known;
  const found = isRead(t) ? sumOfSquares(numbers(t)) : tidy(() => summed(square(t)).dataSync()[0]!);
  if (getBackend() === "wasm") squaredNorms.set(t.dataId, found);
  return found;
}

/** Whether all entries are numbers and finite. */
export function holdsNumbers(t: Tensor): boolean {
  // A sum may overflow where no term does.
  if (!isRead(t) && Number.isFinite(tidy(() => summed(t).dataSync()[0]))) return true;
  return sumOfZeros(numbers(t)) === 0;
}

/** Σ x². In four sums, which do not wait for one another; so is the next. */
function sumOfSquares(values: Float32Array): number {
  let [a, b, c, d] = [0, 0, 0, 0];
  const { length } = values;
  let i = 0;
  for (; i + 3 < length; i += 4) {
    a += values[i]! * values[i]!;
    b += values[i + 1]! * values[i + 1]!;
    c += values[i + 2]! * values[i + 2]!;
    d += values[i + 3]! * values[i + 3]!;
  }
  for (; i < length; i++) a += values[i]! * values[i]!;
  return a + b + c + d;
}

/** Σ 0·x, which is 0 if all are finite numbers, else NaN. */
function sumOfZeros(values: Float32Array): number {
  let [a, b, c, d] = [0, 0, 0, 0];
  const { length } = values;
  let i = 0;
  for (; i + 3 < length; i += 4) {
    a += values[i]! * 0;
    b += values[i + 1]! * 0;
    c += values[i + 2]! * 0;
    d += values[i + 3]! * 0;
  }
  for (; i < length; i++) a += values[i]! * 0;
  return a + b + c + d;
}

const isRead = (t: Tensor) => t.size < LARGE || getBackend() === "cpu";

const numbers = (t: Tensor) => t.dataSync() as Float32Array;

/**
 * Σ t up to positive weights of the terms, between 1 and 64: on wasm that of means over rows, which take
 * a quarter of the time.
 */
function summed(t: Tensor): Tensor {
  if (getBackend() !== "wasm" || t.rank < 2) return sum(t);
  const columns = t.shape.at(-1)!;
  const rows = reshape(t, [1, 1, t.size / columns, columns]) as Tensor4D;
  return mul(sum(avgPool(rows, [1, WINDOW], [1, WINDOW], "same")), WINDOW);
}
