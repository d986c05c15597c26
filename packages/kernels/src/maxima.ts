/** The largest entries of windows, with their places: what the gradient of a pooling needs. */

import { backend_util, type KernelFunc, type TensorInfo } from "@tensorflow/tfjs-core";
import type { WasmBackend } from "./backend.js";
import { requireFloats } from "./matMul.js";
import type { Bind } from "./module.js";

interface PoolAttributes {
  readonly filterSize: [number, number] | number;
  readonly strides: [number, number] | number;
  readonly dilations?: [number, number] | number;
  readonly pad: Parameters<typeof backend_util.computePool2DInfo>[4];
  readonly dimRoundingMode?: "floor" | "round" | "ceil";
  readonly includeBatchInIndex?: boolean;
}

/**
 * `MaxPoolWithArgmax`, which the backend has not: y[o] = max of window o of x [b, h, w, c], and the flat position of that entry
 * in x, or in its own image without `includeBatchInIndex`. Of several largest entries the first counts; NaN is larger than all
 * numbers. A window of padding alone has −∞ and the position −1.
 */
export const maximaKernel =
  (bind: Bind): KernelFunc =>
  ({ inputs, backend, attrs }) => {
    const { x } = inputs as { x: TensorInfo };
    requireFloats("MaxPoolWithArgmax", x);
    const pool = attrs as unknown as PoolAttributes;
    const info = backend_util.computePool2DInfo(
      x.shape as [number, number, number, number],
      pool.filterSize,
      pool.strides,
      pool.dilations ?? 1,
      pool.pad,
      pool.dimRoundingMode,
      "channelsLast",
    );
    const host = backend as unknown as WasmBackend;
    const { module, scratch } = bind(host);
    const largest = host.makeOutput(info.outShape, "float32");
    const positions = host.makeOutput(info.outShape, "int32");
    const geometry = scratch + module.scratchBytes();
    new Int32Array(host.wasm.HEAPU8.buffer, geometry, 13).set([
      ...[info.inHeight, info.inWidth, info.filterHeight, info.filterWidth],
      ...[info.outHeight, info.outWidth, info.strideHeight, info.strideWidth],
      ...[info.dilationHeight, info.dilationWidth, info.padInfo.top, info.padInfo.left],
      pool.includeBatchInIndex ? 1 : 0,
    ]);
    const at = ({ dataId }: TensorInfo) => host.getMemoryOffset(dataId);
    module.maxima(geometry, info.batchSize, info.inChannels, at(x), at(largest), at(positions));
    return [largest, positions];
  };
