import { join } from "node:path";
import { LIGHT, type Palette, THEMED } from "../report/palette.js";
import { makeFolder, writeWhole } from "../run/durable.js";
import type { Run } from "../run/read.js";
import type { Evidence } from "./claims/claim.js";
import type { CheckedClaim } from "./claims/registry.js";
import type { RecipeJobs } from "./jobs.js";
import { batchSizeFigure } from "./plots/batchSizeFigure.js";
import { png } from "./plots/png.js";
import { batchSizeRows, csv, stepRows } from "./plots/rows.js";
import type { PlotSpec } from "./plots/schema.js";
import { stepsFigure } from "./plots/stepsFigure.js";
import { vegaLite } from "./plots/vegaLite.js";
import type { Recipe } from "./recipe.js";

/** A figure that was made: its words, its drawings for a page of either theme, its files. */
export interface DrawnFigure {
  readonly recipe: Pick<Recipe, "figure" | "title" | "paper" | "see" | "scale">;
  readonly plots: ReadonlyArray<{ readonly name: string; readonly svg: string }>;
  readonly files: readonly string[];
  readonly claims: readonly CheckedClaim[];
  /** By the names that the recipe has for them. */
  readonly runs: ReadonlyMap<string, Run>;
  /** Runs that could not be made. */
  readonly missing: readonly string[];
}

/** Draws the plots of a recipe into OUT/figures/NAME, each as SVG, PNG, CSV, JSON and Vega-Lite. */
export async function drawFigure(
  { recipe, runs }: RecipeJobs,
  evidence: Evidence,
  claims: readonly CheckedClaim[],
  out: string,
): Promise<DrawnFigure> {
  const { figure, title, paper, see, scale } = recipe;
  const folder = join(out, "figures", figure);
  makeFolder(folder);
  const files: string[] = [];
  const write = (name: string, content: string | Uint8Array) => {
    const file = join(folder, name);
    writeWhole(file, content);
    files.push(file);
  };
  const plots: Array<{ name: string; svg: string }> = [];
  for (const plot of recipe.plots) {
    const { rows, svg } = drawn(plot, evidence, `Figure ${figure}: ${title}`);
    const { name } = plot;
    write(`${name}.svg`, svg(LIGHT));
    const image = await png(svg(LIGHT));
    if (image !== null) write(`${name}.png`, image);
    write(`${name}.csv`, csv(rows));
    write(`${name}.json`, `${JSON.stringify(rows)}\n`);
    write(`${name}.vl.json`, `${JSON.stringify(vegaLite(plot, `${name}.csv`, title), null, 2)}\n`);
    plots.push({ name, svg: svg(THEMED) });
  }
  return {
    recipe: { figure, title, ...(paper !== undefined && { paper }), see, scale },
    plots,
    files,
    claims,
    runs: evidence.runs,
    missing: [...runs.keys()].filter((name) => !evidence.runs.has(name)),
  };
}

function drawn(plot: PlotSpec, evidence: Evidence, title: string) {
  if (plot.kind === "steps") {
    const rows = stepRows(plot, evidence);
    return { rows, svg: (palette: Palette) => stepsFigure(plot, rows, title, palette) };
  }
  const rows = batchSizeRows(plot, evidence);
  return { rows, svg: (palette: Palette) => batchSizeFigure(plot, rows, title, palette) };
}
