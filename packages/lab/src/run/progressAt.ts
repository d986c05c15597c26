import type { RunInputs, Trainer } from "@eoss/run";
import { ProgressMeter } from "@eoss/run/internal";
import { quantities as builtIn } from "@eoss/sharpness";
import type { SessionOptions } from "./session.js";

/** Tells of a measurement at one step, after the fact. */
export function progressAt(
  { step, inputs }: Trainer,
  { onProgress }: Pick<SessionOptions, "onProgress">,
): ProgressMeter {
  const meter = new ProgressMeter(step, step, () => 0, onProgress, costsIn(inputs), inputs.workers);
  meter.measuring();
  return meter;
}

/** What quantities say that they cost: those of a run, and all that are built in. */
export function costsIn({ quantities }: RunInputs): (quantity: string) => string {
  const all = [...Object.values(builtIn), ...quantities];
  const costs = new Map(all.map(({ name, cost }) => [name, cost]));
  return (quantity) => costs.get(quantity) ?? "";
}
