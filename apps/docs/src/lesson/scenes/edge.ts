import { short } from "@eoss/run";
import type { Trace } from "../../playground/run/trace.js";
import { digitsRun } from "../training/digits.js";
import { RunsChart } from "../training/runsChart.js";
import { Training } from "../training/training.js";
import { number } from "../ui/numbers.js";

const RATES = [0.05, 0.125, 0.25];
/** η·step between two measurements, and at the end. */
const BETWEEN = 1;
const END = 60;

/** A network on digits, trained with three step sizes side by side: sharpening, then the edge. */
export function mount(root: HTMLElement): () => void {
  const runs = RATES.map((rate) => ({
    label: `η = ${number(rate)}`,
    state: digitsRun({
      batch: "full",
      lr: rate,
      every: Math.round(BETWEEN / rate),
      steps: Math.round(END / rate),
      measure: ["fullbs"],
    }),
  }));
  const picture = new RunsChart({
    labels: runs.map(({ label }) => label),
    label: "The sharpness of the whole loss, FullBS, against η·step, for three step sizes",
    xLabel: "η · step",
    x: (step, trace) => step * trace.settings(step).learningRate,
    inUnits: false,
  });
  const training = new Training(root, { runs, picture, words });
  return () => training.dispose();
}

function words(traces: readonly Trace[]): string {
  const each = traces.map((trace) => {
    const { step, value } = trace.latest("fullbs")!;
    const threshold = trace.comparison(step).value;
    return (
      `${trace.label}: after ${short(step)} steps the sharpness is ${number(value)}, ` +
      `${number(value / threshold)} times 2/η = ${number(threshold)}.`
    );
  });
  return each.join(" ");
}
