import * as tf from "@tensorflow/tfjs-core";
import { type RuleCheck, sample } from "../../testing/index.js";

type Rearrangement = (x: tf.Tensor) => tf.Tensor | tf.Tensor[];

const cube = sample([2, 3, 4]);
const row = sample([7]);

const rearrangements: Array<[string, Rearrangement, typeof cube]> = [
  ["reshape", (x) => tf.reshape(x, [4, 6]), cube],
  ["squeeze", (x) => tf.squeeze(tf.reshape(x, [2, 1, 12, 1])), cube],
  ["expandDims", (x) => tf.expandDims(x, 1), cube],
  ["transpose", (x) => tf.transpose(x, [2, 0, 1]), cube],
  ["tile", (x) => tf.tile(x, [2, 1, 3]), cube],
  ["broadcastTo", (x) => tf.broadcastTo(tf.reshape(x, [2, 3, 1, 4]), [2, 3, 5, 4]), cube],
  ["reverse, all axes", (x) => tf.reverse(x), cube],
  ["reverse, some axes", (x) => tf.reverse(x, [0, -1]), cube],
  ["slice", (x) => tf.slice(x, [1, 0, 2], [1, 2, -1]), cube],
  ["slice, sizes left out", (x) => tf.slice(x, [0, 1], [1]), cube],
  ["stridedSlice", (x) => tf.stridedSlice(x, [0, 0, 1], [2, 3, 4], [1, 2, 2]), cube],
  ["stridedSlice, backwards", (x) => tf.stridedSlice(x, [5], [0], [-2]), row],
  [
    "pad",
    (x) =>
      tf.pad(
        x,
        [
          [0, 1],
          [2, 0],
          [1, 1],
        ],
        0.5,
      ),
    cube,
  ],
  [
    "mirrorPad, reflect",
    (x) =>
      tf.mirrorPad(
        x,
        [
          [1, 0],
          [2, 2],
          [0, 3],
        ],
        "reflect",
      ),
    cube,
  ],
  [
    "mirrorPad, symmetric",
    (x) =>
      tf.mirrorPad(
        x,
        [
          [2, 1],
          [0, 3],
          [1, 4],
        ],
        "symmetric",
      ),
    cube,
  ],
  ["split, equal parts", (x) => tf.split(x, 2, 2), cube],
  ["split, given sizes", (x) => tf.split(x, [1, -1, 1], 2), cube],
  ["unstack", (x) => tf.unstack(x, 1), cube],
  ["unstack, last axis", (x) => tf.unstack(x, -1), cube],
  ["gather", (x) => tf.gather(x, tf.tensor1d([1, 0, 1, 1], "int32")), cube],
  [
    "gather, table of indices",
    (x) =>
      tf.gather(
        x,
        tf.tensor2d(
          [
            [1, 0],
            [1, 1],
          ],
          [2, 2],
          "int32",
        ),
      ),
    cube,
  ],
  [
    "gather, middle axis",
    (x) =>
      tf.gather(
        x,
        tf.tensor2d(
          [
            [2, 0],
            [1, 2],
          ],
          [2, 2],
          "int32",
        ),
        1,
      ),
    cube,
  ],
  [
    "gather, in batches",
    (x) =>
      tf.gather(
        x,
        tf.tensor2d(
          [
            [2, 0],
            [1, 1],
          ],
          [2, 2],
          "int32",
        ),
        1,
        1,
      ),
    cube,
  ],
  ["concat with itself", (x) => tf.concat([x, tf.square(x)], 1), cube],
  ["concat, last axis", (x) => tf.concat([tf.square(x), tf.ones([2, 3, 1]), x], -1), cube],
  ["stack", (x) => tf.stack([x, tf.square(x)], 1), cube],
  ["stack, last axis", (x) => tf.stack([tf.square(x), x, x], 3), cube],
  [
    "oneHot as a constant",
    (x) => tf.mul(x, tf.cast(tf.oneHot(tf.argMax(x, 2), 4), "float32")),
    cube,
  ],
];

/** What a kernel of tfjs does not do, or does wrongly, on some backend is told in other ops. */
const withReference: RuleCheck[] = [
  {
    name: "unsortedSegmentSum (no kernel on wasm)",
    f: ({ x }) => tf.unsortedSegmentSum(x!, tf.tensor1d([2, 0, 2], "int32"), 4),
    reference: ({ x }) => {
      const [a, b, c] = tf.split(x!, 3) as [tf.Tensor, tf.Tensor, tf.Tensor];
      return tf.concat([b, tf.zerosLike(b), tf.add(a, c), tf.zerosLike(b)]);
    },
    inputs: { x: sample([3, 2]) },
  },
  {
    name: "stridedSlice with a shrunk axis (wrong in tfjs)",
    f: ({ x }) => tf.stridedSlice(x!, [0, 1, 0], [0, 2, 0], [1, 1, 3], 0b101, 0b101, 0, 0, 0b010),
    reference: ({ x }) => {
      const middle = tf.reshape(tf.slice(x!, [0, 1, 0], [2, 1, 4]), [2, 4]);
      return tf.concat([tf.slice(middle, [0, 0], [2, 1]), tf.slice(middle, [0, 3], [2, 1])], 1);
    },
    inputs: { x: cube },
  },
  {
    name: "gather, negative axis (fails on the native backend)",
    f: ({ x }) => tf.gather(x!, tf.tensor1d([3, 0, 3], "int32"), -1),
    reference: ({ x }) => tf.gather(x!, tf.tensor1d([3, 0, 3], "int32"), 2),
    inputs: { x: cube },
  },
  {
    name: "gather, in batches, last axis (wrong on wasm)",
    f: ({ x }) => tf.gather(x!, tf.tensor2d([2, 0, 3, 1, 1, 0], [2, 3], "int32"), 2, 1),
    reference: ({ x }) => {
      const [a, b] = tf.unstack(x!) as [tf.Tensor, tf.Tensor];
      const column = (t: tf.Tensor, k: number) => tf.slice(t, [0, k], [3, 1]);
      return tf.stack([
        tf.concat([column(a, 2), column(a, 0), column(a, 3)], 1),
        tf.concat([column(b, 1), column(b, 1), column(b, 0)], 1),
      ]);
    },
    inputs: { x: cube },
  },
];

const direct: RuleCheck[] = rearrangements.map(([name, f, x]) => ({
  name,
  // Parts count differently, so that mixing them up shows.
  f: ({ x }) => {
    const result = f(x!);
    if (!Array.isArray(result)) return result;
    return tf.concat(result.map((part, k) => tf.mul(tf.reshape(part, [part.size]), k + 1)));
  },
  inputs: { x },
}));

export const arrangementCases: RuleCheck[] = [...direct, ...withReference];
