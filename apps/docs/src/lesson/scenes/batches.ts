import { SHARPNESSES, SharpnessChart } from "../../playground/charts/sharpnessChart.js";
import type { Trace } from "../../playground/run/trace.js";
import { element } from "../../playground/ui/dom.js";
import { digitsRun } from "../training/digits.js";
import { sharpnessLegend } from "../training/sharpnessLegend.js";
import { type RunsPicture, Training } from "../training/training.js";
import { number } from "../ui/numbers.js";

const SIZES = [4, 16, 64, "full"] as const;
/** What counts as being at 2/η. */
const NEAR = 0.1;

/** Training with each batch size in lockstep: which sharpness comes to 2/η. */
export function mount(root: HTMLElement): () => void {
  const runs = SIZES.map((batch) => ({
    label: `b = ${batch === "full" ? "all" : batch}`,
    state: digitsRun({ batch, every: 50, steps: 2500, "max-batches": 32, tolerance: 0.1 }),
  }));
  const picture = new SmallMultiples(runs.map(({ label }) => label));
  const training = new Training(root, { runs, picture, words });
  return () => training.dispose();
}

/** A chart of each run, with one legend for all. */
class SmallMultiples implements RunsPicture {
  readonly node: HTMLElement;
  readonly #charts: readonly SharpnessChart[];

  constructor(labels: readonly string[]) {
    const places = labels.map((label) =>
      element("div", {
        attributes: {
          role: "img",
          "aria-label": `${label}: MiniBS, batch sharpness and FullBS in units of 2/η against steps`,
        },
      }),
    );
    this.#charts = places.map((place) => new SharpnessChart(place, 200));
    const figures = labels.map((label, k) =>
      element("div", {}, element("p", { class: "panel" }, label), places[k]),
    );
    this.node = element(
      "div",
      {},
      sharpnessLegend(),
      element("div", { class: "pair" }, ...figures),
    );
  }

  update(traces: readonly Trace[]): void {
    this.#charts.forEach((chart, k) => {
      chart.update(traces.slice(k, k + 1), "threshold");
    });
  }

  redraw(): void {
    for (const chart of this.#charts) chart.redraw();
  }

  dispose(): void {
    for (const chart of this.#charts) chart.dispose();
  }
}

function words(traces: readonly Trace[]): string {
  const step = Math.min(...traces.map((trace) => trace.latest("fullbs")?.step ?? 0));
  const each = traces.map((trace) => {
    const relative = SHARPNESSES.flatMap(({ quantity, text }) => {
      const point = trace.latest(quantity);
      if (point === undefined) return [];
      return { text, value: point.value / trace.comparison(point.step, quantity).value };
    });
    const near = relative.filter(({ value }) => Math.abs(value - 1) <= NEAR);
    const numbers = relative.map(({ text, value }) => `${text} ${number(value)}`).join(", ");
    const names = near.map(({ text }) => text).join(", ");
    return `${trace.label}: ${numbers}; at 2/η within ${100 * NEAR} %: ${names || "none"}.`;
  });
  return `At step ${step}, in units of 2/η. ${each.join(" ")}`;
}
