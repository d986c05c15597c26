import "@tensorflow/tfjs-backend-cpu";
import { digits } from "@eoss/data";
import type { ParameterTree } from "@eoss/hvp";
import { mlp } from "@eoss/models";
import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, it } from "vitest";
import { parseTrainConfig } from "../settings/config.js";
import { measureOptions } from "./measureNow.js";
import { modelFromSettings } from "./modelFromSettings.js";
import { planOf } from "./plan.js";
import { staticOptions } from "./staticOptions.js";
import { Trainer } from "./trainer.js";

beforeAll(async () => {
  tf.enableProdMode();
  await tf.setBackend("cpu");
});

/** All that a run draws: θ₀, its first batches, the noise of a step, and the streams of measuring. */
async function drawnBy(settings: Record<string, unknown>) {
  const config = parseTrainConfig({
    ...{ data: "digits", samples: 40, width: [4], lr: 0.1, batch: 8, steps: 7, seed: 5 },
    ...settings,
  });
  const dataset = digits({ samples: 40 });
  const plan = planOf(config, dataset.samples);
  const model = modelFromSettings(mlp, config, dataset);
  const trainer = new Trainer({
    ...{ config, dataset, model, plan, quantities: [], backend: "cpu", workers: 1 },
  });
  const theta = (params: unknown) =>
    Object.values(params as ParameterTree).flatMap((tensor) => [...tensor.dataSync()]);
  const init = theta(trainer.problem().params);
  const batches: string[] = [];
  for (let step = 0; step < 7; step++) {
    batches.push(trainer.problem().stepBatch!.join());
    await trainer.update();
  }
  const measure = [measureOptions(trainer), staticOptions(trainer)].map(({ stream }) =>
    stream.shuffle(9).join(),
  );
  const end = theta(trainer.problem().params);
  trainer.dispose();
  return { init: init.join(), batches, measure, end: end.join() };
}

describe("seeds", () => {
  let plain: Awaited<ReturnType<typeof drawnBy>>;
  beforeAll(async () => {
    plain = await drawnBy({});
  });

  it("are the seed where they are not given", async () => {
    const all = { "init-seed": 5, "order-seed": 5, "measure-seed": 5 };
    expect(await drawnBy({ ...all, seed: 9 })).toEqual(plain);
  });

  it("of the initialisation: same batches from other parameters", async () => {
    const other = await drawnBy({ "init-seed": 6 });
    expect(other.init).not.toBe(plain.init);
    expect(other.batches).toEqual(plain.batches);
    expect(other.measure).toEqual(plain.measure);
    expect(other.init).toBe((await drawnBy({ seed: 6 })).init);
  });

  it("of the order: other batches from the same parameters", async () => {
    const other = await drawnBy({ "order-seed": 6 });
    expect(other.init).toBe(plain.init);
    expect(other.batches.every((batch, step) => batch !== plain.batches[step])).toBe(true);
    expect(other.measure).toEqual(plain.measure);
    expect(other.batches).toEqual((await drawnBy({ seed: 6 })).batches);
  });

  it("of the order: other noise too", async () => {
    const [one, other] = await Promise.all(
      [5, 6].map((seed) => drawnBy({ noise: "isotropic", "order-seed": seed })),
    );
    expect(other!.init).toBe(one!.init);
    expect(other!.end).not.toBe(one!.end);
    expect((await drawnBy({ noise: "isotropic", "measure-seed": 6 })).end).toBe(one!.end);
  });

  it("of measurements: the same training", async () => {
    const other = await drawnBy({ "measure-seed": 6 });
    expect({ ...other, measure: [] }).toEqual({ ...plain, measure: [] });
    expect(other.measure.every((text, i) => text !== plain.measure[i])).toBe(true);
  });

  it("of the order, from a step on: the batches of a run that had it all along", async () => {
    const other = await drawnBy({ "order-seed": 6 });
    const changed = await drawnBy({ intervene: ["at=3 order-seed=6"] });
    expect(changed.batches).toEqual([...plain.batches.slice(0, 3), ...other.batches.slice(3)]);
    await expect(drawnBy({ intervene: ["at=3 order-seed=-1"] })).rejects.toThrow(
      /order-seed is -1; allowed: an integer from 0 on/,
    );
  });
});
