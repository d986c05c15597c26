import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fork, readRun, resume, train } from "@eoss/lab";
import { comparisonsOf } from "@eoss/run";
import { describe, expect, it } from "vitest";
import { dyingAt, newFolders, tinyConfig, untimedLines } from "./testRuns.fixture.js";

const newFolder = newFolders("interventions");

/** Loss falls for long: "any" takes a fall too, and loose limits see the level soon. */
const waiting = {
  steps: 400,
  every: 4,
  lr: 0.05,
  measure: ["loss"],
  "checkpoint-every": 10,
  plateau: "quantity=loss after=any window=6 drift=0.5 slowing=0.9 significance=0.2",
  intervene: ["at=plateau lr=0.01 batch=40", "at=plateau optimizer=heavy-ball momentum=0.5"],
};

/** The training loss once more, as somebody else's quantity. */
const OWN_LOSS = `export default {
  ...{ name: "own-loss", description: "the loss", over: "full", unit: "loss", needs: [], cost: "none" },
  measure: async (view) => ({ value: await view.loss(), products: 0, status: "exact" }),
};`;

describe("an intervention at a plateau", () => {
  it("takes effect where the test sees one, and the run says where", async () => {
    const out = newFolder();
    await train(tinyConfig(waiting), { out });
    const { manifest } = readRun(out);
    const [first, second] = manifest.plateaus;
    expect(first).toMatchObject({ quantity: "loss" });
    expect(first!.step % 4).toBe(0);
    expect(first!.since).toBeLessThan(first!.step);
    // Six points after the first intervention are the least that the second waits for.
    expect(second!.step).toBeGreaterThanOrEqual(first!.step + 20);
    expect(manifest.plateauRule).toEqual({
      quantity: "loss",
      after: "any",
      rise: 0.2,
      window: 6,
      drift: 0.5,
      slowing: 0.9,
      significance: 0.2,
    });
    const compare = comparisonsOf(manifest);
    const thresholdAt = (step: number) => compare({ quantity: "fullbs" }, step).value;
    expect(thresholdAt(first!.step - 1)).toBeCloseTo(2 / 0.05, 10);
    expect(thresholdAt(first!.step)).toBeCloseTo(2 / 0.01, 10);
    expect(thresholdAt(second!.step)).toBeCloseTo(3 / 0.01, 10);
    const batchSizes = readRun(out)
      .records.filter(({ quantity }) => quantity === "step-loss")
      .map(({ samples }) => samples);
    expect(batchSizes.indexOf(40)).toBe(first!.step);
  });

  it("is found again by a resumed run, whenever the first session died", async () => {
    const whole = newFolder();
    await train(tinyConfig(waiting), { out: whole });
    const { step } = readRun(whole).manifest.plateaus[0]!;
    for (const death of [step - 1, step + 1, step + 13]) {
      const parts = newFolder();
      const dying = train(tinyConfig(waiting), { out: parts, ...dyingAt(death) });
      await expect(dying).rejects.toThrow("killed");
      await resume(parts);
      expect(untimedLines(parts)).toEqual(untimedLines(whole));
      expect(readRun(parts).manifest.plateaus).toEqual(readRun(whole).manifest.plateaus);
    }
  });

  it("comes for a quantity of a file, under the name that the file gives it", async () => {
    const [file, plain, own] = [`${newFolder()}.mjs`, newFolder(), newFolder()];
    writeFileSync(file, OWN_LOSS);
    await train(tinyConfig(waiting), { out: plain });
    const plateau = waiting.plateau.replace("quantity=loss", `quantity=${file}`);
    await train(tinyConfig({ ...waiting, measure: [], plateau }), { out: own });
    const { manifest } = readRun(own);
    expect(manifest.plateauRule!.quantity).toBe("own-loss");
    const steps = (out: string) => readRun(out).manifest.plateaus.map(({ step }) => step);
    expect(steps(own)).toEqual(steps(plain));
    expect(steps(own)).toHaveLength(2);
  });

  it("never comes where the test sees no plateau", async () => {
    const out = newFolder();
    await train(tinyConfig({ ...waiting, plateau: "quantity=loss" }), { out });
    expect(readRun(out).manifest.plateaus).toEqual([]);
  });
});

