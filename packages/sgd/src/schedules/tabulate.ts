import { refuse, type ValueDomain } from "./checkSchedule.js";
import type { ScheduleContext, ScheduleKind, ScheduleOptions } from "./define.js";
import type { Schedule } from "./schedule.js";

/** Values of a schedule that a plan can hold. */
const MOST = 2 ** 20;
/** Jumps that are held as such; more are held value by value. */
const MOST_JUMPS = 64;

/**
 * A schedule of a user as plain data: its value at each step up to the horizon. The plan of a run holds it, so
 * that a run is resumed and read without its code.
 *
 * @param context of `steps` up to 2²⁰
 * @param options its own
 * @param key what it is a schedule of, for messages
 * @param round whether values are rounded to integers, as of b
 * @throws RangeError if a value does not fit; what the schedule throws
 */
export function tabulate(
  kind: ScheduleKind,
  context: ScheduleContext,
  options: ScheduleOptions,
  key: string,
  { allowed, fits }: ValueDomain,
  round = false,
): Schedule {
  const { steps } = context;
  if (!(Number.isSafeInteger(steps) && steps >= 1 && steps < MOST)) {
    refuse("steps", steps, `an integer from 1 to ${MOST - 1}`);
  }
  const raw = kind.values(context, options, Array(steps + 1).keys());
  const values = round ? raw.map(Math.round) : [...raw];
  const wrong = values.findIndex((value) => !fits(value));
  if (wrong >= 0) refuse(`${key} at step ${wrong}`, values[wrong], allowed);
  const changes = values.flatMap((value, at) =>
    at > 0 && value !== values[at - 1] ? [{ at, value }] : [],
  );
  if (changes.length > MOST_JUMPS) return { kind: "table", values };
  return changes.length === 0 ? values[0]! : { kind: "steps", initial: values[0]!, changes };
}
