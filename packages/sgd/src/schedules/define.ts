import { EossError } from "@eoss/rng";
import {
  callback,
  checkTableDefinition,
  completeOptions,
  needed,
  type OptionDomain,
  type OptionTable,
  TABLE_PARTS,
} from "@eoss/rng/internal";
import { checkStep } from "../samplers/sampler.js";

/** A schedule is not what `--schedule` asks for; the message names the rule it broke. */
export class ScheduleContractError extends EossError {
  override readonly name = "ScheduleContractError";
}

/** The options of a schedule by name. */
export type ScheduleOptions = Readonly<Record<string, OptionTable["defaults"][string]>>;

/** What a schedule is made for. */
export interface ScheduleContext {
  /** The setting itself, η or b. */
  readonly initial: number;
  /** T, the horizon: the steps that the schedule is planned over; at T and after it keeps its value at T. */
  readonly steps: number;
}

/** A kind of schedule with its options. */
export interface ScheduleKind {
  readonly name: string;
  /** How it runs, in a line; may be empty. */
  readonly description: string;
  /** Its options with the values they take when left out. */
  readonly defaults: ScheduleOptions;
  /**
   * The value at each of some steps.
   *
   * @param steps from 0 to the horizon
   * @throws RangeError if an option is unknown or out of its domain
   * @throws ScheduleContractError for a value that is no number, or above the declared peak
   */
  values(
    context: ScheduleContext,
    options: ScheduleOptions,
    steps: Iterable<number>,
  ): readonly number[];
}

/** A schedule by its formula. */
export interface ScheduleDefinition<O extends ScheduleOptions> {
  readonly name: string;
  readonly description?: string;
  readonly defaults: O;
  /** What options may be; left out: anything like the default. */
  readonly domains?: Readonly<Partial<Record<keyof O & string, OptionDomain>>>;
  /** The value at a step from 0 to the horizon: a function of its arguments alone. */
  at(step: number, options: O & ScheduleContext): number;
  /** The largest value that it has; left out: that of the setting, `initial`. */
  peak?(options: O & ScheduleContext): number;
}

/**
 * Makes a schedule of its formula: it adds the checks of options and values.
 *
 * @example
 * // η/√(1 + t/τ)
 * const inverseRoot = defineSchedule({
 *   name: "inverse-root",
 *   defaults: { tau: 100 },
 *   at: (step, { initial, tau }) => initial / Math.sqrt(1 + step / tau),
 * });
 * @throws RangeError for a part that the definition of a schedule does not have, that is missing, or that is of
 *   another kind
 */
export function defineSchedule<O extends ScheduleOptions>(
  definition: ScheduleDefinition<O>,
): ScheduleKind {
  const parts = { ...TABLE_PARTS, at: needed(callback), peak: callback };
  checkTableDefinition("defineSchedule", definition, parts);
  const { name, description = "", defaults, domains, at, peak } = definition;
  const table = { defaults, domains } as OptionTable;
  for (const taken of ["initial", "steps"]) {
    if (!Object.hasOwn(table.defaults, taken)) continue;
    throw new RangeError(
      `${name} has an option ${taken}: every schedule is given it; rename yours`,
    );
  }
  completeOptions(name, table, {});
  return {
    ...{ name, description, defaults: table.defaults },
    values(context, options, steps) {
      const all = { ...completeOptions(name, table, options), ...context } as unknown as O &
        ScheduleContext;
      const highest = checkedPeak(name, peak === undefined ? context.initial : peak(all));
      return Array.from(steps, (step) => {
        checkStep(step);
        return checkedValue(name, step, at(step, all), highest);
      });
    },
  };
}

function checkedPeak(name: string, peak: number): number {
  if (typeof peak === "number" && Number.isFinite(peak)) return peak;
  throw new ScheduleContractError(`the schedule ${name} has the peak ${peak}; allowed: a number`);
}

/** Rounding may lift a value above its peak by so much of it. */
const ROUNDING = 1e-12;

function checkedValue(name: string, step: number, value: number, peak: number): number {
  if (typeof value !== "number" || !Number.isFinite(value)) {
    throw new ScheduleContractError(
      `the schedule ${name} is ${value} at step ${step}; allowed: a finite number`,
    );
  }
  if (value <= peak + ROUNDING * Math.abs(peak)) return value;
  throw new ScheduleContractError(
    `the schedule ${name} is ${value} at step ${step}, above its peak of ${peak}; declare the largest value ` +
      "that it has with peak",
  );
}
