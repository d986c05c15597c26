import { join, relative } from "node:path";
import { makeFolder, writeWhole } from "@eoss/lab";
import { csv, LIGHT, type Palette } from "@eoss/report";
import { commonFormula, THEMED } from "@eoss/report/internal";
import type { Run } from "@eoss/run";
import { png } from "../figures/png.js";
import type { Evidence } from "./claims/claim.js";
import type { CheckedClaim } from "./claims/registry.js";
import {
  type FigureRecord,
  figureFolder,
  type RunNote,
  writeFigureRecord,
} from "./figureRecord.js";
import type { RecipeJobs } from "./jobs.js";
import { batchSizeFigure } from "./plots/batchSizeFigure.js";
import { batchSizeRows, stepRows } from "./plots/rows.js";
import type { PlotSpec } from "./plots/schema.js";
import { stepsFigure } from "./plots/stepsFigure.js";
import { vegaLite } from "./plots/vegaLite.js";

/**
 * Draws the plots of a recipe into OUT/figures/NAME, each as SVG, PNG, CSV, JSON and Vega-Lite, beside
 * the record of the figure.
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
  const write = (name: string, content: string | Uint8Array) => {
    const file = join(folder, name);
    writeWhole(file, content, out);
    files.push(relative(out, file));
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
  if (plot.kind === "steps") {
    const rows = stepRows(plot, evidence);
    return { rows, svg: (palette: Palette) => stepsFigure(plot, rows, { title, unit, palette }) };
  }
  const rows = batchSizeRows(plot, evidence);
  return { rows, svg: (palette: Palette) => batchSizeFigure(plot, rows, { title, unit, palette }) };
}
