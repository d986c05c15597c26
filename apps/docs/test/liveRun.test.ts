import { manifestOf } from "@eoss/run";
import { afterEach, expect, it, vi } from "vitest";
import { LIMITS } from "../src/playground/run/limits.js";
import { LiveRun } from "../src/playground/run/liveRun.js";
import { inputsOf } from "../src/playground/state/inputs.js";
import { presets } from "../src/playground/state/presets.js";
import type { Report, Request } from "../src/playground/worker/protocol.js";

/** A worker that says what the test wants, and notes what it is asked for. */
class FakeWorker {
  static last: FakeWorker;
  readonly requests: Request[] = [];
  #listener: (event: { readonly data: Report }) => void = () => {};

  constructor() {
    FakeWorker.last = this;
  }

  addEventListener(kind: string, listener: FakeWorker["say"] & ((event: never) => void)): void {
    if (kind === "message") this.#listener = listener as never;
  }

  postMessage(request: Request): void {
    this.requests.push(request);
  }

  say(report: Report): void {
    this.#listener({ data: report });
  }
}

afterEach(() => {
  vi.unstubAllGlobals();
});

it("pauses a run when the page has as many records as it keeps, and says so", () => {
  vi.stubGlobal("Worker", FakeWorker);
  const { state } = presets.find(({ name }) => name === "edge")!;
  const nothing = () => {};
  const events = { onChange: nothing, onState: nothing, onForking: nothing, onSnapshot: nothing };
  const run = new LiveRun("run", state, events);
  const worker = FakeWorker.last;
  worker.say({ type: "started", manifest: manifestOf(inputsOf(state), {}) });
  run.run();

  let step = 0;
  const progress = (count: number) => {
    const records = Array.from({ length: count }, () => ({
      ...{ step: step++, quantity: "step-loss", value: 1, seconds: 0 },
    }));
    worker.say({ type: "progress", step, records: records as never });
  };
  while (step < LIMITS.records - 1000) progress(1000);
  expect(worker.requests.map(({ type }) => type)).toEqual(["start", "run"]);
  expect(run.note).toBeUndefined();

  progress(1000);
  expect(worker.requests.at(-1)).toEqual({ type: "pause" });
  worker.say({ type: "paused" });
  expect(run.status).toBe("paused");
  expect(run.note).toContain("500,000 records");

  run.run();
  run.stepBy(1);
  expect(worker.requests.at(-1)).toEqual({ type: "pause" });
});
