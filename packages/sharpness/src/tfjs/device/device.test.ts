// The device engine, on a backend that gives numbers only later: whoever reads one at once fails.
import { lanczos } from "@eoss/eigen";
import { flatten, hessian, linearize, meanGradient } from "@eoss/hvp";
import { stream } from "@eoss/rng";
import { deviceProblem, measure, quantities, type TfjsProblem } from "@eoss/sharpness";
import * as tf from "@tensorflow/tfjs-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  bilinearExample,
  bilinearProblem,
  completeProblem,
  disposeProblem,
} from "../../fixtures/bilinear.fixture.js";
import { deviceUnderTest } from "../../fixtures/device.fixture.js";
import { useLateBackend } from "../../fixtures/lateBackend.fixture.js";
import { completeReference } from "../../fixtures/reference.fixture.js";
import { engineContract } from "../../testing/engineContract.js";
import type { EngineUnderTest } from "../../testing/engineUnderTest.js";
import { type DeviceVector, deviceSpace } from "./deviceSpace.js";

let backend: { readonly reads: number };
beforeAll(async () => {
  backend = await useLateBackend();
});

const made: TfjsProblem[] = [];
afterAll(() => made.forEach(disposeProblem));

const device: EngineUnderTest<DeviceVector> = {
  ...deviceUnderTest(made),
  // Of the other quantities it is looked at below.
  ...(process.env.EOSS_LONG === "1" && { alive: () => tf.memory().numTensors }),
};

describe("the device engine keeps the contract", () => {
  it.each(engineContract(device))("$name", ({ run }) => run());
});

const ELSEWHERE = ["update", "learning-rate", "initial-params"];
const theRest = Object.values(quantities).filter(
  ({ over, needs }) =>
    ["held-out", "step"].includes(over) || needs.some((need) => ELSEWHERE.includes(need)),
);

describe("what the contract does not know of is what closed forms give", () => {
  const network = bilinearExample(7, 2, 12);
  const options = () => ({ tolerance: 0.02, maxBatches: 8, stream: stream(3, "rest") });
  it.each(theRest.map((one) => [one.name, one] as const))("%s", async (_, one) => {
    const problem = completeProblem(network, 3);
    made.push(problem);
    const tensors = tf.memory().numTensors;
    // Of a loss with tfjs ops, the engine is the one for the backend that runs.
    const [found] = await measure(problem, [one], options());
    expect(tf.memory().numTensors).toBe(tensors);
    const [truth] = await measure(completeReference(network, 3), [one], options());
    expect(found!.status).toBe(truth!.status);
    if (Number.isNaN(truth!.value)) return expect(found!.value).toBeNaN();
    const room =
      3 * ((found!.errorBound ?? 0) + (truth!.errorBound ?? 0)) + 2e-4 * Math.abs(truth!.value);
    expect(Math.abs(found!.value - truth!.value)).toBeLessThanOrEqual(room);
  });
});

const near = (expected: number) => (x: number) => Math.abs(x / expected - 1) < 1e-6;

describe("what follows a product in a step of Lanczos", () => {
  const space = deviceSpace(10);
  const after = async (basis: readonly number[][], beta: number, w: readonly number[]) => {
    const [tensors, vectors] = [tf.memory().numTensors, basis.map((q) => space.from(q))];
    const reads = backend.reads;
    const { alpha, rest, products } = await space.recur!(vectors, beta, space.from(w));
    const spent = backend.reads - reads;
    const entries = Array.from(await space.entries!(rest));
    for (const x of [...vectors, rest]) space.release(x);
    expect(tf.memory().numTensors).toBe(tensors);
    return { alpha, entries, products: [...products], reads: spent };
  };
  const axes = [
    [1, 0, 0, 0],
    [0, 1, 0, 0],
  ];

  it("is what the formula says, in one read but where a product is 0", async () => {
    const found = await after(axes, 2, [3, 5, 4, -3]);
    expect(found).toEqual({ alpha: 5, entries: [1, 0, 4, -3], products: [1, 0, 26], reads: 3 });
    const oblique = [...axes, [0.6, 0, 0.8, 0]];
    expect(await after(oblique, 0.5, [1, 2, 0.5, 0.25])).toMatchObject({ reads: 1 });
  });

  it("is so for the first vector, which has none before", async () => {
    const { alpha, entries } = await after([axes[1]!], 7, [1, 2, 3, 4]);
    expect([alpha, entries]).toEqual([2, [1, 0, 3, 4]]);
  });

  it("is so where no float32 holds the product", async () => {
    const { alpha, entries } = await after([[0.5, 0.5, 0.5, 0.5]], 0, [3e38, 3e38, 3e38, 3e38]);
    expect(alpha).toSatisfy(near(6e38));
    for (const entry of entries) expect(Math.abs(entry)).toBeLessThan(1e32);
  });
});

