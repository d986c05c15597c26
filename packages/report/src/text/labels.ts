import { type Change, type OpenedRun, short } from "@eoss/run";
import { integer } from "@eoss/run/internal";
import { type OptimizerSettings, optimizers, type TrainingSettings } from "@eoss/sgd";
import { withoutFolders } from "./fileNames.js";

/** Settings that say how a run is watched or stored, not what it is. */
export const WATCHING_SETTINGS: ReadonlySet<string> = new Set([
  "out",
  "config",
  "json",
  "measure",
  "every",
  "tolerance",
  "certify",
  "max-batches",
  "time-limit",
  "plugin-limit",
  "checkpoint-every",
  "keep",
  "backend",
  "workers",
  "data-dir",
]);

/**
 * Settings that never tell two trainings apart: how a run is watched and where it ends; and those that
 * are read off the plan, where they stand with what became of them.
 */
const NOT_TELLING = new Set([
  ...WATCHING_SETTINGS,
  "steps",
  "stop-loss",
  "stop-accuracy",
  "stop-plateau",
  "lr",
  "batch",
  "schedule",
  "intervene",
  "plateau",
  "optimizer",
]);

/** Whether every step of a run takes all samples. */
export function isFullBatch(run: OpenedRun): boolean {
  return batchSizes(run).every((size) => size === run.manifest.dataset.samples);
}

/** "b = 16", "b = 16 → 64", or "full batch". */
export function batchLabel(run: OpenedRun): string {
  return isFullBatch(run) ? "full batch" : `b = ${batchText(run)}`;
}

/** "16", "16 → 64", "1,536 (full)" */
export function batchText(run: OpenedRun): string {
  const { samples } = run.manifest.dataset;
  const text = (size: number) => (size === samples ? `${integer(size)} (full)` : integer(size));
  return arrows(batchSizes(run).map(text));
}

/** "0.2", "0.2 → 0.1", or of a warm-up "0 → 0.2" */
export function rateText(run: OpenedRun): string {
  return arrows(courseOf(run, ({ learningRate }) => learningRate).map(rate));
}

/** "heavy-ball (momentum 0.9)"; of several in turn the names with arrows between them. */
export function optimizerText(run: OpenedRun): string {
  return arrows(courseOf(run, ({ optimizer }) => describeOptimizer(optimizer)));
}

/** "mlp on digits, b = 16, η = 0.2"; plain SGD is not mentioned. */
export function runTitle(run: OpenedRun): string {
  const { model, dataset } = run.manifest;
  const optimizer = optimizerText(run);
  return [
    withoutFolders(`${model.name} on ${dataset.name}`),
    ...(optimizer === "sgd" ? [] : [optimizer]),
    batchLabel(run),
    `η = ${rateText(run)}`,
  ].join(", ");
}

/**
 * A short label for each of several runs: the batch size, and whatever else differs between them
 * ("b = 16, η = 0.1, seed 2"). Runs that differ in nothing are told apart by their folders.
 */
export function runLabels(runs: readonly OpenedRun[]): string[] {
  const differing = differingSettings(runs.map(({ manifest }) => manifest.config)).filter(
    (name) => !NOT_TELLING.has(name),
  );
  const ratesDiffer = varies(runs.map(rateText));
  const optimizersDiffer = varies(runs.map(optimizerText));
  const labels = runs.map((run) =>
    [
      batchLabel(run),
      ...(ratesDiffer ? [`η = ${rateText(run)}`] : []),
      ...(optimizersDiffer ? [optimizerText(run)] : []),
      ...differing.map((name) => `${name} ${shownSetting(run.manifest.config[name])}`),
    ].join(", "),
  );
  return distinct(labels, runs);
}

/** The settings of which several runs do not all have the same, in the order of their records. */
export function differingSettings(
  runs: ReadonlyArray<Readonly<Record<string, unknown>>>,
): string[] {
  const names = [...new Set(runs.flatMap((settings) => Object.keys(settings)))];
  return names.filter((name) => varies(runs.map((settings) => settings[name])));
}

/** What is missing is `null`. */
function varies(values: readonly unknown[]): boolean {
  return new Set(values.map((value) => JSON.stringify(value ?? null))).size > 1;
}

/** The labels, with the names of the folders where two are the same. */
export function distinct(labels: readonly string[], runs: readonly OpenedRun[]): string[] {
  return labels.map((label, i) =>
    labels.indexOf(label) === labels.lastIndexOf(label)
      ? label
      : `${label} (${lastName(runs[i]!.directory)})`,
  );
}

/** "η 0.01 → 0.005, b 16 → 64", and before it "plateau: " if it waited for one. */
export function changeText({ before, after, plateau }: Change, samples: number): string {
  const size = (value: number) => (value === samples ? "full" : integer(value));
  const parts = [
    changed("η", rate(before.learningRate), rate(after.learningRate)),
    changed("b", size(before.batchSize), size(after.batchSize)),
    changed("", describeOptimizer(before.optimizer), describeOptimizer(after.optimizer)),
    changed("noise", shownSetting(before.noise ?? "none"), shownSetting(after.noise ?? "none")),
    changed("order-seed", orderText(before), orderText(after)),
  ];
  return `${plateau ? "plateau: " : ""}${parts.filter(Boolean).join(", ")}`;
}

function orderText({ orderSeed }: TrainingSettings): string {
  return orderSeed === undefined ? "as begun" : String(orderSeed);
}

/** A setting as one would type it. */
export function settingText(value: unknown): string {
  if (value === null || value === undefined) return "–";
  if (Array.isArray(value)) return value.map(settingText).join(",");
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}

/** The same in a title or a legend: of a file that it names, its name without folders. */
export function shownSetting(value: unknown): string {
  return withoutFolders(settingText(value));
}

/** What a part of the settings was in turn: at first, around each change, and at last. */
function courseOf<T>(run: OpenedRun, pick: (settings: TrainingSettings) => T): T[] {
  const values = [
    run.settingsAt(run.firstStep),
    ...run.changes.flatMap(({ step, before, after }) =>
      step > run.firstStep ? [before, after] : [],
    ),
    run.lastSettings,
  ].map(pick);
  return values.filter((value, i) => value !== values[i - 1]);
}

function batchSizes(run: OpenedRun): number[] {
  return courseOf(run, ({ batchSize }) => batchSize);
}

/** At most four with arrows between them: 0.2 → 0.1 */
function arrows(texts: readonly string[]): string {
  const shown = texts.length > 4 ? [...texts.slice(0, 2), "…", texts.at(-1)!] : texts;
  return shown.join(" → ");
}

function changed(name: string, before: string, after: string): string {
  return before === after ? "" : `${name} ${before} → ${after}`.trim();
}

function rate(value: number): string {
  return short(value, 6);
}

function describeOptimizer({ name, ...options }: OptimizerSettings): string {
  const { weightDecay, ...rest } = { ...optimizers[name]?.defaults, ...options };
  const words = [
    ...("momentum" in rest ? [`momentum ${rest.momentum}`] : []),
    ...Object.entries(options)
      .filter(([option]) => option !== "momentum" && option !== "weightDecay")
      .map(([option, value]) => `${option} ${settingText(value)}`),
    ...(weightDecay ? [`weight decay ${weightDecay}`] : []),
  ];
  return withoutFolders(words.length > 0 ? `${name} (${words.join(", ")})` : name);
}

/** The name of a folder without those that it is in. */
function lastName(path: string): string {
  return path.split(/[\\/]/).findLast((name) => name !== "") ?? path;
}
