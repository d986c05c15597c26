import { relative } from "node:path";
import type { RunSummary } from "@eoss/report";
import { checkOptions, checkTypedOptions, namesOf, needed, number, text } from "@eoss/rng/internal";
import {
  type BackendName,
  ConfigError,
  manifestOf,
  parseTrainConfig,
  type TrainConfig,
} from "@eoss/run";
import { foreignNames } from "@eoss/run/internal";
import { writeCheckpoint } from "../folder/checkpoint.js";
import { checkInputs, withFingerprints } from "../folder/fingerprints.js";
import { loadFinish } from "../folder/finish.js";
import { readInitial, writeInitial } from "../folder/initial.js";
import { checkReached } from "../folder/reached.js";
import { readManifest } from "../folder/read.js";
import { RunStore, refuseRun } from "../folder/store.js";
import { absolutePaths } from "../plugins/paths.js";
import { checkTrust } from "../plugins/trust.js";
import { versions } from "../version.js";
import { openInputs } from "./open.js";
import { REPLAY_OPTIONS, type ReplayOptions, replayTo } from "./replay.js";
import { configOf } from "./resume.js";
import { RESUME_SETTINGS } from "./resumeSettings.js";
import { checkSamePast } from "./samePast.js";
import { Session } from "./session.js";
import { warnIdle } from "./warnIdle.js";

/** The settings that a fork may change without touching the trajectory. */
export const FORK_SETTINGS = [
  "measure",
  "every",
  "budget",
  "tolerance",
  "certify",
  "max-batches",
  "measure-seed",
  "top",
  "per-layer",
  ...RESUME_SETTINGS,
] as const satisfies ReadonlyArray<keyof TrainConfig>;

/** What a fork does otherwise than its parent from the step on. */
export interface ForkChanges {
  readonly lr?: number;
  readonly batch?: number | "full";
  /** A name with options, as in the settings. */
  readonly optimizer?: string;
  /** Of batches and noise from the step on: those that a run with this seed has at these steps. */
  readonly "order-seed"?: number;
  readonly settings?: Partial<Pick<TrainConfig, (typeof FORK_SETTINGS)[number]>>;
}

export interface ForkOptions extends ReplayOptions {
  /** The step from which on the twin goes its own way. */
  readonly at: number;
  /** Folder of the new run. */
  readonly out: string;
}

const FORK_CHANGES = namesOf<ForkChanges>({
  ...{ lr: true, batch: true, optimizer: true, "order-seed": true, settings: true },
});

/**
 * Starts a twin of a run at any of its steps, with changed settings. The twin is the run that the
 * parent would have been with the intervention `at=STEP ...`, bit for bit; its folder begins at the
 * step and stands for itself.
 *
 * @throws ConfigError, RunFolderError as `train` and `resume`
 */
export async function fork(
  parent: string,
  changes: ForkChanges,
  given: ForkOptions,
): Promise<RunSummary> {
  checkOptions("changes of fork", changes, FORK_CHANGES);
  checkOptions("settings of fork", changes.settings ?? {}, FORK_SETTINGS);
  checkTypedOptions("fork", given, {
    ...{ at: needed(number), out: needed(text) },
    ...REPLAY_OPTIONS,
  });
  const { at, out, ...options } = given;
  refuseRun(out);
  const manifest = readManifest(parent);
  const theirs = configOf(parent, manifest);
  const config = absolutePaths(forkConfig(theirs, changes, at), process.cwd());
  checkStep(at, config.steps, manifest.parent?.step ?? 0, parent);
  checkReached(parent, manifest, at);

  const { optimizer, settings } = changes;
  const asked = optimizer === undefined ? [] : foreignNames("optimizer", { optimizer });
  const named = [...(options.trusted ?? []), ...(settings?.measure ?? []), ...asked];
  checkTrust(parent, config, { trusted: named });
  const initial = readInitial(parent, manifest);
  const inputs = await openInputs(config, manifest.backend as BackendName, initial);
  await checkInputs(parent, manifest, inputs, options);
  checkSamePast(manifest.plan, inputs.plan, at);
  const finish = await loadFinish();
  const { trainer, checkpoint } = await replayTo(at, parent, inputs, manifest, options);
  try {
    const position = await trainer.position();
    const seen = manifest.plateaus.slice(0, position.plateaus.length);
    const origin = { directory: relative(out, parent), step: at };
    const memory = checkpoint?.memory ?? new Map<string, Float32Array>();
    const twin = manifestOf(inputs, versions, origin, manifest.initial);
    const own = await withFingerprints(out, { ...twin, plateaus: seen }, inputs);
    const store = RunStore.create(out, own, () => {
      if (initial) writeInitial(out, initial);
      writeCheckpoint(out, { ...position, memory, records: { bytes: 0 }, run: own.id });
    });
    warnIdle(inputs, options);
    await new Session(trainer, store, memory, options).toTheEnd();
  } finally {
    trainer.dispose();
  }
  return finish(out);
}

/** The settings of the twin: those of its parent, and the changes as an intervention at the step. */
export function forkConfig(
  parent: TrainConfig,
  { lr, batch, optimizer, "order-seed": orderSeed, settings = {} }: ForkChanges,
  at: number,
): TrainConfig {
  const words = [
    ...(lr === undefined ? [] : [`lr=${lr}`]),
    ...(batch === undefined ? [] : [`batch=${batch}`]),
    ...(orderSeed === undefined ? [] : [`order-seed=${orderSeed}`]),
    ...(optimizer === undefined ? [] : [`optimizer=${optimizer}`]),
  ];
  const interventions = [...(parent.intervene ?? [])];
  if (words.length > 0) interventions.push([`at=${at}`, ...words].join(" "));
  return parseTrainConfig({
    ...parent,
    ...settings,
    ...(interventions.length > 0 && { intervene: interventions }),
  });
}

function checkStep(at: number, steps: number, first: number, parent: string): void {
  if (Number.isSafeInteger(at) && at >= first && at < steps) return;
  throw new ConfigError(
    `--at is ${at}; allowed: a step from ${first}, where ${parent} begins, to below ${steps}, the ` +
      "steps of the fork (increase them with --steps N)",
  );
}
