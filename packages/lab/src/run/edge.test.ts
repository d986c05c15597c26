import { fork, readRun, train } from "@eoss/lab";
import { type MetricRecord, parseTrainConfig } from "@eoss/run";
import { beforeAll, describe, expect, it } from "vitest";
import { FULL, newFolders } from "./testRuns.fixture.js";

// What the field knows of the edge of stability, and what the paper says of changes in mid-run, on
// the embedded digits with fixed seeds. An effect counts if it is larger than three standard errors
// of what is compared; near a threshold means within 10 %.

if (!FULL) console.log("skipped: changes in mid-run, which take a minute (EOSS_FULL=1)");

const newFolder = newFolders("edge");
const digits = { data: "digits", init: "uniform-fan-in", seed: 0, backend: "wasm", workers: 1 };

async function trained(settings: Record<string, unknown>): Promise<string> {
  const out = newFolder();
  await train(parseTrainConfig({ ...digits, ...settings }), { out });
  return out;
}

interface Level {
  readonly mean: number;
  /** Standard error of the mean, from the scatter of the measurements. */
  readonly error: number;
}

function level(directory: string, quantity: string, from: number, to: number): Level {
  const values = recordsOf(directory, quantity)
    .filter(({ step }) => step >= from && step <= to)
    .map(({ value }) => value!);
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return { mean, error: Math.sqrt(variance / (values.length - 1) / values.length) };
}

const recordsOf = (directory: string, name: string): MetricRecord[] =>
  readRun(directory).records.filter(({ quantity }) => quantity === name);

const valueAt = (directory: string, quantity: string, at: number) =>
  recordsOf(directory, quantity).find(({ step }) => step === at)!.value!;

/** How far a lies above b, in standard errors of the difference. */
const excess = (a: Level, b: Level) => (a.mean - b.mean) / Math.hypot(a.error, b.error);

describe("with the full batch, the sharpness settles where the optimizer's stability ends", () => {
  // Cohen et al. (2021): 2/η for gradient descent, (2 + 2β)/η for heavy ball.
  const settings = {
    samples: 512,
    width: [32, 32],
    "init-scale": 1,
    batch: "full",
    lr: 0.4,
    steps: 1500,
    every: 50,
    measure: ["fullbs"],
  };
  const optimizers: [string, number][] = [
    ["heavy-ball momentum=0.9", 3.8 / 0.4],
    ["sgd", 2 / 0.4],
    ["heavy-ball momentum=0.5", 3 / 0.4],
  ];
  it.each(FULL ? optimizers : optimizers.slice(0, 1))(
    "%s: near %d",
    async (optimizer, threshold) => {
      const { mean } = level(await trained({ ...settings, optimizer }), "fullbs", 1000, 1500);
      expect(mean / threshold).toBeGreaterThan(0.9);
      expect(mean / threshold).toBeLessThan(1.1);
    },
  );
});

describe.runIf(FULL)("changes in mid-run (section 3.4)", () => {
  const settings = {
    samples: 1536,
    width: [64, 64],
    "init-scale": 0.7,
    batch: 32,
    lr: 0.4,
    steps: 2000,
    every: 100,
    measure: ["fullbs", "minibs", "loss"],
    tolerance: 0.05,
    // What is compared are means, which certificates of single batches do not move.
    certify: "off",
    "checkpoint-every": 800,
    keep: "all",
  };
  const at = 800;
  let parent: string;
  beforeAll(async () => {
    parent = await trained(settings);
  });

  async function twin(changes: { lr?: number; batch?: number }) {
    const out = newFolder();
    await fork(parent, changes, { at, out });
    return out;
  }
  const early = (directory: string, quantity: string) => level(directory, quantity, 500, at);
  const late = (directory: string, quantity: string) => level(directory, quantity, 1500, 2000);

  it("η lowered: both sharpen again, FullBS less than with that η from the start", async () => {
    const lowered = await twin({ lr: 0.2 });
    for (const quantity of ["minibs", "fullbs"]) {
      expect(excess(late(lowered, quantity), early(parent, quantity))).toBeGreaterThan(3);
      expect(excess(late(lowered, quantity), late(parent, quantity))).toBeGreaterThan(0);
    }
    const always = await trained({ ...settings, lr: 0.2 });
    expect(excess(late(always, "fullbs"), late(lowered, "fullbs"))).toBeGreaterThan(3);
  });

  it("η raised: the loss spikes, then both settle lower", async () => {
    const raised = await twin({ lr: 0.6 });
    const losses = recordsOf(raised, "loss").map(({ value }) => value!);
    expect(Math.max(...losses)).toBeGreaterThan(2 * losses[0]!);
    for (const quantity of ["minibs", "fullbs"]) {
      expect(excess(late(parent, quantity), late(raised, quantity))).toBeGreaterThan(3);
    }
  });

  it("b raised: MiniBS drops at once and FullBS does not, then both sharpen", async () => {
    const raised = await twin({ batch: 128 });
    // At the same parameters: only the batches are larger.
    expect(valueAt(raised, "minibs", at)).toBeLessThan(0.85 * valueAt(parent, "minibs", at));
    expect(valueAt(raised, "fullbs", at)).toBeCloseTo(valueAt(parent, "fullbs", at), 10);
    const first = valueAt(raised, "fullbs", at + 100);
    expect(Math.abs(first / valueAt(parent, "fullbs", at) - 1)).toBeLessThan(0.1);
    for (const quantity of ["minibs", "fullbs"]) {
      const { mean, error } = late(raised, quantity);
      expect(mean - 3 * error).toBeGreaterThan(valueAt(raised, quantity, at));
    }
    expect(late(raised, "minibs").mean / (2 / 0.4)).toBeGreaterThan(1);
  });
});
