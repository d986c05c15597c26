import "@tensorflow/tfjs-backend-cpu";
import { stream } from "@eoss/rng";
import {
  type BatchQuantity,
  type Measurement,
  type MeasureOptions,
  type MeasuringProgress,
  MonteCarlo,
  measure,
  quantityByName,
  type TfjsProblem,
} from "@eoss/sharpness";
import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, it } from "vitest";
import {
  mean,
  sampleSharpness,
  sampleStepSharpness,
  type Toy,
  toyProblem,
} from "../fixtures/toy.fixture.js";

beforeAll(async () => {
  tf.enableProdMode();
  await tf.setBackend("cpu");
});

const toy: Toy = {
  a: [1.2, -0.4, 0.8, 2.0, 0.3, 1.1, -0.9, 0.5, 1.6, 0.7, -1.3, 0.2],
  b: [0.5, 1.5, -0.7, 0.9, 1.8, -0.2, 1.0, 0.6, 0.1, -1.4, 0.4, 1.9],
  y: [0.5, -0.5, 0.3, 1.9, 0.2, 0.7, -0.8, 0.1, 0.5, -0.5, 0.2, 0.9],
};
const n = toy.y.length;
const each = (f: (toy: Toy, k: number) => number) => toy.y.map((_, k) => f(toy, k));

const options: MeasureOptions = {
  tolerance: 0.02,
  maxBatches: 4000,
  stream: stream(3, "measurement"),
};
const all: Measurement[] = [];
const byName = (a: Measurement, b: Measurement) => (a.quantity < b.quantity ? -1 : 1);
const named = (...names: string[]) => names.map(quantityByName);

async function measureToy(
  batchSize: number,
  names: string[],
  more: Partial<MeasureOptions> = {},
  own: Partial<TfjsProblem> = {},
) {
  const problem = { ...toyProblem(toy, batchSize), ...own };
  try {
    return await measure(problem, named(...names), { ...options, ...more });
  } finally {
    tf.dispose(problem.params as Record<string, tf.Tensor>);
  }
}

describe("what is looked at is told", () => {
  it("quantity by quantity, product by product, batch by batch", async () => {
    const told: MeasuringProgress[] = [];
    const onProgress = (progress: MeasuringProgress) => void told.push(progress);
    const names = ["fullbs", "minibs"];
    const [fullbs, minibs] = await measureToy(1, names, { maxBatches: 9, onProgress });
    const whole = told.filter(({ quantity }) => quantity === "fullbs");
    expect(whole.map(({ products }) => products)).toEqual([...whole.keys()]);
    expect(whole.length - 1).toBe(fullbs!.products);
    expect(whole[0]!.batch).toBeUndefined();
    const begun = told.filter(({ quantity, products }) => quantity === "minibs" && products === 0);
    expect(begun.map(({ batch }) => batch)).toEqual([...minibs!.batches!.keys()]);
    expect(begun[0]!.batches).toBe(9);
  });

  it("chunk by chunk, where the samples go through in several", async () => {
    for (const [name, samples] of [
      ["fullbs", n],
      ["minibs", 6],
    ] as const) {
      const told: MeasuringProgress[] = [];
      const onProgress = (progress: MeasuringProgress) => void told.push(progress);
      await measureToy(6, [name], { maxBatches: 9, onProgress }, { chunkSize: 5 });
      const chunks = Math.ceil(samples / 5);
      const order = told.map(({ chunk }) => chunk).filter((chunk) => chunk !== undefined);
      expect(order).toEqual([...order.keys()].map((k) => k % chunks));
      expect(new Set(told.map((now) => now.chunks))).toEqual(new Set([undefined, chunks]));
      // Of every product, after those before it are told of.
      const products = told.filter(({ products, chunk }) => products > 0 && chunk === undefined);
      expect(order.length / chunks).toBeGreaterThanOrEqual(products.length);
      const late = told.findLast(({ chunk }) => chunk === chunks - 1)!;
      expect(late.products).toBeGreaterThan(0);
    }
  });

  it("and changes no number", async () => {
    const names = ["fullbs", "minibs"];
    const silent = await measureToy(1, names, { maxBatches: 9 });
    const told = await measureToy(1, names, { maxBatches: 9, onProgress: () => {} });
    expect(told.map(({ value, products }) => [value, products])).toEqual(
      silent.map(({ value, products }) => [value, products]),
    );
  });
});

