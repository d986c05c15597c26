/** The report of one run or of several. */

import { checkTypedOptions, list } from "@eoss/rng/internal";
import { type OpenedRun, openRun, type Run } from "@eoss/run";
import { familiesOf, membersOf } from "../figures/family.js";
import { commonFormula } from "../figures/threshold.js";
import { runLabels, runTitle } from "../text/labels.js";
import { comparisonSection, familySection } from "./comparison.js";
import { html, type Markup } from "./html.js";
import { page } from "./htmlPage.js";
import { runSection } from "./runSection.js";
import { settingsOfRun, settingsOfRuns } from "./settings.js";

/** Single batches drawn in all figures of a report: keeps a report of many runs below 2 MB. */
const DOTS = 12_000;

export interface ReportOptions {
  /** Ancestors of the runs that are drawn beside them, without a section of their own. */
  readonly ancestors?: readonly Run[];
}

/**
 * A report of one run or of several as one HTML file that loads nothing from elsewhere and needs
 * no script. The same runs give the same bytes. Several are compared first; a run and its forks
 * are drawn on the same axes. What a run came to stands before its figures, and what the numbers
 * rest on behind them; the settings of several runs are told once, as what differs and what is shared.
 *
 * @param runs in any order; they are shown by step size and batch size, forks after their parents
 */
export function renderReport(runs: readonly Run[], options: ReportOptions = {}): string {
  checkTypedOptions("renderReport", options, { ancestors: list("of runs") });
  const { ancestors = [] } = options;
  const own = inOrder(runs.map(openRun));
  const families = familiesOf([...own, ...ancestors.map(openRun)]);
  const ordered = families.flat().filter((run) => own.includes(run));
  const sections = new Map(ordered.map((run, i) => [run, `run-${i + 1}`]));
  const alone = ordered.length === 1;
  const headings = headingsOf(families);
  const title = alone ? runTitle(ordered[0]!) : titleOf(ordered);
  const maxDots = Math.round(Math.max(300, Math.min(4000, DOTS / Math.max(1, ordered.length))));
  // A run and its forks are compared among themselves; with others the first of them stands for all.
  const compared = families.map(([first]) => first!);
  const main = html`${ordered.length === 0 && html`<p>There are no runs to report.</p>`}
${compared.length > 1 && comparisonSection(compared, sections)}
${families.map((family) => family.length > 1 && familySection(family, sections))}
${ordered.map(
  (run) => html`<section id="${sections.get(run)}">
${!alone && html`<h2>${headings.get(run)}</h2>`}
${runSection(run, maxDots)}
</section>
`,
)}
${ordered.length > 0 && settings(ordered, headings)}`;
  return page({ title, main });
}

/** Of one run folded away, of several what tells them apart. */
function settings(runs: readonly OpenedRun[], headings: ReadonlyMap<OpenedRun, string>): Markup {
  if (runs.length === 1) {
    return html`<details>
<summary>Settings and environment</summary>
${settingsOfRun(runs[0]!)}
</details>`;
  }
  const labels = runs.map((run) => headings.get(run)!);
  return html`<section id="settings">
<h2>Settings</h2>
${settingsOfRuns(runs, labels)}
</section>`;
}

/** By step size and batch size at the end; what cannot be told apart stays in the order given. */
function inOrder(runs: readonly OpenedRun[]): OpenedRun[] {
  return runs
    .map((run) => ({ run, ...run.lastSettings }))
    .sort((a, b) => a.learningRate - b.learningRate || a.batchSize - b.batchSize)
    .map(({ run }) => run);
}

/** What the sections of runs are called: relatives by what they changed, others by what differs. */
function headingsOf(families: readonly OpenedRun[][]): ReadonlyMap<OpenedRun, string> {
  const first = runLabels(families.map(([run]) => run!));
  return new Map(
    families.flatMap((family, i) =>
      membersOf(family).map(({ run, style }, k): [OpenedRun, string] => [
        run,
        k === 0 ? first[i]! : `${first[i]}: ${style.label}`,
      ]),
    ),
  );
}

function titleOf(runs: readonly OpenedRun[]): string {
  const forks = runs.filter(({ manifest }) => manifest.parent !== undefined).length;
  const of =
    forks > 0 && forks === runs.length - 1
      ? `a run and ${forks === 1 ? "its fork" : `its ${forks} forks`}`
      : `${runs.length} runs`;
  return `Sharpness of ${of} against ${commonFormula(runs)}`;
}
