import type { RandomStream } from "@eoss/rng";
import { requireStream } from "@eoss/rng/internal";
import { changesOf } from "../schedules/changes.js";
import { batchSizeAt, type Schedule } from "../schedules/schedule.js";
import type { SamplerFactory } from "./define.js";
import { type Batches, checkStep, type Sampler } from "./sampler.js";

/** Steps with one batch size. */
interface Segment {
  readonly start: number;
  readonly batchSize: number;
}

/**
 * Batches whose size follows a schedule, entered at any step.
 *
 * The steps fall into segments of constant b. Within a segment that starts at step s, step k has the
 * batch k − s of a sampler with that b. The first segment uses `stream` itself, so before the first
 * change the batches are those of an unchanged twin; a later one uses `stream.fork(s)`. With shuffled
 * epochs a change of b therefore leaves the present epoch and begins a new shuffle, and no shuffle
 * comes twice. A b that is set again to what it was is no change.
 *
 * Seeking costs one pass over the changes before the step (once; a ramp counts each of its steps).
 *
 * @param schedule of b, in samples; values between integers are rounded
 * @param samples n
 * @throws TypeError if the factory or the stream is none; RangeError for a schedule that is none, and,
 *   at the first step of the segment, if its b does not fit the sampler
 */
export function scheduledBatches(
  schedule: Schedule,
  samples: number,
  factory: SamplerFactory,
  stream: RandomStream,
): Batches {
  if (typeof factory !== "function") {
    throw new TypeError("scheduledBatches takes the function that samplerByName gives for a name");
  }
  requireStream("scheduledBatches", stream);
  const changes = changesOf(schedule);
  const segments: Segment[] = [];
  let next = changes.next();
  // One alone: a sampler may keep a whole shuffle, and a ramp of b has many segments.
  let current: { readonly segment: Segment; readonly sampler: Sampler } | undefined;

  /** Extends the list up to the step, then searches it: the last segment that starts in time. */
  function segmentAt(step: number): Segment {
    while (!next.done && next.value <= step) {
      const start = next.value;
      const batchSize = batchSizeAt(schedule, start);
      if (segments.at(-1)?.batchSize !== batchSize) {
        segments.push({ start, batchSize });
      }
      next = changes.next();
    }
    return segments.findLast(({ start }) => start <= step)!;
  }

  return {
    at(step) {
      checkStep(step);
      const segment = segmentAt(step);
      if (current?.segment !== segment) {
        const { start, batchSize } = segment;
        const own = start === 0 ? stream : stream.fork(start);
        current = { segment, sampler: factory(samples, batchSize, own) };
      }
      return current.sampler.at(step - segment.start);
    },
  };
}
