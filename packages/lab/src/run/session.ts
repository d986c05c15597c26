import type { EndReason, RunManifest, TrainConfig, Trainer } from "@eoss/run";
import {
  type ComparedMeasurement,
  comparisonsOf,
  hasCollapsed,
  measureNow,
  type Progress,
  recordOf,
  stepLossRecord,
} from "@eoss/run";
import {
  Cadence,
  lastIntervention,
  PlateauWatch,
  ProgressMeter,
  plateauRule,
  secondsOf,
  shareOf,
  waitsForPlateau,
} from "@eoss/run/internal";
import type { Measurement } from "@eoss/sharpness";
import { type Checkpoint, pruneCheckpoints, writeCheckpoint } from "../folder/checkpoint.js";
import type { RunStore } from "../folder/store.js";
import { type MeasuringPool, openPool } from "../threads/measuringPool.js";
import { breather } from "./yieldToEvents.js";

export interface SessionOptions {
  readonly onProgress?: ((progress: Progress) => void) | undefined;
  /** Aborting ends the run cleanly, as `interrupted`. */
  readonly signal?: AbortSignal | undefined;
}

type End = NonNullable<RunManifest["end"]>;
type Memory = ReadonlyMap<string, Float32Array>;

/**
 * One process's part of a run: trains, measures, records and writes checkpoints until the run ends.
 *
 * A checkpoint is the state before anything was done at its step. So a session that goes on from one
 * does at that step what the first one did or would have done, measurements included.
 */
export class Session {
  readonly #config: TrainConfig;
  readonly #plateaus: PlateauWatch;
  readonly #cadence: Cadence;
  readonly #progress: ProgressMeter;
  readonly #breathe: () => Promise<void>;
  readonly #pool: MeasuringPool | undefined;
  readonly #deadline: number;
  #memory: Memory;
  /** What a checkpoint of the present step holds beside the trainer's position. */
  #rest: Pick<Checkpoint, "memory" | "records">;
  /** The step of the newest checkpoint; what can be had from the seed needs none. */
  #saved: number;