describe("a run that stops at a plateau", () => {
  const { intervene: _, plateau: rule, ...rest } = waiting;
  const stopping = { ...rest, "stop-plateau": rule };

  it("is at its end, also one that was resumed, forked, or given the rule later", async () => {
    const whole = newFolder();
    await train(tinyConfig(stopping), { out: whole });
    const { end } = readRun(whole).manifest;
    expect(end).toMatchObject({ reason: "stop-plateau" });
    expect(end!.step).toBeLessThan(stopping.steps);
    const parts = newFolder();
    const dying = train(tinyConfig(stopping), { out: parts, ...dyingAt(end!.step - 3) });
    await expect(dying).rejects.toThrow("killed");
    await resume(parts);
    expect(untimedLines(parts)).toEqual(untimedLines(whole));
    expect(readRun(parts).manifest.end).toEqual(end);
    const later = newFolder();
    await train(tinyConfig({ ...rest, steps: 8 }), { out: later });
    await resume(later, { steps: stopping.steps, "stop-plateau": rule });
    expect(readRun(later).manifest.end).toEqual(end);
    // A twin looks for a plateau of its own: six points after it left.
    const twin = newFolder();
    await fork(whole, {}, { at: 8, out: twin });
    expect(readRun(twin).manifest.end).toMatchObject({ reason: "stop-plateau" });
    expect(readRun(twin).manifest.end!.step).toBeGreaterThanOrEqual(8 + 5 * 4);
  });
});

describe("settings of training in words", () => {
  const planOf = async (settings: Record<string, unknown>) => {
    const out = newFolder();
    await train(tinyConfig({ steps: 1, measure: [], ...settings }), { out });
    return JSON.parse(readFileSync(join(out, "run.json"), "utf8")).plan;
  };

  it("become a plan as data", async () => {
    expect(
      await planOf({
        optimizer: "adam betas=0.8:0.99 weight-decay=0.1",
        schedule: ["lr=warm-up from=0 steps=10", "batch=steps at=20:16,30:32"],
        intervene: ["at=40 batch=full", "at=plateau optimizer=heavy-ball momentum=0.5 lr=1e-3"],
      }),
    ).toEqual({
      learningRate: { kind: "warm-up", from: 0, steps: 10, after: 0.1 },
      batchSize: {
        kind: "steps",
        initial: 8,
        changes: [
          { at: 20, value: 16 },
          { at: 30, value: 32 },
        ],
      },
      optimizer: { name: "adam", betas: [0.8, 0.99], weightDecay: 0.1 },
      interventions: [
        { at: 40, batchSize: 120 },
        {
          at: "plateau",
          learningRate: 0.001,
          optimizer: { name: "heavy-ball", momentum: 0.5 },
        },
      ],
    });
  });

  it.each([
    [{ optimizer: "adagrad" }, /optimizer: unknown optimizer "adagrad"; allowed: sgd/],
    [{ optimizer: "sgd momentum=0.9" }, /optimizer: .*sgd has no option momentum/],
    [{ optimizer: "adam 0.9" }, /0.9 is not of the form name=value/],
    [{ noise: "pink" }, /noise "pink": unknown noise "pink"; allowed: directional/],
    [{ noise: "constant" }, /noise "constant": constant needs the option variance/],
    [{ noise: "sde substeps=2", optimizer: "adam" }, /noise sde is defined for .* allowed: sgd/],
    [{ intervene: ["lr=0.1"] }, /intervene "lr=0.1": .*at is missing; allowed: an integer/],
    [{ intervene: ["at=5"] }, /intervene "at=5": .*at least one of lr/],
    [{ intervene: ["at=5 rate=3"] }, /rate is not allowed in an intervention; allowed: at, lr/],
    [{ intervene: ["at=5 lr=fast"] }, /lr is "fast"; allowed: a finite number/],
    [{ intervene: ["at=5 batch=121"] }, /batch is 121; allowed: up to 120 samples, or full/],
    [{ schedule: ["cosine to=0"] }, /schedule "cosine to=0" must begin with lr=KIND/],
    [{ schedule: ["lr=cosine to=0"] }, /schedule.*lr.steps is missing/],
    [{ schedule: ["lr=zigzag to=0"] }, /schedule.*unknown schedule "zigzag"; allowed: cosine/],
    [{ schedule: ["batch=steps to=3"] }, /at is missing; allowed: at=STEP:VALUE/],
    [{ plateau: "window=2" }, /plateau: window of the plateau test is 2; allowed/],
    [{ plateau: "sharpness=2" }, /plateau: unknown parameter sharpness; allowed: quantity/],
    [
      { plateau: "quantity=warp", intervene: ["at=plateau lr=1"] },
      /cannot load the quantity "warp": there is no package warp in/,
    ],
  ])("are refused by name: %o", async (settings, message) => {
    await expect(planOf(settings)).rejects.toThrow(message);
  });
});
