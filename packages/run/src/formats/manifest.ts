import { outputsOf, taskOf } from "@eoss/data";
import { declaredTraits, settingsAt, type TrainingPlan } from "@eoss/sgd";
import { commandOf, importCommandOf } from "../settings/command.js";
import type { TrainConfig } from "../settings/config.js";
import { recordedPlateauRule } from "../training/measuredNames.js";
import { thresholdOf } from "../training/plan.js";
import { waitsForPlateau } from "../training/plateauWatch.js";
import type { Plugins } from "../training/plugins.js";
import type { RunInputs } from "../training/trainer.js";
import type { RunManifest } from "./manifestSchema.js";
import { RUN_FORMAT, RUN_FORMAT_VERSION } from "./names.js";

/** Names of the random streams of a run; each purpose has its own, so none disturbs another. */
const STREAMS = ["init", "data-order", "measurement", "noise"] as const;

/**
 * `run.json` of a run that begins.
 *
 * @param versions of what makes the run, by name
 * @param parent of a fork
 * @param initial of parameters that were given
 */
export function manifestOf(
  inputs: RunInputs,
  versions: RunManifest["versions"],
  parent?: RunManifest["parent"],
  initial?: RunManifest["initial"],
): RunManifest {
  const { config, dataset, model, plan, plugins, backend } = inputs;
  const { name, samples, inputShape, classes, source, notes } = dataset;
  const first = parent?.step ?? 0;
  return {
    format: RUN_FORMAT,
    formatVersion: RUN_FORMAT_VERSION,
    id: globalThis.crypto.randomUUID(),
    config,
    command: initial ? importCommandOf(config) : commandOf(config),
    versions,
    backend,
    seeds: { seed: config.seed, ...ownSeeds(config), streams: STREAMS },
    dataset: {
      name,
      samples,
      inputShape,
      classes,
      task: taskOf(dataset),
      outputs: outputsOf(dataset),
      source,
      ...(notes && { notes }),
    },
    model: { name: model.name, parameters: model.parameterCount },
    batchSize: settingsAt(plan, first).batchSize,
    plan,
    ...declaredIn(plan, plugins),
    measuresChanges: true,
    plateaus: [],
    ...(waitsForPlateau(plan) && { plateauRule: recordedPlateauRule(inputs) }),
    stabilityThreshold: thresholdOf(plan, first, plugins),
    ...(parent && { parent }),
    ...(initial && { initial }),
    startedAt: new Date().toISOString(),
    endedAt: null,
    end: null,
  };
}

/** The seeds that parts of the run have to themselves. */
function ownSeeds(config: TrainConfig): Partial<RunManifest["seeds"]> {
  const given = (["init", "order", "data", "measure"] as const).map(
    (part) => [part, config[`${part}-seed`]] as const,
  );
  return Object.fromEntries(given.filter(([, seed]) => seed !== undefined));
}

/** What the optimizers of users in a plan say of themselves, for readers without their code. */
export function declaredIn(
  { optimizer, interventions = [] }: TrainingPlan,
  { optimizers = {} }: Plugins = {},
): Pick<RunManifest, "optimizers"> {
  const settings = [optimizer, ...interventions.map((one) => one.optimizer)].flatMap((one) =>
    typeof one === "object" && Object.hasOwn(optimizers, one.name) ? [one] : [],
  );
  if (settings.length === 0) return {};
  const declared = settings.map(({ name, ...options }) => ({
    settings: { name, ...options },
    traits: declaredTraits(optimizers[name]!, options),
  }));
  return { optimizers: declared };
}
