import type { RunInputs } from "@eoss/run";
import { idleSettings } from "@eoss/run/internal";
import type { SessionOptions } from "./session.js";

/** Tells of the settings of a run that begins which have no effect in it. */
export function warnIdle(inputs: RunInputs, { onWarning }: SessionOptions): void {
  const { dataset, plugins, initial } = inputs;
  const run = {
    ...inputs,
    samples: dataset.samples,
    isGiven: initial !== undefined,
    noises: plugins?.noises,
  };
  for (const text of idleSettings(run)) onWarning?.(text);
}
