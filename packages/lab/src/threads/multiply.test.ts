import { chunkRanges, hessian, linearize } from "@eoss/hvp";
import { stream } from "@eoss/rng";
import { measureNow, Trainer } from "@eoss/run";
import type { IndexChunk } from "@eoss/sharpness";
import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, it, vi } from "vitest";
import { openInputs } from "../run/open.js";
import { tinyConfig } from "../run/testRuns.fixture.js";
import { buildWorker } from "./builtWorker.fixture.js";
import { Linearizations } from "./linearizations.js";
import { openPool } from "./measuringPool.js";

vi.mock("./workerFile.js", () => import("./builtWorker.fixture.js"));
buildWorker();

/** Seven chunks, the last one short. */
function chunksOf(samples: number): IndexChunk[] {
  return chunkRanges(samples, 18).map(({ start, count, weight }) => ({
    indices: Int32Array.from({ length: count }, (_, k) => start + k),
    weight,
  }));
}

describe("products of threads", () => {
  it.each([2, 3])(
    "of %i sum up to the very product of one, wherever the training stands",
    async (workers) => {
      const inputs = await openInputs(tinyConfig({ workers, backend: "wasm" }));
      const trainer = new Trainer(inputs);
      const pool = openPool(inputs)!;
      const chunks = chunksOf(inputs.dataset.samples);
      try {
        for (let round = 0; round < 3; round++) {
          const { lossOf, params } = trainer.problem();
          const operator = hessian({
            params,
            chunks: chunks.map(({ indices, weight }) => ({ loss: lossOf(indices), weight })),
          });
          const x = stream(round, "x").normals(operator.n);
          const expected = new Float64Array(operator.n);
          operator.apply(x, expected);
          operator.dispose();
          pool.moveTo(await trainer.position());
          // The second time with what the threads have kept.
          for (let time = 0; time < 2; time++) {
            const sum = new Float64Array(operator.n);
            const order: number[] = [];
            await pool.multiply(chunks, x, (product, chunk) => {
              order.push(chunks.indexOf(chunk));
              for (let i = 0; i < sum.length; i++) sum[i]! += chunk.weight * product[i]!;
            });
            expect(order).toEqual([0, 1, 2, 3, 4, 5, 6]);
            expect(sum).toEqual(expected);
          }
          await trainer.update();
        }
      } finally {
        await pool.close();
        trainer.dispose();
      }
    },
  );

  it("make fullbs, which is that of one thread", async () => {
    const settings = { samples: 1500, width: [6], measure: ["fullbs", "alignment", "gap"], top: 2 };
    const measured = [];
    for (const workers of [1, 2]) {
      const inputs = await openInputs(tinyConfig({ ...settings, workers }));
      const trainer = new Trainer(inputs);
      const pool = openPool(inputs);
      const multiply = pool && vi.spyOn(pool, "multiply");
      const results = await measureNow(trainer, new Map(), async () => {}, { pool });
      await pool?.close();
      trainer.dispose();
      measured.push(results.map((result) => ({ ...result, seconds: 0 })));
      if (multiply) expect(multiply).toHaveBeenCalledTimes(results[0]!.products);
    }
    expect(measured[0]![0]!.products).toBeGreaterThan(2);
    expect(measured[1]).toEqual(measured[0]);
  });

  it("end with the pool", async () => {
    const inputs = await openInputs(tinyConfig({ workers: 2 }));
    const trainer = new Trainer(inputs);
    const stop = new AbortController();
    const pool = openPool(inputs, stop.signal)!;
    pool.moveTo(await trainer.position());
    const x = new Float32Array(inputs.model.parameterCount);
    const product = pool.multiply(chunksOf(inputs.dataset.samples), x, () => stop.abort());
    await expect(product).rejects.toThrow("the run was interrupted");
    await pool.close();
    trainer.dispose();
  });
});

describe("linearisations of a thread", () => {
  it("are kept as far as the memory goes, with the same products, and let go of", async () => {
    const inputs = await openInputs(tinyConfig());
    const trainer = new Trainer(inputs);
    const problem = trainer.problem();
    const x = stream(1, "x").normals(inputs.model.parameterCount);
    const [first, second] = chunksOf(inputs.dataset.samples).map(({ indices }) => indices);
    const probe = linearize(problem.lossOf(first!), problem.params);
    const { bytes } = probe;
    probe.dispose();
    const before = tf.memory().numTensors;
    const products = [0.5, 1.5, 2.5].map((fitting) => {
      const held = new Linearizations((512 * 2 ** 20) / (fitting * bytes));
      const made = [first!, second!, first!].map((chunk) => held.multiply(problem, chunk, x));
      const kept = tf.memory().numTensors - before;
      held.clear();
      expect(tf.memory().numTensors).toBe(before);
      return { made, kept };
    });
    trainer.dispose();
    const [none, one, both] = products.map(({ kept }) => kept);
    expect(none).toBe(0);
    expect(one).toBeGreaterThan(0);
    expect(both).toBe(2 * one!);
    for (const { made } of products) expect(made).toEqual(products[0]!.made);
    expect(products[0]!.made[0]).not.toEqual(products[0]!.made[1]);
  });
});
