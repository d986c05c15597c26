/** A run as the page drives it: what is asked for comes in, what happens goes out. */

import { version } from "@eoss/lab/package.json";
import {
  type CourseEvent,
  collapseText,
  type MetricRecord,
  manifestOf,
  type RunManifest,
  type SeenPlateau,
} from "@eoss/run";
import type { Measurement } from "@eoss/sharpness";
import { version_core as tfjsVersion } from "@tensorflow/tfjs-core";
import { isPlane } from "../state/dataset.js";
import type { PlaygroundState } from "../state/state.js";
import { Engine, type Snapshot } from "./engine.js";
import type { Report, Request } from "./protocol.js";
import { decision, isToy, lossSlice, toyWeights } from "./views.js";

type Alteration = Extract<Request, { type: "fork" | "change" | "extend" }>;

const FLUSH_EVERY = 50; // ms

/** Drives one run as the page asks for it, and reports what happens in its course. */
export class Driver {
  readonly #engine: Engine;
  readonly #report: (report: Report) => void;
  readonly #first: number | undefined;
  readonly #made: Pick<RunManifest, "id" | "startedAt">;
  /** The step of which a snapshot is wanted. */
  #forkAt: number | undefined;
  #plateaus: readonly SeenPlateau[];
  #records: MetricRecord[] = [];
  #flushed = 0;
  /** Updates that may still be made: infinitely many while the run goes on. */
  #allowed = 0;
  /** The step at which it waits for another run. */
  #limit = Number.POSITIVE_INFINITY;
  /** Whether the last update was the last of those asked for: it ends with what is measured after it. */
  #byHand = false;
  #interval = 0;
  /** When the next update may be made, at the speed that the reader chose. */
  #next = 0;
  #wake: (() => void) | undefined;
  /** What must not happen in the middle of a measurement. */
  #pending: Alteration[] = [];

