/** What runs came to, one sentence for each quantity: what a report says first. */

import { type OpenedRun, ratioText, short } from "@eoss/run";
import { integer } from "@eoss/run/internal";
import type { SeriesPoint } from "@eoss/sharpness";
import { sharpnessesOf } from "../figures/otherQuantities.js";
import { SHARPNESSES } from "../figures/palette.js";
import { commonFormula } from "../figures/threshold.js";
import { meanText } from "../text/levelText.js";
import { sentence } from "../text/sentence.js";
import { verdictOf } from "../text/verdict.js";
import { html, type Markup } from "./html.js";

/** Of one run: each sharpness in units of its threshold with its interval, and whether it is level; then the loss. */
export function story(run: OpenedRun): Markup | null {
  const measured = sharpnessesOf(run).filter(({ quantity }) => run.recordsOf(quantity).length > 0);
  const sharpness = measured.flatMap(({ quantity, name }) =>
    run.diverged ? lastFinite(run, quantity, name) : verdictOf(run, quantity).sentence,
  );
  return list([...sharpness, ...lossSentences(run)]);
}

/**
 * Of several runs, for each sharpness of the main figures: in how many of them it is level, and between what.
 *
 * @param labels of the runs, in their order
 */
export function storyOfRuns(runs: readonly OpenedRun[], labels: readonly string[]): Markup | null {
  const unit = commonFormula(runs);
  const sentences = SHARPNESSES.flatMap(({ quantity, name }) => {
    const measured = runs.filter((run) => run.recordsOf(quantity).length > 0).length;
    if (measured === 0) return [];
    const levels = runs.flatMap((run, i) => {
      // A dead or diverged network has no edge of stability, level or not.
      if (run.diverged || run.manifest.collapsed !== undefined) return [];
      const plateau = run.relativePlateauOf(quantity);
      return plateau?.status === "level" ? [{ plateau, label: labels[i]! }] : [];
    });
    levels.sort((a, b) => a.plateau.mean - b.plateau.mean);
    const at = ({ plateau, label }: (typeof levels)[number]) =>
      `${meanText(plateau)} × ${unit} (${label})`;
    const among = `of the ${integer(measured)} runs that measured it`;
    if (levels.length === 0) return [`${name} is level in none ${among}`];
    if (levels.length === 1) return [`${name} is level in one ${among}, at ${at(levels[0]!)}`];
    return [
      `${name} is level in ${integer(levels.length)} ${among}, from ${at(levels[0]!)} to ${at(levels.at(-1)!)}`,
    ];
  });
  return list(sentences);
}

/** Of a run that diverged: where a quantity was last a number, and what it was. */
function lastFinite(run: OpenedRun, quantity: string, name: string): string {
  const last = lastNumber(run.seriesOf(quantity));
  if (last === undefined) return `${name} was never measured as a finite number`;
  const ratio = ratioText(last.value, run.comparison(quantity, last.step));
  return (
    `${name} was last a finite number at step ${integer(last.step)}, near the divergence: ` +
    `${short(last.value)} (${ratio}). That is no level`
  );
}

/** The loss of all samples at the first and the last step at which it was measured. */
function lossSentences(run: OpenedRun): string[] {
  const losses = run.seriesOf("loss");
  const [first, last] = [losses[0], lastNumber(losses)];
  if (first === undefined || last === undefined || last === first) return [];
  return [
    `The training loss went from ${short(first.value)} at step ${integer(first.step)} to ` +
      `${short(last.value)} at step ${integer(last.step)}`,
  ];
}

function lastNumber(series: readonly SeriesPoint[]): SeriesPoint | undefined {
  return series.findLast(({ value }) => Number.isFinite(value));
}

function list(sentences: readonly string[]): Markup | null {
  if (sentences.length === 0) return null;
  return html`<ul class="story">${sentences.map((text) => html`<li>${sentence(text)}</li>\n`)}</ul>`;
}
