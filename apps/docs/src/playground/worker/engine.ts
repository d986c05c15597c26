import {
  hasCollapsed,
  type MetricRecord,
  measureNow,
  type Position,
  type RunManifest,
  recordOf,
  stepLossRecord,
  Trainer,
} from "@eoss/run";
import { type Changes, withChanges } from "../state/changes.js";
import { interventionsOf, type PlaygroundState, withInterventions } from "../state/state.js";
import { taskOf } from "../state/task.js";

/** A run before anything is done at a step: what a twin starts from. */
export interface Snapshot {
  readonly position: Position;
  /** Vectors that measurements keep to start from. */
  readonly memory: ReadonlyMap<string, Float32Array>;
}

/** What came of one turn of the engine. */
export type Turn =
  | { readonly kind: "snapshot"; readonly snapshot: Snapshot }
  | { readonly kind: "measured" | "stepped"; readonly records: readonly MetricRecord[] }
  | {
      readonly kind: "ended";
      readonly end: NonNullable<RunManifest["end"]>;
      readonly records: readonly MetricRecord[];
    };

/**
 * Trains and measures turn by turn, with the numbers of `eoss train`: the order of steps and
 * measurements, their random streams and what they remember are the same.
 *
 * What is changed takes effect at the next step at which nothing has been measured yet. So a run that
 * has the changes among its settings from the start, as a link or a folder has, goes the same way.
 */
export class Engine {
  #state: PlaygroundState;
  #trainer: Trainer;
  #memory: Map<string, Float32Array>;
  #measuredAt: number | undefined;
  #forkAt: number | undefined;
  #collapsed: number | undefined;

  /**
   * @param start where to begin; default: at the initialisation
   * @param forkAt step of which a snapshot is wanted
   */
  constructor(state: PlaygroundState, start?: Snapshot, forkAt?: number) {
    this.#state = state;
    this.#trainer = new Trainer(taskOf(state), start?.position);
    this.#memory = new Map(start?.memory);
    this.#forkAt = forkAt;
  }

  get trainer(): Trainer {
    return this.#trainer;
  }

  get step(): number {
    return this.#trainer.step;
  }

  /** With all that was changed so far. */
  get state(): PlaygroundState {
    return this.#state;
  }

  /** The measured step from which on the network has one output for every sample, if it has. */
  get collapsed(): number | undefined {
    return this.#collapsed;
  }

  /** Whether the next turn measures. */
  get measurementDue(): boolean {
    const { every, steps } = this.#trainer.task.config;
    if (this.#measuredAt === this.step) return false;
    return this.step % every === 0 || this.step === steps;
  }

  /** Whether the next turn gives the snapshot that was asked for. */
  get snapshotDue(): boolean {
    return this.#forkAt === this.step && this.#measuredAt !== this.step;
  }

  /** The vector along which the whole loss curves most, once it was measured. */
  get topEigenvector(): Float32Array | undefined {
    // Remembered as long as its eigenvalue.
    const pair = this.#memory.get("fullbs");
    if (pair === undefined) return undefined;
    const eigenvalue = Math.sqrt(pair.reduce((sum, x) => sum + x * x, 0));
    return pair.map((x) => x / eigenvalue);
  }

  /**
   * Measures, if that is due, or else makes one update.
   *
   * @param pause awaited between the products of a measurement
   */
  async turn(pause: () => Promise<void>): Promise<Turn> {
    const { step } = this;
    const { steps } = this.#trainer.task.config;
    if (this.snapshotDue) {
      this.#forkAt = undefined;
      const snapshot = { position: this.#trainer.position, memory: new Map(this.#memory) };
      return { kind: "snapshot", snapshot };
    }
    if (this.measurementDue) {
      // In the order in which quantities are done, and certified at the end, as runs have them.
      const records: MetricRecord[] = [];
      await measureNow(this.#trainer, this.#memory, pause, {
        certifyAll: step === steps,
        onMeasured: (one) => records.push(recordOf(step, one)),
      });
      this.#measuredAt = step;
      if (this.#collapsed === undefined && hasCollapsed(this.#trainer.problem())) {
        this.#collapsed = step;
      }
      return { kind: "measured", records };
    }
    if (step >= steps) {
      const end = { reason: "completed", step, message: `${steps} steps were made` } as const;
      return { kind: "ended", end, records: [] };
    }
    const began = performance.now();
    const { loss, samples } = this.#trainer.update();
    const seconds = (performance.now() - began) / 1000;
    const records = [stepLossRecord(step, { loss, samples, seconds })];
    if (Number.isFinite(loss)) return { kind: "stepped", records };
    const rate = this.#trainer.settings.learningRate;
    const message = `the loss was no longer finite at step ${step}; η = ${rate} is too large here: lower it`;
    return { kind: "ended", end: { reason: "diverged", step, message }, records };
  }

  /**
   * Changes η, b, the optimizer or the noise from the next open step on.
   *
   * @returns that step
   * @throws ConfigError, RangeError if the change does not fit; the run then goes on as it was
   */
  change(changes: Changes): number {
    const at = this.#openStep;
    const list = withChanges(interventionsOf(this.#state), at, changes);
    this.#replace(withInterventions(this.#state, list));
    return at;
  }

  /** Lets the run go on to more steps than were planned. */
  extend(steps: number): void {
    this.#replace({ ...this.#state, settings: { ...this.#state.settings, steps } });
  }

  /** Asks for a snapshot at the next open step, and gives that step. */
  fork(): number {
    this.#forkAt = this.#openStep;
    return this.#forkAt;
  }

  dispose(): void {
    this.#trainer.dispose();
  }

  /** The first step at which nothing has been done yet. */
  get #openStep(): number {
    return this.#measuredAt === this.step ? this.step + 1 : this.step;
  }

  #replace(state: PlaygroundState): void {
    const trainer = new Trainer(taskOf(state), this.#trainer.position);
    this.#trainer.dispose();
    this.#trainer = trainer;
    this.#state = state;
  }
}
