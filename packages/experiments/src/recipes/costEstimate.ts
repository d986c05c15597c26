import { existsSync } from "node:fs";
import { readRun, runsAtATime } from "@eoss/lab";
import { pluginsOf, recordedRun } from "@eoss/lab/internal";
import { isOver, measurementsIn } from "@eoss/run/internal";
import { kindOf, type RunCost, recordedCosts } from "./costs.js";
import { CostTable } from "./costTable.js";
import { distinctRuns, distinctStatics, type RecipeJobs, type RunJob } from "./jobs.js";
import { networkOf } from "./productCosts.js";
import { plan, type ReproduceOptions } from "./reproduce.js";
import { costByProducts, tryOut, type Wanted } from "./trials.js";

/** What a reproduction would do. */
export interface PlannedWork {
  readonly figures: ReadonlyArray<{ readonly figure: string; readonly title: string }>;
  readonly runs: ReadonlyArray<{
    readonly directory: string;
    readonly figures: readonly string[];
    readonly steps: number;
    readonly state: "to make" | "begun" | "done";
  }>;
  readonly statics: ReadonlyArray<{
    readonly directory: string;
    readonly state: "to make" | "done";
  }>;
}

/** How long a reproduction takes, and where that is from: of how many runs and curves. */
export interface CostEstimate {
  /** With as many runs at a time as asked for. */
  readonly seconds: number;
  /** The same of each figure alone; what figures share counts in each. */
  readonly figures: ReadonlyArray<{ readonly figure: string; readonly seconds: number }>;
  /** From the records of runs that are there. */
  readonly recorded: number;
  /** From trials as they are, now or by an earlier call. */
  readonly tried: number;
  /** From the time of single products with few samples, and how many are usual. */
  readonly products: number;
  /** Not known, and not in the seconds: the next call tries more. */
  readonly unknown: number;
}

/**
 * What `reproduce` would make, without making it.
 *
 * @throws ConfigError as `reproduce`
 */
export function plannedWork(
  what: string | readonly string[],
  options: ReproduceOptions,
): PlannedWork {
  const figures = plan("plannedWork", what, options);
  const all = figures.flat();
  const recipes = figures.map(([first]) => first!.recipe);
  return {
    figures: recipes.map(({ figure, title }) => ({ figure, title })),
    runs: distinctRuns(all).map((job) => ({
      directory: job.out,
      figures: recipes
        .filter((_, i) => figures[i]!.some((jobs) => needs(jobs, job)))
        .map(({ figure }) => figure),
      steps: job.config.steps,
      state: stateOf(job),
    })),
    statics: distinctStatics(all).map(({ run, file }) => ({
      directory: run.out,
      state: existsSync(file) ? "done" : "to make",
    })),
  };
}

/**
 * How long `reproduce` would take on this machine, within 10 seconds: from the seconds in the records of the
 * runs that OUT holds, and for runs of a kind that it does not hold from trials. Costs of trials are kept
 * in the user's cache folder, for this machine and these versions, so that a later call has more of them
 * and larger ones. Runs with code of others are tried anew: it may have changed.
 *
 * @throws ConfigError, DatasetError as `reproduce`; AbortError if the signal fires
 */
export async function estimateCost(
  what: string | readonly string[],
  options: ReproduceOptions,
): Promise<CostEstimate> {
  const figures = plan("estimateCost", what, options);
  const recorded = recordedCosts(options.out);
  const all = wantedOf(figures.flat());
  const unknown = all.filter(({ key }) => !recorded.has(key));
  const table = new CostTable();
  await tryOut([...new Map(unknown.map((task) => [task.key, task])).values()], table, options);
  const strange = new Set(
    all
      .filter(({ run }) => pluginsOf(run.config).length > 0)
      .flatMap(({ key, run }) => [key, networkOf(run.config)]),
  );
  table.write((key) => !strange.has(key));

  const known = new Map(
    all.map((task) => {
      const { source, ...cost } = costOfTask(task, recorded, table);
      return [task.id, { source, seconds: secondsOf(task, cost) }];
    }),
  );
  /** Of what is still to make of some figures. */
  const total = (jobs: readonly RecipeJobs[]) => {
    const ids = [...distinctRuns(jobs), ...distinctStatics(jobs)].map(({ key }) => key);
    const each = ids.flatMap((id) => known.get(id)?.seconds ?? []);
    const sum = each.reduce((total, seconds) => total + seconds, 0);
    return Math.max(sum / runsAtATime(options), ...each, 0);
  };
  const count = (wanted: Source) =>
    [...known.values()].filter(({ source }) => source === wanted).length;
  return {
    seconds: total(figures.flat()),
    figures: figures.map((replicates) => ({
      figure: replicates[0]!.recipe.figure,
      seconds: total(replicates),
    })),
    ...{ recorded: count("recorded"), tried: count("tried") },
    ...{ products: count("products"), unknown: count("unknown") },
  };
}

/** What is still to make, told apart by its own key. */
interface Task extends Wanted {
  readonly id: string;
}

function wantedOf(figures: readonly RecipeJobs[]): Task[] {
  const runs = distinctRuns(figures).filter((job) => stateOf(job) !== "done");
  const curves = distinctStatics(figures).filter(({ file }) => !existsSync(file));
  return [
    ...runs.map((run) => ({ id: run.key, key: kindOf(run), run })),
    ...curves.map((curve) => ({ id: curve.key, key: curve.key, run: curve.run, curve })),
  ];
}

type Source = Exclude<keyof CostEstimate, "seconds" | "figures">;

/** The best that is known of what a run or a curve takes, and where it is from. */
function costOfTask(
  task: Task,
  recorded: ReadonlyMap<string, RunCost>,
  table: CostTable,
): RunCost & { readonly source: Source } {
  const sources: ReadonlyArray<readonly [Source, RunCost | undefined]> = [
    ["recorded", recorded.get(task.key)],
    ["tried", table.trials.get(task.key)],
    ["products", costByProducts(task, table)],
  ];
  const [source, cost] = sources.find(([, cost]) => cost !== undefined) ?? ["unknown"];
  return { ...(cost ?? { step: 0, measurement: 0 }), source };
}

function needs({ runs }: RecipeJobs, { key }: RunJob): boolean {
  return [...runs.values()].some((job) => job.key === key);
}

function stateOf(job: RunJob): PlannedWork["runs"][number]["state"] {
  const held = recordedRun(job);
  if (isOver(held)) return "done";
  return held === undefined ? "to make" : "begun";
}

/** Seconds of the steps and measurements that a run has still to make, or of a curve. */
function secondsOf({ run, curve }: Task, { step, measurement }: RunCost): number {
  if (curve) return measurement;
  const { config, out, fork } = run;
  const made = recordedRun(run) === undefined ? (fork?.at ?? 0) : readRun(out).lastStep;
  const left = config.steps - made;
  const counts = config.measure.map((name) =>
    measurementsIn(config.every, name, made, config.steps),
  );
  const measurements = counts.reduce((sum, count) => sum + count / counts.length, 0);
  return left * step + measurements * measurement;
}
