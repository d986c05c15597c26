/** What says that a `run.json` is one. */
export const RUN_FORMAT = "eoss-run";

/**
 * The quantity under which a run records the loss of the batch of each update, before that update. It
 * comes with the training: nothing is spent on it, and a step that has it alone was not measured.
 */
export const STEP_LOSS = "step-loss";