describe("quantities against closed forms", () => {
  it("loss: the mean over all samples", async () => {
    const [loss] = await measureToy(1, ["loss"]);
    const expected = mean(each(({ a, b, y }, k) => (a[k]! * b[k]! - y[k]!) ** 2));
    expect(loss!.value).toBeCloseTo(expected, 6);
    expect(loss).toMatchObject({ samples: n, products: 0, status: "exact" });
  });

  it("fullbs: the sharpest sample's share, within its own bound", async () => {
    const [fullbs] = await measureToy(1, ["fullbs"]);
    const expected = Math.max(...each(sampleSharpness)) / n;
    expect(Math.abs(fullbs!.value - expected)).toBeLessThan(fullbs!.errorBound! + 1e-6);
    expect(fullbs!.errorBound!).toBeLessThanOrEqual(0.01 * expected);
    expect(fullbs).toMatchObject({ samples: n, status: "converged" });
  });

  it("minibs at b = 1: the mean of the samples' λmax", async () => {
    const [minibs] = await measureToy(1, ["minibs"]);
    const z = (minibs!.value - mean(each(sampleSharpness))) / minibs!.standardError!;
    expect(Math.abs(z)).toBeLessThan(3.5);
    expect(minibs!.status).toBe("converged");
    const known = each(sampleSharpness);
    for (const value of minibs!.batches!) {
      expect(Math.min(...known.map((lambda) => Math.abs(lambda / value - 1)))).toBeLessThan(0.01);
    }
  });

  it("minibs at b = 2: over all pairs, and apart from the mean at b = 1", async () => {
    const [minibs] = await measureToy(2, ["minibs"]);
    const lambda = each(sampleSharpness);
    const pairs = lambda.flatMap((x, i) => lambda.slice(i + 1).map((y) => Math.max(x, y) / 2));
    expect(Math.abs(minibs!.value - mean(pairs)) / minibs!.standardError!).toBeLessThan(3.5);
    expect(Math.abs(minibs!.value - mean(lambda)) / minibs!.standardError!).toBeGreaterThan(10);
  });

  it("batch-sharpness at b = 1: the mean of the samples' ratios", async () => {
    const [sharpness] = await measureToy(1, ["batch-sharpness"]);
    const expected = mean(each(sampleStepSharpness));
    expect(Math.abs(sharpness!.value - expected) / sharpness!.standardError!).toBeLessThan(3.5);
    expect(sharpness!.products).toBe(sharpness!.batches!.length);
  });

  it("batch-sharpness: a batch without gradient has none, and the mean is marked", async () => {
    const still: Toy = {
      ...toy,
      y: toy.a.map((a, k) => Math.fround(Math.fround(a) * Math.fround(toy.b[k]!))),
    };
    const problem = toyProblem(still, 1);
    const [sharpness] = await measure(problem, named("batch-sharpness"), options);
    tf.dispose(problem.params as Record<string, tf.Tensor>);
    expect(sharpness).toMatchObject({ value: Number.NaN, status: "not-finite" });
  });

  it("the full batch is one batch, without spread: minibs equals fullbs", async () => {
    const [fullbs, minibs] = await measureToy(n, ["fullbs", "minibs"]);
    expect(minibs).toMatchObject({ samples: n, standardError: 0, status: "converged" });
    const bound = fullbs!.errorBound! + minibs!.errorBound!;
    expect(Math.abs(fullbs!.value - minibs!.value)).toBeLessThanOrEqual(bound);
  });
});

it("tells of each measurement as soon as it is there, means over batches last", async () => {
  const told: string[] = [];
  const measured = await measureToy(1, ["minibs", "loss", "batch-sharpness", "fullbs"], {
    onMeasured: (measurement) => {
      told.push(measurement.quantity);
      all.push(measurement);
    },
    tolerance: 0.2,
  });
  expect(told.slice(0, 2)).toEqual(["loss", "fullbs"]);
  expect([...all].sort(byName)).toEqual([...measured].sort(byName));
});

