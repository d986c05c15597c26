import type { TrainingPlan } from "@eoss/sgd";
import { describe, expect, it } from "vitest";
import { syntheticRun } from "../syntheticRun.fixture.js";
import { openRun } from "./openedRun.js";

const of = (plan: Partial<TrainingPlan>, more = {}) => syntheticRun({ steps: 1000, plan, ...more });
const stepsOf = (run: ReturnType<typeof of>) => run.changes.map(({ step }) => step);

describe("changes of an opened run", () => {
  it("finds interventions, plateaus that were seen and steps of schedules, in order", () => {
    const run = of(
      {
        batchSize: { kind: "steps", initial: 16, changes: [{ at: 700, value: 64 }] },
        interventions: [
          { at: "plateau", learningRate: 0.05 },
          { at: 300, learningRate: 0.1 },
          { at: "plateau", optimizer: "adam" },
        ],
      },
      { plateaus: [{ step: 500, quantity: "minibs", since: 350 }] },
    );
    expect(run.changes).toMatchObject([
      { step: 300, before: { learningRate: 0.2 }, after: { learningRate: 0.1 } },
      { step: 500, after: { learningRate: 0.05 }, plateau: { quantity: "minibs", since: 350 } },
      { step: 700, before: { batchSize: 16 }, after: { batchSize: 64 } },
    ]);
    expect(run.lastRegime).toEqual({ from: 700, to: 1000 });
  });

  it("passes over ramps, what changes nothing, and what never took effect", () => {
    expect(
      stepsOf(
        of({
          learningRate: { kind: "warm-up", from: 0, steps: 100, after: 0.2 },
          interventions: [
            { at: 300, learningRate: 0.2 },
            { at: 400, noise: "none" },
            { at: 1000, batchSize: 64 },
          ],
        }),
      ),
    ).toEqual([]);
    expect(stepsOf(of({ learningRate: { kind: "cosine", from: 1, to: 0, steps: 900 } }))).toEqual(
      [],
    );
  });

  it("has a jump in a schedule that an intervention begins, at the steps of its own clock", () => {
    const value = { kind: "steps", initial: 0.1, changes: [{ at: 50, value: 0.05 }] } as const;
    expect(stepsOf(of({ interventions: [{ at: 300, learningRate: value }] }))).toEqual([300, 350]);
  });
});

const thresholdsOf =
  (run: ReturnType<typeof of>, quantity = "fullbs") =>
  (step: number) =>
    run.comparison(quantity, step).value;

describe("what a quantity is compared with", () => {
  it("is that of each step, infinite while η is 0", () => {
    const warm = of({ learningRate: { kind: "warm-up", from: 0, steps: 100, after: 0.2 } });
    expect([0, 50, 100, 900].map(thresholdsOf(warm))).toEqual([Infinity, 20, 10, 10]);
    const momentum = of({ optimizer: { name: "heavy-ball", momentum: 0.5 } });
    expect(thresholdsOf(momentum)(7)).toBeCloseTo(15, 12);
  });

  it("compares H with nothing while the steps are preconditioned, and P^(−½) H P^(−½) always", () => {
    const run = of({ interventions: [{ at: 300, optimizer: "adam" }] });
    expect([299, 300].map(thresholdsOf(run))).toEqual([10, Number.NaN]);
    expect(thresholdsOf(run, "minibs")(300)).toBeNaN();
    // (2 + 2·0.9)/((1 − 0.9)·0.2)
    expect(thresholdsOf(run, "preconditioned-sharpness")(300)).toBeCloseTo(190, 9);
  });

  it("leaves the last step as it was, where what was to come with it never came", () => {
    const run = of(
      { interventions: [{ at: "plateau", learningRate: 0.1 }] },
      { plateaus: [{ step: 1000, quantity: "minibs", since: 350 }] },
    );
    expect(thresholdsOf(run)(1000)).toBe(10);
    expect(run.lastRegime).toEqual({ from: 0, to: 1000 });
  });
});

describe("a fork", () => {
  it("begins at its step, also before it measured anything", () => {
    const fork = of({}, { parent: { directory: "../parent", step: 400 } });
    expect([fork.firstStep, fork.lastStep]).toEqual([400, 1000]);
    const young = { ...fork, records: [], manifest: { ...fork.manifest, end: null } };
    expect(openRun(young).lastStep).toBe(400);
  });
});

