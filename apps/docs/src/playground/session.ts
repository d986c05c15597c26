/** The runs of the page: the current one, its twin and opened ones, and what the controls do to them. */

import { type FolderRun, stopped } from "./run/folder.js";
import { LiveRun, type LiveRunEvents, type LiveRunStatus } from "./run/liveRun.js";
import { Trace } from "./run/trace.js";
import { type Changes, decodeChanges } from "./state/changes.js";
import { inputsOf } from "./state/inputs.js";
import { interventionsOf, type PlaygroundState, twinState, twinWith } from "./state/state.js";
import { encodeState } from "./state/url.js";

export type Target = "run" | "twin" | "both";

/**
 * What the page works on: a state, the run that follows it, perhaps a twin of the run, or runs that
 * were opened from folders.
 */
export class PlaygroundSession {
  #state: PlaygroundState;
  #run: LiveRun | undefined;
  #twin: LiveRun | undefined;
  #opened: readonly FolderRun[] = [];
  #openedTraces: readonly Trace[] = [];
  /** What the reader wants, also of a twin that is still to come. */
  #running = false;
  #speed: number | null = null;

  constructor(
    state: PlaygroundState,
    /** Something to draw or say has changed. */
    readonly onChange: () => void,
    /** The state is another: the form and the address follow. */
    readonly onState: (state: PlaygroundState) => void,
  ) {
    this.#state = state;
  }

  get state(): PlaygroundState {
    return this.#state;
  }

  get run(): LiveRun | undefined {
    return this.#run;
  }

  get twin(): LiveRun | undefined {
    return this.#twin;
  }

  get opened(): readonly FolderRun[] {
    return this.#opened;
  }

