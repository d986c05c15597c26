/** The page of a static curve: its figures, which name their points, and its numbers. */

import type { StaticAt } from "@eoss/lab";
import { errorOf } from "@eoss/lab/internal";
import { html, type Markup, page, plotOf, THEMED, table } from "@eoss/report/internal";
import { thresholdText, withError } from "@eoss/run";
import { drawStatic } from "./staticFigures.js";

/** Pixels of a figure: the column of a report. */
const WIDTH = 760;

/**
 * What `staticAt` found as one HTML file that loads nothing from elsewhere and is whole without its script.
 *
 * @param run what the run is called in the title
 */
export function staticPage(curve: StaticAt, run: string): string {
  const { step, samples, fullbs, points, comparisons } = curve;
  const figures = drawStatic(curve, { palette: THEMED, withData: true })(WIDTH);
  const whole = withError(fullbs.value, fullbs.errorBound ?? 0);
  return page({
    title: `Sharpness against the batch size: ${run}, step ${step}`,
    lead: html`<p class="lead">FullBS of all ${samples} samples is ${whole}. MiniBS: ${thresholdText(comparisons.minibs)}.</p>\n`,
    main: html`${figures.map(({ svg }) => html`<figure>${plotOf(svg)}</figure>\n`)}
${tableOf(points)}`,
  });
}

function tableOf(points: StaticAt["points"]): Markup {
  const hasBound = points.some(({ bernstein }) => bernstein !== undefined);
  const head = [
    "b",
    "MiniBS",
    "gap",
    ...(hasBound ? ["Bernstein bound"] : []),
    "status of the gap",
  ];
  return table(
    "With 95 % intervals, in loss / parameter².",
    head,
    points.map(({ batchSize, minibs, gap, bernstein }) => [
      batchSize,
      withError(minibs.value, errorOf(minibs) ?? 0),
      withError(gap.value, errorOf(gap) ?? 0),
      ...(hasBound ? [withError(bernstein ?? Number.NaN, 0)] : []),
      gap.status,
    ]),
  );
}