  constructor(
    state: PlaygroundState,
    start: Snapshot | undefined,
    forkAt: number | undefined,
    report: (report: Report) => void,
    breathe: () => Promise<void>,
    /** Of the backend, for the manifest. */
    readonly computedBy: RunManifest["versions"] = {},
  ) {
    this.#engine = new Engine(state, start, breathe);
    this.#first = start?.position.state.step;
    this.#forkAt = forkAt;
    this.#plateaus = start?.plateaus ?? [];
    this.#report = report;
    const { id, startedAt } = manifestOf(this.#engine.trainer.inputs, {});
    this.#made = { ...(id !== undefined && { id }), startedAt };
    report({ type: "started", manifest: this.#manifest });
  }

  handle(request: Exclude<Request, { type: "start" }>): void {
    if (request.type === "run") this.#allowed = Number.POSITIVE_INFINITY;
    else if (request.type === "pause") this.#allowed = 0;
    else if (request.type === "step") {
      // What was asked for before counts too: two steps are two, however quickly they are asked for.
      const left = Number.isFinite(this.#allowed) ? this.#allowed : 0;
      this.#allowed = left + (request.count ?? 1);
    } else if (request.type === "limit") this.#limit = request.step ?? Number.POSITIVE_INFINITY;
    else if (request.type === "speed") {
      this.#interval = request.stepsPerSecond === null ? 0 : 1000 / request.stepsPerSecond;
    } else this.#pending.push(request);
    this.#wake?.();
  }

  /** Until the worker ends. */
  async run(): Promise<void> {
    this.#next = performance.now();
    for (;;) {
      // What has ended may get more steps.
      for await (const event of this.#engine.course.run()) await this.#take(event);
      await this.#hold();
    }
  }

  async #take(event: CourseEvent): Promise<void> {
    switch (event.kind) {
      case "reached":
        if (!(this.#byHand && this.#engine.course.measurementDue)) await this.#hold();
        await this.#snapshot();
        break;
      case "measured":
        this.#records.push(event.record);
        break;
      case "collapsed":
        this.#note(collapseText(event.step));
        break;
      case "plateau":
        this.#plateaus = [...this.#plateaus, event.plateau];
        this.#note(plateauText(event.plateau));
        break;
      case "measured-all":
        await this.#showViews(event.measured);
        this.#byHand = false;
        await this.#hold();
        break;
      case "stepped":
        this.#records.push(event.record);
        this.#byHand = this.#allowed === 1;
        this.#allowed -= 1;
        this.#next = Math.max(performance.now(), this.#next + this.#interval);
        await this.#until(this.#next);
        break;
      case "ended":
        this.#allowed = 0;
        this.#flush();
        this.#report({ type: "ended", end: event.end });
    }
    if (performance.now() - this.#flushed > FLUSH_EVERY) this.#flush();
  }

  /** Does what was asked for, and waits until an update may be made. */
  async #hold(): Promise<void> {
    for (;;) {
      for (const request of this.#pending.splice(0)) this.#alter(request);
      if (this.#mayGoOn) return;
      await this.#snapshot();
      // What was asked for in the meantime woke nobody.
      if (this.#pending.length > 0 || this.#mayGoOn) continue;
      this.#flush();
      if (this.#allowed <= 0) this.#report({ type: "paused" });
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  get #mayGoOn(): boolean {
    return this.#allowed > 0 && this.#engine.step < this.#limit;
  }

  /** Waits in short naps, so that a change of speed or a pause is felt at once. */
  async #until(time: number): Promise<void> {
    while (performance.now() < time && this.#allowed > 0 && this.#interval > 0) {
      this.#flush();
      await new Promise((resolve) => setTimeout(resolve, Math.min(50, time - performance.now())));
    }
  }

  #alter(request: Alteration): void {
    const engine = this.#engine;
    try {
      if (request.type === "fork") {
        this.#forkAt = engine.openStep;
        this.#report({ type: "forking", at: this.#forkAt });
        // Where something was measured already, the next step is the first that can be forked.
        if (this.#forkAt > engine.step) this.#allowed = Math.max(this.#allowed, 1);
        return;
      }
      if (request.type === "change") engine.change(request.changes);
      else engine.extend(request.steps);
      // A change is told after the steps before it, so that the page knows which step it holds from.
      this.#flush();
      this.#report({ type: "changed", state: engine.state, manifest: this.#manifest });
    } catch (error) {
      this.#report({ type: "refused", message: (error as Error).message });
    }
  }

  /** Gives the snapshot that was asked for, where nothing has been done at its step. */
  async #snapshot(): Promise<void> {
    const { trainer, course, openStep, step } = this.#engine;
    if (this.#forkAt !== step || openStep !== step) return;
    this.#forkAt = undefined;
    const position = await trainer.position();
    const snapshot = { position, memory: course.memory, plateaus: this.#plateaus };
    this.#report({ type: "snapshot", snapshot });
  }

  #flush(): void {
    this.#flushed = performance.now();
    if (this.#records.length === 0) return;
    this.#report({ type: "progress", step: this.#engine.step, records: this.#records });
    this.#records = [];
  }

  /** What the run found out about itself, which its manifest holds too. */
  #note(message: string): void {
    this.#report({ type: "noted", message, manifest: this.#manifest });
  }

  async #showViews(measured: readonly Measurement[]): Promise<void> {
    const { trainer, topEigenvector } = this.#engine;
    const { dataset, model } = trainer.inputs;
    const sharpness = measured.find(({ quantity }) => quantity === "fullbs")?.value;
    this.#report({
      type: "views",
      slice:
        topEigenvector && sharpness
          ? await lossSlice(trainer, topEigenvector, sharpness)
          : undefined,
      decision: isPlane(dataset.name) ? await decision(trainer) : undefined,
      toy: isToy(dataset, model.name) ? await toyWeights(trainer) : undefined,
    });
    this.#flush();
  }

  get #manifest(): RunManifest {
    const parent =
      this.#first === undefined ? undefined : { directory: "../run", step: this.#first };
    const { trainer, course } = this.#engine;
    const versions = { eoss: version, tfjs: tfjsVersion, ...this.computedBy };
    return {
      ...manifestOf(trainer.inputs, versions, parent),
      ...this.#made,
      plateaus: this.#plateaus,
      ...(course.collapsed !== undefined && { collapsed: course.collapsed }),
    };
  }
}

function plateauText({ step, quantity, since }: SeenPlateau): string {
  return (
    `Plateau of ${quantity} since step ${since}, seen at step ${step}: the change that waited for it ` +
    "holds from there on."
  );
}
