/** Sums and means over axes, in float64. */

import { type KernelFunc, type TensorInfo, util } from "@tensorflow/tfjs-core";
import type { WasmBackend } from "./backend.js";
import type { Bind } from "./module.js";

/** y = Σ x over axes. */
export const sumKernel = (bind: Bind, stock: KernelFunc): KernelFunc =>
  reduction(bind, stock, false);

/** y = mean of x over axes. */
export const meanKernel = (bind: Bind, stock: KernelFunc): KernelFunc =>
  reduction(bind, stock, true);

/** @param stock the kernel of tfjs, for other numbers than float32 */
function reduction(bind: Bind, stock: KernelFunc, mean: boolean): KernelFunc {
  return (args) => {
    const { x } = args.inputs as { x: TensorInfo };
    if (x.dtype !== "float32") return stock(args);
    const { axis, keepDims } = args.attrs as unknown as {
      axis: number | number[] | null;
      keepDims: boolean;
    };
    const host = args.backend as unknown as WasmBackend;
    const { module, scratch } = bind(host);
    const { shape } = x;
    const axes = new Set(util.parseAxisParam(axis ?? shape.map((_, index) => index), shape));
    const parts = runs(shape, axes);
    const count = parts.reduce((product, part) => product * part.count, 1);
    let from = x;
    for (const [index, part] of parts.entries()) {
      const last = index === parts.length - 1;
      const kept = shape.flatMap((size, at) => (axes.has(at) ? (keepDims ? [1] : []) : [size]));
      const to = host.makeOutput(last ? kept : [part.outer * part.inner], "float32");
      const factor = last && mean ? 1 / count : 1;
      const [source, target] = [from, to].map(({ dataId }) => host.getMemoryOffset(dataId));
      module.sums(part.outer, part.count, part.inner, source!, factor, target!, scratch);
      if (from !== x) host.disposeData(from.dataId);
      from = to;
    }
    return from;
  };
}

interface Run {
  readonly outer: number;
  readonly count: number;
  readonly inner: number;
}

/**
 * The axes that are summed as sums over the middle of [outer, count, inner], neighbours together and the last
 * ones first; at least one.
 */
function runs(shape: readonly number[], axes: ReadonlySet<number>): Run[] {
  const list: Run[] = [];
  let inner = 1;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    if (!axes.has(axis)) {
      inner *= shape[axis]!;
      continue;
    }
    let count = shape[axis]!;
    while (axes.has(axis - 1)) count *= shape[--axis]!;
    list.push({ outer: util.sizeFromShape(shape.slice(0, axis)), count, inner });
  }
  return list.length > 0 ? list : [{ outer: 1, count: 1, inner }];
}
