import type { Trace } from "../../playground/run/trace.js";
import { digitsRun } from "../training/digits.js";
import { RunsChart } from "../training/runsChart.js";
import { Training } from "../training/training.js";
import { number } from "../ui/numbers.js";

/** SGD beside exact gradients with as much noise, and without. */
export function mount(root: HTMLElement): () => void {
  const settings = { measure: ["fullbs"], every: 50, steps: 3000 };
  const runs = [
    { label: "SGD, b = 16", state: digitsRun({ ...settings, batch: 16 }) },
    {
      label: "exact gradients and Gaussian noise of that size",
      state: digitsRun({ ...settings, batch: 16, noise: "isotropic covariance=drawn" }),
    },
    { label: "exact gradients", state: digitsRun({ ...settings, batch: "full" }) },
  ];
  const picture = new RunsChart({
    labels: runs.map(({ label }) => label),
    label: "The sharpness of the whole loss, FullBS, in units of 2/η, against steps",
    xLabel: "steps",
    x: (step) => step,
    inUnits: true,
  });
  const training = new Training(root, { runs, picture, words });
  return () => training.dispose();
}

function words(traces: readonly Trace[]): string {
  const step = Math.min(...traces.map((trace) => trace.latest("fullbs")!.step));
  const each = traces.map((trace) => {
    const point = trace.latest("fullbs")!;
    return `${trace.label}: ${number(point.value / trace.comparison(point.step).value)}`;
  });
  return `FullBS at step ${step}, in units of 2/η. ${each.join("; ")}.`;
}
