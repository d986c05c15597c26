import { resolve } from "node:path";
import { stream } from "@eoss/rng";
import type { TrainingPlan } from "@eoss/sgd";
import { type OpenedRun, openRun } from "./analysis/openedRun.js";
import type { EndReason } from "./formats/ends.js";
import type { RunManifest, SeenPlateau } from "./formats/manifestSchema.js";
import type { MetricRecord } from "./formats/recordSchema.js";

export interface SyntheticOptions {
  readonly seed?: number;
  readonly batchSize?: number;
  readonly samples?: number;
  readonly lr?: number;
  readonly steps?: number;
  readonly every?: number;
  /** Levels at which the curves settle, in units of 2/η. */
  readonly levels?: { readonly minibs: number; readonly fullbs: number };
  readonly batchesEach?: number;
  readonly end?: EndReason | null;
  readonly stepLoss?: boolean;
  /** What the plan has beside η and b. */
  readonly plan?: Partial<TrainingPlan>;
  readonly plateaus?: readonly SeenPlateau[];
  readonly parent?: NonNullable<RunManifest["parent"]>;
  readonly directory?: string;
}

/**
 * Records as training at the edge of stability would write them: curves that rise to a level and
 * fluctuate with memory, batches that scatter around MiniBS, a loss that falls. Made of formulas
 * and seeded noise: for tests of reports, and no measurement of anything.
 */
export function syntheticRun({
  seed = 1,
  batchSize = 16,
  samples = 1536,
  lr = 0.2,
  steps = 8000,
  every = 100,
  levels = { minibs: 1.06, fullbs: 0.54 },
  batchesEach = 24,
  end = "completed",
  stepLoss = true,
  plan = {},
  plateaus = [],
  parent,
  directory = `runs/synthetic-${batchSize}-${seed}`,
}: SyntheticOptions = {}): OpenedRun {
  const threshold = 2 / lr;
  const isFull = batchSize === samples;
  const noise = stream(seed, "synthetic");
  const memory = { minibs: 0, fullbs: 0 };
  const records: MetricRecord[] = [];
  const curve = (quantity: "minibs" | "fullbs", step: number, random: number) => {
    memory[quantity] = 0.5 * memory[quantity] + 0.02 * random;
    const rise = 1 - 0.85 * Math.exp((-12 * step) / steps);
    return threshold * (levels[quantity] * rise + memory[quantity]);
  };
  for (let step = parent?.step ?? 0; step <= steps; step++) {
    const at = noise.fork(step);
    const falling = 0.9 * Math.exp((-7 * step) / steps) + 2e-4;
    if (stepLoss && step > 0) {
      records.push(
        record("step-loss", step, falling * Math.exp((isFull ? 0.02 : 0.5) * at.normalAt(0)), {
          samples: batchSize,
        }),
      );
    }
    if (step % every !== 0) continue;
    const diverged = end === "diverged" && step > 0.9 * steps;
    const measured = (value: number) => (diverged ? null : value);
    const status = diverged ? "diverged" : "converged";
    records.push(record("loss", step, measured(falling), { samples, status: "exact" }));
    const fullbs = curve("fullbs", step, at.normalAt(1));
    records.push(
      record("fullbs", step, measured(fullbs), {
        errorBound: 0.008 * fullbs,
        samples,
        products: 5,
        seconds: 0.21,
        status,
      }),
    );
    if (isFull) continue;
    const center = curve("minibs", step, at.normalAt(2));
    const spread = 0.9 / Math.sqrt(batchSize);
    const batches = Array.from(
      { length: batchesEach },
      (_, i) => center * Math.exp(spread * at.normalAt(10 + i) - spread ** 2 / 2),
    );
    const mean = batches.reduce((sum, value) => sum + value, 0) / batchesEach;
    const variance = batches.reduce((sum, value) => sum + (value - mean) ** 2, 0);
    records.push(
      record("minibs", step, measured(mean), {
        standardError: Math.sqrt(variance / (batchesEach - 1) / batchesEach),
        samples: batchesEach * batchSize,
        products: 3 * batchesEach,
        seconds: 0.09,
        status: step % (20 * every) === 0 ? "budget-spent" : status,
        ...(diverged ? {} : { batches }),
      }),
      record("batch-sharpness", step, measured(0.93 * center + 0.3 * at.normalAt(3)), {
        standardError: 0.02 * center,
        samples: batchesEach * batchSize,
        products: batchesEach,
        seconds: 0.03,
        status,
      }),
    );
  }
  return openRun({
    directory,
    path: resolve(directory),
    ...(parent && { parentPath: resolve(directory, parent.directory) }),
    truncated: false,
    records,
    manifest: {
      format: "eoss-run",
      formatVersion: 1,
      config: {
        data: "digits",
        samples,
        model: "mlp",
        width: [128, 128],
        activation: "relu",
        "init-scale": 0.7,
        loss: "mse",
        lr,
        batch: isFull ? "full" : batchSize,
        steps,
        seed,
        measure: ["fullbs", "minibs", "batch-sharpness", "loss"],
        every,
        tolerance: 0.02,
        backend: "auto",
      },
      command: `eoss train --data digits --samples ${samples} --model mlp --width 128,128 --activation relu --init-scale 0.7 --loss mse --lr ${lr} --batch ${isFull ? "full" : batchSize} --steps ${steps} --seed ${seed} --every ${every}`,
      versions: { "@eoss/lab": "0.0.0", node: "20.20.0", "@tensorflow/tfjs-core": "4.22.0" },
      backend: "wasm",
      seeds: { seed, streams: ["init", "data-order", "measurement"] },
      dataset: {
        name: "digits",
        samples,
        inputShape: [64],
        classes: 10,
        source: "UCI optical digits, embedded",
      },
      model: { name: "mlp", parameters: 26_122 },
      batchSize,
      plan: { learningRate: lr, batchSize, optimizer: "sgd", ...plan },
      plateaus,
      ...(parent && { parent }),
      stabilityThreshold: threshold,
      startedAt: "2024-05-01T10:00:00.000Z",
      endedAt: end === null ? null : "2024-05-01T10:02:11.500Z",
      end:
        end === null
          ? null
          : {
              reason: end,
              step: steps,
              message: end === "diverged" ? "The loss is not finite." : "",
            },
    },
  });
}

function record(
  quantity: string,
  step: number,
  value: number | null,
  rest: Partial<MetricRecord>,
): MetricRecord {
  return {
    step,
    quantity,
    value,
    samples: 0,
    products: 0,
    seconds: 0,
    status: "exact",
    ...rest,
  };
}