  /** @param memory vectors that earlier measurements keep to start from */
  constructor(
    readonly trainer: Trainer,
    readonly store: RunStore,
    memory: Memory,
    { onProgress, signal }: SessionOptions,
  ) {
    this.#config = trainer.task.config;
    this.#plateaus = new PlateauWatch(plateauRule(this.#config.plateau), store.before);
    this.#memory = memory;
    this.#saved = trainer.step;
    this.#rest = { memory, records: store.records };
    this.#deadline = performance.now() + 1000 * secondsOf(this.#config["time-limit"]);
    const { every, budget } = this.#config;
    this.#cadence = new Cadence({
      every,
      budget: budget === undefined ? undefined : shareOf(budget),
      last: store.before.findLast(({ quantity }) => quantity !== "step-loss")?.step,
    });
    const { steps } = this.#config;
    this.#progress = new ProgressMeter(trainer.step, steps, every, onProgress);
    this.#breathe = breather(signal);
    this.#pool = openPool(trainer.task, signal);
  }

  /**
   * Steps and measures until the run ends, closes its folder, and says how it did.
   *
   * @throws what went wrong, the run's end being `failed` then
   */
  async toTheEnd(): Promise<End> {
    let end: End | undefined;
    try {
      end = await this.#run();
      if (end.reason !== "diverged") this.#checkpoint();
      return end;
    } catch (error) {
      end = this.#end("failed", (error as Error).message);
      throw error;
    } finally {
      await this.#pool?.close();
      this.#close(end!);
    }
  }

  async #run(): Promise<End> {
    const { steps, certify } = this.#config;
    try {
      for (;;) {
        if (this.#checkpointDue()) this.#checkpoint();
        if (this.#measurementDue() || this.#step === steps) {
          const isLast = this.#step === steps;
          const measured = await this.#measure(isLast);
          this.#lookForCollapse();
          const reached = this.#goalReached(measured);
          if (reached) {
            // Of records of one step the last counts: what the run ends with is certified.
            if (!isLast && certify !== "all") await this.#measure(true);
            return reached;
          }
          this.#lookForPlateau(measured);
          // A plateau that is seen here changes the update of this step.
          for (const one of this.#compared(measured)) this.#progress.measured(one);
        }
        if (this.#step === steps) return this.#end("completed", `${steps} steps were made`);
        if (performance.now() > this.#deadline) {
          const limit = this.#config["time-limit"];
          return this.#end("time-limit", `the time limit of ${limit} passed; resume to go on`);
        }
        const loss = this.#update();
        if (!Number.isFinite(loss)) return this.#diverged();
        await this.#breathe();
      }
    } catch (error) {
      if ((error as Error).name !== "AbortError") throw error;
      return this.#end("interrupted", `interrupted after ${this.#step} of ${steps} steps`);
    }
  }

  get #step(): number {
    return this.trainer.step;
  }

  #checkpointDue(): boolean {
    const { "checkpoint-every": interval } = this.#config;
    return interval > 0 && this.#step % interval === 0;
  }

  /** With a budget, time decides: what an earlier session decided then counts. */
  #measurementDue(): boolean {
    const { budget } = this.#config;
    const before = budget === undefined ? undefined : this.store.measuredBefore(this.#step);
    return before ?? this.#cadence.due(this.#step);
  }

  #update(): number {
    const began = performance.now();
    const step = this.#step;
    const { loss, samples } = this.trainer.update();
    const seconds = (performance.now() - began) / 1000;
    this.#cadence.trained(seconds);
    this.store.append(stepLossRecord(step, { loss, samples, seconds }));
    this.#rest = { memory: this.#memory, records: this.store.records };
    this.#progress.stepped(this.#step, loss);
    return loss;
  }

  /** @param certifyAll whatever the settings say */
  async #measure(certifyAll: boolean): Promise<Measurement[]> {
    const began = performance.now();
    this.#progress.measuring();
    // On a copy: what is interrupted is measured again from the same start. Records that are there by
    // then come out the same.
    const memory = new Map(this.#memory);
    const onMeasured = (measurement: Measurement) =>
      this.store.append(recordOf(this.#step, measurement));
    const measured = await measureNow(this.trainer, memory, this.#breathe, {
      pool: this.#pool,
      certifyAll,
      onMeasured,
    });
    this.#memory = memory;
    this.#progress.measuredAll();
    const distances = this.#compared(measured)
      .map(({ value, comparison }) => Math.abs(value / comparison.value - 1))
      .filter((distance) => !Number.isNaN(distance));
    const seconds = (performance.now() - began) / 1000;
    this.#cadence.measured(this.#step, seconds, Math.min(Number.POSITIVE_INFINITY, ...distances));
    return measured;
  }

  #compared(measured: readonly Measurement[]): ComparedMeasurement[] {
    const compare = comparisonsOf(this.store.manifest);
    return measured.map((one) => ({ ...one, comparison: compare(one, this.#step) }));
  }

  /** What has collapsed stays so: it is looked for once. */
  #lookForCollapse(): void {
    const { collapsed } = this.store.manifest;
    const known = collapsed !== undefined && collapsed <= this.#step;
    if (!known && hasCollapsed(this.trainer.problem())) {
      this.store.update({ collapsed: this.#step });
    }
    this.#progress.collapsed = this.store.manifest.collapsed;
  }

  /** A plateau changes the plan from the present step on. */
  #lookForPlateau(measured: readonly Measurement[]): void {
    this.#plateaus.add(this.#step, measured);
    const { plan } = this.trainer;
    if (!waitsForPlateau(plan)) return;
    const { plateaus, parent } = this.store.manifest;
    const from = lastIntervention(plan, this.#step, parent?.step ?? 0);
    const seen = this.#plateaus.reachedAt(this.#step, from);
    if (seen === undefined) return;
    this.trainer.plateauSeen();
    this.store.update({ plateaus: [...plateaus, seen] });
  }

  #goalReached(measured: readonly Measurement[]): End | undefined {
    const { "stop-loss": lowLoss, "stop-accuracy": highAccuracy } = this.#config;
    const measuredValue = (name: string) =>
      measured.find(({ quantity }) => quantity === name)?.value ?? Number.NaN;
    const loss = measuredValue("loss");
    if (lowLoss !== undefined && loss <= lowLoss) {
      return this.#end("stop-loss", `the training loss fell to ${loss.toPrecision(3)}`);
    }
    const accuracy = measuredValue("accuracy");
    if (highAccuracy !== undefined && accuracy >= highAccuracy) {
      return this.#end("stop-accuracy", `the training accuracy rose to ${accuracy.toPrecision(4)}`);
    }
    return undefined;
  }

  #checkpoint(): void {
    if (this.#step === this.#saved) return;
    // First the records that the checkpoint counts on.
    this.store.sync();
    this.store.check();
    const { directory } = this.store;
    const run = this.store.manifest.id;
    writeCheckpoint(directory, { ...this.trainer.position, ...this.#rest, run });
    this.#saved = this.#step;
    const { keep } = this.#config;
    if (keep !== "all") pruneCheckpoints(directory, keep, this.store.manifest.parent?.step);
  }

  #end(reason: EndReason, message: string): End {
    return { reason, step: this.#step, message };
  }

  #diverged(): End {
    const { step } = this.trainer;
    const rate = this.trainer.settings.learningRate;
    return this.#end(
      "diverged",
      `the loss was no longer finite at step ${step}; η = ${rate} is too large for this problem: lower --lr`,
    );
  }

  /** On a full disk the folder stays as a kill would leave it: the first error is what counts. */
  #close(end: End): void {
    try {
      this.store.close(end, new Date().toISOString());
    } catch (error) {
      if (end.reason !== "failed") throw error;
    }
  }
}
