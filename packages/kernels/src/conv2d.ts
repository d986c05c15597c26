/** Convolutions of images, and their two gradients. */

import type { KernelFunc, TensorInfo } from "@tensorflow/tfjs-core";
import type { WasmBackend } from "./backend.js";
import { geometryOf, paddedInput, perAxis, placed, writeGeometry, zeros } from "./images.js";
import { requireFloats } from "./matMul.js";
import type { Bind } from "./module.js";
import { convByPatches, convFilterByPatches, convInputByPatches, MOST_TAPS } from "./patches.js";

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
    else if (bound.native) {
      convByPatches(host, bound, g, padded, geometry, at(filter), at(out));
    } else {
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
    const taps = g.kernel[0] * g.kernel[1];
    if (taps * g.outputs === 0) {
      zeros(host, out);
      return out;
    }
    if (bound.native && taps <= MOST_TAPS) {
      convInputByPatches(host, bound, g, at(dy), at(filter), out);
      return out;
    }
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
    const positions = g.batch * g.input[0] * g.input[1];
    const { module, scratch } = bound;
    module.conv(
      geometry,
      positions,
      g.inputs,
      taps * g.outputs,
      spread.address,
      at(filter),
      taps,
      at(out),
      scratch,
    );
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
        const batch = Math.min(each, g.batch - first);
        const slopes = at(dy) + 4 * first * positions * g.outputs;
        const images = padded.address + first * imageBytes;
        const to = at(first === 0 ? out : spare!);
        if (bound.native && terms > 0) {
          const part = { ...padded, address: images };
          convFilterByPatches(host, bound, { ...g, batch }, part, geometry, slopes, to);
        } else {
          const count = batch * positions;
          module.convFilter(geometry, count, g.outputs, terms, images, slopes, to, scratch);
        }
        if (first > 0) module.add(terms * g.outputs, to, at(out));
      }
    }
    padded.dispose();
    if (spare) host.disposeData(spare.dataId);
    return out;
  };
