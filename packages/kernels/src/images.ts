/** Sizes of convolutions, and images in the memory of the backend with room for their windows. */

import { backend_util, type KernelFunc, type TensorInfo, util } from "@tensorflow/tfjs-core";
import type { WasmBackend } from "./backend.js";
import type { BoundModule } from "./module.js";

type Shape4D = [number, number, number, number];
export type Pair = readonly [number, number];

/** Sizes of a convolution, pairs for height and width. */
export interface Geometry {
  readonly stride: Pair;
  readonly dilation: Pair;
  readonly padBefore: Pair;
  readonly input: Pair;
  readonly kernel: Pair;
  readonly output: Pair;
  readonly batch: number;
  readonly inputs: number;
  readonly outputs: number;
}

/** Images, [batch, height, width, channels], as the kernels read them: without padding. */
export interface Images {
  readonly address: number;
  readonly size: Pair;
  readonly channels: number;
}

export function geometryOf(
  x: readonly number[],
  filter: readonly number[],
  attrs: Parameters<KernelFunc>[0]["attrs"],
): Geometry {
  const { strides, dilations, pad, dimRoundingMode, dataFormat } = attrs as unknown as {
    strides: [number, number] | number;
    dilations?: [number, number] | number;
    pad: Parameters<typeof backend_util.computeConv2DInfo>[4];
    dimRoundingMode?: "floor" | "round" | "ceil";
    dataFormat?: string;
  };
  util.assert(
    dataFormat === undefined || dataFormat === "NHWC",
    () => `the wasm backend takes images of the format NHWC, not ${dataFormat}`,
  );
  const info = backend_util.computeConv2DInfo(
    x as Shape4D,
    filter as Shape4D,
    strides,
    dilations ?? 1,
    pad,
    dimRoundingMode,
    false,
    "channelsLast",
  );
  return {
    stride: [info.strideHeight, info.strideWidth],
    dilation: [info.dilationHeight, info.dilationWidth],
    padBefore: [info.padInfo.top, info.padInfo.left],
    input: [info.inHeight, info.inWidth],
    kernel: [info.filterHeight, info.filterWidth],
    output: [info.outHeight, info.outWidth],
    batch: info.batchSize,
    inputs: info.inChannels,
    outputs: info.outChannels,
  };
}

export function perAxis(value: (axis: 0 | 1) => number): Pair {
  return [value(0), value(1)];
}

/** Sizes of images with room for all windows; undefined where these stay inside of the images there are. */
export function reachOfWindows(g: Geometry): Pair | undefined {
  const reach = perAxis(
    (axis) => (g.output[axis] - 1) * g.stride[axis] + (g.kernel[axis] - 1) * g.dilation[axis] + 1,
  );
  const inside = ([0, 1] as const).every(
    (axis) => g.padBefore[axis] === 0 && reach[axis] <= g.input[axis],
  );
  return inside ? undefined : reach;
}

/** x with zeros around, as far as windows reach; x itself where they stay inside. */
export function paddedInput(host: WasmBackend, bound: BoundModule, g: Geometry, address: number) {
  const images = { address, size: g.input, channels: g.inputs };
  const reach = reachOfWindows(g);
  if (reach === undefined) return { ...images, dispose() {} };
  return placed(host, bound, images, g.batch, reach, g.padBefore, [1, 1]);
}

/** Images of zeros with the pixels of others in them. */
export function placed(
  host: WasmBackend,
  { module }: BoundModule,
  from: Images,
  batch: number,
  size: Pair,
  first: Pair,
  stride: Pair,
): Images & { dispose(): void } {
  const { dataId } = host.makeOutput([batch, ...size, from.channels], "float32");
  const address = host.getMemoryOffset(dataId);
  module.place(
    batch,
    ...from.size,
    from.channels,
    from.address,
    ...size,
    ...first,
    ...stride,
    address,
  );
  return { address, size, channels: from.channels, dispose: () => host.disposeData(dataId) };
}

/** What `conv` and `convFilter` of the module read; its address. */
export function writeGeometry(
  { wasm }: WasmBackend,
  { scratch, module }: BoundModule,
  { size, channels }: Images,
  output: Pair,
  stride: Pair,
  { kernel, dilation }: Geometry,
): number {
  const pixel = 4 * channels;
  const row = size[1] * pixel;
  // Without dilation a row of the filter meets what lies side by side.
  const whole = dilation[1] === 1;
  const address = scratch + module.scratchBytes();
  new Int32Array(wasm.HEAPU8.buffer, address, 9).set([
    ...output,
    stride[0] * row,
    stride[1] * pixel,
    size[0] * row,
    whole ? kernel[1] * channels : channels,
    whole ? 1 : kernel[1],
    dilation[0] * row,
    dilation[1] * pixel,
  ]);
  return address;
}

export function zeros(host: WasmBackend, { dataId, shape }: TensorInfo): void {
  const size = util.sizeFromShape(shape);
  new Float32Array(host.wasm.HEAPU8.buffer, host.getMemoryOffset(dataId), size).fill(0);
}
