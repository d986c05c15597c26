import { type BackendName, ConfigError, type TrainConfig, type Trainer } from "@eoss/run";
import { checkInputs } from "../folder/fingerprints.js";
import { readInitial } from "../folder/initial.js";
import { checkReached } from "../folder/reached.js";
import { readManifest } from "../folder/read.js";
import { absolutePaths } from "../plugins/paths.js";
import { checkTrust } from "../plugins/trust.js";
import { openInputs } from "./open.js";
import { type ReplayOptions, replayTo } from "./replay.js";
import { configOf } from "./resume.js";

/** A step of a run: its number, where it began, or where it ended. */
export type StepName = number | "init" | "final";

/**
 * Takes a run up at one of its steps and does something with it; the run is not changed.
 *
 * @param changes settings that differ from the run's
 * @throws ConfigError, RunFolderError as `resume`
 */
export async function withTrainerAt<T>(
  directory: string,
  name: StepName,
  changes: Partial<TrainConfig>,
  options: ReplayOptions,
  use: (trainer: Trainer) => Promise<T>,
): Promise<T> {
  const manifest = readManifest(directory);
  const own = absolutePaths(changes, process.cwd());
  const config = { ...configOf(directory, manifest), ...own };
  const step = name === "init" ? 0 : name === "final" ? manifest.end?.step : name;
  if (step === undefined) {
    throw new ConfigError(`${directory}: the run has not ended; give a step, or resume the run`);
  }
  checkReached(directory, manifest, step);
  const named = [...(options.trusted ?? []), ...(changes.measure ?? [])];
  checkTrust(directory, config, { trusted: named });
  const initial = readInitial(directory, manifest);
  const inputs = await openInputs(config, manifest.backend as BackendName, initial);
  await checkInputs(directory, manifest, inputs, options);
  const { trainer } = await replayTo(step, directory, inputs, manifest, options);
  try {
    return await use(trainer);
  } finally {
    trainer.dispose();
  }
}
