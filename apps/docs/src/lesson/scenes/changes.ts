import { LossChart } from "../../playground/charts/lossChart.js";
import { SHARPNESSES, SharpnessChart } from "../../playground/charts/sharpnessChart.js";
import type { Trace } from "../../playground/run/trace.js";
import { element } from "../../playground/ui/dom.js";
import { overshootAt } from "../models/overshoot.js";
import { digitsRun } from "../training/digits.js";
import { sharpnessLegend } from "../training/sharpnessLegend.js";
import { type RunsPicture, Training } from "../training/training.js";
import { number } from "../ui/numbers.js";

const MOST_SAMPLES = 512;

/** One run whose η and b the reader changes; each change is marked, with the overshoot of the loss after it. */
export function mount(root: HTMLElement): () => void {
  const state = digitsRun({
    lr: 0.1,
    every: 25,
    steps: 6000,
    "max-batches": 32,
    tolerance: 0.1,
    samples: MOST_SAMPLES,
  });
  const rateOf = (trace: Trace) => trace.settings(nextStep(trace)).learningRate;
  const sizeOf = (trace: Trace) => trace.settings(nextStep(trace)).batchSize;
  const training = new Training(root, {
    runs: [{ label: "run", state }],
    picture: new Picture(),
    words,
    changes: [
      { text: "Double η", of: (trace) => ({ lr: String(2 * rateOf(trace)) }) },
      { text: "Halve η", of: (trace) => ({ lr: String(rateOf(trace) / 2) }) },
      {
        text: "Four times b",
        of: (trace) => ({ batch: String(Math.min(MOST_SAMPLES, 4 * sizeOf(trace))) }),
      },
    ],
  });
  return () => training.dispose();
}

/** A change that was asked for may hold from the next step on. */
function nextStep(trace: Trace): number {
  return trace.lastStep + 2;
}

class Picture implements RunsPicture {
  readonly node: HTMLElement;
  readonly #sharpness: SharpnessChart;
  readonly #loss: LossChart;

  constructor() {
    const place = (label: string) =>
      element("div", { attributes: { role: "img", "aria-label": label } });
    const sharpness = place("MiniBS, batch sharpness, FullBS and 2/η against steps, with changes");
    const loss = place("The loss of training batches against steps, on a log axis, with changes");
    this.node = element(
      "div",
      {},
      sharpnessLegend(),
      sharpness,
      element("p", { class: "panel" }, "Loss"),
      loss,
    );
    this.#sharpness = new SharpnessChart(sharpness, 260);
    this.#loss = new LossChart(loss, 180);
  }

  update(traces: readonly Trace[]): void {
    this.#sharpness.update(traces, "absolute");
    this.#loss.update(traces);
  }

  redraw(): void {
    this.#sharpness.redraw();
    this.#loss.redraw();
  }

  dispose(): void {
    this.#sharpness.dispose();
    this.#loss.dispose();
  }
}

function words([trace]: readonly Trace[]): string {
  const step = trace!.latest("fullbs")!.step;
  const threshold = trace!.comparison(step).value;
  const numbers = SHARPNESSES.flatMap(({ quantity, text }) => {
    const point = trace!.latest(quantity);
    return point ? `${text} ${number(point.value)}` : [];
  });
  const { learningRate, batchSize } = trace!.settings(step);
  const now =
    `Step ${step}, η = ${number(learningRate)}, b = ${batchSize}: ${numbers.join(", ")}, ` +
    `2/η = ${number(threshold)}.`;
  return `${now} ${lastChange(trace!) ?? "Nothing has been changed yet."}`;
}

function lastChange(trace: Trace): string | undefined {
  const change = trace.changes().at(-1);
  if (change === undefined) return undefined;
  const what = `At step ${change.step}: ${change.text}.`;
  const overshoot = overshootAt(trace.stepLoss, change.step);
  if (overshoot === undefined) return what;
  const { before, highest } = overshoot;
  return (
    `${what} The loss of a batch was ${number(before)} on average before, and ${number(highest.value)} at most after ` +
    `it, at step ${highest.step}: ${number(highest.value / before)} times as much.`
  );
}
