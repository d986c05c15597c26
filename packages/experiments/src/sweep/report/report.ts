import { createHash } from "node:crypto";
import {
  type Content,
  html,
  legend,
  type Markup,
  page,
  plot,
  plotOf,
  settingText,
  THEMED,
  THRESHOLD,
} from "@eoss/report/internal";
import { short, withError } from "@eoss/run";
import { integer } from "@eoss/run/internal";
import type { PowerLawFit } from "@eoss/sharpness";
import {
  AXES,
  LAWS,
  lawsFigure,
  MOST_CURVES,
  MOST_PANELS,
  multiples,
  NAMES,
  type SweepAxis,
  settledSharpnesses,
  unitOf,
} from "./figures.js";
import {
  FOLLOWED,
  type Followed,
  groupsOf,
  type SweepCurve,
  type SweepNumbers,
  type SweepRunNumbers,
} from "./numbers.js";
import { runsTable } from "./runsTable.js";
import { TABLE_SCRIPT } from "./tableScript.js";

const SCRIPT = {
  text: TABLE_SCRIPT,
  sha256: createHash("sha256").update(TABLE_SCRIPT).digest("base64"),
};

/**
 * A report of a sweep as one HTML file that loads nothing: plateaus against b and η with fitted power
 * laws, small multiples over what else is varied, and all runs in a table that sorts and filters.
 */
export function renderSweepReport(sweep: SweepNumbers): string {
  const { runs, varied, common } = sweep;
  const unit = unitOf(runs);
  const axes = AXES.filter(({ setting }) => sweep.curves[setting] !== undefined);
  const title = `Sweep of ${runs.length} runs over ${varied.join(", ") || "nothing"}`;
  const main = html`${axes.length === 0 && html`<p>Neither the batch size nor the step size varies, so there is no figure.</p>`}
${axes.map((axis) => axisSection(sweep, axis, unit))}
<section id="all-runs">
<h2>Runs</h2>
${runsTable(sweep, unit)}
<h3>Settings that all runs share</h3>
<dl>${Object.entries(common).map(
    ([name, value]) => html`<div><dt>${name}</dt><dd>${settingText(value)}</dd></div>\n`,
  )}</dl>
</section>
`;
  return page({ title, lead: lead(runs), main, script: SCRIPT });
}

/** How far the sweep is. */
function lead(runs: readonly SweepRunNumbers[]): Markup {
  const states = [...new Set(runs.map(({ state }) => state))];
  const counts = states.map(
    (state) => `${integer(runs.filter((run) => run.state === state).length)} ${state}`,
  );
  return html`<p class="lead">${counts.join(", ")}. Plateaus are means over the last quarter of the steps
since the last change, with 95 % intervals.</p>\n`;
}

function axisSection(
  { curves, runs, varied }: SweepNumbers,
  axis: SweepAxis,
  unit: string,
): Markup {
  const own = curves[axis.setting]!;
  const groups = groupsOf(runs, axis.setting, varied);
  const measured = settledSharpnesses(runs);
  const panels = multiples(groups, measured, axis, unit);
  return html`<section id="against-${axis.setting}">
<h2>Against the ${axis.name} ${axis.symbol}</h2>
${
  panels.length === 0
    ? html`<p>No sharpness settled in units of the threshold.</p>`
    : html`${legend(measured, THEMED, [{ look: THRESHOLD, label: `threshold ${unit}` }])}
<figure>
<div class="panels">
${panels.map((panel) => plot(panel))}</div>
<figcaption>Where each sharpness settled, in units of ${unit}, one panel per combination of the other
varied settings; both axes are logarithmic and shared. ${HOLLOW}${cut(groups.size, MOST_PANELS, "panels")}</figcaption>
</figure>`
}
${LAWS.map((quantity) => lawsPart(own, quantity, axis))}
<h3>Power laws in ${axis.symbol}</h3>
${fitTable(own, axis)}
</section>
`;
}

/** One quantity against b or η, with its laws. */
function lawsPart(
  curves: readonly SweepCurve[],
  quantity: Followed,
  axis: SweepAxis,
): Markup | null {
  const own = curves.filter((curve) => curve.quantity === quantity);
  const svg = lawsFigure(own, axis);
  if (svg === null) return null;
  const [heading, what] =
    quantity === "minibs" ? ["MiniBS", "MiniBS"] : ["The gap", "MiniBS − FullBS, step by step,"];
  return html`<h3>${heading}</h3>
<figure><div class="scroll">${plotOf(svg)}</div>
<figcaption>${what} at the plateau, with 95 % intervals; the lines are power laws fitted to the
plateaus, weighted by their errors. ${HOLLOW}${cut(own.length, MOST_CURVES, "lines")}</figcaption>
</figure>`;
}

const HOLLOW = "Hollow marks: the mean is not level, because it drifts or has too few points.";

function cut(count: number, most: number, what: string): string {
  return count > most
    ? ` The first ${most} of ${count} ${what} are drawn; the tables list all.`
    : "";
}

function fitTable(curves: readonly SweepCurve[], { symbol }: SweepAxis): Markup {
  const ordered = FOLLOWED.flatMap((name) => curves.filter(({ quantity }) => quantity === name));
  return html`<div class="scroll"><table>
<caption><span>Quantity in loss / parameter² ∝ ${symbol}^p, fitted to plateaus. The 95 % intervals of p
include the numerical error of the solver; where the law holds, χ² is close to its degrees of freedom.</span></caption>
<thead><tr><th scope="col">quantity</th><th scope="col">other settings</th><th scope="col">p</th><th scope="col">χ² / degrees</th><th scope="col">${symbol}</th><th scope="col">left out</th></tr></thead>
<tbody>
${ordered.map(
  ({ quantity, group, fit, error, note }) =>
    html`<tr><th scope="row">${NAMES[quantity]}</th><td>${group || "–"}</td>${fitCells(fit, error)}<td class="note">${note ?? "–"}</td></tr>\n`,
)}</tbody>
</table></div>`;
}

function fitCells(fit: PowerLawFit | null, error: number | null): Content {
  if (fit === null) return html`<td>–</td><td>–</td><td>–</td>`;
  const { exponent, chiSquare, degrees, fitted } = fit;
  const power = withError(-exponent, error ?? Number.NaN);
  const quality = degrees > 0 ? `${short(chiSquare)} / ${degrees}` : "–";
  const sizes = [...new Set(fitted)].map((x) => short(x)).join(",\u00a0");
  return html`<td><strong>${power}</strong></td><td>${quality}</td><td>${sizes}</td>`;
}
