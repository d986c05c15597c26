import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type MetricRecord, parseTrainConfig, type TrainConfig } from "@eoss/run";
import { afterAll } from "vitest";

/** Whether the heavy forms of tests run too: `EOSS_FULL=1`, as in `.ci/run`. */
export const FULL = Boolean(process.env.EOSS_FULL || process.env.EOSS_LONG);

/** A run of a second: a tiny network on the embedded digits. */
export const tiny = {
  data: "digits",
  samples: 120,
  width: [12],
  "init-scale": 0.3,
  lr: 0.1,
  batch: 8,
  steps: 24,
  every: 8,
  tolerance: 0.3,
  seed: 5,
  backend: "cpu",
  workers: 1,
};

export function tinyConfig(settings: Record<string, unknown> = {}): TrainConfig {
  return parseTrainConfig({ ...tiny, ...settings });
}

/** Makes folder names that do not exist yet; what is in them goes away after the tests. */
export function newFolders(prefix: string): () => string {
  const root = mkdtempSync(join(tmpdir(), `eoss-${prefix}-`));
  afterAll(() => rmSync(root, { recursive: true }));
  let count = 0;
  return () => join(root, `run-${count++}`);
}

/** The lines of `metrics.jsonl`, each without the time it took: what must be equal bit for bit. */
export function untimedLines(directory: string): string[] {
  return readFileSync(join(directory, "metrics.jsonl"), "utf8")
    .split("\n")
    .slice(0, -1)
    .map((line) => {
      const { seconds: _, ...rest } = JSON.parse(line) as MetricRecord;
      return JSON.stringify(rest);
    });
}

/** Takes out of `run.json` how a session ended: a kill leaves no word. */
export function withoutEnd(directory: string): void {
  const path = join(directory, "run.json");
  const { records: _, ...manifest } = JSON.parse(readFileSync(path, "utf8"));
  writeFileSync(path, JSON.stringify({ ...manifest, end: null, endedAt: null }, null, 2));
}

/** Options of a session that dies when its run reaches a step, without a last checkpoint. */
export function dyingAt(step: number) {
  return {
    onProgress: (progress: { step: number }) => {
      if (progress.step === step) throw new Error("killed");
    },
  };
}
