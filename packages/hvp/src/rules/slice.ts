import { pad, slice, slice_util, type Tensor } from "@tensorflow/tfjs-core";
import type { GradientRule } from "./rule.js";

/** y = a box cut out of x; the adjoint puts it back among zeros. */
export const sliceRule: GradientRule = {
  kernelName: "Slice",
  gradient: ({ dy, attrs, shapeOf }) => ({
    x: () => {
      const shape = shapeOf("x");
      const like = { shape, rank: shape.length } as Tensor;
      const [begin, size] = slice_util.parseSliceParams(
        like,
        attrs.begin as number[],
        attrs.size as number[],
      ) as [number[], number[]];
      return pad(
        dy,
        shape.map((full, axis) => [begin[axis]!, full - begin[axis]! - size[axis]!]),
      );
    },
  }),
};

/** y = x with a margin of constants; the adjoint cuts the margin off. */
export const padRule: GradientRule = {
  kernelName: "PadV2",
  gradient: ({ dy, attrs, shapeOf }) => ({
    x: () =>
      slice(
        dy,
        (attrs.paddings as number[][]).map(([before]) => before!),
        shapeOf("x"),
      ),
  }),
};
