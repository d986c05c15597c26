import {
  backend_util,
  eye,
  mul,
  pad,
  reshape,
  slice,
  type Tensor,
  transpose,
} from "@tensorflow/tfjs-core";
import type { Decomposition } from "./rule.js";

/** A tensor of rank 2k from one of rank k: its entries on the diagonal, zeros elsewhere. */
export const diagDecomposition: Decomposition = {
  kernelName: "Diag",
  decompose: ({ x }) =>
    reshape(mul(eye(x!.size), reshape(x!, [1, x!.size])), [...x!.shape, ...x!.shape]),
};

/** Blocks of channels become blocks of the image. */
export const depthToSpaceDecomposition: Decomposition = {
  kernelName: "DepthToSpace",
  decompose({ x }, { blockSize, dataFormat }) {
    if (dataFormat !== "NHWC") return undefined;
    const [b, h, w, c] = x!.shape as [number, number, number, number];
    const size = blockSize as number;
    const depth = c / (size * size);
    const blocks = transpose(reshape(x!, [b, h, w, size, size, depth]), [0, 1, 3, 2, 4, 5]);
    return reshape(blocks, [b, h * size, w * size, depth]);
  },
};

/** Blocks of the image become samples: zeros around, then axes in another order. */
export const spaceToBatchDecomposition: Decomposition = {
  kernelName: "SpaceToBatchND",
  decompose({ x }, attrs) {
    const { blockShape, paddings } = attrs as { blockShape: number[]; paddings: number[][] };
    const count = product(blockShape);
    const all = x!.shape.map((_, axis): [number, number] =>
      axis > 0 && axis <= paddings.length ? (paddings[axis - 1] as [number, number]) : [0, 0],
    );
    const padded = pad(x!, all);
    const arranged = transpose(
      reshape(padded, backend_util.getReshaped(padded.shape, blockShape, count, false)),
      backend_util.getPermuted(padded.shape.length + blockShape.length, blockShape.length, false),
    );
    return reshape(
      arranged,
      backend_util.getReshapedPermuted(padded.shape, blockShape, count, false),
    );
  },
};

/** Samples become blocks of the image: axes in another order, then borders are cut off. */
export const batchToSpaceDecomposition: Decomposition = {
  kernelName: "BatchToSpaceND",
  decompose({ x }, attrs) {
    const { blockShape, crops } = attrs as { blockShape: number[]; crops: number[][] };
    const count = product(blockShape);
    const reshaped = backend_util.getReshaped(x!.shape, blockShape, count);
    const arranged = transpose(
      reshape(x!, reshaped),
      backend_util.getPermuted(reshaped.length, blockShape.length),
    );
    const whole: Tensor = reshape(
      arranged,
      backend_util.getReshapedPermuted(x!.shape, blockShape, count),
    );
    const begin = backend_util.getSliceBeginCoords(crops, blockShape.length);
    return slice(whole, begin, backend_util.getSliceSize(whole.shape, crops, blockShape.length));
  },
};

const product = (sizes: number[]) => sizes.reduce((total, size) => total * size, 1);
