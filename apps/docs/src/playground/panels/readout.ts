import { SHARPNESSES } from "../charts/sharpnessChart.js";
import type { Trace } from "../run/trace.js";
import { element, short } from "../ui/dom.js";

/** The latest numbers of the runs as a table: what the charts show, in words. */
export class Readout {
  readonly node = element("div", { class: "readout" });

  update(traces: readonly Trace[]): void {
    if (traces.every(({ series }) => series.size === 0)) {
      this.node.replaceChildren();
      return;
    }
    const head = element(
      "tr",
      {},
      element("th", { scope: "col", textContent: "latest" }),
      ...traces.map(({ label }) => element("th", { scope: "col", textContent: label })),
    );
    const caption = element("caption", { textContent: "Latest numbers, with their errors" });
    this.node.replaceChildren(
      element(
        "table",
        {},
        caption,
        element("thead", {}, head),
        element("tbody", {}, ...rowsOf(traces)),
      ),
    );
  }
}

function rowsOf(traces: readonly Trace[]): HTMLElement[] {
  const row = (name: string, text: (trace: Trace) => string) =>
    element(
      "tr",
      {},
      element("th", { scope: "row", textContent: name }),
      ...traces.map((trace) => element("td", { textContent: text(trace) })),
    );
  const sharpness = SHARPNESSES.map(({ quantity, text }) =>
    row(text, (trace) => {
      const point = trace.latest(quantity);
      if (point === undefined) return "–";
      const relative = point.value / trace.threshold(point.step);
      const units = Number.isFinite(relative) ? ` = ${relative.toFixed(2)} · 2/η` : "";
      return `${short(point.value)} ± ${short(point.error)}${units}`;
    }),
  );
  return [
    row("step", (trace) => short(trace.lastStep)),
    row("threshold 2/η", (trace) => short(trace.threshold(trace.lastStep))),
    ...sharpness,
    row("loss, all samples", (trace) => short(trace.latest("loss")?.value ?? Number.NaN)),
  ];
}
