import { settingsAt } from "@eoss/sgd";
import { version_core as tfjsVersion } from "@tensorflow/tfjs-core";
import { commandOf } from "../command.js";
import type { TrainConfig } from "../config.js";
import { thresholdOf } from "../plan.js";
import { version } from "../version.js";
import { finish } from "./finish.js";
import { RUN_FORMAT_VERSION, type RunManifest } from "./format.js";
import { openTask } from "./open.js";
import { plateauRule, waitsForPlateau } from "./plateauWatch.js";
import { Session, type SessionOptions } from "./session.js";
import { RunStore } from "./store.js";
import type { RunSummary } from "./summary.js";
import { type Task, Trainer } from "./trainer.js";

/** Names of the random streams of a run; each purpose has its own, so none disturbs another. */
const STREAMS = ["init", "data-order", "measurement", "noise"] as const;

export interface TrainOptions extends SessionOptions {
  /** Folder of the run; must not hold one yet. */
  readonly out: string;
}

/**
 * Trains a network and measures its curvature on the way, into a run folder.
 *
 * The training trajectory depends on data, model, plan and seed alone: measurements have their own
 * random stream and change nothing. A run that diverges or is aborted ends with a valid folder, and
 * one that is killed can be resumed.
 *
 * @returns what the run shows; its report is in the folder
 * @throws ConfigError, DatasetError if the run cannot start as asked
 * @throws RunWriteError if its folder cannot be written
 */
export async function train(config: TrainConfig, options: TrainOptions): Promise<RunSummary> {
  const task = await openTask(config);
  const store = RunStore.create(options.out, manifestOf(task, task.backend));
  const trainer = new Trainer(task);
  try {
    await new Session(trainer, store, new Map(), options).toTheEnd();
  } finally {
    trainer.dispose();
  }
  return finish(options.out);
}

/** `run.json` of a run that begins. */
export function manifestOf(
  { config, dataset, model, plan }: Task,
  backend: string,
  parent?: RunManifest["parent"],
): RunManifest {
  const { name, size, inputShape, classes, source } = dataset;
  const first = parent?.step ?? 0;
  return {
    format: "eoss-run",
    formatVersion: RUN_FORMAT_VERSION,
    config,
    command: commandOf(config),
    versions: { eoss: version, node: process.versions.node, tfjs: tfjsVersion },
    backend,
    seeds: { seed: config.seed, streams: STREAMS },
    dataset: { name, samples: size, inputShape, classes, source },
    model: { name: model.name, parameters: model.parameterCount },
    batchSize: settingsAt(plan, first).batchSize,
    plan,
    plateaus: [],
    ...(waitsForPlateau(plan) && { plateauRule: plateauRule(config.plateau) }),
    stabilityThreshold: thresholdOf(plan, first),
    ...(parent && { parent }),
    startedAt: new Date().toISOString(),
    endedAt: null,
    end: null,
  };
}
