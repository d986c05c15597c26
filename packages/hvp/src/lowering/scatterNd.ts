import { type Tensor, tensor } from "@tensorflow/tfjs-core";
import { addsHere, FEW_TERMS } from "./doubles.js";
import type { Lowering } from "./lowering.js";

/**
 * Sums of what meets at one place, in float64 where more than a few meet, as in the gradient of an
 * embedding that a frequent token has: the kernels add float32 numbers one after another.
 */
export const scatterNdLowering: Lowering = {
  kernelName: "ScatterNd",
  execute({ indices, updates }, { shape }) {
    if (!addsHere(updates!)) return undefined;
    const sizes = shape as number[];
    const depth = indices!.rank > 1 ? indices!.shape.at(-1)! : 1;
    const rows = sizes.slice(0, depth).reduce((product, size) => product * size, 1);
    const places = placesOf(indices!, sizes.slice(0, depth));
    if (places === undefined || !manyMeet(places, rows)) return undefined;
    const width = updates!.size / places.length;
    const values = updates!.dataSync();
    const sums = new Float64Array(rows * width);
    for (let i = 0, from = 0; i < places.length; i++, from += width) {
      const to = places[i]! * width;
      for (let k = 0; k < width; k++) sums[to + k]! += values[from + k]!;
    }
    return tensor(Float32Array.from(sums), sizes);
  },
};

/** The row of each index; undefined if one is out of range, which is the kernel's to refuse. */
function placesOf(indices: Tensor, sizes: readonly number[]): Int32Array | undefined {
  const numbers = indices.dataSync();
  const depth = sizes.length;
  const places = new Int32Array(numbers.length / depth);
  for (let i = 0; i < places.length; i++) {
    let place = 0;
    for (let axis = 0; axis < depth; axis++) {
      const index = numbers[i * depth + axis]!;
      if (index < 0 || index >= sizes[axis]!) return undefined;
      place = place * sizes[axis]! + index;
    }
    places[i] = place;
  }
  return places;
}

function manyMeet(places: Int32Array, rows: number): boolean {
  if (places.length <= FEW_TERMS) return false;
  const met = new Int32Array(rows);
  return places.some((place) => ++met[place]! > FEW_TERMS);
}
