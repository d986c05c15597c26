import { defineLoss, gaussNewton, linearize, loadLoss, lossKindByName, lossKinds } from "@eoss/hvp";
import { checkLoss } from "@eoss/hvp/testing";
import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, it } from "vitest";
import { backends, useBackend } from "../backends.fixture.js";
import file from "../testdata/losses.json" with { type: "json" };

const TOLERANCE = 2e-6;
const relative = (actual: ArrayLike<number>, expected: readonly number[]) =>
  Math.hypot(...expected.map((e, i) => actual[i]! - e)) / (Math.hypot(...expected) || 1);

describe.each(backends)("against PyTorch in float64, on %s", (backend) => {
  beforeAll(() => useBackend(backend));

  it.each(file.cases)("$loss $options", ({ loss, options, targets, ...expected }) => {
    const head = lossKindByName(loss).head(options as never);
    const shape = file.shape as [number, number];
    const [f, y, v] = [file.outputs, targets, file.direction].map((x) => tf.tensor2d(x, shape));
    const line = linearize((p: { f: tf.Tensor }) => head(p.f, y!), { f: f! });
    expect(relative(line.loss.dataSync(), [expected.value])).toBeLessThan(TOLERANCE);
    expect(relative(line.gradient.f.dataSync(), expected.gradient)).toBeLessThan(TOLERANCE);
    const product = line.hvp({ f: v! }).f.dataSync();
    expect(relative(product, expected.product)).toBeLessThan(TOLERANCE);
    line.dispose();
    // With the identity for a network the Gauss–Newton matrix is the Hessian of the head.
    const chunk = { outputs: (p: { f: tf.Tensor }) => p.f, targets: y!, weight: 1 };
    const matrix = gaussNewton({ params: { f: f! }, chunks: [chunk], head } as never);
    const image = new Float32Array(file.direction.length);
    matrix.apply(Float32Array.from(file.direction), image);
    expect(relative(image, expected.product)).toBeLessThan(TOLERANCE);
    matrix.dispose();
    tf.dispose([f!, y!, v!]);
  });
});

const needed = { mse: {}, huber: { delta: 0.7 }, hinge: { power: 2 } } as Record<string, object>;

describe.each(Object.values(lossKinds))("$name", (kind) => {
  beforeAll(() => useBackend("cpu"));

  it("keeps the contract, and has no options that it does not know", () => {
    checkLoss(kind);
    checkLoss(kind, needed[kind.name] as never);
    expect(() => kind.head({ sise: 1 })).toThrow(/has no option sise/);
  });
});

const { add, div, mean, mul, square, sub, sum } = tf;
type Formula = Parameters<typeof defineLoss>[0]["loss"];
const mine = (loss: Formula, parts: object = {}) =>
  defineLoss({ name: "mine", defaults: {}, loss, ...parts });
const squares: Formula = (f, y) => mean(sum(square(sub(f, y)), -1));
let calls = 0;

const BROKEN: Array<[string, () => unknown, RegExp]> = [
  ["is no object", () => squares, /is not a loss: it is function/],
  ["has no name", () => ({ ...mine(squares), name: "" }), /`name` must be a text/],
  ["has no head", () => ({ ...mine(squares), head: 3 }), /`head` must be a function/],
  [
    "has the name of another",
    () => ({ ...mine(squares), name: "mse" }),
    /is named "mse", as a built-in loss/,
  ],
  ["is a sum", () => mine((f, y) => sum(square(sub(f, y)))), /is the sum over samples/],
  [
    "couples its samples",
    () => mine((f, y) => square(mean(sub(f, y)))),
    /a loss is the mean over samples/,
  ],
  [
    "is a root of the mean",
    () => mine((f, y) => tf.sqrt(squares(f, y, {}))),
    /a loss is the mean over samples/,
  ],
  [
    "is a loss for each sample",
    () => mine((f, y) => sum(square(sub(f, y)), -1)),
    /has the shape \[6\]/,
  ],
  ["is a number", () => mine(() => 3 as never), /gives no scalar tensor/],
  ["is not finite", () => mine((f, y) => div(squares(f, y, {}), 0)), /it is Infinity/],
  [
    "draws random numbers",
    () => mine((f, y) => mul(squares(f, y, {}), Math.random())),
    /draws random numbers/,
  ],
  ["counts", () => mine((f, y) => mul(squares(f, y, {}), ++calls)), /keeps a state/],
  [
    "does not depend on the outputs",
    () => mine((_, y) => mean(sum(square(y), -1))),
    /its derivatives cannot be had: the loss does not depend/,
  ],
  [
    "reads its outputs",
    () => mine((f, y) => tf.scalar(squares(f, y, {}).dataSync()[0]!)),
    /dataSync|does not depend|left the record|reads/,
  ],
  ["keeps tensors", () => mine((f, y) => tf.keep(squares(f, y, {}))), /keeps \d+ tensors/],
  [
    "has an op without a rule",
    () => mine((f, y) => mean(sum(tf.cumsum(square(sub(tf.atan(tf.erf(f)), y)), -1), -1))),
    /./,
  ],
];

describe("a loss that", () => {
  beforeAll(() => useBackend("cpu"));

  it.each(BROKEN.slice(0, -1))(
    "%s is refused, and the message says why",
    async (_, make, message) => {
      const importModule = async () => ({ default: make() });
      const tried = async () => checkLoss(await loadLoss("./mine.js", { importModule }));
      await expect(tried()).rejects.toThrow(message);
    },
  );

  it("keeps its contract passes, and is told its options", () => {
    const kind = mine(
      (f, y, { width }) => mean(sum(square(div(sub(f, y), add(width as number, 1))), -1)),
      {
        defaults: { width: 1 },
        domains: { width: { allowed: "1, 2", fits: (x: unknown) => x === 1 || x === 2 } },
      },
    );
    checkLoss(kind, { width: 2 });
    expect(() => kind.head({ width: 3 })).toThrow("width of mine is 3; allowed: 1, 2");
  });

  it.each([
    [{ los: squares }, /has no option los/],
    [{ loss: undefined }, /needs the option loss: a function/],
    [{ name: "" }, /name of defineLoss is "";/],
    [{ targets: "signs" }, /targets of defineLoss is "signs"; allowed: "probabilities"/],
    [{ defaults: { width: undefined } }, /the default of width of mine is undefined; allowed: /],
  ])("is defined with %o is refused", (parts, message) => {
    expect(() => mine(squares, parts)).toThrow(message);
  });
});
