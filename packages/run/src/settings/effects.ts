/** Settings that have an effect only together with others. */

import { dataSourceOf, readsFolder } from "@eoss/data";
import { models } from "@eoss/models";
import type { Noise } from "@eoss/noise";
import { batchSizeSchedule, changesOf, settingsAt, type TrainingPlan, valueAt } from "@eoss/sgd";
import { quantities as builtIn, type Quantity, type ReadSetting } from "@eoss/sharpness";
import { measuredNames } from "../training/measuredNames.js";
import { type TrainConfig, trainFields } from "./config.js";
import { foreignNames, TRAINING_KINDS } from "./foreignNames.js";
import { idleChanges, idleSchedules } from "./idleChanges.js";
import { nameAndOptions } from "./nameValuePairs.js";
import { noiseSetting } from "./noiseSetting.js";
import { countBefore, type Rhythm, rhythmsOf } from "./rhythm.js";
import { isStandard } from "./standard.js";

/** A run, as far as it decides which of its settings have an effect. */
export interface ChosenRun {
  readonly config: TrainConfig;
  readonly plan: TrainingPlan;
  readonly quantities: readonly Quantity[];
  /** n */
  readonly samples: number;
  /** Whether the parameters are given, not drawn. */
  readonly isGiven?: boolean;
  /** Noises of users, by the names that settings have for them. */
  readonly noises?: Readonly<Record<string, Noise>> | undefined;
}

/** Why a setting has no effect in a run; undefined where it has. */
type Idle = (run: ChosenRun) => string | readonly string[] | undefined;

const NOTHING_MEASURED = "nothing is measured";

/**
 * Of each setting, why it has no effect in a run. `always`: it has one in every run. What is left out of a
 * configuration, or is as it would be without, is not asked about.
 */
const EFFECTS: { readonly [K in keyof typeof trainFields]: Idle | "always" } = {
  data: "always",
  "data-dir": ({ config: { data } }) =>
    unless(readsFolder(data), `the data set ${data} is part of eoss and reads no files`),
  "data-options": "always",
  samples: "always",
  "label-noise": "always",
  augment: "always",
  model: "always",
  "model-options": "always",
  width: (run) => givenTwice(run, "width"),
  activation: (run) => givenTwice(run, "activation"),
  init: (run) => isDrawn(run),
  "init-scale": (run) => isDrawn(run),
  loss: "always",
  lr: "always",
  batch: "always",
  steps: "always",
  optimizer: "always",
  noise: (run) => idleNoise(run),
  sampler: (run) => idleSampler(run),
  schedule: ({ config, plan, samples }) => idleSchedules(config, plan, samples),
  intervene: ({ config, plan }) => idleChanges(config, plan),
  plateau: ({ plan: { interventions = [] } }) =>
    unless(
      interventions.some(({ at }) => at === "plateau"),
      "no change of --intervene waits for a plateau (at=plateau)",
    ),
  seed: "always",
  "init-seed": (run) => isDrawn(run),
  "order-seed": (run) => idleOrder(run),
  // It is refused where nothing is drawn.
  "data-seed": "always",
  "measure-seed": (run) => unread(run, "tolerance", "is drawn by chance"),
  "stop-loss": "always",
  "stop-accuracy": "always",
  "stop-plateau": "always",
  "time-limit": "always",
  "plugin-limit": ({ config }) =>
    unless(namesForeignCode(config), "all of the network, data and quantities are part of eoss"),
  "checkpoint-every": ({ config }) => beyond(config, config["checkpoint-every"], "checkpoint"),
  keep: ({ config: { "checkpoint-every": every, steps } }) =>
    unless(every > 0 && every < steps, "the run writes one checkpoint, at its end"),
  measure: "always",
  every: (run) => idleRhythms(run),
  budget: (run) => unless(run.quantities.length > 0, NOTHING_MEASURED),
  tolerance: (run) => unread(run, "tolerance", "has a tolerance"),
  certify: (run) => unread(run, "certify", "rests on top eigenvalues"),
  top: (run) => unread(run, "top", "is of the top eigenvalues over all samples"),
  "per-layer": (run) => unread(run, "perLayer", "is an eigenvalue that has parts by layer"),
  "max-batches": (run) =>
    unless(
      run.quantities.some(({ over }) => over === "batches") && hasBatches(run),
      "no quantity that is measured is a mean over batches",
    ),
  backend: "always",
  workers: (run) => unless(run.quantities.length > 0, NOTHING_MEASURED),
};

/**
 * The settings of a run that have no effect, a sentence each: `noise has no effect: …`. They are no error: a
 * sweep crosses settings, and a run that is resumed may reach a change that it did not before.
 */
export function idleSettings(run: ChosenRun): string[] {
  const settings: Readonly<Record<string, unknown>> = run.config;
  return Object.entries(EFFECTS).flatMap(([name, idle]) => {
    const field = trainFields[name as keyof typeof trainFields];
    if (idle === "always" || isStandard(field, settings[name])) return [];
    const reasons = [idle(run) ?? []].flat();
    return reasons.map((reason) => `${name} has no effect: ${reason}`);
  });
}

/** The names of the settings that have an effect in every run. */
export const ALWAYS_EFFECTIVE: readonly string[] = Object.entries(EFFECTS).flatMap(
  ([name, idle]) => (idle === "always" ? [name] : []),
);

