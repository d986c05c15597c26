import type { TrainConfig } from "@eoss/run";
import { measurementsIn } from "@eoss/run/internal";

/** A step and a measurement cost what so many samples do, however small the batch. */
const STEP = 50;
const MEASUREMENT = 2000;
/** Passes over the samples that a measurement is worth. */
const PASSES = 10;
/** Where the specification says nothing. */
const SAMPLES = 2000;

/**
 * What a run may cost, in samples seen: rough, and without its network, which most sweeps have in
 * common. Long runs begin first, and the time to go is told by it until times are known.
 */
export function expectedWork(config: TrainConfig): number {
  const { steps, batch, every, measure, samples = SAMPLES } = config;
  const seen = batch === "full" ? samples : batch;
  const counts = measure.map((name) => measurementsIn(every, name, 0, steps));
  const measurements = counts.reduce((sum, count) => sum + count / counts.length, 0);
  return steps * (STEP + seen) + measurements * (MEASUREMENT + PASSES * samples);
}
