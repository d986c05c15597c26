import { type RunManifest, ratioText, thresholdText, withError } from "@eoss/run";
import { SHARPNESSES } from "../charts/sharpnessChart.js";
import type { Trace } from "../run/trace.js";
import { element, setText, short } from "../ui/dom.js";

/** The latest numbers of the runs as a table: what the charts show, in words. */
export class Readout {
  readonly node = element("div", { class: "readout" });
  #cells: readonly (readonly HTMLElement[])[] = [];

  update(traces: readonly Trace[]): void {
    const measured = traces.filter((trace) => trace.measured);
    const rows = measured.length === 0 ? [] : textsOf(measured);
    if (rows.length !== this.#cells.length || rows[0]?.length !== this.#cells[0]?.length) {
      this.#build(rows);
    }
    for (const [r, row] of rows.entries()) {
      for (const [c, text] of row.entries()) setText(this.#cells[r]![c]!, text);
    }
  }

  /** A new table for so many rows and columns; its cells are filled later. */
  #build(rows: readonly (readonly string[])[]): void {
    this.#cells = rows.map((row, r) =>
      row.map((_, c) => {
        if (r > 0 && c > 0) return element("td");
        return element("th", { scope: r === 0 ? "col" : "row" });
      }),
    );
    const [head, ...body] = this.#cells.map((row) => element("tr", {}, ...row));
    if (head === undefined) {
      this.node.replaceChildren();
      return;
    }
    const caption = element("caption", { textContent: "Latest numbers, with 95 % intervals" });
    const table = [caption, element("thead", {}, head), element("tbody", {}, ...body)];
    this.node.replaceChildren(element("table", {}, ...table));
  }
}

/** The table, row by row, its head first. */
function textsOf(traces: readonly Trace[]): string[][] {
  const row = (name: string, text: (trace: Trace) => string) => [name, ...traces.map(text)];
  const sharpness = SHARPNESSES.map(({ quantity, text }) =>
    row(text, (trace) => {
      const point = trace.latest(quantity);
      if (point === undefined) return "–";
      const ratio = ratioText(point.value, trace.comparison(point.step, quantity));
      const measured = withError(point.value, point.error);
      return Number.isFinite(point.value) ? `${measured} (${ratio})` : measured;
    }),
  );
  const onCard = traces.some(({ manifest }) => manifest.versions.card !== undefined);
  return [
    row("latest", ({ label }) => label),
    ...(onCard ? [row("computed on", ({ manifest }) => placeText(manifest))] : []),
    row("step", (trace) => short(trace.lastStep)),
    row("threshold", (trace) => thresholdText(trace.comparison(trace.lastStep))),
    ...sharpness,
    row("loss, all samples", (trace) => {
      const point = trace.latest("loss");
      return point === undefined ? "–" : withError(point.value, point.error);
    }),
  ];
}

function placeText({ backend, versions: { card } }: RunManifest): string {
  return card === undefined ? backend : `${backend}: ${card}`;
}
