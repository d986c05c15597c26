import { ConfigError } from "@eoss/run";
import { batchSizeSchedule, learningRateSchedule, type TrainingPlan, valueAt } from "@eoss/sgd";

/**
 * A schedule of a user that is planned over the steps of the run is another one for more steps. What was done
 * already must stay as it was.
 *
 * @param recorded in `run.json`
 * @param steps made so far
 * @throws ConfigError naming the first step at which η or b would have been others
 */
export function checkSamePast(recorded: TrainingPlan, now: TrainingPlan, steps: number): void {
  for (const [key, scheduleOf] of [
    ["lr", learningRateSchedule],
    ["batch", batchSizeSchedule],
  ] as const) {
    const [before, after] = [scheduleOf(recorded), scheduleOf(now)];
    for (let step = 0; step < steps; step++) {
      if (valueAt(before, step) === valueAt(after, step)) continue;
      throw new ConfigError(
        `with these settings ${key} would have been ${valueAt(after, step)} at step ${step}, where it was ` +
          `${valueAt(before, step)}. A schedule of your own is planned over the steps of the run unless it names them: ` +
          'begin the run with its own "steps=N" in --schedule, or leave --steps as it was',
      );
    }
  }
}
