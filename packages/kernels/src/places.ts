/** Rows that are picked by their numbers, and rows that are added where they belong. */

import {
  backend_util,
  type KernelFunc,
  scatter_util,
  type TensorInfo,
} from "@tensorflow/tfjs-core";
import type { WasmBackend } from "./backend.js";
import { zeros } from "./images.js";
import type { Bind } from "./module.js";

/**
 * y[.., k, ..] = x[.., indices[k], ..] along an axis.
 *
 * @param stock the kernel of tfjs, for numbers of other than four bytes, and to refuse an index that is outside
 */
export const gatherKernel =
  (bind: Bind, stock: KernelFunc): KernelFunc =>
  (args) => {
    const { x, indices } = args.inputs as { x: TensorInfo; indices: TensorInfo };
    const { axis, batchDims } = args.attrs as unknown as { axis: number; batchDims?: number };
    const fourBytes = x.dtype === "float32" || x.dtype === "int32";
    if (!fourBytes || indices.dtype !== "int32" || x.shape.includes(0)) return stock(args);
    const host = args.backend as unknown as WasmBackend;
    const { module } = bind(host);
    const along = axis < 0 ? axis + x.shape.length : axis;
    const info = backend_util.segment_util.collectGatherOpShapeInfo(
      x as never,
      indices as never,
      along,
      batchDims ?? 0,
    );
    const { batchSize, outerSize, dimSize, sliceSize } = info;
    const count = indices.shape.reduce((product, size) => product * size, 1) / batchSize;
    const out = host.makeOutput(info.outputShape, x.dtype);
    const at = ({ dataId }: TensorInfo) => host.getMemoryOffset(dataId);
    let [from, to] = [at(x), at(out)];
    for (let batch = 0; batch < batchSize; batch++) {
      const places = at(indices) + 4 * batch * count;
      for (let outer = 0; outer < outerSize; outer++) {
        if (!module.gather(count, sliceSize, dimSize, from, places, to)) {
          host.disposeData(out.dataId);
          return stock(args);
        }
        from += 4 * dimSize * sliceSize;
        to += 4 * count * sliceSize;
      }
    }
    return out;
  };

/** Most numbers that are added one after another in float32; more of them in float64. */
const FEW_TERMS = 32;

/**
 * y[index_k] += updates[k], rows of y by indices of its first axes. In float64 where more than a few meet in a row,
 * as in the gradient of an embedding that a frequent token has.
 *
 * @param stock the kernel of tfjs, for other numbers than float32, and for an index that is outside
 */
export const scatterKernel =
  (bind: Bind, stock: KernelFunc): KernelFunc =>
  (args) => {
    const { indices, updates } = args.inputs as { indices: TensorInfo; updates: TensorInfo };
    const { shape } = args.attrs as unknown as { shape: number[] };
    const sizes = scatter_util.calculateShapes(updates, indices, shape);
    const { sliceRank: depth, numUpdates: count, sliceSize: width, outputSize } = sizes;
    if (updates.dtype !== "float32" || indices.dtype !== "int32") return stock(args);
    if (depth < 1 || outputSize * count === 0) return stock(args);
    const host = args.backend as unknown as WasmBackend;
    const { module, scratch } = bind(host);
    const rows = outputSize / width;
    const made: TensorInfo[] = [];
    const make = (size: number[]) => {
      const room = host.makeOutput(size, "float32");
      zeros(host, room);
      made.push(room);
      return room;
    };
    const at = ({ dataId }: TensorInfo) => host.getMemoryOffset(dataId);
    const [counts, out] = [make([Math.ceil(rows / 4)]), make(shape)];
    const places = scratch + module.scratchBytes();
    new Int32Array(host.wasm.HEAPU8.buffer, places, depth).set(shape.slice(0, depth));
    const most = module.meetings(count, depth, at(indices), places, at(counts));
    if (most > FEW_TERMS) {
      const doubles = at(make([2 * outputSize]));
      const [from, to] = [at(updates), at(out)];
      module.scatterDoubles(count, depth, width, at(indices), places, from, to, rows, doubles);
    } else if (most > 0) {
      module.scatter(count, depth, width, at(indices), places, at(updates), at(out));
    }
    for (const room of made) if (room !== out || most < 0) host.disposeData(room.dataId);
    return most < 0 ? stock(args) : out;
  };
