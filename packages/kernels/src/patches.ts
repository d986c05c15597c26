/**
 * Convolutions as products of matrices that a library makes: windows of the images are written as the rows of
 * a matrix, some at a time, [positions, terms], terms = kh·kw·i.
 */

import type { TensorInfo } from "@tensorflow/tfjs-core";
import type { WasmBackend } from "./backend.js";
import {
  type Geometry,
  type Images,
  perAxis,
  reachOfWindows,
  writeGeometry,
  zeros,
} from "./images.js";
import type { BoundModule } from "./module.js";

/** Entries of the filter that an input gradient adds up one after another; of more, other kernels are used. */
export const MOST_TAPS = 64;

/** Numbers of the matrix at a time: they stay in the second cache. */
const NUMBERS = 1 << 16;
/** But at least so many rows: for each part the library reads the whole filter again. */
const ROWS = 128;

/** y[position][o] = Σ_k window[position][k]·w[k][o]. */
export function convByPatches(
  host: WasmBackend,
  bound: BoundModule,
  g: Geometry,
  images: Images,
  geometry: number,
  filter: number,
  y: number,
): void {
  const { terms, inParts } = windowsOf(host, bound, g, images, geometry);
  inParts("read", (first, count, rows) => {
    const to = y + 4 * first * g.outputs;
    bound.native!(
      false,
      false,
      count,
      g.outputs,
      terms,
      rows,
      terms,
      filter,
      g.outputs,
      false,
      to,
      g.outputs,
    );
  });
}

/** dw[k][o] = Σ_position window[position][k]·dy[position][o]. */
export function convFilterByPatches(
  host: WasmBackend,
  bound: BoundModule,
  g: Geometry,
  images: Images,
  geometry: number,
  dy: number,
  dw: number,
): void {
  const { terms, inParts } = windowsOf(host, bound, g, images, geometry);
  inParts("read", (first, count, rows) => {
    const slopes = dy + 4 * first * g.outputs;
    bound.native!(
      true,
      false,
      terms,
      g.outputs,
      count,
      rows,
      terms,
      slopes,
      g.outputs,
      first > 0,
      dw,
      g.outputs,
    );
  });
}

/**
 * dx: the rows dy·wᵀ are added to the windows that they belong to. No zero between strides is multiplied, and
 * few channels of x cost no more than few.
 */
export function convInputByPatches(
  host: WasmBackend,
  bound: BoundModule,
  g: Geometry,
  dy: number,
  filter: number,
  out: TensorInfo,
): void {
  const room = reachOfWindows(g);
  const target = room ? host.makeOutput([g.batch, ...room, g.inputs], "float32") : out;
  const at = ({ dataId }: TensorInfo) => host.getMemoryOffset(dataId);
  zeros(host, target);
  const images = { address: at(target), size: room ?? g.input, channels: g.inputs };
  const geometry = writeGeometry(host, bound, images, g.output, g.stride, g);
  const { terms, inParts } = windowsOf(host, bound, g, images, geometry);
  inParts("added", (first, count, rows) => {
    const slopes = dy + 4 * first * g.outputs;
    bound.native!(
      false,
      true,
      count,
      terms,
      g.outputs,
      slopes,
      g.outputs,
      filter,
      g.outputs,
      false,
      rows,
      terms,
    );
  });
  if (!room) return;
  const corner = perAxis((axis) => -g.padBefore[axis]);
  bound.module.place(
    g.batch,
    ...room,
    g.inputs,
    images.address,
    ...g.input,
    ...corner,
    1,
    1,
    at(out),
  );
  host.disposeData(target.dataId);
}

/** The windows of images as the rows of a matrix, in parts. */
function windowsOf(
  host: WasmBackend,
  { module }: BoundModule,
  g: Geometry,
  { address, size }: Images,
  geometry: number,
) {
  const terms = g.kernel[0] * g.kernel[1] * g.inputs;
  const positions = g.batch * g.output[0] * g.output[1];
  // A window of one pixel, at every pixel: the images are that matrix as they lie.
  const asTheyLie = ([0, 1] as const).every(
    (axis) => g.kernel[axis] === 1 && g.stride[axis] === 1 && size[axis] === g.output[axis],
  );
  return {
    terms,
    /**
     * @param use "read" writes the windows before `multiply` reads them; "added" adds what `multiply` wrote
     * @param multiply gets the first position, their number, and the address of their rows
     */
    inParts(
      use: "read" | "added",
      multiply: (first: number, count: number, rows: number) => void,
    ): void {
      if (asTheyLie) {
        multiply(0, positions, address);
        return;
      }
      const most = Math.min(positions, Math.max(ROWS, Math.floor(NUMBERS / terms)));
      const { dataId } = host.makeOutput([most, terms], "float32");
      const rows = host.getMemoryOffset(dataId);
      for (let first = 0; first < positions; first += most) {
        const count = Math.min(most, positions - first);
        if (use === "read") module.patches(geometry, first, count, terms, address, rows, false);
        multiply(first, count, rows);
        if (use === "added") module.patches(geometry, first, count, terms, address, rows, true);
      }
      host.disposeData(dataId);
    },
  };
}
