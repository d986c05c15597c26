import { join } from "node:path";
import { holdsRun, readRun, writeWhole } from "@eoss/lab";
import {
  checkTypedOptions,
  flag,
  needed,
  type OptionDomains,
  oneOf,
  positiveInteger,
  text,
} from "@eoss/rng/internal";
import { type BackendName, backendNames, type TrainConfig } from "@eoss/run";
import type { FigureSource } from "../figures/figureFiles.js";
import { checkSeeds } from "../replicates.js";
import type { Evidence } from "./claims/claim.js";
import { type CheckedClaim, checkClaim } from "./claims/registry.js";
import { claimsMarkdown } from "./claimsMarkdown.js";
import { drawFigure, recipeFigures } from "./draw.js";
import { type FigureRecord, readFigureRecords } from "./figureRecord.js";
import { distinctRuns, distinctStatics, jobsOf, type RecipeJobs } from "./jobs.js";
import { loadRecipes } from "./load.js";
import { type Curves, MAKE_OPTIONS, type MakeOptions, makeAll } from "./makeRuns.js";
import { reproductionPage } from "./page.js";
import { type ScaleName, scaleNames } from "./recipe.js";

export interface ReproduceOptions extends MakeOptions {
  readonly out: string;
  readonly scale: ScaleName;
  readonly backend?: BackendName | undefined;
  readonly dataDir?: string | undefined;
  /**
   * So many runs of each, with seeds of their own: start, order of batches, samples of the data and batches
   * of measurements. Numbers are then means over them with intervals between them. Default 1.
   */
  readonly seeds?: number | undefined;
  /** Whether to go on with what was begun though data, code or versions changed; default false. */
  readonly acceptChanges?: boolean | undefined;
  /** The command that asked for it, for the record. */
  readonly command: string;
}

const OPTIONS: OptionDomains<ReproduceOptions> = {
  ...{ ...MAKE_OPTIONS, out: needed(text), scale: needed(oneOf(...scaleNames)), dataDir: text },
  ...{ backend: oneOf(...backendNames), acceptChanges: flag, command: needed(text) },
  ...{ seeds: positiveInteger },
};

export interface Reproduction {
  readonly directory: string;
  /** Covers every figure in the folder. Absent if it was interrupted: the same call goes on. */
  readonly report?: string;
  readonly interrupted: boolean;
  /** Those that were asked for. */
  readonly figures: readonly FigureRecord[];
  /** Their plots, to be drawn at another width. */
  readonly drawings: FigureSource;
  readonly claims: readonly CheckedClaim[];
}

/**
 * Makes figures of the paper, or of one's own: their runs, the figures with their data, and what
 * became of each claim. Runs are kept in OUT/runs by their settings: figures share them, and a second
 * call goes on where the first one stopped. Report and claims cover all figures that OUT holds.
 *
 * @param what names of figures, `all`, `beyond`, or paths of recipes
 * @throws ConfigError, DatasetError, RunFolderError if something cannot be made as asked
 */
export async function reproduce(
  what: string | readonly string[],
  options: ReproduceOptions,
): Promise<Reproduction> {
  const figures = plan("reproduce", what, options);
  const { out, signal } = options;
  const all = figures.flat();
  const curves = await makeAll(distinctRuns(all), distinctStatics(all), options);
  if (signal?.aborted)
    return { directory: out, interrupted: true, figures: [], drawings: () => [], claims: [] };

  const drawn: FigureRecord[] = [];
  for (const replicates of figures) {
    const evidence = replicates.map((jobs) => evidenceOf(jobs, curves));
    const { figure, claims } = replicates[0]!.recipe;
    const checked = claims.map((claim) => checkClaim(figure, claim, evidence));
    drawn.push(await drawFigure(replicates, evidence, checked, options));
  }
  const report = writeReport(out, options.onWarning);
  const claims = drawn.flatMap((record) => record.claims);
  // Read again, figure by figure: all runs at once would be too much to keep.
  const drawings: FigureSource = (width) =>
    figures.flatMap((replicates) => {
      const evidence = replicates.map((jobs) => evidenceOf(jobs, curves));
      return recipeFigures(replicates[0]!.recipe, evidence, width);
    });
  return { directory: out, report, interrupted: false, figures: drawn, drawings, claims };
}

/**
 * What is asked for, as jobs: of each figure one set for each set of seeds.
 *
 * @param caller who was given the options, for messages
 * @throws RangeError for an option that there is not; ConfigError as `loadRecipes`
 */
export function plan(
  caller: string,
  what: string | readonly string[],
  options: ReproduceOptions,
): RecipeJobs[][] {
  checkTypedOptions(caller, options, OPTIONS);
  const { scale, out, backend, dataDir, acceptChanges, seeds = 1 } = options;
  checkSeeds(seeds);
  const overrides: Partial<TrainConfig> = {
    ...(backend !== undefined && { backend }),
    ...(dataDir !== undefined && { "data-dir": dataDir }),
  };
  return loadRecipes(what, scale).map((recipe) =>
    Array.from({ length: seeds }, (_, replicate) =>
      jobsOf(recipe, out, overrides, acceptChanges, replicate),
    ),
  );
}

/** Writes what covers all figures of a folder: its page, and its claims as data and as a table. */
function writeReport(out: string, warn?: (message: string) => void): string {
  const records = readFigureRecords(out, warn);
  const report = join(out, "report.html");
  writeWhole(report, reproductionPage(records));
  const claims = records.flatMap(({ recipe: { scale }, claims }) =>
    claims.map((claim) => ({ scale, ...claim })),
  );
  writeWhole(join(out, "claims.json"), `${JSON.stringify(claims, null, 2)}\n`);
  writeWhole(join(out, "claims.md"), claimsMarkdown(records));
  return report;
}

function evidenceOf({ recipe, runs, statics }: RecipeJobs, curves: Curves): Evidence {
  const made = [...runs].filter(([, { out }]) => holdsRun(out));
  return {
    runs: new Map(made.map(([name, { out }]) => [name, readRun(out)])),
    parents: new Map([...recipe.forks].map(([name, { parent }]) => [name, parent])),
    statics: new Map(
      [...statics].flatMap(([name, { key }]) => {
        const curve = curves.get(key);
        return curve === undefined ? [] : [[name, curve] as const];
      }),
    ),
  };
}
