import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { MetricRecord, RunManifest } from "@eoss/run";

export interface RunFolder {
  readonly config?: Readonly<Record<string, unknown>>;
  readonly manifest?: Partial<RunManifest>;
  readonly records?: readonly MetricRecord[];
  /** What stands behind the records, as a kill leaves it. */
  readonly tail?: string;
}

/** Writes a run folder as training does, with the records given. */
export function writeRun(
  directory: string,
  { config = {}, manifest = {}, records = [], tail = "" }: RunFolder,
): string {
  const settings = {
    data: "digits",
    model: "mlp",
    width: [8],
    loss: "mse",
    lr: 0.1,
    batch: 16,
    steps: 400,
    seed: 0,
    measure: ["minibs", "batch-sharpness"],
    ...config,
  };
  const batchSize = settings.batch as unknown as number;
  const run: RunManifest = {
    format: "eoss-run",
    formatVersion: 1,
    config: settings,
    command: "eoss train",
    versions: { eoss: "0.0.0" },
    backend: "cpu",
    seeds: { seed: settings.seed, streams: [] },
    dataset: { name: "digits", samples: 1536, inputShape: [8, 8, 1], classes: 10, source: "" },
    model: { name: "mlp", parameters: 610 },
    batchSize,
    plan: {
      learningRate: settings.lr,
      batchSize,
      optimizer: { name: "sgd" },
      interventions: [],
    },
    plateaus: [],
    stabilityThreshold: 2 / settings.lr,
    startedAt: "2026-01-01T00:00:00.000Z",
    endedAt: "2026-01-01T00:01:40.000Z",
    end: { reason: "completed", step: 400, message: "made 400 steps" },
    ...manifest,
  };
  mkdirSync(directory, { recursive: true });
  writeFileSync(join(directory, "run.json"), JSON.stringify(run, null, 2));
  const lines = records.map((record) => `${JSON.stringify(record)}\n`);
  writeFileSync(join(directory, "metrics.jsonl"), lines.join("") + tail);
  return directory;
}

export function record(
  step: number,
  quantity: string,
  value: number | null,
  more: Partial<MetricRecord> = {},
): MetricRecord {
  return { step, quantity, value, samples: 64, products: 8, seconds: 0.01, status: "ok", ...more };
}