describe("openRun", () => {
  const { directory, truncated, manifest, records } = of({});
  const raw = { directory, truncated, manifest, records };

  it("leaves what is open as it is, and forgets nothing of what a copy had to be opened for", () => {
    const run = openRun(raw);
    expect(openRun(run)).toBe(run);
    expect(run.lastStep).toBe(1000);
    const shorter = openRun({ ...run, records: [], manifest: { ...manifest, end: null } });
    expect([shorter.lastStep, shorter.quantities]).toEqual([0, []]);
  });

  it("works each answer out once, whoever asks", () => {
    let looks = 0;
    const counting = records.map((record) => ({
      ...record,
      get quantity() {
        looks++;
        return record.quantity;
      },
    }));
    const run = openRun({ ...raw, records: counting });
    const answers = () => [
      run.changes,
      run.lastRegime,
      ...run.quantities.flatMap((name) => [
        run.recordsOf(name),
        run.seriesOf(name),
        run.relativeSeriesOf(name),
        run.plateauOf(name),
        run.relativePlateauOf(name),
        run.partsOf(name),
        run.batchesOf(name),
      ]),
    ];
    const first = answers();
    const [after] = [looks];
    for (const [i, answer] of answers().entries()) expect(answer).toBe(first[i]);
    expect(looks).toBe(after);
  });

  it("knows what was measured in the order of the records, and single steps are not", () => {
    expect(openRun(raw).quantities).toEqual(["loss", "fullbs", "minibs", "batch-sharpness"]);
    expect(openRun(raw).seriesOf("step-loss").length).toBeGreaterThan(0);
  });

  it("counts a step that was measured again once, and last", () => {
    const again = records.filter(({ quantity, step }) => quantity === "fullbs" && step === 500);
    const run = openRun({
      ...raw,
      records: [...records, ...again.map((one) => ({ ...one, value: 7 }))],
    });
    const before = openRun(raw);
    expect(run.recordsOf("fullbs").length).toBe(before.recordsOf("fullbs").length);
    expect(run.seriesOf("fullbs").find(({ step }) => step === 500)?.value).toBe(7);
  });

  it("has nothing of what was not measured", () => {
    const run = openRun(raw);
    expect([run.seriesOf("gap"), run.plateauOf("gap"), run.relativePlateauOf("gap")]).toEqual([
      [],
      null,
      null,
    ]);
    expect(run.unitOf("theirs")).toBeUndefined();
  });

  it("is over and diverged as its end says", () => {
    const at = (end: Parameters<typeof syntheticRun>[0] & object) => {
      const { isOver, diverged } = syntheticRun({ steps: 100, ...end });
      return [isOver, diverged];
    };
    expect(at({ end: "diverged" })).toEqual([true, true]);
    expect(at({ end: "stop-loss" })).toEqual([true, false]);
    expect(at({ end: "interrupted" })).toEqual([false, false]);
    expect(at({ end: null })).toEqual([false, false]);
  });
});

describe("statistics of a run that was measured off the grid", () => {
  const grid = syntheticRun({ steps: 1000, every: 20 });
  const odd = (step: number, value: number) => ({
    ...grid.records.find(({ quantity }) => quantity === "fullbs")!,
    ...{ step, value },
  });
  const withOdd = (run: typeof grid, step: number, value: number) =>
    openRun({ ...run, records: [...run.records, odd(step, value)] });

  it("leave out the end of one that diverged, and draw it", () => {
    const diverged = syntheticRun({ steps: 1000, every: 20, end: "diverged" });
    const manifest = { ...diverged.manifest, end: { ...diverged.manifest.end!, step: 1007 } };
    const plain = openRun({ ...diverged, manifest });
    const measured = withOdd({ ...diverged, manifest } as typeof grid, 1007, 1e30);
    expect(measured.seriesOf("fullbs").at(-1)).toMatchObject({ step: 1007, value: 1e30 });
    expect(measured.plateauOf("fullbs")).toEqual(plain.plateauOf("fullbs"));
    // One that goes on has no such end: what is measured there counts.
    expect(withOdd(grid, 1007, 1e30).plateauOf("fullbs")?.mean).toBeGreaterThan(1e28);
  });

  it("leave out the point of the change, if it is none of the others'", () => {
    const plan = { interventions: [{ at: 410, learningRate: 0.1 }] };
    const run = syntheticRun({ steps: 1000, every: 20, plan });
    const measured = withOdd(run, 410, 1e30);
    const regular = (one: typeof run) => one.regularPoints(one.seriesOf("fullbs"));
    expect(regular(measured)).toEqual(regular(run));
    expect(regular(run)[0]).toMatchObject({ step: 420 });
    expect(measured.seriesOf("fullbs").map(({ step }) => step)).toContain(410);
    const onGrid = { interventions: [{ at: 400, learningRate: 0.1 }] };
    expect(regular(syntheticRun({ steps: 1000, every: 20, plan: onGrid }))[0]).toMatchObject({
      step: 400,
    });
  });
});
