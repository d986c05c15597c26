import type { TrainConfig } from "@eoss/run";

/** The settings that a resumed run may change: none of them touches what was done already. */
export const RESUME_SETTINGS = [
  "steps",
  "stop-loss",
  "stop-accuracy",
  "stop-plateau",
  "time-limit",
  "plugin-limit",
  "checkpoint-every",
  "keep",
  "workers",
  "data-dir",
] as const satisfies ReadonlyArray<keyof TrainConfig>;
