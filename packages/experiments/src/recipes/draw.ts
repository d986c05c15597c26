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
 * @param replicates one for each set of seeds, as the evidence
 * @param command the one that asked for it, for the record
 */
export async function drawFigure(
  replicates: readonly RecipeJobs[],
  evidence: readonly Evidence[],
  claims: readonly CheckedClaim[],
  { out, command }: { readonly out: string; readonly command: string },
): Promise<FigureRecord> {
  const { recipe } = replicates[0]!;
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
    const spec = vegaLite(plot, `${name}.csv`, title, evidence.length);
    write(`${name}.vl.json`, `${JSON.stringify(spec, null, 2)}\n`);
    plots.push({ name, svg: svg(THEMED) });
  }
  const record: FigureRecord = {
    recipe: { figure, title, ...(paper !== undefined && { paper }), see, scale },
    command,
    plots,
    files,
    claims,
    runs: evidence.flatMap(({ runs }, i) =>
      [...runs].map(([name, run]) => noteOf(nameIn(i, name), run, out)),
    ),
    missing: replicates.flatMap(({ runs }, i) =>
      [...runs.keys()]
        .filter((name) => !evidence[i]!.runs.has(name))
        .map((name) => nameIn(i, name)),
    ),
  };
  writeFigureRecord(out, record);
  return record;
}

/** The plots of a recipe as figures for print, e.g. `5-levels`. */
export function recipeFigures(
  recipe: Recipe,
  evidence: readonly Evidence[],
  width: number,
): NamedFigure[] {
  return recipe.plots.map((plot) => {
    const { rows, svg } = drawn(plot, evidence, `Figure ${recipe.figure}: ${recipe.title}`);
    return { name: `${figureLabel(recipe)}-${plot.name}`, svg: svg(LIGHT, width), rows };
  });
}

/** What a run of a recipe is called among those with other seeds. */
function nameIn(replicate: number, name: string): string {
  return replicate === 0 ? name : `${name}, seeds + ${replicate}`;
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

function drawn(plot: PlotSpec, evidence: readonly Evidence[], title: string) {
  const runs = evidence.flatMap(({ runs }) =>
    (plot.runs ?? [...runs.keys()]).flatMap((name) => runs.get(name) ?? []),
  );
  const unit = commonFormula(runs);
  const look = (palette: Palette, width?: number) => ({
    ...{ title, unit, palette, width, seeds: evidence.length },
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
