import * as tf from "@tensorflow/tfjs-core";
import * as jets from "./jets.fixture.js";
import { coordinates, indexAt, type Jet, sizeOf } from "./jets.fixture.js";
import type { Draw, Op, Shape } from "./step.fixture.js";

const int32 = (values: number[]) => tf.tensor1d(values, "int32");

/** Results whose entries are entries of the input, or zero: `from` gives the place of each. */
const arrangement =
  (
    name: string,
    make: (
      shape: Shape,
      draw: Draw,
    ) =>
      | {
          shape: Shape;
          from: (at: number[]) => number[] | undefined;
          tf: (x: tf.Tensor) => tf.Tensor;
        }
      | undefined,
  ): Op =>
  (shape, draw) => {
    const made = shape.length === 0 ? undefined : make(shape, draw);
    if (made === undefined) return undefined;
    return {
      name,
      tf: (x) => made.tf(x!),
      plain: (x) =>
        jets.pick(x!, made.shape, (k) => {
          const at = made.from(coordinates(k, made.shape));
          return at === undefined ? -1 : indexAt(at, shape);
        }),
    };
  };

export const arrangements: Op[] = [
  arrangement("Transpose", (shape, draw) => {
    const order = shape.map((_, axis) => axis);
    for (let i = order.length - 1; i > 0; i--) {
      const j = draw(i + 1);
      [order[i], order[j]] = [order[j]!, order[i]!];
    }
    return {
      shape: order.map((axis) => shape[axis]!),
      from: (at) => shape.map((_, axis) => at[order.indexOf(axis)]!),
      tf: (x) => tf.transpose(x, order),
    };
  }),
  arrangement("Slice", (shape, draw) => {
    const begin = shape.map((n) => draw(n));
    const size = shape.map((n, axis) => 1 + draw(n - begin[axis]!));
    return {
      shape: size,
      from: (at) => at.map((n, axis) => n + begin[axis]!),
      tf: (x) => tf.slice(x, begin, size),
    };
  }),
  arrangement("StridedSlice", (shape, draw) => {
    const strides = shape.map(() => 1 + draw(2));
    return {
      shape: shape.map((n, axis) => Math.ceil(n / strides[axis]!)),
      from: (at) => at.map((n, axis) => n * strides[axis]!),
      tf: (x) =>
        tf.stridedSlice(
          x,
          shape.map(() => 0),
          [...shape],
          strides,
        ),
    };
  }),
  arrangement("Reverse", (shape, draw) => {
    const axis = draw(shape.length);
    return {
      shape,
      from: (at) => at.with(axis, shape[axis]! - 1 - at[axis]!),
      tf: (x) => tf.reverse(x, axis),
    };
  }),
  arrangement("PadV2", (shape, draw) => {
    const pads = shape.map(() => [draw(2), draw(2)] as [number, number]);
    const inside = (n: number, axis: number) => n >= 0 && n < shape[axis]!;
    return {
      shape: shape.map((n, axis) => n + pads[axis]![0] + pads[axis]![1]),
      from: (at) => {
        const moved = at.map((n, axis) => n - pads[axis]![0]);
        return moved.every(inside) ? moved : undefined;
      },
      tf: (x) => tf.pad(x, pads),
    };
  }),
  arrangement("MirrorPad", (shape, draw) => {
    if (shape.some((n) => n < 2)) return undefined;
    const symmetric = draw(2);
    const pads = shape.map(() => [draw(2), draw(2)] as [number, number]);
    return {
      shape: shape.map((n, axis) => n + pads[axis]![0] + pads[axis]![1]),
      from: (at) =>
        at.map((k, axis) => {
          const [n, m] = [shape[axis]!, k - pads[axis]![0]];
          if (m < 0) return -m - symmetric;
          return m >= n ? 2 * n - 2 - m + symmetric : m;
        }),
      tf: (x) => tf.mirrorPad(x, pads, symmetric ? "symmetric" : "reflect"),
    };
  }),
  arrangement("Tile", (shape, draw) => {
    const repeats = shape.map(() => 1 + draw(2));
    return {
      shape: shape.map((n, axis) => n * repeats[axis]!),
      from: (at) => at.map((n, axis) => n % shape[axis]!),
      tf: (x) => tf.tile(x, repeats),
    };
  }),
  arrangement("GatherV2", (shape, draw) => {
    const axis = draw(shape.length);
    const indices = Array.from({ length: 1 + draw(4) }, () => draw(shape[axis]!));
    return {
      shape: shape.with(axis, indices.length),
      from: (at) => at.with(axis, indices[at[axis]!]!),
      tf: (x) => tf.gather(x, int32(indices), axis),
    };
  }),
  arrangement("Unpack", (shape, draw) => {
    const axis = draw(shape.length);
    const n = draw(shape[axis]!);
    return {
      shape: shape.toSpliced(axis, 1),
      from: (at) => at.toSpliced(axis, 0, n),
      tf: (x) => tf.unstack(x, axis)[n]!,
    };
  }),
  arrangement("SplitV", (shape, draw) => {
    const axis = draw(shape.length);
    if (shape[axis]! < 2) return undefined;
    const first = 1 + draw(shape[axis]! - 1);
    return {
      shape: shape.with(axis, shape[axis]! - first),
      from: (at) => at.with(axis, at[axis]! + first),
      tf: (x) => tf.split(x, [first, shape[axis]! - first], axis)[1]!,
    };
  }),
  (shape, draw) => {
    const size = sizeOf(shape);
    const divisors = [1, 2, 3, 4, 6].filter((n) => size % n === 0);
    const n = divisors[draw(divisors.length)]!;
    const out = [n, size / n];
    return {
      name: "Reshape",
      tf: (x) => tf.reshape(x!, out),
      plain: (x) => jets.reshaped(x!, out),
    };
  },
  (shape, draw) => {
    const axis = draw(shape.length + 1);
    const out = shape.toSpliced(axis, 0, 1);
    return {
      name: "ExpandDims",
      tf: (x) => tf.expandDims(x!, axis),
      plain: (x) => jets.reshaped(x!, out),
    };
  },
  (shape, draw) => {
    if (shape.length === 0) return undefined;
    const axis = draw(shape.length);
    const other = shape.with(axis, 1 + draw(2));
    const out = shape.with(axis, shape[axis]! + other[axis]!);
    const place = (x: Jet, offset: number) =>
      jets.pick(x, out, (k) => {
        const n = coordinates(k, out)[axis]! - offset;
        const at = coordinates(k, out).with(axis, n);
        return n >= 0 && n < x.shape[axis]! ? indexAt(at, x.shape) : -1;
      });
    return {
      name: "Concat",
      tf: (x, y) => tf.concat([x!, y!], axis),
      plain: (x, y) => jets.add(place(x!, 0), place(y!, shape[axis]!)),
      more: [other],
    };
  },
  (shape, draw) => {
    const axis = draw(shape.length + 1);
    const out = shape.toSpliced(axis, 0, 2);
    const place = (x: Jet, n: number) =>
      jets.pick(x, out, (k) => {
        const at = coordinates(k, out);
        return at[axis] === n ? indexAt(at.toSpliced(axis, 1), shape) : -1;
      });
    return {
      name: "Pack",
      tf: (x, y) => tf.stack([x!, y!], axis),
      plain: (x, y) => jets.add(place(x!, 0), place(y!, 1)),
      more: [shape],
    };
  },
];
