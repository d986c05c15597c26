import { existsSync } from "node:fs";
import { readRun, runsAtATime } from "@eoss/lab";
import { recordedRun } from "@eoss/lab/internal";
import { isOver, measurementsIn } from "@eoss/run/internal";
import { kindOf, type RunCost, recordedCosts, triedCosts } from "./costs.js";
import { distinctRuns, distinctStatics, type RecipeJobs, type RunJob } from "./jobs.js";
import { plan, type ReproduceOptions } from "./reproduce.js";

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

/** How long a reproduction takes, and where that is from. */
export interface CostEstimate {
  /** With as many runs at a time as asked for. */
  readonly seconds: number;
  /** Runs whose costs are in the records of runs that are there. */
  readonly recorded: number;
  /** Runs and curves whose costs were tried out. */
  readonly tried: number;
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
 * How long `reproduce` would take on this machine: from the seconds in the records of the runs that
 * OUT holds, and for runs of a kind that it does not hold from trials of some steps.
 *
 * @throws ConfigError, DatasetError as `reproduce`; AbortError if the signal fires
 */
export async function estimateCost(
  what: string | readonly string[],
  options: ReproduceOptions,
): Promise<CostEstimate> {
  const figures = plan("estimateCost", what, options).flat();
  const jobs = distinctRuns(figures).filter((job) => stateOf(job) !== "done");
  const curves = distinctStatics(figures).filter(({ file }) => !existsSync(file));
  const recorded = recordedCosts(options.out);
  const unknown = jobs.filter((job) => !recorded.has(kindOf(job)));
  const tried = await triedCosts(unknown, curves, options);
  const costs = new Map([...tried.runs, ...recorded]);
  const times = [
    ...jobs.flatMap((job) => {
      const cost = costs.get(kindOf(job));
      // A run that did not make a step, because it diverges there, takes no time.
      return cost === undefined ? [] : [secondsOf(job, cost)];
    }),
    ...tried.curves.values(),
  ];
  const all = times.reduce((total, seconds) => total + seconds, 0);
  return {
    seconds: Math.max(all / runsAtATime(options), ...times, 0),
    recorded: jobs.length - unknown.length,
    tried: unknown.length + curves.length,
  };
}

function needs({ runs }: RecipeJobs, { key }: RunJob): boolean {
  return [...runs.values()].some((job) => job.key === key);
}

function stateOf(job: RunJob): PlannedWork["runs"][number]["state"] {
  const held = recordedRun(job);
  if (isOver(held)) return "done";
  return held === undefined ? "to make" : "begun";
}

/** Seconds of the steps and measurements that a run has still to make. */
function secondsOf(job: RunJob, { step, measurement }: RunCost): number {
  const { config, out, fork } = job;
  const made = recordedRun(job) === undefined ? (fork?.at ?? 0) : readRun(out).lastStep;
  const left = config.steps - made;
  const counts = config.measure.map((name) =>
    measurementsIn(config.every, name, made, config.steps),
  );
  const measurements = counts.reduce((sum, count) => sum + count / counts.length, 0);
  return left * step + measurements * measurement;
}
