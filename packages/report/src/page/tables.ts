import { duration, errorTexts, type OpenedRun, short } from "@eoss/run";
import { integer } from "@eoss/run/internal";
import type { ComparedWith, Plateau } from "@eoss/sharpness";
import { sharpnessesOf } from "../figures/otherQuantities.js";
import { SHARPNESSES } from "../figures/palette.js";
import { commonFormula } from "../figures/threshold.js";
import { withoutFolders } from "../text/fileNames.js";
import { batchText, rateText } from "../text/labels.js";
import { driftText, levelText, meanText, trendText } from "../text/levelText.js";
import { sinceText, unitText } from "../text/regimeText.js";
import { type Content, html, type Markup } from "./html.js";
import { table } from "./table.js";

/**
 * Where each sharpness settled, and whether it settled at all: a table for each threshold that some of
 * them are in units of, and one of what does not compare with any.
 */
export function plateauTables(run: OpenedRun): Markup {
  const found = sharpnessesOf(run).flatMap(({ quantity, name }): Settled[] => {
    const own = run.plateauOf(quantity);
    if (own === null) return [];
    const comparison = run.lastComparison(quantity);
    return [{ quantity, name, own, comparison, relative: run.relativePlateauOf(quantity) }];
  });
  if (found.length === 0) return html`<p>No sharpness was measured.</p>`;
  const over = `Mean over the last quarter of the run's steps${sinceText(run)}`;
  const units = new Set(
    found.flatMap(({ quantity, relative }) => (relative ? [unitText(run, quantity)] : [])),
  );
  const others = found.filter(({ relative }) => relative === null);
  const errors = errorTexts(
    found.map(({ quantity, name }) => ({ name, errorKind: run.errorKindOf(quantity) })),
  );
  return html`${[...units].map((unit) => {
    const own = found.filter(
      ({ quantity, relative }) => relative && unitText(run, quantity) === unit,
    );
    return relativeTable(run, own, `${over} in units of ${unit}. ${INTERVALS}`);
  })}${
    others.length > 0 &&
    table(
      `${over}. ${INTERVALS} Without a threshold: ${[...new Set(others.map(({ comparison }) => withoutFolders(comparison.words)))].join("; ")}.`,
      ["quantity", "mean, in loss / parameter²", ...PLATEAU_COLUMNS],
      others.map(({ name, own }) => plateauRow(run, name, own)),
    )
  }${errors.length > 0 && html`<p class="muted">${errors.join(" ")}</p>`}`;
}

interface Settled {
  readonly quantity: string;
  readonly name: string;
  readonly own: Plateau;
  readonly comparison: ComparedWith;
  readonly relative: Plateau | null;
}

/** With a column in units of the second level, where one of the quantities has it. */
function relativeTable(run: OpenedRun, found: readonly Settled[], caption: string): Markup {
  const formula = found.flatMap(({ comparison }) => comparison.second?.formula ?? [])[0];
  const rows = found.map(({ quantity, name, own, relative }) => {
    const second = run.secondPlateauOf(quantity);
    const inSecond = formula === undefined ? [] : [second ? meanText(second) : "–"];
    return plateauRow(run, name, relative!, ...inSecond, meanText(own));
  });
  const small = formula === undefined ? [] : [`in units of ${formula}`];
  return table(
    caption,
    ["quantity", "mean", ...small, "in loss / parameter²", ...PLATEAU_COLUMNS],
    rows,
  );
}

const INTERVALS =
  "The 95 % intervals account for the correlation of successive measurements; the bound on the numerical error is separate.";
const PLATEAU_COLUMNS = ["numerical error", "drift", "level?", "measurements"];

function plateauRow(run: OpenedRun, name: string, result: Plateau, ...more: Content[]): Content[] {
  return [
    name,
    html`<strong>${meanText(result)}</strong>`,
    ...more,
    result.errorBound > 0 ? `≤ ${short(result.errorBound, 2)}` : "–",
    driftText(result),
    trendWord(result, run),
    result.points > 0 ? `${integer(result.points)} from step ${integer(result.firstStep)}` : "0",
  ];
}

/**
 * The plateaus of several runs, one row a run.
 *
 * @param sections of the report that the runs have, by run
 */
export function comparisonTable(
  runs: readonly OpenedRun[],
  labels: readonly string[],
  sections: ReadonlyMap<OpenedRun, string>,
): Markup {
  const results = runs.map((run) =>
    SHARPNESSES.map(({ quantity }) => run.relativePlateauOf(quantity)),
  );
  const cell = (result: Plateau | null, run: OpenedRun, quantity: string) => {
    if (run.recordsOf(quantity).length === 0) return "not measured";
    if (result === null) return "no threshold";
    return run.diverged ? `${short(result.mean)} (diverged)` : levelText(result);
  };
  const changed = runs.some(({ changed }) => changed);
  return table(
    `Mean over the last quarter of each run's steps${changed ? " since its last change of η, b or optimizer" : ""}, in units of ${commonFormula(runs)}, with 95 % intervals. Means that are not level are marked.`,
    ["run", "batch size", "η", ...SHARPNESSES.map(({ name }) => name)],
    runs.map((run, i) => [
      sections.has(run) ? html`<a href="#${sections.get(run)}">${labels[i]}</a>` : labels[i],
      batchText(run),
      rateText(run),
      ...results[i]!.map((result, k) => cell(result, run, SHARPNESSES[k]!.quantity)),
    ]),
  );
}

/** What was spent on each quantity. */
export function costTable(run: OpenedRun): Markup {
  const names = [...run.quantities].sort();
  if (names.length === 0) return html`<p>Nothing was measured.</p>`;
  const rows = names.map((name) => {
    const records = run.recordsOf(name);
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
    "Cost of each quantity. A product is one Hessian-vector product: on one batch for MiniBS and batch sharpness, on all samples for FullBS.",
    [
      "quantity",
      "measurements",
      "products each",
      "samples each",
      "time each",
      "total time",
      "missed the tolerance",
    ],
    rows,
  );
}

/** "level", "drifting", "too few points: 5"; how much it drifts stands beside it. */
function trendWord(result: Plateau, run: OpenedRun): string {
  if (run.diverged) return "diverged";
  return result.status === "drifting" ? "drifting" : trendText(result);
}
