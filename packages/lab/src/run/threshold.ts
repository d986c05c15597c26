import { resolvePlateaus } from "@eoss/sgd";
import { thresholdOf } from "../plan.js";
import type { RunManifest } from "./format.js";

/**
 * The sharpness at which the update of a step becomes unstable, 2/η for plain SGD: what the sharpness
 * measured at that step is compared with.
 */
export function thresholdAt(
  { plan, plateaus }: Pick<RunManifest, "plan" | "plateaus">,
  step: number,
): number {
  const seen = plateaus.map((plateau) => plateau.step);
  return thresholdOf(resolvePlateaus(plan, seen), step);
}
