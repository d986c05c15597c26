import type { Trace } from "../run/trace.js";
import { type Dots, type Line, LineChart } from "./lineChart.js";
import { rulesOf } from "./rules.js";
import type { Colour } from "./theme.js";
import { dashOf } from "./traceLook.js";

/** What is drawn of a run; names as in the records. */
export const SHARPNESSES = [
  { quantity: "minibs", text: "MiniBS", colour: "minibs", width: 2 },
  { quantity: "batch-sharpness", text: "batch sharpness", colour: "batchSharpness", width: 2 },
  // The widest lies below: where MiniBS and FullBS coincide, both are seen.
  { quantity: "fullbs", text: "FullBS", colour: "fullbs", width: 4.5 },
] as const satisfies readonly {
  quantity: string;
  text: string;
  colour: Colour;
  width: number;
}[];

export type ChartUnit = "threshold" | "absolute";

/** Sharpness against steps beside what it is compared with. */
export class SharpnessChart {
  readonly #chart: LineChart;

  constructor(place: HTMLElement, height = 320) {
    this.#chart = new LineChart(place, { xLabel: "steps", height, fromZero: true });
  }

  /** @param log whether the axis is logarithmic */
  update(traces: readonly Trace[], unit: ChartUnit, log = false): void {
    this.#chart.setLog(log);
    const lines = traces.flatMap((trace, index) => linesOf(trace, unit, index));
    const dots = traces.slice(0, 1).map((trace) => dotsOf(trace, unit));
    this.#chart.update(lines, dots, rulesOf(traces));
  }

  redraw(): void {
    this.#chart.redraw();
  }

  dispose(): void {
    this.#chart.dispose();
  }
}

function linesOf(trace: Trace, unit: ChartUnit, index: number): Line[] {
  const second = index > 0;
  const name = (text: string) => (second ? `${index} ${trace.label}: ${text}` : text);
  const dash = dashOf(index);
  const measured = SHARPNESSES.toReversed().flatMap(({ quantity, text, colour, width }): Line[] => {
    const points = trace.points(quantity);
    if (points.length === 0) return [];
    return [
      {
        name: name(text),
        colour,
        width,
        band: true,
        ...(dash && { dash }),
        points: points.map(({ step, value, error }) => {
          const scale = unit === "absolute" ? 1 : trace.comparison(step, quantity).value;
          return { x: step, y: value / scale, error: (Number.isNaN(error) ? 0 : error) / scale };
        }),
      },
    ];
  });
  return [...measured, thresholdLine(trace, unit, name(thresholdLabel([trace])), second)];
}

/** "threshold 2/η", of the last step of each run; "no threshold" where none has one. */
export function thresholdLabel(traces: readonly Trace[]): string {
  const formulas = new Set(
    traces.flatMap((trace) => trace.comparison(trace.lastStep).formula ?? []),
  );
  return formulas.size === 0 ? "no threshold" : `threshold ${[...formulas].join(", ")}`;
}

/** At every measured step, and at the steps where it moves. */
function thresholdLine(trace: Trace, unit: ChartUnit, name: string, second: boolean): Line {
  const whole = trace.points("fullbs");
  const measured = whole.length > 0 ? whole : trace.points("minibs");
  const changed = (trace.manifest.plan.interventions ?? []).flatMap(({ at }) =>
    typeof at === "number" && at <= trace.lastStep ? [at] : [],
  );
  const steps = [...new Set([...measured.map(({ step }) => step), ...changed])];
  return {
    name,
    colour: second ? "muted" : "ink",
    dash: [2, 3],
    width: 1.5,
    stepped: true,
    points: steps
      .sort((a, b) => a - b)
      .map((step) => {
        const { value } = trace.comparison(step);
        // A threshold that there is not is no line at 1 either.
        return { x: step, y: unit === "absolute" || Number.isNaN(value) ? value : 1 };
      }),
  };
}

function dotsOf(trace: Trace, unit: ChartUnit): Dots {
  return {
    colour: "minibs",
    points: trace.dots.map(({ step, value }) => ({
      x: step,
      y: unit === "absolute" ? value : value / trace.comparison(step, "minibs").value,
    })),
  };
}
