import { join } from "node:path";
import type { RunSummary } from "@eoss/report";
import { checkOptions, checkTypedOptions } from "@eoss/rng/internal";
import {
  type BackendName,
  ConfigError,
  commandOf,
  parseTrainConfig,
  type RunManifest,
  type TrainConfig,
} from "@eoss/run";
import { declaredIn, importCommandOf, isOver } from "@eoss/run/internal";
import { usableCheckpoint } from "../folder/binding.js";
import { checkInputs, withFingerprints } from "../folder/fingerprints.js";
import { isReported, loadFinish } from "../folder/finish.js";
import { readInitial } from "../folder/initial.js";
import { readManifest } from "../folder/read.js";
import { RunStore } from "../folder/store.js";
import { absolutePaths } from "../plugins/paths.js";
import { checkTrust } from "../plugins/trust.js";
import { versions as currentVersions } from "../version.js";
import { openInputs } from "./open.js";
import { REPLAY_OPTIONS, type ReplayOptions, replayTo } from "./replay.js";
import { RESUME_SETTINGS } from "./resumeSettings.js";
import { checkSamePast } from "./samePast.js";
import { Session } from "./session.js";
import { warnIdle } from "./warnIdle.js";

export type ResumeChanges = Partial<Pick<TrainConfig, (typeof RESUME_SETTINGS)[number]>>;

/**
 * Goes on with a run after any end, from its newest sound checkpoint: the records become those of a
 * run that was never stopped, to the last bit but the seconds, on the same backend.
 *
 * Records made after that checkpoint stay, are made again and compared.
 *
 * @throws RunFolderError if the folder is no run, or its parameters do not fit the network
 * @throws ConfigError if the run is over, goes on in another process, lacks what it needs, names code
 *   that is not trusted, or is made of other data or code than when it began
 */
export async function resume(
  directory: string,
  changes: ResumeChanges = {},
  options: ReplayOptions = {},
): Promise<RunSummary> {
  checkOptions("changes of resume", changes, RESUME_SETTINGS);
  checkTypedOptions("resume", options, REPLAY_OPTIONS);
  const { onWarning = () => {} } = options;
  const manifest = readManifest(directory);
  const own = absolutePaths(changes, process.cwd());
  const config = { ...configOf(directory, manifest), ...own };
  checkTrust(directory, config, options);
  if (madeItsSteps(manifest, config)) return unreported(directory);
  warnOfNode(manifest, onWarning);
  const initial = readInitial(directory, manifest);
  const inputs = await openInputs(config, manifest.backend as BackendName, initial);
  const changed = await checkInputs(directory, manifest, inputs, options);
  warnIdle(inputs, options);
  const start = manifest.parent?.step ?? 0;
  const newest =
    usableCheckpoint(directory, manifest, config.steps, onWarning)?.state.step ?? start;
  checkSamePast(manifest.plan, inputs.plan, newest);
  const finish = await loadFinish();
  const { trainer, checkpoint } = await replayTo(newest, directory, inputs, manifest, options);
  try {
    const { plateaus } = await trainer.position();
    const at = new Date().toISOString();
    const now = { at, step: newest, ...(changed.length > 0 && { changed }) };
    // Until the run ends again, records are bound by checkpoints alone.
    const { records: _, ...rest } = manifest;
    const going: RunManifest = {
      ...rest,
      config,
      plan: inputs.plan,
      ...declaredIn(inputs.plan, inputs.plugins),
      command: manifest.initial ? importCommandOf(config) : commandOf(config),
      plateaus: manifest.plateaus.slice(0, plateaus.length),
      resumes: [...(manifest.resumes ?? []), now],
      endedAt: null,
      end: null,
    };
    const store = RunStore.reopen(
      directory,
      manifest,
      await withFingerprints(directory, going, inputs),
      checkpoint?.records,
      onWarning,
    );
    await new Session(trainer, store, checkpoint?.memory ?? new Map(), options).toTheEnd();
  } finally {
    trainer.dispose();
  }
  return finish(directory);
}

/**
 * The settings of a run as this version understands them, with absolute paths.
 *
 * @throws ConfigError also if the run was imported or is measured by Python: its parameters were never here
 */
export function configOf(
  directory: string,
  { config, imported, measured }: RunManifest,
): TrainConfig {
  if (measured !== undefined) {
    throw new ConfigError(
      `${directory} is the run of ${measured.source}, which trains with ${measured.framework}: its parameters are not ` +
        "here. It can be reported, queried and exported; to go on, run that script again with " +
        "eoss.Monitor(…, resume=True)",
    );
  }
  if (imported !== undefined) {
    throw new ConfigError(
      `${directory} was imported from ${imported.source} without parameters: it can be reported, queried and ` +
        "exported, but it cannot be resumed, forked or measured",
    );
  }
  const settings = parseTrainConfig(config, (key) => `${join(directory, "run.json")}: ${key}`);
  return absolutePaths(settings, directory);
}

/** An interrupt at the last step leaves its measurement undone. */
function madeItsSteps(manifest: RunManifest, { steps }: TrainConfig): boolean {
  return isOver(manifest) && (manifest.end?.step ?? 0) >= steps;
}

/**
 * Of a run that is over, a kill may have left the report undone.
 *
 * @throws ConfigError if there is nothing to do
 */
async function unreported(directory: string): Promise<RunSummary> {
  if (!isReported(directory)) return (await loadFinish())(directory);
  const { end } = readManifest(directory);
  throw new ConfigError(
    `${directory}: the run has completed its ${end?.step} steps; to extend it, resume it with --steps N`,
  );
}

/** Another Node alone is no other input. */
function warnOfNode({ versions }: RunManifest, warn: (message: string) => void): void {
  const { node } = currentVersions;
  if (versions.node === undefined || versions.node === node) return;
  warn(
    `the run began with Node ${versions.node}, and this is Node ${node}: from here on its numbers may ` +
      "differ in the last digits",
  );
}
