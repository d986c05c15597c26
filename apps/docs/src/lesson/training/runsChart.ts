import { type Line, LineChart } from "../../playground/charts/lineChart.js";
import type { Colour } from "../../playground/charts/theme.js";
import type { Trace } from "../../playground/run/trace.js";
import { element } from "../../playground/ui/dom.js";
import { legend } from "../ui/legend.js";
import type { RunsPicture } from "./training.js";

/** Colours of runs: not those of quantities. */
const RUN_COLOURS = ["fork4", "fork5", "fork6"] as const satisfies readonly Colour[];

export interface RunsChartOptions {
  readonly labels: readonly string[];
  readonly label: string;
  readonly xLabel: string;
  readonly x: (step: number, trace: Trace) => number;
  /** One line at 2/η for all, with values in units of it, or one for each run. */
  readonly inUnits: boolean;
}

/** FullBS of several runs beside 2/η. */
export class RunsChart implements RunsPicture {
  readonly node: HTMLElement;
  readonly #chart: LineChart;
  readonly #options: RunsChartOptions;

  constructor(options: RunsChartOptions) {
    this.#options = options;
    const place = element("div", { attributes: { role: "img", "aria-label": options.label } });
    const runs = options.labels.map((text, k) => ({ text, colour: RUN_COLOURS[k]! }));
    const threshold = {
      text: options.inUnits ? "2/η" : "2/η of each",
      colour: "ink",
      dotted: true,
    };
    this.node = element("div", {}, legend([...runs, threshold]), place);
    this.#chart = new LineChart(place, { xLabel: options.xLabel, height: 300, fromZero: true });
  }

  update(traces: readonly Trace[]): void {
    const { inUnits } = this.#options;
    const lines = traces.map((trace, k) => this.#line(trace, RUN_COLOURS[k]!));
    const thresholds = traces
      .slice(0, inUnits ? 1 : undefined)
      .map((trace, k) => this.#threshold(trace, inUnits ? "ink" : RUN_COLOURS[k]!));
    this.#chart.update([...lines, ...thresholds]);
  }

  redraw(): void {
    this.#chart.redraw();
  }

  dispose(): void {
    this.#chart.dispose();
  }

  #line(trace: Trace, colour: Colour): Line {
    const { x, inUnits } = this.#options;
    const points = trace.points("fullbs").map(({ step, value }) => ({
      x: x(step, trace),
      y: inUnits ? value / trace.comparison(step).value : value,
    }));
    return { name: trace.label, colour, width: 2.5, points };
  }

  #threshold(trace: Trace, colour: Colour): Line {
    const { x, inUnits } = this.#options;
    const points = trace.points("fullbs").map(({ step }) => ({
      x: x(step, trace),
      y: inUnits ? 1 : trace.comparison(step).value,
    }));
    return { name: `2/η of ${trace.label}`, colour, dash: [2, 3], width: 1.5, points };
  }
}