it("has told of what is sound when it is interrupted", async () => {
  const told: Measurement[] = [];
  let products = 0;
  const pause = async () => {
    if (++products > 40) throw new DOMException("stop", "AbortError");
  };
  const onMeasured = (measurement: Measurement) => told.push(measurement);
  const stopped = measureToy(1, ["loss", "fullbs", "minibs"], { pause, onMeasured });
  await expect(stopped).rejects.toMatchObject({ name: "AbortError" });
  const whole = await measureToy(1, ["loss", "fullbs", "minibs"]);
  expect(told.map(({ value }) => value)).toEqual(whole.slice(0, 2).map(({ value }) => value));
});

it("says the unit of each value, and the 95 % margin of a mean over batches", async () => {
  const [minibs, loss] = await measureToy(1, ["minibs", "loss"], { tolerance: 0.2 });
  expect(minibs!.unit).toBe("sharpness");
  expect(loss!.unit).toBe("loss");
  const estimate = new MonteCarlo();
  for (const value of minibs!.batches!) estimate.add(value);
  expect(minibs!.margin).toBeCloseTo(estimate.margin, 12);
  expect(minibs!.margin!).toBeGreaterThan(1.96 * minibs!.standardError!);
  expect(loss).not.toHaveProperty("margin");
});

describe("stop rule", () => {
  it("stops at the first batch, from the sixteenth on, with which the mean is good enough", async () => {
    const [loose] = await measureToy(1, ["minibs"], { tolerance: 0.15 });
    const [tight] = await measureToy(1, ["minibs"], { tolerance: 0.03 });
    expect(tight!.batches!.length).toBeGreaterThan(loose!.batches!.length);
    for (const [{ value, standardError, batches }, tolerance] of [
      [loose!, 0.15],
      [tight!, 0.03],
    ] as const) {
      expect(standardError!).toBeLessThanOrEqual(tolerance * value);
      const estimate = new MonteCarlo();
      for (const batch of batches!.slice(0, -1)) {
        estimate.add(batch);
        expect(estimate.done(tolerance)).toBe(false);
      }
      estimate.add(batches!.at(-1)!);
      expect(estimate.done(tolerance)).toBe(true);
    }
  });

  it("says so when the batches are used up first", async () => {
    const [minibs] = await measureToy(1, ["minibs"], { maxBatches: 10 });
    expect(minibs!.status).toBe("budget-spent");
    expect(minibs!.batches).toHaveLength(10);
  });

  it("refuses settings that cannot work", async () => {
    await expect(measureToy(1, ["minibs"], { maxBatches: 7 })).rejects.toThrow(
      /at least 8 batches/,
    );
    await expect(measureToy(1, ["minibs"], { tolerance: 0 })).rejects.toThrow(/must be positive/);
  });
});

