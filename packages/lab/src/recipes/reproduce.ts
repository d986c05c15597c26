import { join } from "node:path";
import type { BackendName } from "../backend.js";
import type { TrainConfig } from "../config.js";
import { writeWhole } from "../run/durable.js";
import { readRun } from "../run/read.js";
import type { StaticAt } from "../run/staticAt.js";
import { holdsRun } from "../run/store.js";
import type { Evidence } from "./claims/claim.js";
import { type CheckedClaim, checkClaim } from "./claims/registry.js";
import { type DrawnFigure, drawFigure } from "./draw.js";
import { distinctRuns, distinctStatics, jobsOf, type RecipeJobs } from "./jobs.js";
import { loadRecipes } from "./load.js";
import { heldBy, isOver, type MakeOptions, makeRuns, makeStatic } from "./makeRuns.js";
import { reproductionPage } from "./page.js";
import type { ScaleName } from "./recipe.js";

export interface ReproduceOptions extends MakeOptions {
  readonly out: string;
  readonly scale: ScaleName;
  readonly backend?: BackendName | undefined;
  readonly dataDir?: string | undefined;
  /** The command that asked for it, for the record. */
  readonly command: string;
  /** Told what goes on beyond single runs. */
  readonly onNote?: ((text: string) => void) | undefined;
}

export interface Reproduction {
  readonly directory: string;
  /** Absent if it was interrupted: the same call goes on. */
  readonly report?: string;
  readonly interrupted: boolean;
  readonly figures: readonly DrawnFigure[];
  readonly claims: readonly CheckedClaim[];
}

/** What a reproduction would do. */
export interface Outlook {
  readonly figures: ReadonlyArray<{ readonly figure: string; readonly title: string }>;
  readonly runs: ReadonlyArray<{
    readonly directory: string;
    readonly figures: readonly string[];
    readonly steps: number;
    readonly state: "to make" | "begun" | "done";
  }>;
  readonly statics: number;
  /** Seconds that the recipes measured on two cores, less what is done; null if one did not. */
  readonly seconds: number | null;
}

/**
 * What `reproduce` would make, without making it.
 *
 * @throws ConfigError as `reproduce`
 */
export function outlook(what: string, options: ReproduceOptions): Outlook {
  const figures = plan(what, options);
  const runs = distinctRuns(figures);
  const share = new Map<string, number | null>();
  for (const jobs of figures) {
    const { recipe } = jobs;
    const own = distinctRuns([jobs]);
    const steps = own.reduce((sum, { config }) => sum + config.steps, 0);
    for (const { key, config } of own) {
      const seconds = recipe.seconds === undefined ? null : (recipe.seconds * config.steps) / steps;
      share.set(key, share.get(key) ?? seconds);
    }
  }
  const listed = runs.map((job) => {
    const held = heldBy(job);
    const state = isOver(held) ? "done" : held === undefined ? "to make" : "begun";
    return {
      directory: job.out,
      figures: figures
        .filter(({ runs }) => [...runs.values()].some(({ key }) => key === job.key))
        .map(({ recipe }) => recipe.figure),
      steps: job.config.steps,
      state: state as "to make" | "begun" | "done",
    };
  });
  const open = runs.filter((_, i) => listed[i]!.state !== "done");
  const times = open.map(({ key }) => share.get(key) ?? null);
  return {
    figures: figures.map(({ recipe: { figure, title } }) => ({ figure, title })),
    runs: listed,
    statics: distinctStatics(figures).length,
    seconds: times.includes(null) ? null : times.reduce((sum: number, time) => sum + time!, 0),
  };
}

/**
 * Makes figures of the paper, or of one's own: their runs, the figures with their data, and what
 * became of each claim. Runs are kept in OUT/runs by their settings: figures share them, and a second
 * call goes on where the first one stopped.
 *
 * @param what the name of a figure, `all`, or the path of a recipe
 * @throws ConfigError, DatasetError, RunFolderError if something cannot be made as asked
 */
export async function reproduce(what: string, options: ReproduceOptions): Promise<Reproduction> {
  const { out, signal, onNote } = options;
  const figures = plan(what, options);
  await makeRuns(distinctRuns(figures), options);
  const curves = new Map<string, StaticAt | undefined>();
  try {
    for (const job of distinctStatics(figures)) {
      if (signal?.aborted) break;
      onNote?.(`static curve at ${job.spec.at} of ${job.run.out}`);
      curves.set(job.key, await makeStatic(job, options));
    }
  } catch (error) {
    if ((error as Error).name !== "AbortError") throw error;
  }
  if (signal?.aborted) return { directory: out, interrupted: true, figures: [], claims: [] };

  const claims: CheckedClaim[] = [];
  const drawn: DrawnFigure[] = [];
  for (const jobs of figures) {
    const evidence = evidenceOf(jobs, curves);
    const { figure } = jobs.recipe;
    const checked = jobs.recipe.claims.map((claim) => checkClaim(figure, claim, evidence));
    claims.push(...checked);
    drawn.push(await drawFigure(jobs, evidence, checked, out));
  }
  const report = join(out, "report.html");
  writeWhole(report, reproductionPage(drawn, options.command, out));
  writeWhole(join(out, "claims.json"), `${JSON.stringify(claims, null, 2)}\n`);
  return { directory: out, report, interrupted: false, figures: drawn, claims };
}

function plan(what: string, { scale, out, backend, dataDir }: ReproduceOptions): RecipeJobs[] {
  const overrides: Partial<TrainConfig> = {
    ...(backend !== undefined && { backend }),
    ...(dataDir !== undefined && { "data-dir": dataDir }),
  };
  return loadRecipes(what, scale).map((recipe) => jobsOf(recipe, out, overrides));
}

function evidenceOf(
  { recipe, runs, statics }: RecipeJobs,
  curves: ReadonlyMap<string, StaticAt | undefined>,
): Evidence {
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
