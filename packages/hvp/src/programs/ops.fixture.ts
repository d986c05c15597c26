import * as tf from "@tensorflow/tfjs-core";
import { arrangements } from "./arrangements.fixture.js";
import { functions } from "./functions.fixture.js";
import * as jets from "./jets.fixture.js";
import { coordinates, indexAt, type Jet, sizeOf } from "./jets.fixture.js";
import { products } from "./products.fixture.js";
import type { Op } from "./step.fixture.js";

const int32 = (values: number[]) => tf.tensor1d(values, "int32");

const elementwise: Op[] = Object.entries(functions).map(([name, f]) => () => ({ name, ...f }));

/** Of one value and a parameter whose shape broadcasts with it. */
const binary = (
  name: string,
  f: (x: tf.Tensor, y: tf.Tensor) => tf.Tensor,
  plain: (x: Jet, y: Jet) => Jet,
): Op => {
  return (shape, draw) => {
    const kept = shape.slice(draw(shape.length + 1)).map((n) => (draw(3) === 0 ? 1 : n));
    const turned = draw(2) === 1;
    return {
      name,
      tf: (x, y) => (turned ? f(y!, x!) : f(x!, y!)),
      plain: (x, y) => (turned ? plain(y!, x!) : plain(x!, y!)),
      more: [kept],
    };
  };
};

const away = (x: Jet) => jets.unary(x, (v) => [v * v + 0.5, 2 * v, 2]);
const larger = (sign: number) => (x: Jet, y: Jet) =>
  jets.choose(x, y, (_, v, w) => {
    jets.kink(v - w);
    return sign * (v - w) > 0;
  });

const binaries: Op[] = [
  binary("Add", tf.add, (x, y) => jets.add(x, y)),
  binary("Sub", tf.sub, (x, y) => jets.add(x, y, -1)),
  binary("Multiply", tf.mul, jets.mul),
  binary(
    "RealDiv",
    (x, y) => tf.div(x, tf.add(tf.square(y), 0.5)),
    (x, y) => jets.mul(x, jets.inverse(away(y))),
  ),
  binary("SquaredDifference", tf.squaredDifference, (x, y) => {
    const d = jets.add(x, y, -1);
    return jets.mul(d, d);
  }),
  binary("Maximum", tf.maximum, larger(1)),
  binary("Minimum", tf.minimum, larger(-1)),
  binary(
    "Pow",
    (x, y) => tf.pow(tf.add(tf.square(x), 0.5), y),
    (x, y) => jets.exp(jets.mul(y, jets.log(away(x)))),
  ),
  binary(
    "Select",
    (x, y) => tf.where(tf.greater(x, y), tf.sin(x), tf.mul(x, y)),
    (x, y) => {
      const product = jets.mul(x, y);
      const sine = jets.unary(x, (v) => [Math.sin(v), Math.cos(v), -Math.sin(v)]);
      const difference = jets.add(x, y, -1).parts[0];
      for (const d of difference) jets.kink(d);
      return jets.choose(sine, product, (k) => difference[k]! > 0);
    },
  ),
];

const reduction = (
  name: string,
  f: (x: tf.Tensor, axes: number[], keep: boolean) => tf.Tensor,
  plain: (x: Jet, axes: number[]) => Jet,
): Op => {
  return (shape, draw) => {
    if (shape.length === 0) return undefined;
    const drawn = shape.map((_, axis) => axis).filter(() => draw(2) === 1);
    const axes = drawn.length > 0 ? drawn : [draw(shape.length)];
    const keep = draw(2) === 1;
    const out = shape.filter((_, axis) => keep || !axes.includes(axis));
    const kept = shape.map((n, axis) => (axes.includes(axis) ? 1 : n));
    return {
      name,
      tf: (x) => f(x!, axes, keep),
      plain: (x) => jets.reshaped(plain(x!, axes), keep ? kept : out),
    };
  };
};

const count = (x: Jet, axes: number[]) => axes.reduce((n, axis) => n * x.shape[axis]!, 1);
const logSum = (x: Jet, axes: number[]) => jets.log(jets.sumOver(jets.exp(x), axes));
const alongEach = (sign: number) => (x: Jet, axes: number[]) =>
  axes.reduce((y, axis) => jets.extreme(y, axis, sign), x);

const reductions: Op[] = [
  reduction("Sum", tf.sum, jets.sumOver),
  reduction("Mean", tf.mean, (x, axes) => jets.scaled(jets.sumOver(x, axes), 1 / count(x, axes))),
  reduction("Max", tf.max, alongEach(1)),
  reduction("Min", tf.min, alongEach(-1)),
  reduction("logSumExp", tf.logSumExp, logSum),
  reduction("Prod", tf.prod, (x, axes) =>
    axes.reduce((y, axis) => {
      const shape = y.shape.map((n, k) => (k === axis ? 1 : n));
      const slices = Array.from({ length: y.shape[axis]! }, (_, n) =>
        jets.pick(y, shape, (k) => indexAt(coordinates(k, shape).with(axis, n), y.shape)),
      );
      return slices.reduce((product, slice) => jets.mul(product, slice));
    }, x),
  ),
  reduction(
    "moments",
    (x, axes, keep) => tf.moments(x, axes, keep).variance,
    (x, axes) => {
      const mean = jets.scaled(jets.sumOver(x, axes), 1 / count(x, axes));
      const d = jets.add(x, mean, -1);
      return jets.scaled(jets.sumOver(jets.mul(d, d), axes), 1 / count(x, axes));
    },
  ),
];

const along: Op[] = [
  (shape, draw) => {
    if (shape.length === 0) return undefined;
    const logs = draw(2) === 1;
    const last = [shape.length - 1];
    return {
      name: logs ? "logSoftmax" : "Softmax",
      tf: (x) => (logs ? tf.logSoftmax(x!) : tf.softmax(x!)),
      plain: (x) => {
        const y = jets.add(x!, logSum(x!, last), -1);
        return logs ? y : jets.exp(y);
      },
    };
  },
  (shape, draw) => {
    if (shape.length === 0) return undefined;
    const axis = draw(shape.length);
    const [exclusive, reverse] = [draw(2), draw(2)];
    return {
      name: "Cumsum",
      tf: (x) => tf.cumsum(x!, axis, exclusive === 1, reverse === 1),
      plain: (x) =>
        jets.route(x!, shape, (visit) => {
          for (let i = 0; i < sizeOf(shape); i++) {
            const at = coordinates(i, shape);
            for (let n = 0; n < shape[axis]!; n++) {
              const ahead = reverse ? at[axis]! - n : n - at[axis]!;
              if (ahead >= exclusive) visit(i, indexAt(at.with(axis, n), shape));
            }
          }
        }),
    };
  },
  (shape, draw) => {
    // It has no rule: what is refused must be named. Seldom, for it ends a program.
    if (shape.length !== 1 || draw(4) > 0) return undefined;
    const places = Array.from({ length: shape[0]! }, () => draw(2));
    return {
      name: "Bincount",
      tf: (x) => tf.bincount(int32(places), x as tf.Tensor1D, 2),
      plain: (x) =>
        jets.route(x!, [2], (visit) => {
          for (const [i, k] of places.entries()) visit(i, k);
        }),
    };
  },
];

/** Groups are drawn with equal weights, then an op of the group. */
export const opGroups: readonly (readonly Op[])[] = [
  elementwise,
  elementwise,
  binaries,
  binaries,
  reductions,
  arrangements,
  along,
  products,
  products,
];
