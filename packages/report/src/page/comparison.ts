import { type OpenedRun, short } from "@eoss/run";
import { comparisonPanels } from "../figures/comparisonFigure.js";
import { membersOf } from "../figures/family.js";
import { familyPanels } from "../figures/familyFigure.js";
import { legend } from "../figures/legend.js";
import { THEMED } from "../figures/palette.js";
import { CLAMPED } from "../figures/quantityPanel.js";
import { commonFormula, thresholdLabel } from "../figures/threshold.js";
import { THRESHOLD } from "../figures/thresholdLine.js";
import { runLabels, runTitle } from "../text/labels.js";
import { html, type Markup } from "./html.js";
import { plot } from "./plot.js";
import { storyOfRuns } from "./story.js";
import { comparisonTable } from "./tables.js";

const PANEL = { width: 270, height: 260 };
const FAMILY_PANEL = { width: 400, height: 300 };

/** Identifiers of the sections that runs have in a report. */
export type Sections = ReadonlyMap<OpenedRun, string>;

/** Several runs beside each other, each in units of its threshold. */
export function comparisonSection(runs: readonly OpenedRun[], sections: Sections): Markup {
  const { panels, styles, clampedAt } = comparisonPanels(runs, THEMED, PANEL);
  const unit = commonFormula(runs);
  const labels = runLabels(runs);
  return html`<section id="comparison">
${storyOfRuns(runs, labels)}
<p>Gradient descent with step size η is stable only while the curvature along its steps
stays below ${unit}. In these units all runs share one scale: the threshold is 1.</p>
${legend(styles, THEMED, [{ look: THRESHOLD, label: thresholdLabel(runs) }])}
<figure>
<div class="panels">
${panels.map((panel) => plot(panel))}</div>
<figcaption>Sharpness against training steps, each value in units of ${unit} at its step; one panel per
run, with a shared vertical axis. Bands: the 95 % interval of a mean
over batches, the error bound of FullBS. Look at how far FullBS stays below the line at 1, and whether
batch sharpness or MiniBS reaches it.${clampedAt !== null && ` Values above ${short(clampedAt)} lie on the upper edge.`}</figcaption>
</figure>
${comparisonTable(runs, labels, sections)}
</section>`;
}

/** A run and its forks on the same axes. */
export function familySection(family: readonly OpenedRun[], sections: Sections): Markup {
  const members = membersOf(family);
  const styles = members.map(({ style }) => style);
  const labels = styles.map(({ label }) => label);
  const panels = familyPanels(members, THEMED, FAMILY_PANEL);
  const root = family[0]!;
  const lead =
    root.manifest.parent === undefined
      ? html`${runTitle(root)}, and its forks with settings changed at some step. Until
that step each fork equals its parent, bit for bit.`
      : html`Forks of <code>${root.manifest.parent.directory}</code>, which was not found.`;
  return html`<section class="family">
<p>${lead}</p>
${storyOfRuns(family, labels)}
${legend(styles, THEMED, [{ look: { ...THRESHOLD, width: 1, dash: "4 2" }, label: `${thresholdLabel(family)}, in the colour of the run` }])}
${
  panels.length === 0
    ? html`<p>Nothing was measured.</p>`
    : html`<figure>
<div class="pairs">
${panels.map((panel) => plot(panel))}</div>
<figcaption>One panel per quantity, all runs on the same axes; vertical rules mark the steps at which
forks leave their parents. Bands: the 95 % interval of a mean over batches, otherwise the bound on the
numerical error. MiniBS and batch sharpness are those of a run's own batch size. Look at whether each
MiniBS moves to its own threshold: the dashed line of its colour, with its value at the end, drawn
if it differs from that of the first run.${panels.some(({ clamped }) => clamped) && ` ${CLAMPED}`}</figcaption>
</figure>`
}
${comparisonTable(family, labels, sections)}
</section>`;
}
