import type { Plateau } from "@eoss/sharpness";
import type { Run } from "../run/read.js";
import { plateauOf, recordsOf } from "../run/series.js";
import { type Content, html, type Markup } from "./html.js";
import { batchLabel, learningRate, runLabels, settingText } from "./labels.js";
import { duration, integer, short, withError } from "./numbers.js";
import { SHARPNESSES } from "./palette.js";

/** A table in a frame that scrolls sideways where the page is too narrow for it. */
function table(caption: Content, head: readonly Content[], rows: readonly (readonly Content[])[]) {
  return html`<div class="scroll"><table>
<caption><span>${caption}</span></caption>
<thead><tr>${head.map((cell) => html`<th scope="col">${cell}</th>`)}</tr></thead>
<tbody>
${rows.map(
  ([first, ...cells]) =>
    html`<tr><th scope="row">${first}</th>${cells.map((cell) => html`<td>${cell}</td>`)}</tr>\n`,
)}</tbody>
</table></div>`;
}

/** Where each sharpness settled, in units of 2/η, and whether it settled at all. */
export function plateauTable(run: Run): Markup {
  const { stabilityThreshold } = run.manifest;
  const rows = SHARPNESSES.flatMap(({ quantity, name }) => {
    const result = plateauOf(run, quantity);
    if (result === null) return [];
    return [
      [
        name,
        html`<strong>${mean(result)}</strong>`,
        short(result.mean * stabilityThreshold),
        result.errorBound > 0 ? `≤ ${short(result.errorBound, 2)}` : "–",
        result.drift ? withError(result.drift.change, result.drift.changeMargin, true) : "–",
        verdict(result, run),
        result.points > 0
          ? `${integer(result.points)} from step ${integer(result.firstStep)}`
          : "0",
      ],
    ];
  });
  if (rows.length === 0) return html`<p>No sharpness was measured.</p>`;
  return table(
    "Mean over the last quarter of the run's steps in units of 2/η. The 95 % intervals allow for the correlation of successive measurements; the numerical error is a bound and comes on top.",
    [
      "quantity",
      "mean",
      "in loss / parameter²",
      "numerical error",
      "change over the quarter",
      "plateau?",
      "measurements",
    ],
    rows,
  );
}

/** The plateaus of several runs, one row a run. */
export function comparisonTable(runs: readonly Run[]): Markup {
  const labels = runLabels(runs);
  const results = runs.map((run) => SHARPNESSES.map(({ quantity }) => plateauOf(run, quantity)));
  const cell = (result: Plateau | null, run: Run) => {
    if (result === null) return "not measured";
    const mark = result.status === "level" && !diverged(run) ? "" : ` (${verdict(result, run)})`;
    return `${mean(result)}${mark}`;
  };
  return table(
    "Mean over the last quarter of each run's steps, in units of 2/η, with 95 % intervals. What is no plateau says so.",
    ["run", "batch size", "η", "MiniBS", "FullBS", "batch sharpness"],
    runs.map((run, i) => [
      html`<a href="#run-${i + 1}">${labels[i]}</a>`,
      `${integer(run.manifest.batchSize)}${batchLabel(run) === "full batch" ? " (full)" : ""}`,
      short(learningRate(run), 6),
      ...results[i]!.map((result) => cell(result, run)),
    ]),
  );
}

/** What was spent on each quantity. */
export function costTable(run: Run): Markup {
  const names = [...new Set(run.records.map(({ quantity }) => quantity))]
    // The losses of the training steps come with the training: nothing was spent on them.
    .filter((name) => name !== "step-loss")
    .sort();
  if (names.length === 0) return html`<p>Nothing was measured.</p>`;
  const rows = names.map((name) => {
    const records = recordsOf(run, name);
    const sum = (pick: (record: (typeof records)[number]) => number) =>
      records.reduce((total, record) => total + pick(record), 0);
    const seconds = sum((record) => record.seconds);
    const missed = records.filter(({ status }) => status === "budget-spent").length;
    return [
      name,
      integer(records.length),
      short(sum(({ products }) => products) / records.length),
      short(sum(({ samples }) => samples) / records.length),
      duration(seconds / records.length),
      duration(seconds),
      missed > 0 ? `${integer(missed)} of ${integer(records.length)}` : "none",
    ];
  });
  return table(
    "What measuring cost. A product is one Hessian-vector product: on one batch for MiniBS and batch sharpness, on all samples for FullBS.",
    [
      "quantity",
      "measurements",
      "products each",
      "samples each",
      "time each",
      "time in all",
      "missed the tolerance",
    ],
    rows,
  );
}

/** Every setting of the run, and what it ran on. */
export function configTable(run: Run): Markup {
  const { config, versions, backend, dataset, model, seeds } = run.manifest;
  const environment: [string, unknown][] = [
    ["parameters", integer(model.parameters)],
    ["training samples", integer(dataset.samples)],
    ["data source", dataset.source],
    ["backend in use", backend],
    ["random streams", seeds.streams.join(", ")],
    ...Object.entries(versions),
  ];
  const list = (entries: readonly (readonly [string, unknown])[]) =>
    html`<dl>${entries.map(
      ([name, value]) => html`<div><dt>${name}</dt><dd>${settingText(value)}</dd></div>\n`,
    )}</dl>`;
  return html`<h3>Settings</h3>
${list(Object.entries(config))}
<h3>What it ran on</h3>
${list(environment)}`;
}

/** "1.034 ± 0.012", or the bare mean where no error is known. */
function mean({ mean, margin }: Plateau): string {
  return withError(mean, margin);
}

function diverged(run: Run): boolean {
  return run.manifest.end?.reason === "diverged";
}

function verdict({ status, drift, points }: Plateau, run: Run): string {
  if (diverged(run)) return "diverged";
  if (status === "drifting")
    return drift!.slope > 0 ? "still rising\u00a0↗" : "still falling\u00a0↘";
  if (status === "too-few-points") return `too few points: ${points}`;
  if (status === "not-finite") return "not finite";
  return "no drift seen";
}
