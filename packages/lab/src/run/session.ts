import {
  Course,
  type CourseEvent,
  type MetricRecord,
  parseRecords,
  type RunEnd,
  type RunInputs,
  type RunManifest,
  type RunProgress,
  type Trainer,
} from "@eoss/run";
import { measuredNames, measurementsIn, ProgressMeter, recordedName } from "@eoss/run/internal";
import { type Checkpoint, pruneCheckpoints, writeCheckpoint } from "../folder/checkpoint.js";
import type { RunStore } from "../folder/store.js";
import { type MeasuringPool, openPool } from "../threads/measuringPool.js";
import { costsIn } from "./progressAt.js";
import { pauseForEvents } from "./yieldToEvents.js";

export interface SessionOptions {
  readonly onProgress?: ((progress: RunProgress) => void) | undefined;
  /**
   * Is told all records of the run as `metrics.jsonl` has them, with `run.json` as it is then: those of
   * earlier sessions first, then those of each step once it is over. Of records of one step and quantity
   * the last counts.
   */
  readonly onRecords?: ((records: readonly MetricRecord[], run: RunManifest) => void) | undefined;
  /** Is told what was inferred from files of data, before the first step. */
  readonly onNotes?: ((notes: readonly string[]) => void) | undefined;
  /** Is told of settings that have no effect, and of damage that could be got over. */
  readonly onWarning?: ((message: string) => void) | undefined;
  /** Aborting ends the run cleanly, as `interrupted`. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * One process's part of a run: writes the course of the run down in its folder, with checkpoints, until
 * it ends.
 *
 * A checkpoint is the state before anything was done at its step. So a session that goes on from one
 * does at that step what the first one did or would have done, measurements included.
 */
export class Session {
  readonly #course: Course;
  readonly #progress: ProgressMeter;
  readonly #pool: MeasuringPool | undefined;
  readonly #onRecords: SessionOptions["onRecords"];
  /** Records that nobody was told of. */
  #untold: readonly MetricRecord[];
  /** What a checkpoint of the present step holds beside the trainer's position. */
  #rest: Pick<Checkpoint, "memory" | "records">;
  /** The step of the newest checkpoint; what can be had from the seed needs none. */
  #saved: number;
  /** Whether a measurement is under way: nothing of it is in the trainer. */
  #measuring = false;

  /** @param memory vectors that earlier measurements keep to start from */
  constructor(
    readonly trainer: Trainer,
    readonly store: RunStore,
    memory: Checkpoint["memory"],
    { onProgress, onRecords, signal }: SessionOptions,
  ) {
    const { steps } = trainer.inputs.config;
    this.#saved = trainer.step;
    this.#rest = { memory, records: store.records };
    this.#onRecords = onRecords;
    this.#untold = store.before;
    this.#progress = new ProgressMeter(
      trainer.step,
      steps,
      aheadOf(trainer.inputs),
      onProgress,
      costsIn(trainer.inputs),
      trainer.inputs.workers,
    );
    this.#pool = openPool(trainer.inputs, signal);
    this.#course = new Course(trainer, {
      pause: pauseForEvents(signal),
      onMeasuring: (progress) => this.#progress.looksAt(progress),
      pool: this.#pool,
      memory,
      first: store.manifest.parent?.step,
      before: store.before,
      measuredBefore: (step) => store.measuredBefore(step),
      collapsed: store.manifest.collapsed,
      measuresChanges: store.manifest.measuresChanges ?? false,
    });
  }

  /**
   * Steps and measures until the run ends, closes its folder, and says how it did.
   *
   * @throws what went wrong, the run's end being `failed` then
   */
  async toTheEnd(): Promise<RunEnd> {
    let end: RunEnd | undefined;
    try {
      this.#tell();
      for await (const event of this.#course.run()) {
        if (event.kind === "ended") end = event.end;
        else await this.#write(event);
      }
      if (end!.reason !== "diverged") await this.#checkpoint();
      return end!;
    } catch (error) {
      end = { reason: "failed", step: this.trainer.step, message: (error as Error).message };
      if (this.#measuring) await this.#keepTraining();
      throw error;
    } finally {
      await this.#pool?.close();
      this.#close(end!);
    }
  }

  async #write(event: Exclude<CourseEvent, { kind: "ended" }>): Promise<void> {
    const { store, trainer } = this;
    switch (event.kind) {
      case "reached":
        this.#rest = { memory: this.#course.memory, records: store.records };
        if (this.#checkpointDue) await this.#checkpoint();
        break;
      case "measuring":
        this.#measuring = true;
        this.#progress.measuring();
        break;
      case "measured":
        this.#append(event.record);
        break;
      case "collapsed":
        store.update({ collapsed: event.step });
        break;
      case "plateau":
        store.update({ plateaus: [...store.manifest.plateaus, event.plateau] });
        break;
      case "measured-all":
        this.#measuring = false;
        this.#progress.measuredAll();
        this.#progress.collapsed = store.manifest.collapsed;
        for (const one of event.measured) this.#progress.measured(one);
        break;
      case "stepped":
        this.#append(event.record);
        this.#tell();
        this.#progress.stepped(trainer.step, event.loss);
    }
  }

  #append(record: MetricRecord): void {
    this.store.append(record);
    if (!this.#onRecords) return;
    // As readers of the folder have it: JSON has no infinity.
    const { records } = parseRecords(`${JSON.stringify(record)}\n`, this.store.directory);
    this.#untold = [...this.#untold, ...records];
  }

  /** Not before the step is over: what its numbers are compared with is open until then. */
  #tell(): void {
    if (this.#untold.length > 0) this.#onRecords?.(this.#untold, this.store.manifest);
    this.#untold = [];
  }

  get #checkpointDue(): boolean {
    const { "checkpoint-every": interval } = this.trainer.inputs.config;
    return interval > 0 && this.trainer.step % interval === 0;
  }

  async #checkpoint(): Promise<void> {
    const { step } = this.trainer;
    if (step === this.#saved) return;
    const position = await this.trainer.position();
    // First the records that the checkpoint counts on.
    this.store.sync();
    this.store.check();
    const { directory } = this.store;
    const run = this.store.manifest.id;
    writeCheckpoint(directory, { ...position, ...this.#rest, run });
    this.#saved = step;
    const { keep } = this.trainer.inputs.config;
    if (keep !== "all") pruneCheckpoints(directory, keep, this.store.manifest.parent?.step);
  }

  /** What failed is a measurement: the steps before it are sound, and need not be made again. */
  async #keepTraining(): Promise<void> {
    try {
      await this.#checkpoint();
    } catch {
      // The first error is what counts.
    }
  }

  /** On a full disk the folder stays as a kill would leave it: the first error is what counts. */
  #close(end: RunEnd): void {
    try {
      this.store.close(end, new Date().toISOString());
      this.#tell();
    } catch (error) {
      if (end.reason !== "failed") throw error;
    }
  }
}

/** How often a quantity is still measured from a step on; with a budget, at most. */
function aheadOf(inputs: RunInputs): (quantity: string, step: number) => number {
  const { every, steps } = inputs.config;
  const names = measuredNames(inputs.config, inputs.plan);
  const settingOf = new Map(names.map((name) => [recordedName(inputs, name), name]));
  return (quantity, step) =>
    measurementsIn(every, settingOf.get(quantity) ?? quantity, step + 1, steps);
}