function unless(holds: boolean, reason: string): string | undefined {
  return holds ? undefined : reason;
}

function isDrawn({ isGiven = false }: ChosenRun): string | undefined {
  return unless(!isGiven, "the initial parameters are given, not drawn");
}

/** What the options of the network say wins over the setting of the same name. */
function givenTwice({ config: { "model-options": options = {} } }: ChosenRun, name: string) {
  return unless(!Object.hasOwn(options, name), `model-options has another ${name}, which counts`);
}

function beyond(config: TrainConfig, every: number, what: string): string | undefined {
  return unless(every < config.steps || every === 0, noneBetween(config, what));
}

function noneBetween({ steps }: TrainConfig, what: string): string {
  return `the run has ${steps} steps, so there is no ${what} between its beginning and its end`;
}

function idleRhythms({ config, quantities, plan }: ChosenRun): string[] {
  if (quantities.length === 0) return [NOTHING_MEASURED];
  const names = measuredNames(config, plan);
  const { rest, own } = rhythmsOf(config.every);
  const isLate = (rhythm: Rhythm) => countBefore(rhythm, config.steps) < 2;
  const ofOwn = [...own].flatMap(([name, rhythm]) => {
    if (!names.includes(name)) return [`${name} is not measured`];
    return isLate(rhythm) ? [`${name} is measured at the beginning and at the end only`] : [];
  });
  if (own.size > 0 || !isLate(rest)) return ofOwn;
  return [noneBetween(config, "measurement")];
}

function unread({ quantities }: ChosenRun, setting: ReadSetting, does: string): string | undefined {
  // Of those of users it is not known.
  const reads = quantities.some(({ reads = [setting] }) => reads.includes(setting));
  return unless(reads, quantities.length === 0 ? NOTHING_MEASURED : `nothing measured ${does}`);
}

/** The steps at which what a run does can change, 0 first; those after a plateau are not known. */
function turns({ plan, config: { steps } }: ChosenRun): number[] {
  const found = new Set([0]);
  for (const { at } of plan.interventions ?? []) if (at !== "plateau" && at < steps) found.add(at);
  return [...found];
}

const waiting = ({ interventions = [] }: TrainingPlan) =>
  interventions.filter(({ at }) => at === "plateau");

/** Whether an update is, or may be, made with b < n. */
function hasBatches({ plan, samples, config: { steps } }: ChosenRun): boolean {
  if (waiting(plan).some(({ batchSize = samples }) => batchSize !== samples)) return true;
  const schedule = batchSizeSchedule(plan);
  for (const step of changesOf(schedule)) {
    if (step >= steps) break;
    if (Math.round(valueAt(schedule, step)) < samples) return true;
  }
  return false;
}

/** The texts of noises that the run has, or may have; undefined for that of mini-batches. */
function noisesOf(run: ChosenRun): (string | undefined)[] {
  const texts = turns(run).map((step) => settingsAt(run.plan, step).noise);
  const later = waiting(run.plan).flatMap(({ noise }) => noise ?? []);
  return [...texts, ...later].map((text) => (text === "none" ? undefined : text));
}

/** Whether a noise is like that of batches, where every step takes all samples. */
function vanishes(run: ChosenRun, { biased, ofBatches }: Noise): boolean {
  const replaces = run.config.sampler === "with-replacement";
  return Boolean(ofBatches) && !biased && !replaces && !hasBatches(run);
}

function idleOrder(run: ChosenRun): string | undefined {
  if (run.config.augment !== undefined || hasBatches(run)) return undefined;
  const isNoisy = noisesOf(run).some((text) => {
    const setting = noiseSetting(text, run.noises);
    return setting !== undefined && !vanishes(run, setting.noise);
  });
  return unless(isNoisy, "every step takes all samples as they are, without noise");
}

function idleNoise(run: ChosenRun): string[] {
  const { noises } = run;
  const reasons = new Set<string>();
  for (const text of new Set(noisesOf(run))) {
    const setting = noiseSetting(text, noises);
    if (text === undefined || setting === undefined) continue;
    const { name } = nameAndOptions(text);
    const { noise, options } = setting;
    if (vanishes(run, noise))
      reasons.add(`${name} is noise like that of batches, and a full batch has none`);
    if (options.covariance === "drawn" && options.refreshEvery !== undefined) {
      reasons.add(`${name} reads refresh-every with covariance=exact only`);
    }
  }
  return [...reasons];
}

function idleSampler(run: ChosenRun): string | undefined {
  const { config, quantities } = run;
  const isNoisy = noisesOf(run).every((text) => text !== undefined);
  const scales = isNoisy && config.sampler === "with-replacement";
  if (!hasBatches(run) && !scales) return "every step takes all samples";
  if (!isNoisy || scales || quantities.some(({ over }) => over === "step")) return undefined;
  return "with --noise every step takes all samples";
}

function namesForeignCode(config: TrainConfig): boolean {
  const { data, model, measure } = config;
  return (
    dataSourceOf(data) === "code" ||
    !Object.hasOwn(models, model) ||
    measure.some((name) => !Object.hasOwn(builtIn, name)) ||
    TRAINING_KINDS.some((kind) => foreignNames(kind, config).length > 0)
  );
}
