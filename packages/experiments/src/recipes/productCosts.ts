/** What a run or a curve takes, by single products of its network and how many of them quantities say they take. */

import { type Run, STEP_LOSS, type TrainConfig } from "@eoss/run";
import { measuringEstimate } from "@eoss/run/internal";
import { quantities } from "@eoss/sharpness";
import type { RunCost } from "./costs.js";
import type { StaticJob } from "./jobs.js";
import type { StaticSpec } from "./recipe.js";

/**
 * What a network takes on this machine, in seconds: a Hessian-vector product over m samples takes
 * `call + m·sample`, a step with a batch `step` times as long.
 */
export interface NetworkCosts {
  readonly call: number;
  readonly sample: number;
  readonly step: number;
}

/** What decides the time of a product. */
const NETWORK = [
  ...(["data", "data-options", "model", "model-options", "width", "activation"] as const),
  "backend",
] as const satisfies ReadonlyArray<keyof TrainConfig>;

/** Two runs of the same network take as long for a product over as many samples. */
export function networkOf(settings: TrainConfig): string {
  return JSON.stringify(NETWORK.map((name) => settings[name]));
}

/**
 * Samples and a batch, with a quantity of each: first few, with single products; then, where those are quick,
 * more, with the many products of a search, among which what they have in common is shared.
 */
const FEW = { samples: 16, batch: 4, measure: ["step-sharpness", "step-batch-sharpness"] };
const MORE = { samples: 512, batch: 64, measure: ["fullbs", "step-lambda-max"] };
const QUICK = 0.02; // s

/** Two steps of plain SGD, and around each a product over some samples and one over a batch. */
export function productRun(settings: TrainConfig, known?: NetworkCosts): TrainConfig | undefined {
  const size = known ? MORE : FEW;
  if (known && !(product(known, FEW.samples) < QUICK)) return undefined;
  const samples = Math.min(size.samples, settings.samples!);
  return {
    ...settings,
    ...{ samples, batch: Math.min(size.batch, Math.ceil(samples / 4)), measure: size.measure },
    ...{ optimizer: "sgd", noise: undefined, lr: 1e-6, certify: "off" },
    ...{ steps: 2, every: 1, "checkpoint-every": 0 },
  };
}

/** By the shortest of each: what else the machine does only lengthens them. */
export function networkCosts({ manifest, records }: Run): NetworkCosts {
  const { dataset, batchSize } = manifest;
  const shortest = (...names: readonly string[]) => {
    const found = records.filter(({ quantity }) => names.includes(quantity));
    return Math.min(...found.map(({ seconds, products }) => seconds / Math.max(1, products)));
  };
  const [large, small] = [0, 1].map((i) => shortest(FEW.measure[i]!, MORE.measure[i]!)) as [
    number,
    number,
  ];
  // A larger one that was measured as shorter says nothing of what a call takes.
  const slope = (large - small) / (dataset.samples - batchSize);
  const sample = Math.max(slope, large / dataset.samples / 8);
  const call = Math.max(0, large - dataset.samples * sample);
  // A step is less than a product.
  return { sample, call, step: Math.min(1, shortest(STEP_LOSS) / small) };
}

/** What is taken between the least and the most that a quantity may take. */
export type Between = (least: number, most: number) => number;
const geometricMean: Between = (least, most) => Math.sqrt(least * most);

export function runByProducts(
  network: NetworkCosts,
  settings: TrainConfig,
  between = geometricMean,
): RunCost {
  const { measure, noise, samples } = settings;
  const seconds = measure.map((name) => quantitySeconds(network, name, settings, between));
  // Noise looks at the gradients of all samples.
  const looked = noise ? samples! : batchOf(settings);
  return {
    step: network.step * product(network, looked),
    measurement: seconds.reduce((sum, one) => sum + one, 0),
  };
}

/** As if every mean took as many batches as it may. */
export function curveByProducts(
  network: NetworkCosts,
  { spec }: StaticJob,
  settings: TrainConfig,
  between = geometricMean,
): RunCost {
  const n = settings.samples!;
  const most = spec.settings["max-batches"] ?? settings["max-batches"];
  const points = batchSizesOf(spec, n).map(
    (size) => most * between(...range("minibs", product(network, size))),
  );
  const fullbs = between(...range("fullbs", product(network, n)));
  return { step: 0, measurement: points.reduce((sum, one) => sum + one, fullbs) };
}

/** The batch sizes of a curve over n samples. */
function batchSizesOf({ batches }: StaticSpec, n: number): readonly number[] {
  if (batches) return batches;
  const sizes: number[] = [];
  for (let size = 1; size <= n / 2; size *= 2) sizes.push(size);
  return sizes;
}

function quantitySeconds(
  network: NetworkCosts,
  name: string,
  settings: TrainConfig,
  between: Between,
): number {
  const { over = "full", needs = [] } = quantities[name] ?? {};
  const ofBatch = over === "step" || (over === "batches" && !needs.includes("full-batch"));
  const one = product(network, ofBatch ? batchOf(settings) : settings.samples!);
  const most = over === "batches" && settings.batch !== "full" ? settings["max-batches"] : 1;
  return between(...range(name, one, most));
}

/** @param batches the most that a mean may take */
function range(name: string, one: number, batches = 1): readonly [number, number] {
  const { cost = "" } = quantities[name] ?? {};
  const estimate = (products: number) =>
    measuringEstimate({ quantity: name, products, batches }, cost, { product: one, batch: one })
      ?.seconds;
  return estimate(2) ?? estimate(0) ?? [one, one];
}

function product({ call, sample }: NetworkCosts, samples: number): number {
  return call + samples * sample;
}

function batchOf({ batch, samples }: TrainConfig): number {
  return batch === "full" ? samples! : batch;
}