describe("measure", () => {
  it("keeps the order asked for, and one quantity never changes another", async () => {
    const together = await measureToy(2, ["loss", "batch-sharpness", "fullbs", "minibs"]);
    expect(together.map(({ quantity }) => quantity)).toEqual([
      "loss",
      "batch-sharpness",
      "fullbs",
      "minibs",
    ]);
    for (const measured of together) {
      const [alone] = await measureToy(2, [measured.quantity]);
      expect({ ...alone, seconds: 0 }).toEqual({ ...measured, seconds: 0 });
    }
  });

  it("draws fresh batches at each step, from one stream, and the same when asked again", async () => {
    const at = async (step?: number) => {
      const more = step === undefined ? {} : { step };
      const [minibs] = await measureToy(2, ["minibs"], { ...more, maxBatches: 16 });
      return `${minibs!.value} ${minibs!.standardError}`;
    };
    const forked = await measureToy(2, ["minibs"], {
      stream: options.stream.fork(7),
      maxBatches: 16,
    });
    const [none, zero, seven] = [await at(), await at(0), await at(7)];
    expect(new Set([none, zero, seven]).size).toBe(3);
    expect(await at(7)).toBe(seven);
    expect(`${forked[0]!.value} ${forked[0]!.standardError}`).toBe(seven);
    await expect(at(0.5)).rejects.toThrow(/step must be a whole number from 0 up, not 0\.5/);
    await expect(at(-1)).rejects.toThrow(RangeError);
  });

  it("starts the tracked quantity where it ended, and spends no more", async () => {
    const memory = new Map<string, Float32Array>();
    const [cold] = await measureToy(1, ["fullbs"], { memory });
    const sharpest = each(sampleSharpness).indexOf(Math.max(...each(sampleSharpness)));
    // The kept vector lies in the plane of a_k and b_k of the sharpest sample.
    const vector = memory.get("fullbs")!;
    const inPlane = Math.hypot(vector[sharpest]!, vector[n + sharpest]!);
    expect(inPlane / Math.hypot(...vector)).toBeGreaterThan(0.999);
    expect(Math.hypot(...vector) / cold!.value).toBeCloseTo(1, 5);
    const [warm] = await measureToy(1, ["fullbs"], { memory });
    expect(warm!.products).toBeLessThanOrEqual(cold!.products);
    expect(Math.abs(warm!.value / cold!.value - 1)).toBeLessThan(0.001);
  });

  it("finds the new top eigenvector when another direction has become the sharpest", async () => {
    const sharp = (k: number): Toy => ({
      a: toy.a.map((value, i) => (i === k ? 4 : value)),
      b: toy.b,
      y: toy.y,
    });
    const memory = new Map<string, Float32Array>();
    for (const k of [0, 5, 9]) {
      const problem = toyProblem(sharp(k), 1);
      const [fullbs] = await measure(problem, named("fullbs"), { ...options, memory });
      tf.dispose(problem.params as Record<string, tf.Tensor>);
      expect(fullbs!.value / (sampleSharpness(sharp(k), k) / n)).toBeCloseTo(1, 2);
    }
  });

  it("marks what is not finite instead of giving a number", async () => {
    const broken = { ...toy, a: toy.a.map(() => Number.NaN) };
    const problem = toyProblem(broken, 2);
    const measured = await measure(
      problem,
      named("fullbs", "minibs", "batch-sharpness", "loss"),
      options,
    );
    tf.dispose(problem.params as Record<string, tf.Tensor>);
    expect(measured.map(({ status }) => status)).toEqual(Array(4).fill("not-finite"));
    expect(measured.every(({ value }) => Number.isNaN(value))).toBe(true);
  });

  it("refuses a quantity that does not await its numbers", async () => {
    const late: BatchQuantity = {
      over: "batches",
      name: "late",
      description: "a loss that is a promise",
      unit: "loss",
      needs: [],
      cost: "one forward pass a batch",
      sample: (batch) => ({
        value: Promise.resolve(batch.loss()) as unknown as number,
        products: 0,
        status: "exact",
      }),
    };
    const problem = toyProblem(toy, 1);
    await expect(measure(problem, [late], options)).rejects.toThrow(
      "the quantity late must give a number as `value`, not a promise: await what a view is asked for",
    );
    tf.dispose(problem.params as Record<string, tf.Tensor>);
  });

  it("takes a quantity that it has never heard of", async () => {
    const batchLoss: BatchQuantity = {
      over: "batches",
      name: "batch-loss",
      description: "mean loss of a batch",
      unit: "loss",
      needs: [],
      cost: "one forward pass a batch",
      sample: async (batch) => ({ value: await batch.loss(), products: 0, status: "exact" }),
    };
    const problem: TfjsProblem = toyProblem(toy, 1);
    const [measured] = await measure(problem, [batchLoss], options);
    tf.dispose(problem.params as Record<string, tf.Tensor>);
    const expected = mean(each(({ a, b, y }, k) => (a[k]! * b[k]! - y[k]!) ** 2));
    expect(Math.abs(measured!.value - expected) / measured!.standardError!).toBeLessThan(3.5);
  });

  it("names the known quantities when asked for another", () => {
    expect(() => quantityByName("sharpness")).toThrow(/fullbs, minibs, batch-sharpness, loss/);
  });
});
