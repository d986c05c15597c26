import type { TrainingPlan } from "@eoss/sgd";
import {
  type Measurement,
  type PlateauTest,
  plateauReached,
  plateauTestDefaults,
  type SeriesPoint,
} from "@eoss/sharpness";
import type { SeenPlateau } from "../formats/manifestSchema.js";
import type { MetricRecord } from "../formats/recordSchema.js";
import { ConfigError } from "../settings/configError.js";
import { nameValuePairs } from "../settings/nameValuePairs.js";

/** The quantity whose plateau is waited for, and the parameters of the test. */
export interface PlateauRule extends PlateauTest {
  readonly quantity: string;
}

/** The settings that describe such a rule, and the quantity of each that names none. */
const QUANTITIES = { plateau: "minibs", "stop-plateau": "batch-sharpness" } as const;

/**
 * The rule that a setting such as `quantity=batch-sharpness window=12` describes.
 *
 * @param setting the one that has this text
 * @throws ConfigError naming the parameter and what is allowed
 */
export function plateauRule(
  text: string,
  setting: keyof typeof QUANTITIES = "plateau",
): PlateauRule {
  const standard: PlateauRule = { quantity: QUANTITIES[setting], ...plateauTestDefaults };
  const given = nameValuePairs(text).map(([name, value]) => {
    if (!Object.hasOwn(standard, name)) {
      const known = Object.keys(standard).join(", ");
      throw new ConfigError(`${setting}: unknown parameter ${name}; allowed: ${known}`);
    }
    return [name, typeof standard[name as keyof PlateauRule] === "number" ? Number(value) : value];
  });
  const rule: PlateauRule = { ...standard, ...Object.fromEntries(given) };
  const { quantity: _, ...test } = rule;
  try {
    plateauReached([], test);
  } catch (error) {
    throw new ConfigError(`${setting}: ${(error as Error).message}`);
  }
  return rule;
}

/** Whether a plan still waits for a plateau. */
export function waitsForPlateau({ interventions = [] }: TrainingPlan): boolean {
  return interventions.some(({ at }) => at === "plateau");
}

/** Whether an intervention of a plan is still to come at a step. */
export function interventionAhead({ interventions = [] }: TrainingPlan, step: number): boolean {
  return interventions.some(({ at }) => at === "plateau" || at > step);
}

/** Looks for the plateau of a quantity among the measurements since the last intervention. */
export class PlateauWatch {
  readonly #points: SeriesPoint[];

  /**
   * @param records measured before, by an earlier session
   * @param counts whether a step is one of those, at equal distances, that the test looks at
   */
  constructor(
    readonly rule: PlateauRule,
    records: readonly MetricRecord[],
    readonly counts: (step: number) => boolean = () => true,
  ) {
    this.#points = records
      .filter(({ quantity, step }) => quantity === rule.quantity && counts(step))
      .map(({ step, value, standardError }) => ({
        step,
        value: value ?? Number.NaN,
        standardError,
      }));
  }

  add(step: number, measured: readonly Measurement[]): void {
    const found = measured.find(({ quantity }) => quantity === this.rule.quantity);
    if (found === undefined || !this.counts(step)) return;
    this.#points.push({ step, value: found.value, standardError: found.standardError });
  }

  /**
   * The plateau that is reached at a step, if one is.
   *
   * @param from the step of the last intervention
   */
  reachedAt(step: number, from: number): SeenPlateau | undefined {
    const { quantity, ...test } = this.rule;
    const asked = this.#points.filter((point) => point.step >= from);
    // A quantity such as `top-rotation` has no value yet when it is measured for the first time.
    const begun = asked.findIndex(({ value }) => Number.isFinite(value));
    const points = begun > 0 ? asked.slice(begun) : asked;
    const { reached, since } = plateauReached(points, test);
    return reached ? { step, quantity, since: since! } : undefined;
  }
}

/** The step of the last intervention that has taken effect, or the run's first step. */
export function lastIntervention(
  { interventions = [] }: TrainingPlan,
  step: number,
  first: number,
): number {
  const steps = interventions.flatMap(({ at }) => (at !== "plateau" && at <= step ? [at] : []));
  return Math.max(first, ...steps);
}
