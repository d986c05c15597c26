import { join, relative } from "node:path";
import { makeFolder, writeWhole } from "@eoss/lab";
import { LIGHT, type Palette } from "@eoss/report";
import { commonFormula, type NamedFigure, THEMED } from "@eoss/report/internal";
import type { Run } from "@eoss/run";
import { writeFormats } from "../figures/figureFiles.js";
import type { Evidence } from "./claims/claim.js";
import type { CheckedClaim } from "./claims/registry.js";
import {
  type FigureRecord,
  figureFolder,
  figureLabel,
  type RunNote,
  writeFigureRecord,
} from "./figureRecord.js";
import type { RecipeJobs } from "./jobs.js";
import { batchSizeFigure } from "./plots/batchSizeFigure.js";
import { batchSizeRows, stepRows } from "./plots/rows.js";
import type { PlotSpec } from "./plots/schema.js";
import { stepsFigure } from "./plots/stepsFigure.js";
import { vegaLite } from "./plots/vegaLite.js";
import type { Recipe } from "./recipe.js";

/**
 * Draws the plots of a recipe into OUT/figures/NAME, each as SVG, PDF, PNG, CSV, JSON and Vega-Lite,
 * beside the record of the figure.
 *
 * @param command the one that asked for it, for the record
 */
export async function drawFigure(
  { recipe, runs }: RecipeJobs,
  evidence: Evidence,
  claims: readonly CheckedClaim[],
  { out, command }: { readonly out: string; readonly command: string },
): Promise<FigureRecord> {
  const { figure, title, paper, see, scale } = recipe;
  const folder = figureFolder(out, recipe);
  makeFolder(folder, out);
  const files: string[] = [];
  const write = (name: string, content: string) => {
    const file = join(folder, name);
    writeWhole(file, content, out);
    files.push(relative(out, file));
  };
  const plots: Array<{ name: string; svg: string }> = [];
  for (const plot of recipe.plots) {
    const { rows, svg } = drawn(plot, evidence, `Figure ${figure}: ${title}`);
    const { name } = plot;
    const written = await writeFormats([{ name, svg: svg(LIGHT), rows }], { folder, root: out });
    files.push(...written.files.map((file) => relative(out, file)));
    write(`${name}.json`, `${JSON.stringify(rows)}\n`);
    write(`${name}.vl.json`, `${JSON.stringify(vegaLite(plot, `${name}.csv`, title), null, 2)}\n`);
    plots.push({ name, svg: svg(THEMED) });
  }
  const record: FigureRecord = {
    recipe: { figure, title, ...(paper !== undefined && { paper }), see, scale },
    command,
    plots,
    files,
    claims,
    runs: [...evidence.runs].map(([name, run]) => noteOf(name, run, out)),
    missing: [...runs.keys()].filter((name) => !evidence.runs.has(name)),
  };
  writeFigureRecord(out, record);
  return record;
}

/** The plots of a recipe as figures for print, e.g. `5-levels`. */
export function recipeFigures(recipe: Recipe, evidence: Evidence, width: number): NamedFigure[] {
  return recipe.plots.map((plot) => {
    const { rows, svg } = drawn(plot, evidence, `Figure ${recipe.figure}: ${recipe.title}`);
    return { name: `${figureLabel(recipe)}-${plot.name}`, svg: svg(LIGHT, width), rows };
  });
}

function noteOf(name: string, { directory, manifest }: Run, out: string): RunNote {
  const { end, backend, versions, command, parent, seeds } = manifest;
  return {
    name,
    directory: relative(out, directory),
    end,
    backend,
    versions,
    command,
    ...(parent && { parent }),
    seed: seeds.seed,
  };
}

function drawn(plot: PlotSpec, evidence: Evidence, title: string) {
  const names = plot.runs ?? [...evidence.runs.keys()];
  const unit = commonFormula(names.flatMap((name) => evidence.runs.get(name) ?? []));
  const look = (palette: Palette, width?: number) => ({
    ...{ title, unit, palette, width },
    withData: palette === THEMED,
  });
  if (plot.kind === "steps") {
    const rows = stepRows(plot, evidence);
    return { rows, svg: (...as: Parameters<typeof look>) => stepsFigure(plot, rows, look(...as)) };
  }
  const rows = batchSizeRows(plot, evidence);
  return {
    rows,
    svg: (...as: Parameters<typeof look>) => batchSizeFigure(plot, rows, look(...as)),
  };
}
