import "@tensorflow/tfjs-backend-cpu";
import { flatten, unflatten } from "@eoss/hvp";
import { stream } from "@eoss/rng";
import { type Hyperparameters, heavyBall, type OptimizerState, type Params, sgd } from "@eoss/sgd";
import { type MeasureOptions, measure, quantityByName, type TfjsProblem } from "@eoss/sharpness";
import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, it } from "vitest";
import {
  allBatches,
  bilinearExample,
  completeProblem,
  disposeProblem,
  dot,
  type Matrix,
  mean,
  meanOver,
  range,
  sampleGradient,
  sampleHessian,
  times,
  zScore,
} from "../fixtures/bilinear.fixture.js";
import { type HostVector, hostSpace } from "../tfjs/hostSpace.js";
import { updateDirection } from "../tfjs/updateRule.js";

beforeAll(async () => {
  tf.enableProdMode();
  await tf.setBackend("cpu");
});

const n = 6;
const b = 2;
const eta = 0.1;
const mu = 0.9;
const network = bilinearExample(n);
const batches = allBatches(n, b);
const whole = range(n);
const options: MeasureOptions = {
  tolerance: 0.02,
  maxBatches: 2000,
  stream: stream(43, "measurement"),
};

type Samples = readonly number[];
const hessianOf = (samples: Samples) => meanOver<Matrix>(samples, (k) => sampleHessian(network, k));
const gradientOf = (samples: Samples) =>
  meanOver<number[]>(samples, (k) => sampleGradient(network, k));

/** η·p for heavy ball with a velocity. */
const stepOf = (g: readonly number[], v: readonly number[]) =>
  g.map((x, i) => -eta * (x + mu * v[i]!));
const curvatureOf = (samples: Samples, v: readonly number[]) => {
  const step = stepOf(gradientOf(samples), v);
  return dot(step, times(hessianOf(samples), step));
};
const descentOf = (samples: Samples, v: readonly number[]) =>
  -dot(gradientOf(samples), stepOf(gradientOf(samples), v));

async function measured(name: string, v: readonly number[], batchSize = b, optimizer = heavyBall) {
  const problem = completeProblem(network, batchSize);
  const velocity = { a: tf.tensor1d(v.slice(0, 3)), b: tf.tensor1d(v.slice(3)) };
  const state = { step: 3, start: 0, params: problem.params as Params };
  const slots: OptimizerState["slots"] = optimizer === heavyBall ? { velocity } : {};
  const given: Hyperparameters = optimizer === heavyBall ? { momentum: mu } : {};
  const update = { learningRate: eta, optimizer, options: given, state: { ...state, slots } };
  try {
    const changed: TfjsProblem = { ...problem, update };
    return (await measure(changed, [quantityByName(name)], options))[0]!;
  } finally {
    disposeProblem(problem);
    tf.dispose(velocity);
  }
}

