import {
  type Change,
  collapseText,
  duration,
  type OpenedRun,
  type RunManifest,
  short,
} from "@eoss/run";
import { integer } from "@eoss/run/internal";
import type { Figure } from "../figures/figure.js";
import { type LegendLine, legend } from "../figures/legend.js";
import { lossFigure } from "../figures/lossFigure.js";
import { otherPanels } from "../figures/otherQuantities.js";
import { SHARPNESSES, THEMED } from "../figures/palette.js";
import { CLAMPED } from "../figures/quantityPanel.js";
import { sharpnessFigure } from "../figures/sharpnessFigure.js";
import { SPECTRUM_CAPTION, spectrumPanels } from "../figures/spectrumFigure.js";
import { smallBatchLevels, thresholdLabel, thresholdLevels } from "../figures/threshold.js";
import { SECOND, THRESHOLD } from "../figures/thresholdLine.js";
import { withoutFolders } from "../text/fileNames.js";
import { batchLabel, changeText, optimizerText, rateText, shownSetting } from "../text/labels.js";
import { sentence } from "../text/sentence.js";
import { type Content, html, type Markup } from "./html.js";
import { plot } from "./plot.js";
import { sharpnessCaption } from "./sharpnessCaption.js";
import { story } from "./story.js";
import { costTable, plateauTables } from "./tables.js";

const WIDE = { width: 820, height: 420 };
const NARROW = { width: 380, height: 340 };
const PANEL = { width: 400, height: 280 };

/**
 * One run: what it came to, its figures, then what the numbers rest on.
 *
 * @param maxDots single batches that its figure draws at most
 */
export function runSection(run: OpenedRun, maxDots: number): Markup {
  const measured = SHARPNESSES.filter(({ quantity }) => run.recordsOf(quantity).length > 0);
  const sharpness = sharpnessFigure(run, THEMED, WIDE, maxDots);
  const narrowSharpness = sharpnessFigure(run, THEMED, NARROW, maxDots);
  const loss = lossFigure(run, THEMED, { ...WIDE, height: 300 });
  const narrowLoss = lossFigure(run, THEMED, { ...NARROW, height: 280 });
  return html`${introduction(run)}
${ending(run)}
${collapse(run)}
${story(run)}
<h3>Sharpness</h3>
${
  sharpness.figure === null
    ? html`<p>No sharpness was measured.</p>`
    : html`${legend(measured, THEMED, legendLines(run))}
${figure(sharpness.figure, narrowSharpness.figure!, [sharpnessCaption(run), ...sharpness.notes].join(" "))}`
}
<h3>Loss</h3>
${
  loss.figure === null
    ? html`<p>No loss was recorded.</p>`
    : figure(loss.figure, narrowLoss.figure!, loss.caption)
}
${others(run)}
${run.manifest.imported ? importNote(run.manifest.imported) : making(run)}
<details>
<summary>Means, errors and drifts${run.manifest.imported ? "" : ", and the cost of measuring"}</summary>
<h3>Means over the last quarter</h3>
${plateauTables(run)}
${
  !run.manifest.imported &&
  html`<h3>Cost of measuring</h3>
${costTable(run)}`
}
</details>`;
}

/** Who made it, and how to do it again. */
function making(run: OpenedRun): Markup {
  const { measured } = run.manifest;
  return html`${measured && measuredNote(measured)}
<h3>Command to repeat the run</h3>
<pre><code>${run.manifest.command}</code></pre>`;
}

function measuredNote(parts: NonNullable<RunManifest["measured"]>): Markup {
  const { framework, device, loss, optimizer, source } = parts;
  return html`<h3>Measured in a program of its own</h3>
<p><code>${source}</code> made this run with ${framework} on ${device}; its loss is
<code>${loss}</code>, its optimizer <code>${optimizer}</code>. The parameters are not in this folder.</p>`;
}

function importNote({ source, mapping }: NonNullable<RunManifest["imported"]>): Markup {
  return html`<h3>Imported</h3>
<p>Another program made this run: its numbers are those of <code>${source}</code>, rounded as in
that file. Their errors and costs are unknown.</p>
<ul>${mapping.map((line) => html`<li>${line}</li>`)}</ul>`;
}

function introduction(run: OpenedRun): Markup {
  const { model, dataset, parent, config } = run.manifest;
  const first = run.firstStep;
  const levels = thresholdLevels(run);
  const [level] = levels;
  const constant = levels.length === 1 && Number.isFinite(level!.value);
  const threshold = constant && `, so ${level!.formula} = ${short(level!.value)}`;
  const optimizer = optimizerText(run);
  const own = run.changes.filter(({ step }) => step >= first);
  const size = model.parameters > 0 && html` with ${integer(model.parameters)} parameters`;
  return html`<p>${withoutFolders(model.name)}${size} on
${integer(dataset.samples)} samples of ${withoutFolders(dataset.name)}, ${optimizer !== "sgd" && `${optimizer}, `}${batchLabel(run)},
η = ${rateText(run)}${threshold}.${config.schedule ? ` Schedule: ${shownSetting(config.schedule)}.` : ""}</p>
${
  parent &&
  html`<p>A fork of <code>${parent.directory}</code> from step ${integer(first)} on:
identical to it until then${own.length === 0 && ", with no training setting changed"}.</p>`
}
${waits(run) && html`<p>One intervention waits for a plateau, and no plateau was reached.</p>`}
${own.length > 0 && html`<ul>${own.map((change) => html`<li>${changeSentence(run, change)}</li>`)}</ul>`}`;
}

