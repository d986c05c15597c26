/** The steps at which interventions of a plan change its settings. */

import { settingsAt, type TrainingPlan } from "@eoss/sgd";
import { sameSettings } from "../analysis/inForce.js";

/** Those of the plan that was asked about last are kept: a plan is data, and does not change. */
export class ChangeSteps {
  #plan: TrainingPlan | undefined;
  #steps: ReadonlySet<number> = new Set();

  /**
   * Whether an intervention changes η, b, the optimizer, the noise or the order at a step. What a schedule
   * changes does not count: it may be something at each step. Nothing changes at step 0.
   *
   * @param plan with the plateaus seen so far in it
   */
  has(plan: TrainingPlan, step: number): boolean {
    if (plan !== this.#plan) {
      this.#plan = plan;
      this.#steps = new Set(stepsOf(plan));
    }
    return this.#steps.has(step);
  }
}

function stepsOf(plan: TrainingPlan): number[] {
  const steps = (plan.interventions ?? []).flatMap(({ at }) => (at === "plateau" ? [] : [at]));
  const at = (step: number) => settingsAt(plan, step);
  return steps.filter((step) => step > 0 && !sameSettings(at(step - 1), at(step)));
}
