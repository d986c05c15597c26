import type { Run } from "../run/read.js";
import { lastStep, plateauOf, recordsOf } from "../run/series.js";
import { comparisonPanels } from "./comparisonFigure.js";
import { svgMarkup } from "./figure.js";
import { type Content, html, type Markup, raw } from "./html.js";
import { batchLabel, learningRate, runLabels, runTitle } from "./labels.js";
import { legend } from "./legend.js";
import { lossFigure } from "./lossFigure.js";
import { duration, integer, short, withError } from "./numbers.js";
import { FULLBS, MINIBS, SHARPNESSES, THEMED } from "./palette.js";
import { sharpnessCaption, sharpnessFigure } from "./sharpnessFigure.js";
import { STYLE } from "./style.js";
import { comparisonTable, configTable, costTable, plateauTable } from "./tables.js";

const WIDE = { width: 820, height: 420 };
const NARROW = { width: 380, height: 340 };
const PANEL = { width: 270, height: 260 };
/** Single batches drawn in all figures of a report: keeps a report of many runs below 2 MB. */
const DOTS = 24_000;

/**
 * A report of one run or of several as one HTML file that loads nothing from elsewhere and needs
 * no script. The same runs give the same bytes.
 *
 * @param runs in any order; several are compared first, by step size and batch size
 */
export function renderReport(runs: readonly Run[]): string {
  const ordered = [...runs].sort(
    (a, b) =>
      b.manifest.stabilityThreshold - a.manifest.stabilityThreshold ||
      a.manifest.batchSize - b.manifest.batchSize,
  );
  const alone = ordered.length === 1;
  const labels = runLabels(ordered);
  const title = alone ? runTitle(ordered[0]!) : `Sharpness of ${ordered.length} runs against 2/η`;
  const maxDots = Math.round(Math.max(300, Math.min(4000, DOTS / Math.max(1, ordered.length))));
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="generator" content="eoss">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>${title}</title>
<style>${raw(STYLE)}</style>
</head>
<body>
<header>
<h1>${title}</h1>
</header>
<main>
${!alone && comparison(ordered)}
${ordered.map(
  (run, i) => html`<section id="run-${i + 1}">
${!alone && html`<h2>${labels[i]}</h2>`}
${runReport(run, maxDots)}
</section>
`,
)}</main>
</body>
</html>
`.text;
}

function comparison(runs: readonly Run[]): Markup {
  if (runs.length === 0) return html`<p>There are no runs to report.</p>`;
  const { panels, clampedAt } = comparisonPanels(runs, THEMED, PANEL);
  return html`<section id="comparison">
<p class="lead">Gradient descent of step size η is stable only while the curvature that it feels
stays below 2/η. In these units the runs share one scale: 1 is the threshold.</p>
${legend([MINIBS, FULLBS], THEMED)}
<figure>
<div class="panels">
${panels.map((svg) => raw(`${svgMarkup(svg)}\n`))}</div>
<figcaption>MiniBS and FullBS against training steps, in units of 2/η; one panel a run, the
vertical axis in common, steps as many as the run had. Bands: ±2 standard errors of MiniBS, the
error bound of FullBS. Look whether MiniBS meets the line at 1 in every panel, and how far below
it FullBS stays.${clampedAt !== null && ` Values above ${short(clampedAt)} lie on the upper edge.`}</figcaption>
</figure>
${comparisonTable(runs)}
</section>`;
}

function runReport(run: Run, maxDots: number): Markup {
  const { manifest } = run;
  const measured = SHARPNESSES.filter(({ quantity }) => recordsOf(run, quantity).length > 0);
  const sharpness = sharpnessFigure(run, THEMED, WIDE, maxDots);
  const narrowSharpness = sharpnessFigure(run, THEMED, NARROW, maxDots);
  const loss = lossFigure(run, THEMED, { ...WIDE, height: 300 });
  const narrowLoss = lossFigure(run, THEMED, { ...NARROW, height: 280 });
  return html`<p>${manifest.model.name} with ${integer(manifest.model.parameters)} parameters on
${integer(manifest.dataset.samples)} samples of ${manifest.dataset.name}, ${batchLabel(run)},
η = ${short(learningRate(run), 6)}, so 2/η = ${short(manifest.stabilityThreshold)}.</p>
${ending(run)}
${summary(run)}
<h3>Sharpness</h3>
${
  sharpness.svg === null
    ? html`<p>No sharpness was measured.</p>`
    : html`${legend(measured, THEMED)}
${figure(sharpness.svg, narrowSharpness.svg!, [sharpnessCaption(run), ...sharpness.notes].join(" "))}`
}
<h3>Plateaus</h3>
${plateauTable(run)}
<h3>Loss</h3>
${
  loss.svg === null
    ? html`<p>No loss was recorded.</p>`
    : figure(loss.svg, narrowLoss.svg!, loss.caption)
}
<h3>Cost of measuring</h3>
${costTable(run)}
<h3>Run it again</h3>
<pre><code>${manifest.command}</code></pre>
${configTable(run)}`;
}

/** The figure in two sizes: letters stay legible on a phone, and each screen shows one of them. */
function figure(wide: string, narrow: string, caption: Content): Markup {
  return html`<figure>
<div class="wide">${raw(wide)}</div>
<div class="narrow">${raw(narrow)}</div>
<figcaption>${caption}</figcaption>
</figure>`;
}

/** The plateaus in one sentence, and only those that are plateaus. */
function summary(run: Run): Markup | null {
  if (run.manifest.end?.reason === "diverged") return null;
  const found = SHARPNESSES.flatMap(({ quantity, name }) => {
    const result = plateauOf(run, quantity);
    return result?.status === "level" ? [`${name} ${withError(result.mean, result.margin)}`] : [];
  });
  if (found.length === 0) return null;
  return html`<p class="lead">Over the last quarter, in units of 2/η: ${found.join(", ")}.</p>`;
}

function ending(run: Run): Markup {
  const { end, startedAt, endedAt } = run.manifest;
  const cut =
    run.truncated &&
    html`<p class="warning">The last line of metrics.jsonl is cut off: that one record is missing.</p>`;
  if (end === null) {
    return html`<p class="warning">This run has not ended, or was killed: its last record is of step
${integer(lastStep(run))}.</p>${cut}`;
  }
  const ways = {
    completed: "Completed",
    "stop-loss": "Reached its target loss",
    "stop-accuracy": "Reached its target accuracy",
    diverged: "Diverged",
    "time-limit": "Stopped by its time limit",
    interrupted: "Interrupted",
    failed: "Failed",
  } as const;
  const seconds = (Date.parse(endedAt ?? "") - Date.parse(startedAt)) / 1000;
  const after = Number.isFinite(seconds) ? ` after ${duration(seconds)}` : "";
  const bad = end.reason === "diverged" || end.reason === "failed";
  return html`<p class="${bad ? "warning" : "muted"}">${ways[end.reason]} at step
${integer(end.step)}${after}, started ${utc(startedAt)}. ${end.message}</p>${cut}`;
}

/** "2024-05-01 10:00 UTC"; a text that is no date stays as it is. */
function utc(time: string): string {
  const date = new Date(time);
  if (Number.isNaN(date.getTime())) return time;
  return `${date.toISOString().slice(0, 16).replace("T", " ")} UTC`;
}
