import type { LossSlice } from "../worker/views.js";
import { LineChart } from "./lineChart.js";

/** The whole loss along the top eigenvector of its Hessian, beside the parabola of λ. */
export class SliceChart {
  readonly #chart: LineChart;

  constructor(place: HTMLElement) {
    this.#chart = new LineChart(place, {
      xLabel: "distance from θ along the top eigenvector",
      fromZero: true,
    });
  }

  update(slice: LossSlice | undefined): void {
    const points = (values: Float64Array | undefined) =>
      Array.from(values ?? [], (y, k) => ({ x: slice!.t[k]!, y }));
    this.#chart.update([
      { name: "loss", colour: "fullbs", points: points(slice?.loss) },
      {
        name: "parabola",
        colour: "muted",
        dash: [4, 4],
        width: 1.5,
        points: points(slice?.parabola),
      },
    ]);
  }

  redraw(): void {
    this.#chart.redraw();
  }

  dispose(): void {
    this.#chart.dispose();
  }
}
