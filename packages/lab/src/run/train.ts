import type { RunSummary } from "@eoss/report";
import { checkTypedOptions, needed, text } from "@eoss/rng/internal";
import { manifestOf, type TrainConfig, Trainer } from "@eoss/run";
import { withFingerprints } from "../folder/fingerprints.js";
import { loadFinish } from "../folder/finish.js";
import { RunStore, refuseRun } from "../folder/store.js";
import { tfjsNotes } from "../machine/tfjsCopies.js";
import { absolutePaths } from "../plugins/paths.js";
import { versions } from "../version.js";
import { openInputs } from "./open.js";
import { REPLAY_OPTIONS } from "./replay.js";
import { Session, type SessionOptions } from "./session.js";
import { warnIdle } from "./warnIdle.js";

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
  checkTypedOptions("train", options, { out: needed(text), ...REPLAY_OPTIONS });
  refuseRun(options.out);
  const inputs = await openInputs(absolutePaths(config, process.cwd()));
  options.onNotes?.([...(inputs.dataset.notes ?? []), ...tfjsNotes()]);
  warnIdle(inputs, options);
  const finish = await loadFinish();
  const store = RunStore.create(
    options.out,
    await withFingerprints(options.out, manifestOf(inputs, versions), inputs),
  );
  const trainer = new Trainer(inputs);
  try {
    await new Session(trainer, store, new Map(), options).toTheEnd();
  } finally {
    trainer.dispose();
  }
  return finish(options.out);
}
