import type { Measurement } from "@eoss/sharpness";
import type { EndReason } from "../formats/ends.js";
import type { SeenPlateau } from "../formats/manifestSchema.js";
import type { TrainConfig } from "../settings/config.js";

/** Why a run ends, and the words for it. */
export interface Stop {
  readonly reason: EndReason;
  readonly message: string;
}

/** The ends beside those of `goalReached`, in the words of `run.json`. */
export const stops = {
  completed: (steps: number): Stop => ({
    reason: "completed",
    message: `${steps} steps were made`,
  }),
  timeLimit: (limit: TrainConfig["time-limit"]): Stop => ({
    reason: "time-limit",
    message: `reached the time limit of ${limit}; resume to continue`,
  }),
  plateau: ({ quantity, since }: SeenPlateau): Stop => ({
    reason: "stop-plateau",
    message: `${quantity} is level since step ${since}`,
  }),
  interrupted: (step: number, steps: unknown): Stop => ({
    reason: "interrupted",
    message: `interrupted after ${step} of ${steps} steps`,
  }),
  diverged: (step: number, learningRate: number): Stop => ({
    reason: "diverged",
    message: `the loss was no longer finite at step ${step}; η = ${learningRate} is too large for this problem: lower --lr`,
  }),
};

/**
 * The goal that a run has reached, if it has one and has: a training loss of at most `stop-loss`, or a
 * training accuracy of at least `stop-accuracy`.
 *
 * @param measured what was measured at one step
 */
export function goalReached(
  {
    "stop-loss": lowLoss,
    "stop-accuracy": highAccuracy,
  }: Pick<TrainConfig, "stop-loss" | "stop-accuracy">,
  measured: readonly Measurement[],
): Stop | undefined {
  const measuredValue = (name: string) =>
    measured.find(({ quantity }) => quantity === name)?.value ?? Number.NaN;
  const loss = measuredValue("loss");
  if (lowLoss !== undefined && loss <= lowLoss) {
    return { reason: "stop-loss", message: `the training loss fell to ${loss.toPrecision(3)}` };
  }
  const accuracy = measuredValue("accuracy");
  if (highAccuracy !== undefined && accuracy >= highAccuracy) {
    const message = `the training accuracy rose to ${accuracy.toPrecision(4)}`;
    return { reason: "stop-accuracy", message };
  }
  return undefined;
}
