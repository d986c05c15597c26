import { stream } from "@eoss/rng";
import {
  callback,
  checkTypedOptions,
  flag,
  list,
  type OptionDomains,
  withMethods,
} from "@eoss/rng/internal";
import {
  type Certify,
  type Executor,
  type Measurement,
  type MeasureOptions,
  type MeasuringProgress,
  measure,
  type Quantity,
} from "@eoss/sharpness";
import { seedOf } from "../settings/seeds.js";
import type { Position, Trainer } from "./trainer.js";

/**
 * Looks at batches elsewhere, e.g. in threads, which have to know where the training stands.
 *
 * @experimental
 */
export interface FollowingExecutor extends Executor {
  /** @param certify which top eigenvalues of batches are certified */
  moveTo(position: Position, certify: Certify): void;
}

export const EXECUTOR = withMethods("an executor", "moveTo", "read");

export interface MeasureNowOptions {
  /** Some of the run's quantities; default: all of them. */
  readonly quantities?: readonly Quantity[];
  /** Looks at batches; without, they are looked at here. */
  readonly pool?: FollowingExecutor | undefined;
  /** Whether all top eigenvalues are certified, whatever the settings say; default false. */
  readonly certifyAll?: boolean;
  /** Is told of each quantity as soon as it is done. */
  readonly onMeasured?: (measurement: Measurement) => void;
  /** Is told what is looked at. */
  readonly onProgress?: ((progress: MeasuringProgress) => void) | undefined;
}

const OPTIONS: OptionDomains<MeasureNowOptions> = {
  ...{ quantities: list("of quantities"), pool: EXECUTOR, certifyAll: flag, onMeasured: callback },
  onProgress: callback,
};

/**
 * Measures the quantities of a run at the present step of its training.
 *
 * @param memory vectors kept between measurements; changed
 * @param pause awaited between products
 */
export async function measureNow(
  trainer: Trainer,
  memory: Map<string, Float32Array>,
  pause: () => Promise<void>,
  options: MeasureNowOptions = {},
): Promise<Measurement[]> {
  checkTypedOptions("measureNow", options, OPTIONS);
  const { quantities, pool, certifyAll = false, onMeasured, onProgress } = options;
  const { config, quantities: all } = trainer.inputs;
  const certify = certifyAll ? "all" : config.certify;
  pool?.moveTo(await trainer.position(), certify);
  return measure(trainer.problem(), quantities ?? all, {
    ...measureOptions(trainer),
    certify,
    maxBatches: config["max-batches"],
    memory,
    pause,
    ...(pool && { executor: pool }),
    ...(onMeasured && { onMeasured }),
    ...(onProgress && { onProgress }),
  });
}

/** What every reading of a measurement depends on, beside the problem. */
export function measureOptions({
  inputs: { config },
  step,
}: Trainer): Pick<MeasureOptions, "tolerance" | "top" | "perLayer" | "stream"> {
  return {
    tolerance: config.tolerance,
    top: config.top,
    perLayer: config["per-layer"],
    stream: stream(seedOf(config, "measure"), "measurement").fork(step),
  };
}
