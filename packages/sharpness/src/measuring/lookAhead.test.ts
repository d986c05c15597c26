import "@tensorflow/tfjs-backend-cpu";
import { stream } from "@eoss/rng";
import {
  type BatchQuantity,
  type BatchReading,
  type Executor,
  type Measurement,
  type MeasureOptions,
  measure,
  quantityByName,
} from "@eoss/sharpness";
import { readBatch } from "@eoss/sharpness/internal";
import * as tf from "@tensorflow/tfjs-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { toyProblem } from "../fixtures/toy.fixture.js";

beforeAll(async () => {
  tf.enableProdMode();
  await tf.setBackend("cpu");
});

const random = stream(8, "toy");
const part = (id: number) => Array.from({ length: 30 }, (_, k) => random.fork(id).normalAt(k));
const problem = toyProblem({ a: part(0), b: part(1), y: part(2) }, 2);
afterAll(() => tf.dispose(problem.params as Record<string, tf.Tensor>));

const options: MeasureOptions = {
  tolerance: 0.1,
  maxBatches: 400,
  stream: stream(3, "measurement"),
};
const named = (...names: string[]) => names.map((name) => quantityByName(name) as BatchQuantity);

/** Answers at moments that have nothing to do with the order of the batches. */
class Shuffling implements Executor {
  readonly begun: number[] = [];
  unwanted = 0;

  constructor(
    readonly concurrency: number,
    readonly fails: (index: number) => boolean = () => false,
  ) {}

  async read(index: number, quantities: readonly string[], signal: AbortSignal) {
    this.begun.push(index);
    signal.addEventListener("abort", () => this.unwanted++);
    const delay = stream(1, "delay").fork(index).uniformAt(0) * 3;
    await new Promise((resolve) => setTimeout(resolve, delay));
    if (this.fails(index)) throw new Error(`batch ${index} failed`);
    return readBatch(problem, named(...quantities), index, options);
  }
}

const untimed = (measured: readonly Measurement[]) =>
  measured.map((measurement) => ({ ...measurement, seconds: 0 }));

describe("batches elsewhere", () => {
  // The first two share the top eigenpair, and the first to need it is the first to stop.
  const some = named("alignment", "minibs", "batch-sharpness");

  it.each([1, 2, 3, 7, 100])(
    "%i at a time give the very numbers of one after another",
    async (n) => {
      const alone = await measure(problem, some, options);
      const executor = new Shuffling(n);
      const together = await measure(problem, some, { ...options, executor });
      expect(untimed(together)).toEqual(untimed(alone));
      const counts = alone.map(({ batches }) => batches!.length);
      expect(counts[0]).toBeLessThan(counts[1]!);
      expect(executor.begun.length).toBeGreaterThanOrEqual(Math.max(...counts));
    },
  );

  it("begins as many as are wanted at a time, and lets go of what is in vain", async () => {
    const executor = new Shuffling(5);
    const [minibs] = await measure(problem, named("minibs"), { ...options, executor });
    const used = minibs!.batches!.length;
    expect(executor.begun).toEqual(Array.from({ length: used + 4 }, (_, index) => index));
    expect(executor.unwanted).toBe(4);
  });

  it("begins no batch beyond those that are allowed", async () => {
    const executor = new Shuffling(50);
    const limits = { tolerance: 1e-6, maxBatches: 20 };
    const [minibs] = await measure(problem, named("minibs"), { ...options, ...limits, executor });
    expect(minibs).toMatchObject({ status: "budget-spent" });
    expect(executor.begun).toHaveLength(20);
  });

  it("fails as soon as a batch that counts does, and not for one in vain", async () => {
    const [minibs] = await measure(problem, named("minibs"), options);
    const used = minibs!.batches!.length;
    const late = new Shuffling(9, (index) => index >= used);
    const [again] = await measure(problem, named("minibs"), { ...options, executor: late });
    expect(again!.value).toBe(minibs!.value);
    const early = new Shuffling(9, (index) => index === used - 1 || index === 3);
    await expect(
      measure(problem, named("minibs"), { ...options, executor: early }),
    ).rejects.toThrow("batch 3 failed");
  });

  it("ends with the error of the pause", async () => {
    const executor = new Shuffling(4);
    const pause = () => Promise.reject(new Error("enough"));
    await expect(
      measure(problem, named("minibs"), { ...options, executor, pause }),
    ).rejects.toThrow("enough");
    expect(executor.begun).toEqual([0, 1, 2, 3]);
  });

  it("stay here while a quantity is open that needs the full batch too, or if there is one only", async () => {
    const executor = new Shuffling(4);
    const quantities = named("gap", "minibs");
    const alone = await measure(problem, quantities, options);
    const together = await measure(problem, quantities, { ...options, executor });
    expect(untimed(together)).toEqual(untimed(alone));
    const [gap, minibs] = alone.map(({ batches }) => batches!.length);
    expect(gap).toBeGreaterThan(minibs!);
    expect(executor.begun).toEqual([]);
    await measure({ ...problem, batchSize: 30 }, named("minibs"), { ...options, executor });
    expect(executor.begun).toEqual([]);
  });
});

describe("a batch by itself", () => {
  const counting: BatchQuantity = {
    over: "batches",
    name: "counting",
    description: "batches seen before, as far as memory goes",
    unit: "none",
    needs: [],
    cost: "none",
    sample: (_, { memory }): Omit<BatchReading, "seconds"> => {
      const own = memory as unknown as Map<string, number[]>;
      const value = own.get("counting")?.[0] ?? 0;
      own.set("counting", [value + 1]);
      return { value, products: 0, status: "exact" };
    },
  };

  it("remembers no other", async () => {
    const [measured] = await measure(problem, [counting], { ...options, memory: new Map() });
    expect(measured!.batches!.every((value) => value === 0)).toBe(true);
  });

  it("has no full batch beside it unless its quantity says so", async () => {
    const sly: BatchQuantity = {
      ...counting,
      sample: async (_, { full }) => ({
        value: await full().loss(),
        products: 0,
        status: "exact",
      }),
    };
    await expect(measure(problem, [sly], options)).rejects.toThrow(
      'counting looks at the full batch: add "full-batch" to its needs',
    );
  });
});
