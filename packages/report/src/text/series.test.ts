import { type MetricRecord, openRun } from "@eoss/run";
import { blockMeans, thin } from "@eoss/run/internal";
import { describe, expect, it } from "vitest";
import { syntheticRun } from "../../../run/src/syntheticRun.fixture.js";
import { runLabels, runTitle } from "./labels.js";
import { summarize } from "./summary.js";

const run = syntheticRun({ steps: 2000, every: 50, lr: 0.1 });
const record = (step: number, value: number | null, rest: Partial<MetricRecord> = {}) => ({
  step,
  quantity: "fullbs",
  value,
  samples: 1,
  products: 1,
  seconds: 1,
  status: "converged",
  ...rest,
});

describe("seriesOf", () => {
  it("orders by step, and counts a step measured twice once: last", () => {
    const records = [record(10, 1), record(0, 2), record(10, 3)];
    expect(
      openRun({ ...run, records })
        .seriesOf("fullbs")
        .map(({ step, value }) => [step, value]),
    ).toEqual([
      [0, 2],
      [10, 3],
    ]);
  });

  it("divides values and errors by the unit, and turns null into NaN", () => {
    const records = [record(0, 8, { errorBound: 0.4, standardError: 0.2 }), record(1, null)];
    const four = syntheticRun({ steps: 10, lr: 0.5 });
    const [first, second] = openRun({ ...four, records }).relativeSeriesOf("fullbs");
    expect(first).toMatchObject({ step: 0, value: 2, standardError: 0.05, errorBound: 0.1 });
    expect(second!.value).toBeNaN();
  });

  it("gives every finite batch at its step", () => {
    const records = [record(5, 1, { batches: [1, Number.NaN, 3] })];
    expect(openRun({ ...run, records }).batchesOf("fullbs")).toEqual([
      { step: 5, value: 1 },
      { step: 5, value: 3 },
    ]);
  });
});

describe("relativeSeriesOf", () => {
  it("divides each value and its errors by the threshold of its step", () => {
    const interventions = [{ at: 10, learningRate: 0.05 }];
    const changed = syntheticRun({ steps: 20, lr: 0.1, plan: { interventions } });
    const records = [
      record(0, 10, { errorBound: 2 }),
      record(9, 10),
      record(10, 10, { standardError: 4 }),
    ];
    const [first, before, after] = openRun({ ...changed, records }).relativeSeriesOf("fullbs");
    expect(first).toMatchObject({ value: 0.5, errorBound: 0.1 });
    expect(before!.value).toBe(0.5);
    expect(after).toMatchObject({ value: 0.25, standardError: 0.1 });
  });
});

describe("partsOf", () => {
  it("gives each further number by step, and lists place by place unless they are long", () => {
    const records = [
      record(0, 1, { parts: { norm: { value: 2, errorBound: 0.1 }, top: { value: [5, 4] } } }),
      record(1, 1, { parts: { norm: { value: 3 }, points: { value: Array(50).fill(1) } } }),
    ];
    const parts = openRun({ ...run, records }).partsOf("fullbs");
    expect([...parts.keys()]).toEqual(["norm", "top"]);
    expect(parts.get("norm")).toMatchObject([
      [
        { step: 0, value: 2, errorBound: 0.1 },
        { step: 1, value: 3 },
      ],
    ]);
    expect(parts.get("top")).toMatchObject([[{ step: 0, value: 5 }], [{ step: 0, value: 4 }]]);
  });
});

