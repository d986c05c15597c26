import { Course, type Position, type SeenPlateau, Trainer } from "@eoss/run";
import { type Changes, withChanges } from "../state/changes.js";
import { inputsOf } from "../state/inputs.js";
import { interventionsOf, type PlaygroundState, withInterventions } from "../state/state.js";

/** A run before anything is done at a step: what a twin starts from. */
export interface Snapshot {
  readonly position: Position;
  /** Vectors that measurements keep to start from. */
  readonly memory: ReadonlyMap<string, Float32Array>;
  /** The plateaus at which the run has changed so far. */
  readonly plateaus: readonly SeenPlateau[];
}

/**
 * The course of one run of the page, with the numbers of `eoss train`, and what can be done to it between
 * two of its events.
 *
 * What is changed takes effect at the next step at which nothing has been measured yet. So a run that
 * has the changes among its settings from the start, as a link or a folder has, goes the same way.
 */
export class Engine {
  #state: PlaygroundState;
  readonly trainer: Trainer;
  readonly course: Course;

  /**
   * @param start where to begin; default: at the initialisation
   * @param pause awaited between steps and between products
   */
  constructor(state: PlaygroundState, start?: Snapshot, pause?: () => Promise<void>) {
    this.#state = state;
    this.trainer = new Trainer(inputsOf(state), start?.position);
    this.course = new Course(this.trainer, {
      pause,
      memory: start?.memory,
      first: start?.position.state.step,
    });
  }

  get step(): number {
    return this.trainer.step;
  }

  /** The first step at which nothing has been done yet. */
  get openStep(): number {
    return this.course.isMeasured ? this.step + 1 : this.step;
  }

  /** With all that was changed so far. */
  get state(): PlaygroundState {
    return this.#state;
  }

  /** The vector along which the whole loss curves most, once it was measured. */
  get topEigenvector(): Float32Array | undefined {
    // Remembered as long as its eigenvalue.
    const pair = this.course.memory.get("fullbs");
    if (pair === undefined) return undefined;
    const eigenvalue = Math.sqrt(pair.reduce((sum, x) => sum + x * x, 0));
    return pair.map((x) => x / eigenvalue);
  }

  /**
   * Changes η, b, the optimizer or the noise from the next open step on.
   *
   * @returns that step
   * @throws ConfigError, RangeError if the change does not fit; the run then goes on as it was
   */
  change(changes: Changes): number {
    const at = this.openStep;
    const list = withChanges(interventionsOf(this.#state), at, changes);
    this.#replan(withInterventions(this.#state, list));
    return at;
  }

  /** Lets the run go on to more steps than were planned. */
  extend(steps: number): void {
    this.#replan({ ...this.#state, settings: { ...this.#state.settings, steps } });
  }

  #replan(state: PlaygroundState): void {
    this.trainer.replan(inputsOf(state));
    this.#state = state;
  }
}
