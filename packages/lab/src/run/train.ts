import { type Dataset, loadDataset } from "@eoss/data/node";
import { disposeTree, meanGradient, type ParameterTree } from "@eoss/hvp";
import type { Model } from "@eoss/models";
import { stream } from "@eoss/rng";
import {
  disposeState,
  fullBatch,
  type OptimizerState,
  type Params,
  type Sampler,
  sgd,
  shuffledEpochs,
} from "@eoss/sgd";
import {
  chunksOf,
  forwardError,
  type Measurement,
  measure,
  type Problem,
  type Quantity,
  quantityByName,
} from "@eoss/sharpness";
import { version_core as tfjsVersion } from "@tensorflow/tfjs-core";
import { loadBackend } from "../backend.js";
import { buildModel } from "../buildModel.js";
import { commandOf } from "../command.js";
import type { TrainConfig } from "../config.js";
import { ConfigError } from "../configError.js";
import { renderReport } from "../report/report.js";
import { trainingLoss } from "../trainingProblem.js";
import { version } from "../version.js";
import { breather } from "./breather.js";
import { type MetricRecord, RUN_FORMAT_VERSION, type RunManifest } from "./format.js";
import { type Progress, ProgressMeter } from "./progress.js";
import { readRun } from "./read.js";
import { RunStore } from "./store.js";
import { type RunSummary, summarize } from "./summary.js";

/** Names of the random streams of a run; each purpose has its own, so none disturbs another. */
const STREAMS = ["init", "data-order", "measurement"] as const;

export interface TrainOptions {
  /** Folder of the run; must not hold one yet. */
  readonly out: string;
  readonly onProgress?: (progress: Progress) => void;
  /** Aborting ends the run cleanly, as `interrupted`. */
  readonly signal?: AbortSignal;
}

/**
 * Trains a network with SGD and measures its curvature on the way, into a run folder.
 *
 * The training trajectory depends on data, model, η, b and seed alone: measurements have their own
 * random stream and change nothing. A run that diverges or is aborted ends with a valid folder.
 *
 * @returns what the run shows; its report is in the folder
 * @throws ConfigError, DatasetError if the run cannot start as asked
 */
export async function train(config: TrainConfig, options: TrainOptions): Promise<RunSummary> {
  const dataset = await loadDataset(config.data, {
    samples: config.samples,
    dataDir: config["data-dir"],
  });
  const backend = await loadBackend(config.backend);
  const model = await buildModel(config, dataset);
  const batchSize = batchSizeOf(config, dataset);
  const store = new RunStore(options.out, manifestOf(config, dataset, model, batchSize, backend));
  const run = new TrainingRun(config, options, dataset, model, batchSize, store);

  let end: NonNullable<RunManifest["end"]>;
  try {
    end = await run.toTheEnd();
  } catch (error) {
    end = { reason: "failed", step: run.step, message: (error as Error).message };
    throw error;
  } finally {
    run.dispose();
    store.close(end!, new Date().toISOString());
  }
  const result = readRun(options.out);
  const report = store.writeFile("report.html", renderReport([result]));
  return summarize(result, report);
}

class TrainingRun {
  #state: OptimizerState;
  readonly #sampler: Sampler;
  readonly #lossOf: ReturnType<typeof trainingLoss>;
  readonly #quantities: readonly Quantity[];
  readonly #memory = new Map<string, Float32Array>();
  readonly #progress: ProgressMeter;
  readonly #breathe: () => Promise<void>;

