import { version } from "@eoss/lab/package.json";
import { collapseText, type MetricRecord, manifestOf, type RunManifest } from "@eoss/run";
import { version_core as tfjsVersion } from "@tensorflow/tfjs-core";
import { isPlane } from "../state/dataset.js";
import type { PlaygroundState } from "../state/state.js";
import { Engine, type Snapshot } from "./engine.js";
import type { Report, Request } from "./protocol.js";
import { decision, isToy, lossSlice, toyWeights } from "./views.js";

type Alteration = Extract<Request, { type: "fork" | "change" | "extend" }>;

const FLUSH_EVERY = 50; // ms

/** Drives one run as the page asks for it, and reports what comes of it. */
export class Driver {
  readonly #engine: Engine;
  readonly #report: (report: Report) => void;
  readonly #breathe: () => Promise<void>;
  readonly #first: number | undefined;
  readonly #startedAt = new Date().toISOString();
  #records: MetricRecord[] = [];
  #flushed = 0;
  #saidCollapsed = false;
  /** Updates that may still be made: infinitely many while the run goes on. */
  #allowed = 0;
  #interval = 0;
  #wake: (() => void) | undefined;
  /** What must not happen in the middle of a measurement. */
  #pending: Alteration[] = [];

  constructor(
    state: PlaygroundState,
    start: Snapshot | undefined,
    forkAt: number | undefined,
    report: (report: Report) => void,
    breathe: () => Promise<void>,
  ) {
    this.#engine = new Engine(state, start, forkAt);
    this.#first = start?.position.state.step;
    this.#report = report;
    this.#breathe = breathe;
    report({ type: "started", manifest: this.#manifest });
  }

  handle(request: Exclude<Request, { type: "start" }>): void {
    if (request.type === "run") this.#allowed = Number.POSITIVE_INFINITY;
    else if (request.type === "pause") this.#allowed = 0;
    else if (request.type === "step") this.#allowed = 1;
    else if (request.type === "speed") {
      this.#interval = request.stepsPerSecond === null ? 0 : 1000 / request.stepsPerSecond;
    } else this.#pending.push(request);
    this.#wake?.();
  }

  /** Until the worker ends. */
  async run(): Promise<void> {
    let next = performance.now();
    for (;;) {
      for (const request of this.#pending.splice(0)) this.#alter(request);
      if (this.#allowed <= 0 && !this.#engine.snapshotDue) {
        this.#flush();
        this.#report({ type: "paused" });
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
        continue;
      }
      const turn = await this.#engine.turn(this.#breathe);
      if (turn.kind === "snapshot") this.#report({ type: "snapshot", snapshot: turn.snapshot });
      else this.#records.push(...turn.records);
      if (turn.kind === "measured") this.#showViews();
      if (turn.kind === "ended") {
        this.#allowed = 0;
        this.#flush();
        this.#report({ type: "ended", end: turn.end });
      }
      if (turn.kind === "stepped") {
        // A step that is made by hand ends with what is measured after it.
        if (this.#allowed === 1 && this.#engine.measurementDue) await this.#measure();
        this.#allowed -= 1;
        next = Math.max(performance.now(), next + this.#interval);
        await this.#until(next);
      }
      if (performance.now() - this.#flushed > FLUSH_EVERY) this.#flush();
      await this.#breathe();
    }
  }

  async #measure(): Promise<void> {
    const turn = await this.#engine.turn(this.#breathe);
    if (turn.kind === "snapshot") {
      this.#report({ type: "snapshot", snapshot: turn.snapshot });
      return this.#measure();
    }
    this.#records.push(...turn.records);
    this.#showViews();
  }

  /** Waits in short naps, so that a change of speed or a pause is felt at once. */
  async #until(time: number): Promise<void> {
    while (performance.now() < time && this.#allowed > 0 && this.#interval > 0) {
      this.#flush();
      await new Promise((resolve) => setTimeout(resolve, Math.min(50, time - performance.now())));
    }
  }

  #alter(request: Alteration): void {
    try {
      if (request.type === "fork") {
        const at = this.#engine.fork();
        this.#report({ type: "forking", at });
        // Where something was measured already, the next step is the first that can be forked.
        if (at > this.#engine.step) this.#allowed = Math.max(this.#allowed, 1);
        return;
      }
      if (request.type === "change") this.#engine.change(request.changes);
      else this.#engine.extend(request.steps);
      this.#report({ type: "changed", state: this.#engine.state, manifest: this.#manifest });
    } catch (error) {
      this.#report({ type: "refused", message: (error as Error).message });
    }
  }

  #flush(): void {
    this.#flushed = performance.now();
    if (this.#records.length === 0) return;
    this.#report({ type: "progress", step: this.#engine.step, records: this.#records });
    this.#records = [];
  }

  #showViews(): void {
    const { collapsed } = this.#engine;
    if (collapsed !== undefined && !this.#saidCollapsed) {
      this.#saidCollapsed = true;
      this.#report({ type: "collapsed", message: collapseText(collapsed) });
    }
    const { trainer, topEigenvector } = this.#engine;
    const { dataset, model } = trainer.task;
    const sharpness = this.#records.findLast(({ quantity }) => quantity === "fullbs")?.value;
    this.#report({
      type: "views",
      slice:
        topEigenvector && sharpness ? lossSlice(trainer, topEigenvector, sharpness) : undefined,
      decision: isPlane(dataset.name) ? decision(trainer) : undefined,
      toy: isToy(dataset, model.name) ? toyWeights(trainer) : undefined,
    });
    this.#flush();
  }

  get #manifest(): RunManifest {
    const parent =
      this.#first === undefined ? undefined : { directory: "../run", step: this.#first };
    const made = manifestOf(
      this.#engine.trainer.task,
      { eoss: version, tfjs: tfjsVersion },
      parent,
    );
    return { ...made, startedAt: this.#startedAt };
  }
}
