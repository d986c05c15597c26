import { stream } from "@eoss/rng";
import type { StaticCurveOptions } from "@eoss/sharpness";
import { seedOf } from "../settings/seeds.js";
import type { Trainer } from "./trainer.js";

/** What every reading of a static curve depends on, beside the problem. */
export function staticOptions({
  inputs: { config },
  step,
}: Trainer): Pick<StaticCurveOptions, "tolerance" | "stream"> {
  return {
    tolerance: config.tolerance,
    stream: stream(seedOf(config, "measure"), "static").fork(step),
  };
}