describe("along the step that the optimizer makes itself", () => {
  const v = gradientOf(whole).map((x) => x / 2);
  const goDown = batches.every((s) => descentOf(s, v) > 0);

  it("generalised-batch-sharpness, against every batch there is", async () => {
    expect(goDown).toBe(true);
    const result = await measured("generalised-batch-sharpness", v);
    const exact = mean(batches.map((s) => curvatureOf(s, v) / descentOf(s, v)));
    const still = mean(batches.map((s) => curvatureOf(s, [0, 0, 0, 0, 0, 0]) / descentOf(s, v)));
    expect(zScore(result, exact)).toBeLessThan(3.5);
    expect(zScore(result, still)).toBeGreaterThan(5);
    expect(result.parts!.sharpness!.value).toBeCloseTo(result.value / eta, 6);
  });

  it("generalised-batch-sharpness-ratio, against every batch there is", async () => {
    const result = await measured("generalised-batch-sharpness-ratio", v);
    const exact =
      mean(batches.map((s) => curvatureOf(s, v))) / mean(batches.map((s) => descentOf(s, v)));
    expect(zScore(result, exact)).toBeLessThan(3.5);
    const other = mean(batches.map((s) => curvatureOf(s, v) / descentOf(s, v)));
    expect(zScore(result, other)).toBeGreaterThan(5);
  });

  it("generalised-step-sharpness of the whole loss", async () => {
    const result = await measured("generalised-step-sharpness", v);
    const exact = curvatureOf(whole, v) / descentOf(whole, v);
    expect(Math.abs(result.value - exact)).toBeLessThan(result.errorBound!);
    expect(result.value / exact).toBeCloseTo(1, 4);
    expect(result).toMatchObject({ status: "exact", products: 1 });
  });

  it("update-sharpness and its mean over batches, against every batch there is", async () => {
    const v = [1, 0, -1, 0.5, 0, 2];
    const rayleigh = (s: Samples) => {
      const step = stepOf(gradientOf(s), v);
      return curvatureOf(s, v) / dot(step, step);
    };
    const whole_ = await measured("update-sharpness", v);
    expect(Math.abs(whole_.value - rayleigh(whole))).toBeLessThan(whole_.errorBound!);
    expect(whole_.value / rayleigh(whole)).toBeCloseTo(1, 4);
    expect(whole_).toMatchObject({ status: "exact", products: 1 });
    const batch = await measured("batch-update-sharpness", v);
    expect(zScore(batch, mean(batches.map(rayleigh)))).toBeLessThan(3.5);
    // Along the gradient alone it is another number.
    expect(zScore(batch, (await measured("batch-sharpness", v)).value)).toBeGreaterThan(5);
  });

  it("update-sharpness is step-sharpness for plain SGD, and that of batches batch-sharpness", async () => {
    for (const [own, known] of [
      ["update-sharpness", "step-sharpness"],
      ["batch-update-sharpness", "batch-sharpness"],
    ] as const) {
      const [one, other] = [await measured(own, v, b, sgd), await measured(known, v, b, sgd)];
      expect(one.value / other.value).toBeCloseTo(1, 5);
    }
  });

  it.each([
    ["update-sharpness", n],
    ["generalised-step-sharpness", n],
    ["batch-update-sharpness", n],
  ])(
    "%s has no value where momentum undoes the gradient: what is left is rounding",
    async (name, size) => {
      const against = gradientOf(whole).map((x) => -x / mu);
      expect(await measured(name, against, size)).toMatchObject({ status: "not-finite" });
      // A tenth of the gradient is left: the bound grows, and holds.
      const most = against.map((x) => 0.9 * x);
      const left = await measured(name, most, size);
      const step = stepOf(gradientOf(whole), most);
      const below =
        name === "generalised-step-sharpness" ? descentOf(whole, most) : dot(step, step);
      expect(Math.abs(left.value - curvatureOf(whole, most) / below)).toBeLessThan(
        left.errorBound!,
      );
      const known = await measured(name, [0, 0, 0, 0, 0, 0], size);
      expect(left.errorBound! / left.value).toBeGreaterThan((3 * known.errorBound!) / known.value);
    },
  );

  it("both means over batches take one product a batch together", async () => {
    const problem = completeProblem(network, b);
    const names = ["generalised-batch-sharpness", "generalised-batch-sharpness-ratio"];
    const all = [...names, "gni", "interaction-sharpness"].map(quantityByName);
    const [own, ratio, gni, interaction] = await measure(problem, all, options);
    disposeProblem(problem);
    const taken = ({ samples }: { samples: number }) => samples / b;
    expect(own!.products).toBe(taken(own!));
    expect(ratio!.products).toBe(Math.max(0, taken(ratio!) - taken(own!)));
    expect(gni!.products).toBeGreaterThan(0);
    expect(interaction!.products).toBeLessThan(gni!.products);
  });

  it("is η times batch-sharpness for plain SGD", async () => {
    const own = await measured("generalised-batch-sharpness", v, b, sgd);
    const known = await measured("batch-sharpness", v, b, sgd);
    expect(own.value / (eta * known.value)).toBeCloseTo(1, 5);
  });

  it("is 2 where the iterate swings from one side of a parabola to the other", async () => {
    // s = −2x on ½λx²: the gradient is λx.
    const lambda = 7;
    const x = 0.3;
    const params = { x: tf.scalar(x) };
    // Heavy ball at λ = (2 + 2β)/η has the root −1: v = (1 + β)⁻¹·(…) follows from s = −η(βv + λx) = −2x.
    const beta = 0.5;
    const rate = (2 + 2 * beta) / lambda;
    const velocity = { x: tf.scalar((2 * x) / rate / beta - (lambda * x) / beta) };
    const problem: TfjsProblem = {
      ...{ params, samples: 1, batchSize: 1 },
      lossOf: () => (p) => tf.mul(lambda / 2, tf.square(p.x!)) as tf.Scalar,
      update: {
        ...{ learningRate: rate, optimizer: heavyBall, options: { momentum: beta } },
        state: { step: 1, start: 0, params, slots: { velocity } },
      },
    };
    const [result] = await measure(
      problem,
      [quantityByName("generalised-step-sharpness")],
      options,
    );
    expect(result!.value).toBeCloseTo(2, 5);
    tf.dispose([params, velocity]);
  });

  it("has no value where a step goes up the slope of its batch, and the ratio bears it", async () => {
    // Up the slope of some batches, and down on average.
    const up = gradientOf(batches[0]!).map((x) => -2 * x);
    const signs = batches.map((s) => descentOf(s, up) > 0);
    expect(new Set(signs)).toEqual(new Set([true, false]));
    const single = await measured("generalised-batch-sharpness", up);
    expect(single).toMatchObject({ value: Number.NaN, status: "not-finite" });
    const ratio = await measured("generalised-batch-sharpness-ratio", up);
    const exact =
      mean(batches.map((s) => curvatureOf(s, up))) / mean(batches.map((s) => descentOf(s, up)));
    expect(exact).toBeGreaterThan(0);
    expect(zScore(ratio, exact)).toBeLessThan(3.5);
  });

  it("the ratio has no value where steps go up on average", async () => {
    const up = gradientOf(whole).map((x) => -10 * x);
    expect(mean(batches.map((s) => descentOf(s, up)))).toBeLessThan(0);
    const result = await measured("generalised-batch-sharpness-ratio", up);
    expect(result).toMatchObject({ value: Number.NaN, status: "not-finite" });
    expect(await measured("generalised-step-sharpness", up)).toMatchObject({
      status: "not-finite",
    });
  });
});

it("the direction of the update keeps its digits where it is tiny beside the parameters", async () => {
  const params = { w: tf.tensor1d([1000.1, -2000.2, 3000.3]) };
  const state = { step: 0, start: 0, params, slots: {} };
  const gradient = Float64Array.of(1e-6, -3e-7, 2e-8);
  const found = await updateDirection<HostVector>(
    { learningRate: 0.1, optimizer: sgd, state },
    gradient,
    {
      space: hostSpace(),
      flat: (tree) => flatten(tree, new Float64Array(3)),
      tree: unflatten,
    },
    () => gradient,
  );
  for (const [i, x] of found.entries()) expect(x / -gradient[i]!).toBeCloseTo(1, 4);
  tf.dispose(params);
});
