import type { StepName } from "@eoss/lab";
import { InvalidArgumentError } from "commander";

/** The value of `--at`: a step, `init` or `final`. */
export function stepOption(text: string): StepName {
  if (text === "init" || text === "final") return text;
  if (/^\d+$/.test(text)) return Number(text);
  throw new InvalidArgumentError("allowed: a step from 0 up, init, final");
}
