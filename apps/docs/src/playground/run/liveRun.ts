import type { MetricRecord, RunManifest } from "@eoss/run";
import type { Changes } from "../state/changes.js";
import type { PlaygroundState } from "../state/state.js";
import type { Snapshot } from "../worker/engine.js";
import type { Report, Request } from "../worker/protocol.js";
import { LIMITS } from "./limits.js";
import { Trace } from "./trace.js";

/**
 * - `loading`: the worker starts, with tfjs and its backend.
 * - `failed`: it could not, or stopped in the middle; the note says why.
 */
export type LiveRunStatus = "loading" | "running" | "paused" | "ended" | "failed";

export interface LiveRunEvents {
  /** Something to draw or say has changed. */
  onChange(): void;
  /** The run has taken up a change: its state is another. */
  onState(state: PlaygroundState): void;
  onForking(at: number): void;
  onSnapshot(snapshot: Snapshot): void;
}

const FULL =
  `This run has ${LIMITS.records.toLocaleString("en")} records, as many as a page keeps. "Export" saves them. ` +
  '"eoss train" on your machine has no limit.';

/** A run in a worker of its own, as the page sees it. */
export class LiveRun {
  readonly #worker: Worker;
  readonly #events: LiveRunEvents;
  readonly #records: MetricRecord[] = [];
  #manifest: RunManifest | undefined;
  #status: LiveRunStatus = "loading";
  /** What the run says to its reader: why it ended, failed or refused a change. */
  note: string | undefined;
  #trace: Trace | undefined;
  /** Pictures of the last measurement. */
  views: Extract<Report, { type: "views" }> | undefined;
  #step = 0;
  #limit: number | null = null;
  /** Whether the reader wants it to run: a pause of before may still be reported. */
  #wanted = false;
  /** Changes that were asked for and neither made nor refused yet. */
  #asked = 0;

  constructor(
    readonly label: string,
    state: PlaygroundState,
    events: LiveRunEvents,
    from: { readonly start?: Snapshot; readonly forkAt?: number | undefined } = {},
  ) {
    this.#events = events;
    this.#worker = new Worker(new URL("../worker/main.ts", import.meta.url), { type: "module" });
    this.#worker.addEventListener("message", ({ data }) => this.#receive(data));
    this.#worker.addEventListener("error", ({ message }) => {
      this.#receive({
        type: "failed",
        message: message || "The run's worker did not load.",
        backend: state.backend,
      });
    });
    this.#send({ type: "start", state, ...from });
  }

  get status(): LiveRunStatus {
    return this.#status;
  }

  /** Updates made. */
  get step(): number {
    return this.#step;
  }

  /** Whether a change is still to be made: until then the run's settings are not those of the controls. */
  get changing(): boolean {
    return this.#asked > 0 && this.#status !== "failed";
  }

  get trace(): Trace | undefined {
    return this.#trace;
  }

  get manifest(): RunManifest | undefined {
    return this.#manifest;
  }

  /** In their order, as in `metrics.jsonl`. */
  get records(): readonly MetricRecord[] {
    return this.#records;
  }

  run(): void {
    if (this.#status === "failed" || this.#isFull()) return;
    this.#wanted = true;
    if (this.#status !== "loading") this.#status = "running";
    this.#send({ type: "run" });
  }

  pause(): void {
    this.#wanted = false;
    this.#send({ type: "pause" });
  }

  /** So many updates, and what is measured after the last of them. */
  stepBy(count: number): void {
    if (this.#status === "failed" || this.#isFull()) return;
    this.#wanted = false;
    this.#send({ type: "step", count });
  }

  fork(): void {
    this.#send({ type: "fork" });
  }

  change(changes: Changes): void {
    this.note = undefined;
    this.#asked += 1;
    this.#send({ type: "change", changes });
  }

  extend(steps: number): void {
    this.#asked += 1;
    this.#send({ type: "extend", steps });
  }

  /** Lets it go on to this step only; null: as far as its settings say. */
  setLimit(step: number | null): void {
    if (step === this.#limit) return;
    this.#limit = step;
    this.#send({ type: "limit", step });
  }

  setSpeed(stepsPerSecond: number | null): void {
    this.#send({ type: "speed", stepsPerSecond });
  }

  dispose(): void {
    this.#worker.terminate();
  }

  #send(request: Request): void {
    this.#worker.postMessage(request);
  }

  #receive(report: Report): void {
    if (report.type === "started") {
      this.#manifest = report.manifest;
      this.#trace = new Trace(this.label, report.manifest);
      this.#step = report.manifest.parent?.step ?? 0;
      this.#status = this.#wanted ? "running" : "paused";
    } else if (report.type === "progress") {
      this.#step = report.step;
      this.#records.push(...report.records);
      this.#trace?.add(report.records);
      if (this.#isFull()) this.pause();
    } else if (report.type === "views") this.views = report;
    else if (report.type === "changed") {
      this.#asked -= 1;
      this.#adopt(report.manifest);
      this.#events.onState(report.state);
    } else if (report.type === "noted") {
      this.note = report.message;
      this.#adopt(report.manifest);
    } else if (report.type === "refused") {
      this.#asked -= 1;
      this.note = report.message;
    } else if (report.type === "forking") this.#events.onForking(report.at);
    else if (report.type === "snapshot") this.#events.onSnapshot(report.snapshot);
    else if (report.type === "paused") {
      if (!this.#wanted && this.#status === "running") this.#status = "paused";
    } else this.#finish(report);
    this.#events.onChange();
  }

  /** Whether the page keeps as many records of this run as it may; then the run says so. */
  #isFull(): boolean {
    const full = this.#records.length >= LIMITS.records;
    if (full) this.note = FULL;
    return full;
  }

  #adopt(manifest: RunManifest): void {
    this.#manifest = manifest;
    this.#trace?.adopt(manifest);
  }

  #finish(report: Extract<Report, { type: "ended" | "failed" }>): void {
    if (report.type === "failed") {
      this.#status = "failed";
      this.note = report.message;
      this.#worker.terminate();
      if (this.#manifest) {
        const end = { reason: "failed", step: this.#step, message: report.message } as const;
        this.#adopt({ ...this.#manifest, end, endedAt: new Date().toISOString() });
      }
      return;
    }
    this.#status = "ended";
    this.#wanted = false;
    // What was said of a collapse holds to the end.
    if (report.end.reason !== "completed") this.note = report.end.message;
    if (this.#manifest) {
      this.#adopt({ ...this.#manifest, end: report.end, endedAt: new Date().toISOString() });
    }
  }
}
