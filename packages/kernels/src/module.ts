/** The kernels as WebAssembly in the memory of a backend. */

import { memoryOf, type WasmBackend } from "./backend.js";
import type { Blas } from "./native/blas.js";
import { type HeapProduct, heapProduct } from "./native/products.js";
import { binaries } from "./wasm.generated.js";
import { type WasmModule, WebAssembly } from "./webAssembly.js";

/**
 * How the kernels multiply and add: `relaxed` in one rounding where the processor can (relaxed SIMD),
 * `simd` in two. Their results differ in the last bits.
 */
export type KernelVariant = "relaxed" | "simd";

/** What the module offers. Addresses are in bytes, sizes and pitches in entries. */
interface KernelModule {
  matMul(
    m: number,
    n: number,
    k: number,
    a: number,
    pitchA: number,
    turnedA: boolean,
    b: number,
    pitchB: number,
    turnedB: boolean,
    c: number,
    pitchC: number,
    accumulate: boolean,
    scratch: number,
  ): void;
  conv(
    geometry: number,
    positions: number,
    columns: number,
    terms: number,
    x: number,
    w: number,
    taps: number,
    y: number,
    scratch: number,
  ): void;
  convFilter(
    geometry: number,
    positions: number,
    columns: number,
    terms: number,
    x: number,
    dy: number,
    dw: number,
    scratch: number,
  ): void;
  place(
    images: number,
    rows: number,
    columns: number,
    channels: number,
    from: number,
    toRows: number,
    toColumns: number,
    top: number,
    left: number,
    rowStride: number,
    columnStride: number,
    to: number,
  ): void;
  /** Windows as rows of a matrix; where `back`, the rows are added to the windows. */
  patches(
    geometry: number,
    first: number,
    count: number,
    terms: number,
    x: number,
    out: number,
    back: boolean,
  ): void;
  /** Bytes of the room that kernels work in; the geometry of a convolution follows it. */
  scratchBytes(): number;
  /** y += x. */
  add(n: number, x: number, y: number): void;
  vectorProduct(
    terms: number,
    columns: number,
    x: number,
    m: number,
    pitch: number,
    turned: boolean,
    y: number,
    room: number,
  ): void;
  sums(
    outer: number,
    count: number,
    inner: number,
    x: number,
    factor: number,
    y: number,
    room: number,
  ): void;
  /** y[k] = x[indices[k]]; false if an index is no row of x. */
  gather(
    count: number,
    width: number,
    rows: number,
    x: number,
    indices: number,
    y: number,
  ): boolean | number;
  /** How many indices name the same row, at most; -1 if one is outside. */
  meetings(count: number, depth: number, indices: number, sizes: number, counts: number): number;
  /** y[index of row k] += updates[k]. */
  scatter(
    count: number,
    depth: number,
    width: number,
    indices: number,
    sizes: number,
    updates: number,
    y: number,
  ): void;
  /** As scatter, in float64. */
  scatterDoubles(
    count: number,
    depth: number,
    width: number,
    indices: number,
    sizes: number,
    updates: number,
    y: number,
    rows: number,
    room: number,
  ): void;
  /** Largest entries of windows and their positions in x. */
  maxima(
    geometry: number,
    batch: number,
    channels: number,
    x: number,
    y: number,
    positions: number,
  ): void;
}

/** The module in one backend, with room of its own there. */
export interface BoundModule {
  readonly module: KernelModule;
  /** Address of the room that kernels work in. */
  readonly scratch: number;
  /** Products by a library outside WebAssembly, where one is used. */
  readonly native?: HeapProduct;
}

export type Bind = (backend: WasmBackend) => BoundModule;

const GEOMETRY_BYTES = 64;

const bytesOf = (variant: KernelVariant) =>
  Uint8Array.from(atob(binaries[variant]), (character) => character.charCodeAt(0));

/** The best variant that runs here; undefined where none does. */
export function bestVariant(): KernelVariant | undefined {
  return (["relaxed", "simd"] as const).find((variant) => WebAssembly.validate(bytesOf(variant)));
}

/** @throws RangeError where this engine does not take the variant */
export async function compiled(variant: KernelVariant): Promise<WasmModule> {
  const bytes = bytesOf(variant);
  if (!WebAssembly.validate(bytes)) {
    throw new RangeError(
      `the kernels ${variant} do not run here: ${variant === "relaxed" ? "relaxed " : ""}SIMD is missing ` +
        "in this engine's WebAssembly; leave the variant out, and the best one is taken",
    );
  }
  return WebAssembly.compile(bytes);
}

/**
 * The module in a backend, made once for each.
 *
 * @param blas makes the products of matrices where it is given
 * @throws Error for a backend whose memory cannot be reached
 */
export function binder(module: WasmModule, blas?: Blas): Bind {
  const bound = new WeakMap<WasmBackend, BoundModule>();
  return (backend) => {
    const known = bound.get(backend);
    if (known) return known;
    const memory = memoryOf(backend);
    if (memory === undefined) {
      throw new Error(
        "@eoss/kernels cannot reach the memory of this wasm backend: call restore() of what installKernels " +
          "returned, and install them again when the backend runs",
      );
    }
    const instance = new WebAssembly.Instance(module, { env: { memory } });
    const kernels = instance.exports as unknown as KernelModule;
    const room = backend.wasm._malloc(kernels.scratchBytes() + GEOMETRY_BYTES + 64) >>> 0;
    const made = {
      module: kernels,
      scratch: (room + 63) & ~63,
      ...(blas && { native: heapProduct(blas, memory) }),
    };
    bound.set(backend, made);
    return made;
  };
}
