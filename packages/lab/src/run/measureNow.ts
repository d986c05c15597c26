import { stream } from "@eoss/rng";
import { type Measurement, type MeasureOptions, measure } from "@eoss/sharpness";
import type { MeasuringPool } from "../workers/measuringPool.js";
import type { Trainer } from "./trainer.js";

/**
 * Measures the quantities of a run at the present step of its training.
 *
 * @param memory vectors kept between measurements; changed
 * @param pause awaited between products
 * @param pool looks at batches; without, they are looked at here
 * @param certify top eigenvalues, whatever the settings say
 * @param onMeasured is told of each quantity as soon as it is done
 */
export function measureNow(
  trainer: Trainer,
  memory: Map<string, Float32Array>,
  pause: () => Promise<void>,
  pool?: MeasuringPool,
  certify = false,
  onMeasured?: (measurement: Measurement) => void,
): Promise<Measurement[]> {
  const { config, quantities } = trainer.task;
  const certified = certify ? "all" : config.certify;
  pool?.moveTo(trainer.position, certified);
  return measure(trainer.problem(), quantities, {
    ...measureOptions(trainer),
    certify: certified,
    maxBatches: config["max-batches"],
    memory,
    pause,
    ...(pool && { executor: pool }),
    ...(onMeasured && { onMeasured }),
  });
}

/** What every reading of a measurement depends on, beside the problem. */
export function measureOptions({
  task: { config },
  step,
}: Trainer): Pick<MeasureOptions, "tolerance" | "top" | "perLayer" | "stream"> {
  return {
    tolerance: config.tolerance,
    top: config.top,
    perLayer: config["per-layer"],
    stream: stream(config.seed, "measurement").fork(step),
  };
}
