// The folder of a run that Python makes: what is measured goes into it as it comes.
import { readManifest, readRun, version } from "@eoss/lab";
import { RunStore } from "@eoss/lab/internal";
import {
  ConfigError,
  type EndReason,
  RUN_FORMAT_VERSION,
  type RunManifest,
  recordOf,
  type SeenPlateau,
  thresholdOf,
} from "@eoss/run";
import { PlateauWatch, plateauRule, RUN_FORMAT } from "@eoss/run/internal";
import type { OptimizerSettings, TrainingPlan } from "@eoss/sgd";
import type { Measurement } from "@eoss/sharpness/core";

/** What Python says of its run. */
export interface RunDescription {
  readonly directory: string;
  /** Whether the folder's run is gone on with: records of this step and later ones are made again. */
  readonly resume: boolean;
  /** Updates made before the first measurement. */
  readonly step: number;
  readonly samples: number;
  readonly batchSize: number;
  readonly learningRate: number;
  /** Left out where eoss does not know its rule. */
  readonly optimizer?: OptimizerSettings;
  readonly seed: number;
  /** Settings of the monitor and of the script, for the table of settings. */
  readonly config: RunManifest["config"];
  readonly model: RunManifest["model"];
  readonly dataset: string;
  /** How the script was called. */
  readonly command: string;
  readonly versions: RunManifest["versions"];
  readonly backend: string;
  readonly measured: NonNullable<RunManifest["measured"]>;
  /** As the setting `plateau` of a run. */
  readonly plateau?: string;
}

/** What of an update may change from step to step. */
interface Reached {
  readonly update?: { readonly learningRate: number };
}

export class MeasuredRun {
  readonly #plateaus: PlateauWatch;
  #learningRate: number;
  #step: number;

  /**
   * @throws ConfigError if the folder holds a run that is not to be, or cannot be, gone on with
   * @throws RunWriteError if it cannot be written
   */
  static begin(description: RunDescription, warn: (message: string) => void): MeasuredRun {
    return new MeasuredRun(storeOf(description, warn), description);
  }

  private constructor(
    readonly store: RunStore,
    { learningRate, step, plateau = "" }: RunDescription,
  ) {
    this.#plateaus = new PlateauWatch(plateauRule(plateau), store.before);
    this.#learningRate = learningRate;
    this.#step = step;
  }

  get directory(): string {
    return this.store.directory;
  }

  /** A step that is measured: η is noted from there on, if it changed. */
  reach(step: number, { update }: Reached): void {
    this.#step = step;
    const rate = update?.learningRate;
    if (rate === undefined || rate === this.#learningRate) return;
    this.#learningRate = rate;
    this.store.update({ plan: withRate(this.store.manifest.plan, step, rate) });
  }

  append(step: number, measurement: Measurement): void {
    this.store.append(recordOf(step, measurement));
  }

  /** All that is measured at a step is there. */
  measuredAll(step: number, measured: readonly Measurement[]): { plateau?: SeenPlateau } {
    this.store.sync();
    this.#plateaus.add(step, measured);
    const plateau = this.#plateaus.reachedAt(step, 0);
    return plateau === undefined ? {} : { plateau };
  }

  /** @param step updates that were made; if it is not known, those before the last measurement */
  end(reason: EndReason, message: string, step = this.#step): void {
    this.store.close({ reason, step, message }, new Date().toISOString());
  }
}

function storeOf(description: RunDescription, warn: (message: string) => void): RunStore {
  const { directory, resume, step } = description;
  const manifest = manifestOf(description);
  if (!resume) return RunStore.create(directory, manifest);
  const found = readManifest(directory);
  if (found.measured === undefined) {
    throw new ConfigError(
      `${directory} holds a run that "eoss train" made: give Monitor a folder of its own`,
    );
  }
  const differs = (["model", "batchSize"] as const).find(
    (name) => JSON.stringify(found[name]) !== JSON.stringify(manifest[name]),
  );
  if (differs !== undefined) {
    throw new ConfigError(
      `${directory}: ${differs} was ${JSON.stringify(found[differs])} and is ${JSON.stringify(manifest[differs])}: ` +
        "this is another run, which needs a folder of its own",
    );
  }
  const lines = readRun(directory).records.filter((record) => record.step < step);
  const bytes = lines.reduce((sum, line) => sum + Buffer.byteLength(JSON.stringify(line)) + 1, 0);
  const resumes = [...(found.resumes ?? []), { at: new Date().toISOString(), step }];
  return RunStore.reopen(
    directory,
    found,
    { ...found, resumes, endedAt: null, end: null },
    { bytes },
    warn,
  );
}

function manifestOf(run: RunDescription): RunManifest {
  const { learningRate, batchSize, samples, seed, dataset, measured } = run;
  const { optimizer = { name: "unknown" } } = run;
  const plan = { learningRate, batchSize, optimizer, interventions: [] };
  return {
    format: RUN_FORMAT,
    formatVersion: RUN_FORMAT_VERSION,
    id: globalThis.crypto.randomUUID(),
    config: run.config,
    command: run.command,
    versions: { eoss: version, node: process.versions.node, ...run.versions },
    backend: run.backend,
    seeds: { seed, streams: ["measurement"] },
    dataset: { name: dataset, samples, inputShape: [], classes: 0, source: "python" },
    model: run.model,
    batchSize,
    plan,
    plateaus: [],
    stabilityThreshold: thresholdOf(plan, 0),
    measured,
    startedAt: new Date().toISOString(),
    endedAt: null,
    end: null,
  };
}

/** The plan with η from a step on. */
function withRate(plan: TrainingPlan, at: number, value: number): TrainingPlan {
  const { learningRate } = plan;
  const { initial, changes } =
    typeof learningRate === "object" && learningRate.kind === "steps"
      ? learningRate
      : { initial: learningRate, changes: [] };
  const before = changes.filter((change) => change.at < at);
  return {
    ...plan,
    learningRate: { kind: "steps", initial, changes: [...before, { at, value }] },
  };
}
