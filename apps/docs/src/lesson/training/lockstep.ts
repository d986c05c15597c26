import { LiveRun } from "../../playground/run/liveRun.js";
import type { Trace } from "../../playground/run/trace.js";
import type { Changes } from "../../playground/state/changes.js";
import type { PlaygroundState } from "../../playground/state/state.js";

/** A run of a figure, by the name that it has there. */
export interface NamedState {
  readonly label: string;
  readonly state: PlaygroundState;
}

/**
 * Runs, each in a worker of its own, that go on together: each to its next measurement, and on only when all have
 * got there. So runs that are measured equally often in η·step are at the same η·step.
 */
export class Lockstep {
  readonly #runs: readonly LiveRun[];
  readonly #every: readonly number[];
  /** Rounds that were begun. */
  #round = 0;
  #playing = false;
  #held = false;

  constructor(
    runs: readonly NamedState[],
    readonly onChange: () => void,
  ) {
    this.#every = runs.map(({ state }) => Number(state.settings.every));
    this.#runs = runs.map(
      ({ label, state }) =>
        new LiveRun(label, state, {
          onChange: () => this.#changed(),
          onState: () => {},
          onForking: () => {},
          onSnapshot: () => {},
        }),
    );
  }

  get traces(): readonly Trace[] {
    return this.#runs.flatMap(({ trace }) => trace ?? []);
  }

  get playing(): boolean {
    return this.#playing;
  }

  /** Whether nothing is left to be done. */
  get ended(): boolean {
    return this.#runs.every(({ status }) => status === "ended" || status === "failed");
  }

  get loading(): boolean {
    return this.#runs.some(({ status }) => status === "loading");
  }

  /** What a run says to its reader. */
  get note(): string | undefined {
    return this.#runs.find(({ note }) => note !== undefined)?.note;
  }

  /** Goes on until it is paused or at its end. */
  play(): void {
    this.#playing = true;
    this.#changed();
  }

  /** The round that has begun is made to its end. */
  pause(): void {
    this.#playing = false;
    this.onChange();
  }

  /** To the next measurement of all. */
  step(): void {
    this.#playing = false;
    if (this.#together) this.#begin();
  }

  /** Whether a figure that nobody looks at waits. */
  hold(held: boolean): void {
    this.#held = held;
    this.#changed();
  }

  change(changes: Changes): void {
    for (const run of this.#runs) run.change(changes);
  }

  dispose(): void {
    for (const run of this.#runs) run.dispose();
  }

  get #together(): boolean {
    return this.#runs.every(
      ({ status, step }, index) =>
        status === "ended" || status === "failed" || step >= this.#target(index),
    );
  }

  #target(index: number): number {
    return this.#round * this.#every[index]!;
  }

  #changed(): void {
    if (this.ended) this.#playing = false;
    else if (this.#playing && !this.#held && this.#together) this.#begin();
    this.onChange();
  }

  #begin(): void {
    this.#round += 1;
    this.#runs.forEach((run, index) => {
      if (run.status !== "ended") run.stepBy(this.#target(index) - run.step);
    });
  }
}
