import { disposeTree } from "@eoss/hvp";
import { abortSignal, callback, flag, list, type OptionDomains, text } from "@eoss/rng/internal";
import {
  Course,
  type RunEnd,
  RunFolderError,
  type RunInputs,
  type RunManifest,
  Trainer,
} from "@eoss/run";
import { initialParams, ProgressMeter } from "@eoss/run/internal";
import { usableCheckpoint } from "../folder/binding.js";
import type { Checkpoint } from "../folder/checkpoint.js";
import type { InputOptions } from "../folder/fingerprints.js";
import type { TrustOptions } from "../plugins/trust.js";
import type { SessionOptions } from "./session.js";
import { interrupted, pauseForEvents } from "./yieldToEvents.js";

/** A training taken up from a folder, and what a session needs besides to go on from there. */
export interface Replay {
  readonly trainer: Trainer;
  /** The checkpoint that it stands at exactly, if any. */
  readonly checkpoint: Checkpoint | undefined;
}

export interface ReplayOptions extends SessionOptions, TrustOptions, InputOptions {}

/** What the options may be: all who make steps take them. */
export const REPLAY_OPTIONS: OptionDomains<ReplayOptions> = {
  ...{ onProgress: callback, onRecords: callback, onNotes: callback, onWarning: callback },
  ...{ signal: abortSignal, acceptChanges: flag, trusted: list("of names", text) },
};

/**
 * A run's training at a step: from the newest sound checkpoint up to it, or else from the seed, and
 * from there by making the same updates again, without measuring.
 *
 * @throws RunFolderError as `usableCheckpoint`, if the network's parameters are not those of the checkpoint, or if the run
 *   diverged before the step
 */
export async function replayTo(
  step: number,
  directory: string,
  inputs: RunInputs,
  manifest: Pick<RunManifest, "plateaus" | "id" | "records">,
  { onWarning = () => {}, onProgress, signal }: ReplayOptions = {},
): Promise<Replay> {
  const checkpoint = usableCheckpoint(directory, manifest, step, onWarning);
  if (checkpoint) checkShapes(inputs, directory, checkpoint);
  const trainer = new Trainer(inputs, checkpoint);
  const progress = new ProgressMeter(trainer.step, step, () => 0, onProgress);
  const plateaus = manifest.plateaus.map((plateau) => plateau.step);
  const course = new Course(trainer, {
    pause: pauseForEvents(signal),
    replayed: { to: step, plateaus },
  });
  try {
    for await (const event of course.run()) {
      if (event.kind === "stepped") progress.stepped(trainer.step, event.loss);
      else if (event.kind === "ended") checkEnd(event.end, directory);
    }
  } catch (error) {
    trainer.dispose();
    throw error;
  }
  return { trainer, checkpoint: checkpoint?.state.step === step ? checkpoint : undefined };
}

/** @throws what kept the replay from its step */
function checkEnd({ reason, step }: RunEnd, directory: string): void {
  if (reason === "interrupted") throw interrupted();
  if (reason === "diverged") {
    throw new RunFolderError(`${directory}: the run diverged at step ${step}`);
  }
}

/** The network may have changed since: then nothing of the checkpoint means anything. */
function checkShapes(inputs: RunInputs, directory: string, { state }: Checkpoint): void {
  const params = initialParams(inputs);
  const now = Object.entries(params).map(([name, { shape }]) => `${name} [${shape}]`);
  disposeTree(params);
  const then = Object.entries(state.params).map(([name, { shape }]) => `${name} [${shape}]`);
  if (now.join() === then.join()) return;
  throw new RunFolderError(
    `${directory}: the parameters of the network ${inputs.model.name} are not those of the run: it has ` +
      `${differing(now, then)}, the checkpoint of step ${state.step} ${differing(then, now)}; use the ` +
      "original network, or start a new run",
  );
}

function differing(own: readonly string[], other: readonly string[]): string {
  return own.filter((text) => !other.includes(text)).join(", ") || "the same in another order";
}
