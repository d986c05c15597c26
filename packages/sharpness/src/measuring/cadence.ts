/** Within this relative distance of its threshold, a sharpness is watched more closely: ... */
const NEAR = 0.2;
/** ... so many times as often. */
const CLOSER = 4;

/** What is known when the next measurement is to be set. */
export interface CadenceState {
  /** The step at which a measurement was just made. */
  readonly step: number;
  /** Steps between measurements that are wanted where nothing stands against it. */
  readonly every: number;
  /** Share of the wall time that measuring may take, in (0, 1); without, `every` alone decides. */
  readonly budget?: number;
  readonly timings: {
    /** Seconds since the start that went into training steps, ... */
    readonly training: number;
    /** ... and into measuring. */
    readonly measuring: number;
    /** Seconds of one training step, lately. */
    readonly step: number;
    /** Seconds of one measurement, lately. */
    readonly measurement: number;
  };
  /** |sharpness/threshold − 1| of the last measurement, if it is known. */
  readonly thresholdDistance?: number;
}

/**
 * The step of the next measurement.
 *
 * Without a budget, one in `every` steps. With a budget s that is what is wanted, and four times as
 * much within 20 % of the threshold, where the sharpness turns; but a measurement waits until
 * training time has paid for it:
 *
 *   measuring + measurement ≤ s·(training + k·step + measuring + measurement),   k steps ahead
 *
 * What was not spent far from the threshold is thus there near it. The result depends on timings, so
 * a run with a budget must record the steps it chose in order to be repeated.
 *
 * @throws RangeError if a setting is out of range
 * @example
 * const timings = { training: 10, measuring: 0, step: 0.1, measurement: 1 };
 * nextMeasurement({ step: 100, every: 50, timings }); // 150
 */
export function nextMeasurement({
  step,
  every,
  budget,
  timings,
  thresholdDistance = Number.POSITIVE_INFINITY,
}: CadenceState): number {
  if (!(Number.isInteger(every) && every >= 1)) {
    throw new RangeError(`every must be an integer from 1 up, not ${every}`);
  }
  if (budget === undefined) return step + every;
  if (!(budget > 0 && budget < 1)) {
    throw new RangeError(`the budget must be a share between 0 and 1, not ${budget}`);
  }
  for (const [name, seconds] of Object.entries(timings)) {
    if (!(seconds >= 0)) throw new RangeError(`timings.${name} must be seconds, not ${seconds}`);
  }
  const spent = timings.measuring + timings.measurement;
  const owed = (spent * (1 - budget)) / budget - timings.training;
  const wanted = thresholdDistance <= NEAR ? Math.ceil(every / CLOSER) : every;
  if (owed <= 0 || timings.step === 0) return step + wanted;
  return step + Math.max(wanted, Math.ceil(owed / timings.step));
}