describe("inner products", () => {
  const space = deviceSpace(10);
  const dotOf = async (x: readonly number[], y: readonly number[]) => {
    const [a, b] = [space.from(x), space.from(y)];
    const product = space.dot(a, b);
    // What is released before its number is there counts all the same.
    for (const v of [a, b]) space.release(v);
    return product;
  };

  it("of vectors whose squares no float32 holds", async () => {
    for (const size of [1e-30, 1e-25, 1e25, 1e30]) {
      const [x, y] = [[3, -4, 0.5].map((v) => v * size), [1, 2, 3].map((v) => v * size)];
      expect(await dotOf(x, x)).toSatisfy(near(25.25 * size * size));
      expect(await dotOf(x, y)).toSatisfy(near(-3.5 * size * size));
    }
  });

  it("of zeros, and of what is no number", async () => {
    expect(await dotOf([0, 0], [1, 2])).toBe(0);
    expect(await dotOf([Number.NaN, 1], [1, 2])).toBeNaN();
    expect(await dotOf([0, Number.NaN], [0, 0])).toBeNaN();
    expect(await dotOf([Number.POSITIVE_INFINITY, 1], [1, 2])).toBe(Number.POSITIVE_INFINITY);
  });

  it("that are asked for at once are one read", async () => {
    const x = space.from([1, 2]);
    const before = backend.reads;
    expect(await Promise.all([space.dot(x, x), space.dots!([x, x], x)])).toEqual([
      5,
      Float64Array.of(5, 5),
    ]);
    expect(backend.reads - before).toBe(1);
    space.release(x);
  });

  it("of unequal lengths are refused, as sums are", async () => {
    const [x, y] = [space.from([1, 2]), space.from([1])];
    await expect(async () => space.dot(x, y)).rejects.toThrow(/different coordinates/);
    expect(() => space.axpy(1, y, x)).toThrow(/different coordinates/);
  });

  it("multiples by what no float32 holds", async () => {
    const entries = async (a: number, x: number) =>
      (await space.scale(a, space.from([x])).data())[0]!;
    expect(await entries(2 ** 200, 2 ** -140)).toBe(2 ** 60);
    expect(await entries(2 ** -200, 2 ** 120)).toBe(2 ** -80);
    expect(await entries(2 ** 500, 0)).toBe(0);
  });
});

it("a step of a search reads once, when its first products have been watched", async () => {
  const problem = bilinearProblem(bilinearExample(40, 2, 12), 4);
  made.push(problem);
  const view = deviceProblem(problem).view(
    Int32Array.from({ length: 40 }, (_, k) => k),
    {
      set: "training",
      plain: true,
    },
  );
  const matrix = view.curvature("hessian");
  await view.loss();
  const readsOf = async (maxMatvecs: number) => {
    const start = view.space.copy(await view.gradient());
    const before = backend.reads;
    const found = await lanczos({ k: 1, rtol: 1e-7, space: view.space, maxMatvecs })(
      { n: matrix.n, apply: (x) => matrix.apply(x, x) as DeviceVector },
      { start },
    );
    expect(found.matvecs).toBe(maxMatvecs);
    return backend.reads - before;
  };
  const few = await readsOf(4);
  expect((await readsOf(9)) - few).toBe(5);
  // The start takes two, a product that is watched four.
  expect(few).toBeLessThanOrEqual(4 + 2 + 3 * 4);
  view.dispose();
});

it("what needs numbers at once is refused in words", () => {
  const params = { w: tf.tensor1d([1, 2]) };
  const fixed = tf.tensor1d([3, 4]);
  const loss = ({ w }: typeof params) => tf.sum(tf.mul(w, w)) as tf.Tensor;
  const reading = (p: typeof params) => tf.mul(loss(p), fixed.dataSync()[0]!);
  const cases: [string, () => unknown][] = [
    ["an operator on typed arrays", () => hessian({ params, chunks: [{ loss, weight: 1 }] })],
    ["flatten", () => flatten(params, new Float32Array(2))],
    ["meanGradient", () => meanGradient({ params, chunks: [{ loss, weight: 1 }] })],
    ["the function", () => linearize(reading, params)],
  ];
  for (const [where, ask] of cases) {
    const said = `${where} needs numbers at once, and the late backend gives them only later`;
    expect(ask, where).toThrow(said);
  }
  tf.dispose([params, fixed]);
});