  get status(): LiveRunStatus | "new" {
    if (this.#run === undefined) return "new";
    // The twin may have some way to go.
    const { status } = this.#run;
    return status === "ended" && this.#twin?.status === "running" ? "running" : status;
  }

  /** Runs as they are drawn: the first one and its twin, or what was opened. */
  get traces(): readonly Trace[] {
    if (this.#opened.length > 0) return this.#openedTraces;
    return [this.#run?.trace, this.#twin?.trace].filter((trace) => trace !== undefined);
  }

  /** Goes on, or begins. @throws ConfigError, DatasetError, RangeError if the settings do not fit */
  go(): void {
    this.#running = true;
    this.#begin();
    this.#run?.run();
    this.#twin?.run();
    this.onChange();
  }

  pause(): void {
    this.#running = false;
    this.#run?.pause();
    this.#twin?.pause();
    this.onChange();
  }

  /** One update of each run. @throws as `go` */
  step(): void {
    this.#running = false;
    this.#begin();
    this.#run?.stepBy(1);
    this.#twin?.stepBy(1);
    this.onChange();
  }

  /** Back to the first step, with another state if one is given. */
  reset(state: PlaygroundState = this.#state): void {
    this.#running = false;
    this.#run?.dispose();
    this.#twin?.dispose();
    this.#run = this.#twin = undefined;
    this.#opened = this.#openedTraces = [];
    this.#state = state;
    this.onState(state);
    this.onChange();
  }

  /** Stops, so that the twin can be given another way before both go on. */
  fork(): void {
    this.pause();
    this.#run?.fork();
  }

  /** What cannot be changed in mid-run is for `reset`. Before a run begins, its settings change. */
  change(changes: Changes, target: Target): void {
    if (this.#run === undefined) {
      this.reset({ ...this.#state, settings: { ...this.#state.settings, ...asSettings(changes) } });
      return;
    }
    if (target !== "twin") this.#run.change(changes);
    if (target !== "run") this.#twin?.change(changes);
  }

  /** Makes room for twice as many steps, and goes on. */
  extend(): void {
    const steps = 2 * Number(this.#state.settings.steps);
    this.#run?.extend(steps);
    this.#twin?.extend(steps);
    this.#state = { ...this.#state, settings: { ...this.#state.settings, steps } };
    this.onState(this.#state);
    this.go();
  }

  setSpeed(stepsPerSecond: number | null): void {
    this.#speed = stepsPerSecond;
    this.#run?.setSpeed(stepsPerSecond);
    this.#twin?.setSpeed(stepsPerSecond);
  }

  /** Shows runs from folders instead of one of this page. */
  open(runs: readonly FolderRun[]): void {
    this.reset();
    this.#opened = runs;
    this.#openedTraces = runs.map(
      ({ name, manifest, records }) => new Trace(name, manifest, records),
    );
    this.onChange();
  }

  /** The runs of this page as folders. */
  folders(): FolderRun[] {
    const folder = (name: string, run: LiveRun | undefined): FolderRun[] => {
      if (run?.manifest === undefined) return [];
      const playground = encodeState(this.#state);
      const manifest = { ...stopped(run.manifest, run.step), playground };
      return [{ name, manifest, records: run.records }];
    };
    return [...folder("run", this.#run), ...folder("twin", this.#twin)];
  }

  dispose(): void {
    this.#run?.dispose();
    this.#twin?.dispose();
  }

  #begin(): void {
    if (this.#run !== undefined) return;
    const { twin } = this.#state;
    // Said here, in the words of the settings, rather than by a worker that fails.
    inputsOf(this.#state);
    if (twin) inputsOf(twinState(this.#state, twin));
    this.#opened = this.#openedTraces = [];
    this.#run = new LiveRun("run", this.#state, this.#runEvents, { forkAt: twin?.at });
    this.#run.setSpeed(this.#speed);
  }

  /** Neither of run and twin gets further ahead of the other than from one measurement to the next. */
  #keepPace(): void {
    const [run, twin] = [this.#run, this.#twin];
    if (run === undefined || twin === undefined) {
      run?.setLimit(null);
      return;
    }
    const over = [run, twin].some(({ status }) => status === "ended" || status === "failed");
    const behind = Math.min(run.step, twin.status === "loading" ? this.#state.twin!.at : twin.step);
    const limit = over ? null : behind + paceOf(this.#state);
    run.setLimit(limit);
    twin.setLimit(limit);
  }

  #changed(): void {
    this.#keepPace();
    this.onChange();
  }

  readonly #runEvents: LiveRunEvents = {
    onChange: () => this.#changed(),
    onState: ({ settings }) => this.#adopt({ ...this.#state, settings }),
    onForking: (at) => {
      const here = interventionsOf(this.#state).filter((words) => decodeChanges(words).at === at);
      this.#adopt({ ...this.#state, twin: { at, intervene: here } });
    },
    onSnapshot: (start) => {
      const state = twinState(this.#state, this.#state.twin!);
      this.#twin?.dispose();
      this.#twin = new LiveRun("twin", state, this.#twinEvents, { start });
      this.#twin.setSpeed(this.#speed);
      this.#keepPace();
      if (this.#running) this.#twin.run();
    },
  };

  readonly #twinEvents: LiveRunEvents = {
    onChange: () => this.#changed(),
    onState: (state) => {
      const twin = twinWith(this.#state, this.#state.twin!.at, interventionsOf(state));
      this.#adopt({ ...this.#state, twin });
    },
    onForking: () => {},
    onSnapshot: () => {},
  };

  #adopt(state: PlaygroundState): void {
    this.#state = state;
    this.onState(state);
  }
}

/** Steps that one of two runs may be ahead: those from one measurement to the next, where that is a number. */
function paceOf({ settings: { every } }: PlaygroundState): number {
  return typeof every === "number" && every >= 1 ? every : 20;
}

/** Changes before the first step are settings. */
function asSettings({ lr, batch, optimizer, noise }: Changes): Record<string, unknown> {
  return {
    ...(lr !== undefined && { lr: Number(lr) }),
    ...(batch !== undefined && { batch: batch === "full" ? batch : Number(batch) }),
    ...(optimizer !== undefined && { optimizer }),
    ...(noise !== undefined && { noise: noise === "none" ? undefined : noise }),
  };
}
