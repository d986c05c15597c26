export { END_REASONS, type EndReason, isOver } from "./ends.js";
export type { RecordsMark, RunManifest, SeenPlateau } from "./manifestSchema.js";
export type { MetricRecord } from "./recordSchema.js";

/** Version of the layout of a run folder; a reader refuses a newer one. */
export const RUN_FORMAT_VERSION = 1;

/** The parameters of step 0, in the folder of a run that did not draw them. */
export const INITIAL_FILE = "initial.safetensors";
