/** Convolutions of images, and their two gradients. */

import { backend_util, type KernelFunc, type TensorInfo, util } from "@tensorflow/tfjs-core";
import type { WasmBackend } from "./backend.js";
import { requireFloats } from "./matMul.js";
import type { Bind, BoundModule } from "./module.js";

type Shape4D = [number, number, number, number];
type Pair = readonly [number, number];

/** Sizes of a convolution, pairs for height and width. */
interface Geometry {
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
interface Images {
  readonly address: number;
  readonly size: Pair;
  readonly channels: number;
}

/** y = conv(x, w); x [b, h, w, i], w [kh, kw, i, o], y [b, oh, ow, o]. */
export const conv2dKernel =
  (bind: Bind): KernelFunc =>
  ({ inputs, backend, attrs }) => {
    const { x, filter } = inputs as { x: TensorInfo; filter: TensorInfo };
    requireFloats("Conv2D", x, filter);
    const host = backend as unknown as WasmBackend;
    const bound = bind(host);
    const g = geometryOf(x.shape, filter.shape, attrs);
    const at = ({ dataId }: TensorInfo) => host.getMemoryOffset(dataId);
    const out = host.makeOutput([g.batch, ...g.output, g.outputs], "float32");
    const padded = paddedInput(host, bound, g, at(x));
    const geometry = writeGeometry(host, bound, padded, g.output, g.stride, g);
    const terms = g.kernel[0] * g.kernel[1] * g.inputs;
    if (terms === 0) zeros(host, out);
    else {
      const positions = g.batch * g.output[0] * g.output[1];
      const { module, scratch } = bound;
      module.conv(
        geometry,
        positions,
        g.outputs,
        terms,
        padded.address,
        at(filter),
        0,
        at(out),
        scratch,
      );
    }
    padded.dispose();
    return out;
  };

/**
 * dx = convInput(dy, w): a convolution of dy, spread by the stride, with w turned by 180°,
 *
 *     dx[h] = Σ_k dy[(h + p − k·d)/s]·w[k],   one axis; p padding, s stride, d dilation
 */
export const convInputKernel =
  (bind: Bind): KernelFunc =>
  ({ inputs, backend, attrs }) => {
    const { dy, filter } = inputs as { dy: TensorInfo; filter: TensorInfo };
    requireFloats("Conv2DBackpropInput", dy, filter);
    const host = backend as unknown as WasmBackend;
    const bound = bind(host);
    const g = geometryOf(
      (attrs as unknown as { inputShape: number[] }).inputShape,
      filter.shape,
      attrs,
    );
    const at = ({ dataId }: TensorInfo) => host.getMemoryOffset(dataId);
    const out = host.makeOutput([g.batch, ...g.input, g.inputs], "float32");
    const reach = perAxis((axis) => g.dilation[axis] * (g.kernel[axis] - 1));
    const spread = placed(
      host,
      bound,
      { address: at(dy), size: g.output, channels: g.outputs },
      g.batch,
      perAxis((axis) => g.input[axis] + reach[axis]),
      perAxis((axis) => reach[axis] - g.padBefore[axis]),
      g.stride,
    );
    const geometry = writeGeometry(host, bound, spread, g.input, [1, 1], g);
    const taps = g.kernel[0] * g.kernel[1];
    if (taps * g.outputs === 0) zeros(host, out);
    else {
      const positions = g.batch * g.input[0] * g.input[1];
      const { module, scratch } = bound;
      const terms = taps * g.outputs;
      module.conv(
        geometry,
        positions,
        g.inputs,
        terms,
        spread.address,
        at(filter),
        taps,
        at(out),
        scratch,
      );
    }
    spread.dispose();
    return out;
  };

/** Positions whose terms are added by themselves, so that long sums round no more than short ones. */
const POSITIONS = 8192;

/** dw = convFilter(x, dy): dw[k] = Σ_o x[o·s + k·d − p]·dy[o], over all positions of all images. */
export const convFilterKernel =
  (bind: Bind): KernelFunc =>
  ({ inputs, backend, attrs }) => {
    const { x, dy } = inputs as { x: TensorInfo; dy: TensorInfo };
    requireFloats("Conv2DBackpropFilter", x, dy);
    const host = backend as unknown as WasmBackend;
    const bound = bind(host);
    const { filterShape } = attrs as unknown as { filterShape: number[] };
    const g = geometryOf(x.shape, filterShape, attrs);
    const at = ({ dataId }: TensorInfo) => host.getMemoryOffset(dataId);
    const out = host.makeOutput(filterShape, "float32");
    const positions = g.output[0] * g.output[1];
    const each = Math.max(1, Math.floor(POSITIONS / Math.max(1, positions)));
    const spare = g.batch > each ? host.makeOutput(filterShape, "float32") : undefined;
    const padded = paddedInput(host, bound, g, at(x));
    const geometry = writeGeometry(host, bound, padded, g.output, g.stride, g);
    const { module, scratch } = bound;
    const terms = g.kernel[0] * g.kernel[1] * g.inputs;
    if (g.batch * positions === 0) zeros(host, out);
    else {
      const imageBytes = 4 * padded.size[0] * padded.size[1] * g.inputs;
      for (let first = 0; first < g.batch; first += each) {
        const count = Math.min(each, g.batch - first) * positions;
        const slopes = at(dy) + 4 * first * positions * g.outputs;
        const images = padded.address + first * imageBytes;
        const to = at(first === 0 ? out : spare!);
        module.convFilter(geometry, count, g.outputs, terms, images, slopes, to, scratch);
        if (first > 0) module.add(terms * g.outputs, to, at(out));
      }
    }
    padded.dispose();
    if (spare) host.disposeData(spare.dataId);
    return out;
  };

function geometryOf(
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

function perAxis(value: (axis: 0 | 1) => number): Pair {
  return [value(0), value(1)];
}

/** x with zeros around, as far as windows reach; x itself where they stay inside. */
function paddedInput(host: WasmBackend, bound: BoundModule, g: Geometry, address: number) {
  const reach = perAxis(
    (axis) => (g.output[axis] - 1) * g.stride[axis] + (g.kernel[axis] - 1) * g.dilation[axis] + 1,
  );
  const images = { address, size: g.input, channels: g.inputs };
  const inside = ([0, 1] as const).every(
    (axis) => g.padBefore[axis] === 0 && reach[axis] <= g.input[axis],
  );
  if (inside) return { ...images, dispose() {} };
  return placed(host, bound, images, g.batch, reach, g.padBefore, [1, 1]);
}

/** Images of zeros with the pixels of others in them. */
function placed(
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
function writeGeometry(
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

function zeros(host: WasmBackend, { dataId, shape }: TensorInfo): void {
  const size = util.sizeFromShape(shape);
  new Float32Array(host.wasm.HEAPU8.buffer, host.getMemoryOffset(dataId), size).fill(0);
}
