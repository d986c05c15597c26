import { DatasetError, type Preprocessing } from "./dataset.js";
import type { NumberArray, Standardise } from "./define.js";

/** The inputs as they are. */
export const AS_THEY_ARE: Preprocessing = { maxPixel: 1, mean: [0], std: [1] };

/** The constants by which inputs are standardised, and how many channels or features do not vary. */
export interface Constants {
  readonly preprocessing: Preprocessing;
  /** They are shifted to 0 and not scaled. */
  readonly constant: number;
}

/**
 * Means and population standard deviations in float64, over the given samples.
 *
 * @param inputs [n × inputShape]
 */
export function constantsOf(
  inputs: NumberArray,
  inputShape: readonly number[],
  standardise: Standardise,
): Constants {
  if (standardise === "none") return { preprocessing: AS_THEY_ARE, constant: 0 };
  if (typeof standardise === "object") return { preprocessing: standardise, constant: 0 };
  const columns =
    standardise === "channel" ? inputShape.at(-1)! : inputShape.reduce((size, n) => size * n, 1);
  const rows = inputs.length / columns;
  const sums = new Float64Array(columns);
  const least = new Float64Array(columns).fill(Number.POSITIVE_INFINITY);
  const most = new Float64Array(columns).fill(Number.NEGATIVE_INFINITY);
  for (let at = 0; at < inputs.length; ) {
    for (let c = 0; c < columns; c++) {
      const value = inputs[at++]!;
      sums[c]! += value;
      if (value < least[c]!) least[c] = value;
      if (value > most[c]!) most[c] = value;
    }
  }
  const varies = Array.from(least, (value, c) => value < most[c]!);
  // What does not vary has its own value for a mean: a sum would round it.
  const mean = Array.from(sums, (sum, c) => (varies[c] ? sum / rows : least[c]!));
  // Far from zero a sum rounds more than a narrow column varies: its mean is corrected.
  for (const [c, low] of least.entries()) {
    if (!varies[c] || most[c]! - low > 2 ** -20 * Math.abs(low)) continue;
    let drift = 0;
    for (let at = c; at < inputs.length; at += columns) drift += inputs[at]! - mean[c]!;
    mean[c]! += drift / rows;
  }
  const squares = new Float64Array(columns);
  for (let at = 0; at < inputs.length; ) {
    for (let c = 0; c < columns; c++) squares[c]! += (inputs[at++]! - mean[c]!) ** 2;
  }
  const std = Array.from(squares, (sum, c) => (varies[c] ? Math.sqrt(sum / rows) : 1));
  const bad = std.findIndex((value) => !(value > 0 && Number.isFinite(value)));
  if (bad >= 0) {
    throw new DatasetError(
      `${standardise} ${bad} runs from ${least[bad]} to ${most[bad]}: float64 does not hold its deviation; scale it, or set ` +
        "standardise: none",
    );
  }
  const maxPixel = inputs instanceof Uint8Array && standardise === "channel" ? 255 : 1;
  return {
    preprocessing: {
      maxPixel,
      mean: mean.map((value) => value / maxPixel),
      std: std.map((value, c) => (varies[c] ? value / maxPixel : 1)),
    },
    constant: varies.filter((one) => !one).length,
  };
}

/**
 * Some of the samples, standardised.
 *
 * @param rows which samples; all if undefined
 * @param given where they are written, [rows × size of a sample]; of all samples also the inputs themselves
 * @returns what is given, or a new array; the inputs themselves where there is nothing to do
 */
export function standardised(
  inputs: NumberArray,
  size: number,
  { maxPixel, mean, std }: Preprocessing,
  rows?: ArrayLike<number>,
  given?: Float32Array,
): Float32Array {
  const same = maxPixel === 1 && mean.every((m) => m === 0) && std.every((s) => s === 1);
  if (same && rows === undefined && inputs instanceof Float32Array) return inputs;
  const count = rows?.length ?? inputs.length / size;
  const columns = mean.length;
  const out = given ?? new Float32Array(count * size);
  for (let row = 0, to = 0; row < count; row++) {
    const from = (rows?.[row] ?? row) * size;
    for (let at = from; at < from + size; ) {
      for (let c = 0; c < columns; c++) {
        out[to++] = (inputs[at++]! / maxPixel - mean[c]!) / std[c]!;
      }
    }
  }
  return out;
}
