import { getBackend, matMul, mul, ones, reshape } from "@tensorflow/tfjs-core";
import type { Lowering } from "./lowering.js";

/**
 * Repeats along axes of size one as a product with ones, on wasm: its kernel takes twenty times as
 * long. The adjoint of every sum, and so of every bias, repeats like this.
 */
export const tileLowering: Lowering = {
  kernelName: "Tile",
  execute({ x }, attrs) {
    if (getBackend() !== "wasm" || x!.dtype !== "float32" || x!.size === 0) return undefined;
    const reps = attrs.reps as number[];
    if (reps.some((count, axis) => count !== 1 && x!.shape[axis] !== 1)) return undefined;
    const shape = x!.shape.map((size, axis) => size * reps[axis]!);
    const runs = merged(x!.shape, reps);
    // Its elementwise kernels broadcast tensors of few axes only.
    if (runs.length > 4) return undefined;
    if (runs.length === 2 && runs[0]!.repeated) {
      const [rows, columns] = [runs[0]!.size, runs[1]!.size];
      return reshape(matMul(ones([rows, 1]), reshape(x!, [1, columns])), shape);
    }
    const narrow = runs.map(({ size, repeated }) => (repeated ? 1 : size));
    return reshape(mul(reshape(x!, narrow), ones(runs.map(({ size }) => size))), shape);
  },
};

interface Run {
  size: number;
  readonly repeated: boolean;
}

/** Neighbouring axes that are all repeated, or all not, as one. */
function merged(shape: readonly number[], reps: readonly number[]): Run[] {
  const runs: Run[] = [];
  for (const [axis, count] of reps.entries()) {
    const size = shape[axis]! * count;
    if (size === 1) continue;
    const repeated = count !== 1;
    const last = runs.at(-1);
    if (last?.repeated === repeated) last.size *= size;
    else runs.push({ size, repeated });
  }
  return runs;
}
