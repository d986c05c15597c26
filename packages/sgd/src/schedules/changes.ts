import { requireSchedule } from "./checkSchedule.js";
import type { Schedule } from "./schedule.js";

/**
 * The steps at which the value of a schedule can differ from that before, ascending, 0 first.
 *
 * @throws RangeError naming what is wrong in the schedule
 */
export function changesOf(schedule: Schedule): Generator<number, undefined> {
  requireSchedule(schedule);
  return before(Number.POSITIVE_INFINITY, 0, schedule);
}

/** The changes of a schedule that begins at `start`, up to the step `end`, where another takes over. */
function* before(end: number, start: number, schedule: Schedule): Generator<number, undefined> {
  if (start >= end) return;
  if (typeof schedule === "number" || schedule.kind === "constant") {
    yield start;
    return;
  }
  if (schedule.kind === "steps") {
    const parts = [{ at: 0, value: schedule.initial }, ...schedule.changes];
    for (const [i, { at, value }] of parts.entries()) {
      const next = parts[i + 1]?.at ?? Number.POSITIVE_INFINITY;
      yield* before(Math.min(end, start + next), start + at, value);
    }
    return;
  }
  if (schedule.kind === "table") {
    for (let step = 0; step < Math.min(schedule.values.length, end - start); step++)
      yield start + step;
    return;
  }
  // A ramp changes at each of its steps, and a last time where it ends or the next begins.
  const rampEnd = start + schedule.steps;
  for (let step = start; step < Math.min(rampEnd, end); step++) yield step;
  yield* before(end, rampEnd, schedule.kind === "warm-up" ? schedule.after : schedule.to);
}
