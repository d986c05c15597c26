import { gather, type Tensor, tensor1d } from "@tensorflow/tfjs-core";
import { alongAxis } from "./alongAxis.js";
import type { Attributes, Decomposition } from "./rule.js";

/**
 * Where the entries of a resized axis lie on the old one: s·r, or s·(r + ½) − ½ with
 * halfPixelCenters; s is the ratio of sizes, with alignCorners of sizes less one.
 */
function positions(before: number, after: number, attrs: Attributes, half: number): number[] {
  const less = attrs.alignCorners && after > 1 ? 1 : 0;
  const ratio = (before - less) / (after - less);
  return Array.from({ length: after }, (_, r) =>
    attrs.halfPixelCenters ? ratio * (r + 0.5) - half : ratio * r,
  );
}

/** An image, [b, h, w, c], in another size, linearly between neighbours: a matrix for each axis. */
export const resizeBilinearDecomposition: Decomposition = {
  kernelName: "ResizeBilinear",
  decompose: ({ images }, attrs) =>
    (attrs.size as number[]).reduce<Tensor>((image, after, index) => {
      const before = image.shape[index + 1]!;
      const rows = positions(before, after, attrs, 0.5).map((position) => {
        const row = new Array<number>(before).fill(0);
        const low = Math.max(0, Math.floor(position));
        const high = Math.min(before - 1, Math.ceil(position));
        row[low]! += 1 - (position - low);
        row[high]! += position - low;
        return row;
      });
      return alongAxis(image, index + 1, rows);
    }, images!),
};

/** An image, [b, h, w, c], in another size, each entry that of a neighbour: a gather for each axis. */
export const resizeNearestDecomposition: Decomposition = {
  kernelName: "ResizeNearestNeighbor",
  decompose: ({ images }, attrs) =>
    (attrs.size as number[]).reduce<Tensor>((image, after, index) => {
      const before = image.shape[index + 1]!;
      const round = attrs.alignCorners ? Math.round : Math.floor;
      const nearest = positions(before, after, attrs, 0).map((position) =>
        Math.min(before - 1, round(position)),
      );
      return gather(image, tensor1d(nearest, "int32"), index + 1);
    }, images!),
};
