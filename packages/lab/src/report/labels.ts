import { basename } from "node:path";
import type { Run } from "../run/read.js";
import { integer, short } from "./numbers.js";

/** Settings of how a run is watched or stored: they never tell two trainings apart. */
const BOOKKEEPING = new Set([
  "out",
  "config",
  "json",
  "measure",
  "every",
  "tolerance",
  "max-batches",
  "steps",
  "stop-loss",
  "backend",
  "data-dir",
]);

export function isFullBatch({ manifest }: Run): boolean {
  return manifest.batchSize === manifest.dataset.samples;
}

/** "b = 16", or "full batch". */
export function batchLabel(run: Run): string {
  return isFullBatch(run) ? "full batch" : `b = ${integer(run.manifest.batchSize)}`;
}

/** η, out of the threshold 2/η that the run was written with. */
export function learningRate({ manifest }: Run): number {
  return Number((2 / manifest.stabilityThreshold).toPrecision(12));
}

/** "mlp on digits, b = 16, η = 0.2" */
export function runTitle(run: Run): string {
  const { model, dataset } = run.manifest;
  return `${model.name} on ${dataset.name}, ${batchLabel(run)}, η = ${short(learningRate(run), 6)}`;
}

/**
 * A short label for each of several runs: the batch size, and whatever else differs between them
 * ("b = 16, η = 0.1, seed 2"). Runs that differ in nothing are told apart by their folders.
 */
export function runLabels(runs: readonly Run[]): string[] {
  const names = [...new Set(runs.flatMap(({ manifest }) => Object.keys(manifest.config)))];
  const varies = (values: readonly unknown[]) =>
    new Set(values.map((value) => JSON.stringify(value))).size > 1;
  const differing = names.filter(
    (name) =>
      !BOOKKEEPING.has(name) &&
      !["batch", "lr"].includes(name) &&
      varies(runs.map(({ manifest }) => manifest.config[name])),
  );
  const ratesDiffer = varies(runs.map(learningRate));
  const labels = runs.map((run) =>
    [
      batchLabel(run),
      ...(ratesDiffer ? [`η = ${short(learningRate(run), 6)}`] : []),
      ...differing.map((name) => `${name} ${settingText(run.manifest.config[name])}`),
    ].join(", "),
  );
  return labels.map((label, i) =>
    labels.indexOf(label) === labels.lastIndexOf(label)
      ? label
      : `${label} (${basename(runs[i]!.directory)})`,
  );
}

/** A setting as one would type it. */
export function settingText(value: unknown): string {
  if (value === null || value === undefined) return "–";
  if (Array.isArray(value)) return value.map(settingText).join(",");
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}
