import type { Trace } from "../run/trace.js";
import { type Line, LineChart } from "./lineChart.js";
import { rulesOf } from "./rules.js";
import type { ChartUnit } from "./sharpnessChart.js";
import type { Colour } from "./theme.js";

/** Of λ1, λ2 and so on. */
export const SPECTRUM_COLOURS: readonly Colour[] = [
  "fullbs",
  "minibs",
  "batchSharpness",
  "fork4",
  "fork5",
  "fork6",
];

/** The top eigenvalues of the Hessian of the whole loss against steps, of the first run. */
export class SpectrumChart {
  readonly #chart: LineChart;

  constructor(place: HTMLElement) {
    this.#chart = new LineChart(place, { xLabel: "steps" });
  }

  update([trace]: readonly Trace[], unit: ChartUnit): void {
    const spectrum = trace?.spectrum ?? [];
    const count = Math.max(1, ...spectrum.map(({ values }) => values.length));
    const lines = Array.from(
      { length: count },
      (_, k): Line => ({
        name: `λ${k + 1}`,
        colour: SPECTRUM_COLOURS[k % SPECTRUM_COLOURS.length]!,
        width: k === 0 ? 2 : 1.25,
        points: spectrum.map(({ step, values }) => ({
          x: step,
          y: (values[k] ?? Number.NaN) / (unit === "absolute" ? 1 : trace!.comparison(step).value),
        })),
      }),
    );
    this.#chart.update(lines, [], trace ? rulesOf([trace]) : []);
  }

  redraw(): void {
    this.#chart.redraw();
  }

  dispose(): void {
    this.#chart.dispose();
  }
}
