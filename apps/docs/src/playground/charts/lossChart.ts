import type { Trace, TracePoint } from "../run/trace.js";
import { type Line, LineChart, type LinePoint } from "./lineChart.js";
import { rulesOf, TWIN_DASH } from "./sharpnessChart.js";

const MOST_POINTS = 400;

/** The loss against steps: of the training batches, in means over some steps, and of all samples. */
export class LossChart {
  readonly #chart: LineChart;

  constructor(place: HTMLElement, height = 260) {
    this.#chart = new LineChart(place, { xLabel: "steps", height, log: true });
  }

  update(traces: readonly Trace[]): void {
    const lines = traces.flatMap((trace, index) => linesOf(trace, index > 0));
    this.#chart.update(lines, [], rulesOf(traces));
  }

  redraw(): void {
    this.#chart.redraw();
  }

  dispose(): void {
    this.#chart.dispose();
  }
}

function linesOf(trace: Trace, second: boolean): Line[] {
  const name = (text: string) => (second ? `${trace.label}: ${text}` : text);
  const dash = second ? { dash: TWIN_DASH } : {};
  const whole = trace.series.get("loss") ?? [];
  return [
    {
      name: name("training batches"),
      colour: second ? "fork5" : "muted",
      width: 1,
      points: means(trace.stepLoss, MOST_POINTS),
      ...dash,
    },
    {
      name: name("all samples"),
      colour: second ? "fork4" : "fork6",
      // A logarithm has no place for 0.
      points: whole
        .filter(({ value }) => value > 0)
        .map(({ step, value }) => ({ x: step, y: value })),
      ...dash,
    },
  ];
}

/** Means over blocks of equal length, at most so many of them. */
function means(points: readonly TracePoint[], most: number): LinePoint[] {
  const finite = points.filter(({ value }) => value > 0 && Number.isFinite(value));
  const size = Math.max(1, Math.ceil(finite.length / most));
  return Array.from({ length: Math.ceil(finite.length / size) }, (_, block) => {
    const members = finite.slice(block * size, (block + 1) * size);
    const sum = members.reduce((total, { value }) => total + value, 0);
    return { x: members[0]!.step, y: sum / members.length };
  });
}
