import { basename } from "node:path";
import { html, type Markup, page, plotOf, table } from "@eoss/report/internal";
import { short, withError } from "@eoss/run";
import type { Measured } from "./claims/claim.js";
import type { CheckedClaim } from "./claims/registry.js";
import { type FigureRecord, figureLabel } from "./figureRecord.js";

/** All figures with what to see in them, what became of the claims, and where everything is from. */
export function reproductionPage(figures: readonly FigureRecord[]): string {
  const title =
    figures.length === 1
      ? titleOf(figures[0]!)
      : `${figures.length} figures, and the verdicts on their claims`;
  const claims = figures.flatMap((figure) => figure.claims);
  return page({
    title,
    lead: html`<p class="lead">Bands are 95 % intervals, or the bound on the numerical error; values
outside an axis are drawn at its edge.</p>\n`,
    main: html`${claims.length > 0 && html`<h2>Verdicts on the claims</h2>${overview(figures)}`}
${figures.map(section)}`,
  });
}

function titleOf({ recipe }: FigureRecord): string {
  return `Figure ${figureLabel(recipe)}: ${recipe.title}`;
}

function overview(figures: readonly FigureRecord[]): Markup {
  return table(
    null,
    ["figure", "claim", "verdict"],
    figures.flatMap((figure) =>
      figure.claims.map(({ claim, verdict }) => [
        html`<a href="#figure-${figureLabel(figure.recipe)}">${figureLabel(figure.recipe)}</a>`,
        claim,
        html`<strong>${verdict}</strong>`,
      ]),
    ),
  );
}

function section(figure: FigureRecord): Markup {
  const { recipe, command, plots, claims, runs, missing, files } = figure;
  return html`<section id="figure-${figureLabel(recipe)}">
<h2>${titleOf(figure)}</h2>
${recipe.paper && html`<p>${recipe.paper}</p>`}
${plots.map(({ svg }) => html`<figure>${plotOf(svg)}</figure>\n`)}
<p class="muted">${recipe.see}</p>
${missing.length > 0 && html`<p class="warning">Not made, because the parent run diverged before the fork: ${missing.join(", ")}.</p>`}
${claims.length > 0 && html`<h3>Claims</h3>${claims.map(claimTable)}`}
<h3>Data</h3>
<p>${files.map((file) => html`<a href="${file}">${basename(file)}</a> `)}</p>
<h3>Runs</h3>
<p>Made at scale ${recipe.scale} with <code>${command}</code></p>
${table(
  null,
  ["run", "step", "end", "backend, versions, seed", "again with"],
  runs.map(({ name, directory, end, backend, versions, seed, command: again, parent }) => [
    html`<a href="${directory}/report.html">${name}</a>`,
    end?.step ?? "–",
    end?.reason ?? "not ended",
    `${backend}, ${Object.entries(versions)
      .map(([part, version]) => `${part} ${version}`)
      .join(", ")}, seed ${seed}`,
    html`<code>${parent ? `eoss fork ${parent.directory} --at ${parent.step}` : again}</code>`,
  ]),
)}
</section>
`;
}

function claimTable({ claim, verdict, measured }: CheckedClaim): Markup {
  return html`<p>${claim}: <strong>${verdict}</strong></p>
${table(
  null,
  ["measured", "value", "expected", "verdict"],
  measured.map((part) => [part.of, valueText(part), part.expected, verdictText(part)]),
)}`;
}

/** A measured number with its error, as text; of several seeds with their spread. */
export function valueText({ value, error, seeds }: Measured): string {
  if (value === null) return "–";
  const text = error === null || error === 0 ? short(value) : withError(value, error);
  return seeds === undefined ? text : `${text} (${spreadText(seeds)})`;
}

/** "5 seeds: 0.98 to 1.05": of how many a mean is, and from where to where they lie. */
function spreadText(seeds: ReadonlyArray<number | null>): string {
  const values = seeds.filter((value) => value !== null);
  return `${seeds.length} seeds: ${short(Math.min(...values))} to ${short(Math.max(...values))}`;
}

function verdictText({ verdict, note }: Measured): string {
  return note === undefined ? verdict : `${verdict} (${note})`;
}
