/** The worker of the scene of batches: a step in, the whole loss and the clouds of each batch size out. */

import { startBackend } from "../../playground/worker/backend.js";
import { type Cloud, CloudMeter, type Whole } from "./cloud.js";
import { BATCH_SIZES, trained } from "./settings.js";

export type CloudReport =
  | { readonly type: "whole"; readonly step: number; readonly whole: Whole }
  | { readonly type: "cloud"; readonly step: number; readonly cloud: Cloud }
  | { readonly type: "failed"; readonly message: string };

const report = (message: CloudReport) => postMessage(message);
let meter: CloudMeter | undefined;
/** The step that is asked for; a later one comes in the place of one that is not measured yet. */
let asked: number | undefined;
let busy = false;

addEventListener("message", ({ data }: MessageEvent<number>) => {
  asked = data;
  if (!busy) void work();
});

async function work(): Promise<void> {
  busy = true;
  try {
    if (meter === undefined) await startBackend("wasm", () => {});
    while (asked !== undefined) {
      const step = asked;
      asked = undefined;
      await look(step);
    }
  } catch (error) {
    report({ type: "failed", message: (error as Error).message });
  }
  busy = false;
}

async function look(step: number): Promise<void> {
  if (meter === undefined || meter.step > step) {
    meter?.dispose();
    meter = new CloudMeter(trained);
  }
  await meter.goTo(step);
  report({ type: "whole", step, whole: await meter.whole() });
  for (const batchSize of BATCH_SIZES) {
    // Lets a newer request come in.
    await new Promise((resolve) => setTimeout(resolve));
    if (asked !== undefined) return;
    report({ type: "cloud", step, cloud: await meter.cloud(batchSize) });
  }
}
