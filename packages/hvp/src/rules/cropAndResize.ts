import {
  add,
  gather,
  mul,
  reshape,
  type Tensor,
  type Tensor1D,
  tensor,
} from "@tensorflow/tfjs-core";
import { UnverifiedOpError } from "../errors.js";
import { currentRecorder } from "../tape/constant.js";
import type { Decomposition } from "./rule.js";

/** What one entry of a crop is made of along one axis: positions and weights; none outside. */
type Taps = ReadonlyArray<readonly [position: number, weight: number]>;

/**
 * Boxes of images in a common size: each entry a constant mean of up to four entries of the image.
 * The boxes themselves must not depend on the parameters.
 *
 * image [b, h, w, c], boxes [n, 4] as (y₁, x₁, y₂, x₂) from 0 to 1, y [n, crop height, crop width, c]
 */
export const cropAndResizeDecomposition: Decomposition = {
  kernelName: "CropAndResize",
  decompose({ image, boxes, boxInd }, attrs) {
    if (currentRecorder()?.isActive(boxes!)) {
      throw new UnverifiedOpError(
        "CropAndResize with boxes that are computed from the parameters",
        "",
      );
    }
    const [samples, h, w, c] = image!.shape as [number, number, number, number];
    const [height, width] = attrs.cropSize as [number, number];
    const [corners, numbers] = [boxes!.dataSync(), boxInd!.dataSync()];
    const entries = numbers.length * height * width;
    // The k-th of the four entries that each result is a mean of.
    const places = Array.from({ length: 4 }, () => new Int32Array(entries));
    const weights = Array.from({ length: 4 }, () => new Float32Array(entries));
    const outside = new Float32Array(entries);
    let entry = 0;
    for (const [n, sample] of numbers.entries()) {
      const [y1, x1, y2, x2] = corners.slice(4 * n, 4 * n + 4) as unknown as number[];
      const rows = tapsOf(y1!, y2!, h, height, attrs.method === "bilinear");
      const columns = tapsOf(x1!, x2!, w, width, attrs.method === "bilinear");
      for (const row of rows) {
        for (const column of columns) {
          const pairs = row.flatMap(([i, a]) =>
            column.map(([j, b]) => [i * w + j, a * b] as const),
          );
          // A sample that is none leaves zeros.
          const known = sample < samples;
          if (known && pairs.length === 0) outside[entry] = attrs.extrapolationValue as number;
          for (const [k, [place, weight]] of (known ? pairs : []).entries()) {
            places[k]![entry] = sample * h * w + place;
            weights[k]![entry] = weight;
          }
          entry += 1;
        }
      }
    }
    const pixels = reshape(image!, [samples * h * w, c]);
    const sum = places.reduce<Tensor>(
      (total, at, k) => {
        const taken = gather(pixels, tensor(at, [entries], "int32") as Tensor1D);
        return add(total, mul(taken, tensor(weights[k]!, [entries, 1])));
      },
      tensor(outside, [entries, 1]),
    );
    return reshape(sum, [numbers.length, height, width, c]);
  },
};

function tapsOf(from: number, to: number, size: number, count: number, linear: boolean): Taps[] {
  const scale = count > 1 ? ((to - from) * (size - 1)) / (count - 1) : 0;
  return Array.from({ length: count }, (_, index) => {
    const position = count > 1 ? from * (size - 1) + index * scale : 0.5 * (from + to) * (size - 1);
    if (position < 0 || position > size - 1) return [];
    if (!linear) return [[Math.round(position), 1]];
    const low = Math.floor(position);
    return [
      [low, 1 - (position - low)],
      [Math.ceil(position), position - low],
    ];
  });
}