describe("plateauOf", () => {
  it("averages the last quarter of the run in units of 2/η", () => {
    const values = run.records.filter(
      ({ quantity, step }) => quantity === "fullbs" && step >= 1500,
    );
    const mean = values.reduce((sum, { value }) => sum + value!, 0) / values.length / 20;
    expect(run.relativePlateauOf("fullbs")).toMatchObject({ points: 11, firstStep: 1500 });
    expect(run.relativePlateauOf("fullbs")!.mean).toBeCloseTo(mean, 12);
    expect(run.plateauOf("fullbs")!.mean).toBeCloseTo(20 * mean, 11);
    expect(run.plateauOf("gap")).toBeNull();
  });

  it("counts the quarter from the step at which the run ended", () => {
    const end = { reason: "completed", step: 4000, message: "" } as const;
    const longer = openRun({ ...run, manifest: { ...run.manifest, end } });
    expect(longer.lastStep).toBe(4000);
    expect(longer.plateauOf("fullbs")).toMatchObject({ points: 0, status: "too-few-points" });
  });

  it("averages what came since the last change, in units of the threshold in force", () => {
    const interventions = [{ at: 1200, learningRate: 0.05 }];
    const changed = syntheticRun({ steps: 2000, every: 50, lr: 0.1, plan: { interventions } });
    const late = changed.seriesOf("fullbs").filter(({ step }) => step >= 1800);
    const mean = late.reduce((sum, { value }) => sum + value, 0) / late.length;
    expect(late).toHaveLength(5);
    expect(changed.plateauOf("fullbs")).toMatchObject({ points: 5, firstStep: 1800 });
    expect(changed.relativePlateauOf("fullbs")!.mean).toBeCloseTo(mean / 40, 12);
    const summary = summarize(changed, "").quantities.fullbs!;
    expect(summary.plateau).toMatchObject({ points: 5, firstStep: 1800 });
    expect(summary.relative!.mean).toBeCloseTo(mean / 40, 12);
  });

  it("counts the quarter of a fork from the step at which it begins", () => {
    const parent = { directory: "../parent", step: 1200 };
    const fork = syntheticRun({ steps: 2000, every: 50, parent });
    expect(fork.plateauOf("fullbs")).toMatchObject({ points: 5, firstStep: 1800 });
  });

  it("has no unit where the optimizer feels another sharpness", () => {
    const adam = syntheticRun({ steps: 2000, plan: { optimizer: "adam" } });
    expect(adam.relativePlateauOf("fullbs")).toBeNull();
    const summary = summarize(adam, "").quantities.fullbs!;
    expect(summary.plateau.points).toBeGreaterThan(0);
    expect(summary.relative).toBeUndefined();
  });
});

describe("thinning", () => {
  it("keeps the ends and the order, and the limit", () => {
    const items = Array.from({ length: 1000 }, (_, i) => i);
    const kept = thin(items, 7);
    expect(kept).toHaveLength(7);
    expect([kept[0], kept[6]]).toEqual([0, 999]);
    expect([...kept].sort((a, b) => a - b)).toEqual(kept);
    expect(thin(items, 1000)).toBe(items);
  });

  it("averages blocks, the last one of what is left", () => {
    const points = [1, 2, 3, Number.NaN, 5].map((value, step) => ({ step, value }));
    expect(blockMeans(points, 2)).toEqual([
      { step: 0.5, value: 1.5 },
      { step: 3, value: 4 },
    ]);
  });
});

describe("labels", () => {
  it("name the batch size, and full batch as such", () => {
    const full = syntheticRun({ batchSize: 1536, steps: 10 });
    expect(runLabels([syntheticRun({ steps: 10 }), full])).toEqual(["b = 16", "full batch"]);
    expect(runTitle(full)).toBe("mlp on digits, full batch, η = 0.2");
  });

  it("name what differs, and nothing that only watches the run", () => {
    const runs = [
      syntheticRun({ steps: 10, lr: 0.1 }),
      syntheticRun({ steps: 20, every: 5, lr: 0.2 }),
      syntheticRun({ steps: 10, lr: 0.2, seed: 2 }),
    ];
    expect(runLabels(runs)).toEqual([
      "b = 16, η = 0.1, seed 1",
      "b = 16, η = 0.2, seed 1",
      "b = 16, η = 0.2, seed 2",
    ]);
  });

  it("say what η, b and the optimizer were in turn", () => {
    const changed = syntheticRun({
      steps: 100,
      plan: {
        interventions: [
          { at: 20, learningRate: 0.1 },
          { at: 50, batchSize: 1536, optimizer: { name: "heavy-ball", momentum: 0.5 } },
        ],
      },
    });
    expect(runTitle(changed)).toBe(
      "mlp on digits, sgd → heavy-ball (momentum 0.5), b = 16 → 1,536 (full), η = 0.2 → 0.1",
    );
    const warm = syntheticRun({
      steps: 100,
      plan: { learningRate: { kind: "warm-up", from: 0, steps: 50, after: 0.2 } },
    });
    expect(runTitle(warm)).toBe("mlp on digits, b = 16, η = 0 → 0.2");
    expect(runTitle(syntheticRun({ steps: 10, lr: 0.001, plan: { optimizer: "adam" } }))).toBe(
      "mlp on digits, adam, b = 16, η = 0.001",
    );
  });

  it("fall back to folders for runs that differ in nothing", () => {
    const one = openRun({ ...run, directory: "runs/one" });
    const two = openRun({ ...run, directory: "runs/two/" });
    expect(runLabels([one, two])).toEqual(["b = 16 (one)", "b = 16 (two)"]);
  });
});
