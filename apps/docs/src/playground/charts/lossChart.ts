import type { Trace } from "../run/trace.js";
import { type Line, LineChart } from "./lineChart.js";
import { rulesOf } from "./rules.js";
import { dashOf } from "./traceLook.js";

/** The loss against steps: of the training batches, in means over some steps, and of all samples. */
export class LossChart {
  readonly #chart: LineChart;

  constructor(place: HTMLElement, height = 260) {
    this.#chart = new LineChart(place, { xLabel: "steps", height, log: true });
  }

  update(traces: readonly Trace[]): void {
    const lines = traces.flatMap((trace, index) => linesOf(trace, index));
    this.#chart.update(lines, [], rulesOf(traces));
  }

  redraw(): void {
    this.#chart.redraw();
  }

  dispose(): void {
    this.#chart.dispose();
  }
}

function linesOf(trace: Trace, index: number): Line[] {
  const second = index > 0;
  const name = (text: string) => (second ? `${index} ${trace.label}: ${text}` : text);
  const own = dashOf(index);
  const dash = own && { dash: own };
  return [
    {
      name: name("training batches"),
      colour: second ? "fork5" : "muted",
      width: 1,
      points: trace.stepLossMeans.map(({ step, value }) => ({ x: step, y: value })),
      ...dash,
    },
    {
      name: name("all samples"),
      colour: second ? "fork4" : "fork6",
      // A logarithm has no place for 0.
      points: trace
        .points("loss")
        .filter(({ value }) => value > 0)
        .map(({ step, value }) => ({ x: step, y: value })),
      ...dash,
    },
  ];
}