  constructor(
    readonly config: TrainConfig,
    { onProgress, signal }: TrainOptions,
    readonly dataset: Dataset,
    readonly model: Model,
    readonly batchSize: number,
    readonly store: RunStore,
  ) {
    const { seed, lr } = config;
    this.#lossOf = trainingLoss(dataset, model, config.loss);
    this.#quantities = measuredNames(config).map(quantityByName);
    this.#sampler =
      batchSize === dataset.size
        ? fullBatch(dataset.size)
        : shuffledEpochs(dataset.size, batchSize, stream(seed, "data-order"));
    this.#progress = new ProgressMeter(
      config.steps,
      sgd.stabilityThreshold({ learningRate: lr }),
      onProgress,
    );
    this.#breathe = breather(signal);
    const init = { scheme: config.init, scale: config["init-scale"] };
    this.#state = sgd.init(model.init(stream(seed, "init"), init));
  }

  get step(): number {
    return this.#state.step;
  }

  /** Steps and measures until the run ends, and says how it did. */
  async toTheEnd(): Promise<NonNullable<RunManifest["end"]>> {
    const { steps, every } = this.config;
    try {
      while (true) {
        if (this.step % every === 0 || this.step === steps) {
          const measured = await this.#measure();
          const loss = measured.find(({ quantity }) => quantity === "loss")?.value;
          if (
            loss !== undefined &&
            loss <= (this.config["stop-loss"] ?? Number.NEGATIVE_INFINITY)
          ) {
            return this.#end("stop-loss", `the training loss fell to ${loss.toPrecision(3)}`);
          }
        }
        if (this.step === steps) return this.#end("completed", `${steps} steps were made`);
        const loss = this.#update();
        if (!Number.isFinite(loss)) {
          const advice = `η = ${this.config.lr} is too large for this problem: lower --lr`;
          return this.#end(
            "diverged",
            `the loss was no longer finite at step ${this.step}; ${advice}`,
          );
        }
        await this.#breathe();
      }
    } catch (error) {
      if ((error as Error).name !== "AbortError") throw error;
      return this.#end("interrupted", `interrupted after ${this.step} of ${steps} steps`);
    }
  }

  dispose(): void {
    disposeState(this.#state);
  }

  /** One step of SGD. If the loss of its batch is not finite, θ stays as it is. */
  #update(): number {
    const began = performance.now();
    const { step, params } = this.#state;
    const batch = this.#sampler.at(step);
    const { loss, gradient } = meanGradient(
      params as ParameterTree,
      chunksOf(this.#problem(), batch),
    );
    if (Number.isFinite(loss)) {
      this.#state = sgd.step(gradient as Params, this.#state, { learningRate: this.config.lr });
    }
    disposeTree(gradient);
    this.#record(step, {
      quantity: "step-loss",
      value: loss,
      errorBound: forwardError(loss),
      samples: batch.length,
      products: 0,
      seconds: (performance.now() - began) / 1000,
      status: Number.isFinite(loss) ? "exact" : "not-finite",
    });
    this.#progress.stepped(this.step, loss);
    return loss;
  }

  async #measure(): Promise<Measurement[]> {
    this.#progress.measuring();
    const measured = await measure(this.#problem(), this.#quantities, {
      tolerance: this.config.tolerance,
      maxBatches: this.config["max-batches"],
      stream: stream(this.config.seed, "measurement").fork(this.step),
      memory: this.#memory,
      pause: this.#breathe,
    });
    for (const measurement of measured) {
      this.#record(this.step, measurement);
      this.#progress.measured(measurement);
    }
    return measured;
  }

  #problem(): Problem {
    return {
      params: this.#state.params,
      samples: this.dataset.size,
      batchSize: this.batchSize,
      coupled: this.model.coupled,
      lossOf: this.#lossOf,
    };
  }

  #record(step: number, measurement: Measurement): void {
    const finite = Object.entries(measurement).filter(
      ([key, value]) => key === "value" || typeof value !== "number" || Number.isFinite(value),
    );
    this.store.append({ step, ...Object.fromEntries(finite) } as unknown as MetricRecord);
  }

  #end(reason: NonNullable<RunManifest["end"]>["reason"], message: string) {
    return { reason, step: this.step, message };
  }
}

/** The stop rule looks at the training loss, so it is measured then in any case. */
function measuredNames(config: TrainConfig): string[] {
  const names = new Set(config.measure);
  if (config["stop-loss"] !== undefined) names.add("loss");
  return [...names];
}

function batchSizeOf({ batch }: TrainConfig, { size }: Dataset): number {
  if (batch === "full") return size;
  if (batch > size) {
    throw new ConfigError(
      `batch is ${batch}, but there are ${size} samples; allowed: up to ${size}, or "full"`,
    );
  }
  return batch;
}

function manifestOf(
  config: TrainConfig,
  dataset: Dataset,
  model: Model,
  batchSize: number,
  backend: string,
): RunManifest {
  const { name, size, inputShape, classes, source } = dataset;
  return {
    format: "eoss-run",
    formatVersion: RUN_FORMAT_VERSION,
    config,
    command: commandOf(config),
    versions: { eoss: version, node: process.versions.node, tfjs: tfjsVersion },
    backend,
    seeds: { seed: config.seed, streams: STREAMS },
    dataset: { name, samples: size, inputShape, classes, source },
    model: { name: model.name, parameters: model.parameterCount },
    batchSize,
    stabilityThreshold: sgd.stabilityThreshold({ learningRate: config.lr }),
    startedAt: new Date().toISOString(),
    endedAt: null,
    end: null,
  };
}