/** Whether a part of the plan never came, for want of a plateau. */
function waits({ manifest: { plan, plateaus } }: OpenedRun): boolean {
  const waiting = (plan.interventions ?? []).filter(({ at }) => at === "plateau");
  return waiting.length > plateaus.length;
}

/** "From step 1,500 on: η 0.2 → 0.1, so 2/η = 20." */
function changeSentence(run: OpenedRun, change: Change): string {
  const { step, plateau } = change;
  const text = changeText({ ...change, plateau: undefined }, run.manifest.dataset.samples);
  const waited = plateau
    ? `, at the plateau of ${plateau.quantity} that began at step ${integer(plateau.since)}`
    : "";
  const level = thresholdLevels(run).find(({ from, to }) => from <= step && step < to);
  const { before, after } = change;
  const same =
    before.learningRate === after.learningRate &&
    JSON.stringify(before.optimizer) === JSON.stringify(after.optimizer);
  const threshold =
    !same && level && Number.isFinite(level.value)
      ? `, so ${level.formula} = ${short(level.value)}`
      : "";
  return `From step ${integer(step)} on: ${text}${threshold}${waited}.`;
}

function legendLines(run: OpenedRun): LegendLine[] {
  const compared = thresholdLevels(run).some(({ value }) => !Number.isNaN(value));
  const small = new Set(smallBatchLevels(run).flatMap(({ formula }) => formula || []));
  return [
    ...(compared ? [{ look: THRESHOLD, label: thresholdLabel([run]) }] : []),
    ...[...small].map((label) => ({ look: SECOND, label })),
  ];
}

/** The figure in two sizes: letters stay legible on a phone, and each screen shows one of them. */
function figure(wide: Figure, narrow: Figure, caption: Content): Markup {
  return html`<figure>
${plot(wide, narrow)}<figcaption>${caption}</figcaption>
</figure>`;
}

function others(run: OpenedRun): Markup | null {
  const spectra = spectrumPanels(run, THEMED, PANEL);
  const quantities = otherPanels(run, THEMED, PANEL);
  const panels = [...spectra, ...quantities];
  if (panels.length === 0) return null;
  return html`<h3>Other quantities</h3>
<figure>
<div class="pairs">
${panels.map((panel) => plot(panel))}</div>
<figcaption>All other quantities against training steps. Bands: the 95 % interval of a mean
over batches, otherwise the bound on the numerical error. A sharpness is drawn with its threshold, if
it has one; the number at the end of the line is the threshold's value.${quantities.some(({ clamped }) => clamped) && ` ${CLAMPED}`}${spectra.length > 0 && ` ${SPECTRUM_CAPTION}`}</figcaption>
</figure>`;
}

function collapse({ manifest: { collapsed } }: OpenedRun): Markup | null {
  return collapsed === undefined ? null : html`<p class="warning">${collapseText(collapsed)}</p>`;
}

function ending(run: OpenedRun): Markup {
  const { end, startedAt, endedAt } = run.manifest;
  const cut =
    run.truncated &&
    html`<p class="warning">The last line of metrics.jsonl is incomplete: that one record is missing.</p>`;
  if (end === null && run.records.length === 0) {
    return html`<p class="warning">Nothing is recorded yet: this run is at its first step.</p>${cut}`;
  }
  if (end === null) {
    return html`<p class="warning">This run has not ended, or was killed: its last record is of step
${integer(run.lastStep)}.</p>${cut}`;
  }
  const ways = {
    completed: "Completed",
    "stop-loss": "Reached its target loss",
    "stop-accuracy": "Reached its target accuracy",
    "stop-plateau": "Reached a plateau",
    diverged: "Diverged",
    "time-limit": "Stopped by its time limit",
    interrupted: "Interrupted",
    failed: "Failed",
  } as const;
  const seconds = (Date.parse(endedAt ?? "") - Date.parse(startedAt)) / 1000;
  const after = Number.isFinite(seconds) ? ` after ${duration(seconds)}` : "";
  const bad = run.diverged || end.reason === "failed";
  return html`<p class="${bad ? "warning" : "muted"}">${ways[end.reason]} at step
${integer(end.step)}${after}, started ${utc(startedAt)}. ${sentence(end.message)}</p>${cut}`;
}

/** "2024-05-01 10:00 UTC"; a text that is no date stays as it is. */
function utc(time: string): string {
  const date = new Date(time);
  if (Number.isNaN(date.getTime())) return time;
  return `${date.toISOString().slice(0, 16).replace("T", " ")} UTC`;
}
