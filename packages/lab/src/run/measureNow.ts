import { stream } from "@eoss/rng";
import { type Measurement, measure } from "@eoss/sharpness";
import type { Trainer } from "./trainer.js";

/**
 * Measures the quantities of a run at the present step of its training.
 *
 * @param memory vectors kept between measurements; changed
 * @param pause awaited between products
 */
export function measureNow(
  trainer: Trainer,
  memory: Map<string, Float32Array>,
  pause: () => Promise<void>,
): Promise<Measurement[]> {
  const { config, quantities } = trainer.task;
  return measure(trainer.problem(), quantities, {
    tolerance: config.tolerance,
    maxBatches: config["max-batches"],
    top: config.top,
    perLayer: config["per-layer"],
    stream: stream(config.seed, "measurement").fork(trainer.step),
    memory,
    pause,
  });
}
