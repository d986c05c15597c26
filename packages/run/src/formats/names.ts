/** What says that a `run.json` is one. */
export const RUN_FORMAT = "eoss-run";

/** Version of the layout of a run folder; a reader refuses a newer one. */
export const RUN_FORMAT_VERSION = 1;

/** The parameters of step 0, in the folder of a run that did not draw them. */
export const INITIAL_FILE = "initial.safetensors";

/**
 * The quantity under which a run records the loss of the batch of each update, before that update. It
 * comes with the training: nothing is spent on it, and a step that has it alone was not measured.
 */
export const STEP_LOSS = "step-loss";
