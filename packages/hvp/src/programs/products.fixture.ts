import * as tf from "@tensorflow/tfjs-core";
import * as jets from "./jets.fixture.js";
import { indexAt, sizeOf } from "./jets.fixture.js";
import type { Op, Shape } from "./step.fixture.js";

/** Windows of an image: pairs of a place in it and a place of the window, for each output place. */
function windows(
  [batch, height, width]: Shape,
  [high, wide]: readonly [number, number],
  stride: number,
  visit: (
    batch: number,
    y: number,
    x: number,
    i: number,
    j: number,
    row: number,
    column: number,
  ) => void,
): [number, number] {
  const out = [height!, width!].map((n, k) => Math.floor((n - [high, wide][k]!) / stride) + 1);
  for (let b = 0; b < batch!; b++)
    for (let y = 0; y < out[0]!; y++)
      for (let x = 0; x < out[1]!; x++)
        for (let i = 0; i < high; i++)
          for (let j = 0; j < wide; j++) visit(b, y, x, i, j, y * stride + i, x * stride + j);
  return out as [number, number];
}

const nothing = () => {};
const image = (shape: Shape) => shape.length === 4 && shape[1]! > 1 && shape[2]! > 1;

export const products: Op[] = [
  (shape, draw) => {
    if (shape.length < 2) return undefined;
    const [turnX, turnY] = [draw(2) === 1, draw(2) === 1];
    const rank = shape.length;
    const [rows, columns] = [shape[rank - 2]!, shape[rank - 1]!];
    const [n, m] = turnX ? [columns, rows] : [rows, columns];
    const k = 1 + draw(3);
    const lead = shape.slice(0, -2);
    const batches = draw(2) === 1 ? lead : lead.map(() => 1);
    const other = [...batches, ...(turnY ? [k, m] : [m, k])];
    return {
      name: "BatchMatMul",
      tf: (x, y) => tf.matMul(x!, y!, turnX, turnY),
      plain: (x, y) => {
        const full = jets.broadcast(y!, [...lead, ...other.slice(-2)]);
        return jets.contract(x!, full, [...lead, n, k], (visit) => {
          for (let b = 0; b < sizeOf(lead); b++)
            for (let i = 0; i < n; i++)
              for (let j = 0; j < k; j++)
                for (let l = 0; l < m; l++)
                  visit(
                    (b * rows + (turnX ? l : i)) * columns + (turnX ? i : l),
                    b * m * k + (turnY ? j * m + l : l * k + j),
                    (b * n + i) * k + j,
                  );
        });
      },
      more: [other],
    };
  },
  (shape, draw) => {
    if (shape.length !== 2) return undefined;
    const [n, m] = [shape[0]!, shape[1]!];
    const k = 1 + draw(2);
    return {
      name: "Einsum",
      tf: (x, y) => tf.einsum("ij,kj->ki", x!, y!),
      plain: (x, y) =>
        jets.contract(x!, y!, [k, n], (visit) => {
          for (let i = 0; i < n; i++)
            for (let l = 0; l < k; l++)
              for (let j = 0; j < m; j++) visit(i * m + j, l * m + j, l * n + i);
        }),
      more: [[k, m]],
    };
  },
  (shape, draw) => {
    if (!image(shape)) return undefined;
    const [channels, filters, stride] = [shape[3]!, 1 + draw(2), 1 + draw(2)];
    const window = [2, 1 + draw(2)] as const;
    const out = windows(shape, window, stride, nothing);
    return {
      name: "Conv2D",
      tf: (x, w) => tf.conv2d(x as tf.Tensor4D, w as tf.Tensor4D, stride, "valid"),
      plain: (x, w) =>
        jets.contract(x!, w!, [shape[0]!, ...out, filters], (visit) => {
          windows(shape, window, stride, (b, y, z, i, j, row, column) => {
            for (let c = 0; c < channels; c++)
              for (let f = 0; f < filters; f++)
                visit(
                  indexAt([b, row, column, c], shape),
                  ((i * window[1] + j) * channels + c) * filters + f,
                  ((b * out[0] + y) * out[1] + z) * filters + f,
                );
          });
        }),
      more: [[...window, channels, filters]],
    };
  },
  (shape, draw) => {
    if (!image(shape)) return undefined;
    const [channels, stride] = [shape[3]!, 1 + draw(2)];
    const out = windows(shape, [2, 2], stride, nothing);
    return {
      name: "DepthwiseConv2dNative",
      tf: (x, w) => tf.depthwiseConv2d(x as tf.Tensor4D, w as tf.Tensor4D, stride, "valid"),
      plain: (x, w) =>
        jets.contract(x!, w!, [shape[0]!, ...out, channels], (visit) => {
          windows(shape, [2, 2], stride, (b, y, z, i, j, row, column) => {
            for (let c = 0; c < channels; c++)
              visit(
                indexAt([b, row, column, c], shape),
                (i * 2 + j) * channels + c,
                ((b * out[0] + y) * out[1] + z) * channels + c,
              );
          });
        }),
      more: [[2, 2, channels, 1]],
    };
  },
  (shape, draw) => {
    if (!image(shape)) return undefined;
    const [channels, stride, most] = [shape[3]!, 1 + draw(2), draw(2) === 1];
    const out = windows(shape, [2, 2], stride, nothing);
    const pooled = [shape[0]!, ...out, channels];
    const pool = most ? tf.maxPool : tf.avgPool;
    return {
      name: most ? "MaxPool" : "AvgPool",
      tf: (x) => pool(x as tf.Tensor4D, 2, stride, "valid"),
      plain: (x) => {
        // The four entries of each window along a last axis.
        const spread = jets.route(x!, [...pooled, 4], (visit) => {
          windows(shape, [2, 2], stride, (b, y, z, i, j, row, column) => {
            for (let c = 0; c < channels; c++)
              visit(
                indexAt([b, row, column, c], shape),
                indexAt([b, y, z, c, 2 * i + j], [...pooled, 4]),
              );
          });
        });
        const reduced = most
          ? jets.extreme(spread, 4, 1)
          : jets.scaled(jets.sumOver(spread, [4]), 1 / 4);
        return jets.reshaped(reduced, pooled);
      },
    };
  },
];
