import { type Content, html, type Markup, settingText } from "@eoss/report/internal";
import { withError } from "@eoss/run";
import type { ClaimReading } from "../../recipes/claims/reading.js";
import type { Followed, SweepNumbers, SweepRunNumbers } from "./numbers.js";

/** All runs with what was varied and where they settled; a script makes it sort and filter. */
export function runsTable({ runs, varied }: SweepNumbers, unit: string): Markup {
  const head = (name: Content, filters = false) =>
    html`<th scope="col"${filters && html` data-filter`}>${name}</th>`;
  return html`<div id="filters" class="filters" hidden></div>
<div class="scroll"><table id="runs">
<caption><span>Means over the last quarter of the steps, of what is level with 95 % intervals: the sharpnesses in units
of ${unit}, the gap in loss / parameter². A star marks what is not level.</span></caption>
<thead><tr>${head("run")}${varied.map((name) => head(name, true))}${head("state", true)}${head("step")}${RELATIVE.map(([, name]) => head(name))}${head("gap")}</tr></thead>
<tbody>
${runs.map((run) => runRow(run, varied))}</tbody>
</table></div>`;
}

const RELATIVE: ReadonlyArray<readonly [Followed, string]> = [
  ["minibs", "MiniBS"],
  ["fullbs", "FullBS"],
  ["batch-sharpness", "batch sharpness"],
];

function runRow(run: SweepRunNumbers, varied: readonly string[]): Markup {
  const { name, settings, state, step, reason, relative, plateaus, samples } = run;
  const title =
    samples === null
      ? html`${name}`
      : html`<a href="runs/${encodeURIComponent(name)}/report.html">${name}</a>`;
  return html`<tr><th scope="row">${title}</th>${varied.map((key) =>
    cell(settingText(settings[key]), settings[key]),
  )}<td title="${reason}">${state}</td>${cell(step ?? "–", step)}${RELATIVE.map(([quantity]) =>
    readingCell(relative[quantity]),
  )}${readingCell(plateaus["minibs - fullbs"])}</tr>\n`;
}

function readingCell(reading: ClaimReading | undefined): Markup {
  if (reading === undefined || !Number.isFinite(reading.value)) return cell("–", null);
  const { value, margin, unsettled } = reading;
  const text = withError(value, margin);
  if (unsettled === undefined) return cell(text, value);
  return html`<td data-number="${value}" title="${unsettled}">${text} *</td>`;
}

/** What is sorted as a number says so; an empty one stands last. */
function cell(text: Content, value: unknown): Markup {
  if (typeof value === "number") return html`<td data-number="${value}">${text}</td>`;
  return value === null ? html`<td data-number="">${text}</td>` : html`<td>${text}</td>`;
}
