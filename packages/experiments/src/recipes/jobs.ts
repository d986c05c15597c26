import { join } from "node:path";
import type { Job } from "@eoss/lab";
import { forkConfig, hash, settingsKey } from "@eoss/lab/internal";
import type { TrainConfig } from "@eoss/run";
import { replicateOf } from "../replicates.js";
import type { ForkSpec, Recipe, StaticSpec } from "./recipe.js";

/** A run that figures need; those that need the same one share it. */
export interface RunJob extends Job {
  /** Of the settings that decide its numbers. */
  readonly key: string;
}

/** A static curve that figures need. */
export interface StaticJob {
  readonly key: string;
  readonly run: RunJob;
  readonly spec: StaticSpec;
  /** The file that keeps its result. */
  readonly file: string;
}

/** What a recipe needs, by the names it has there. */
export interface RecipeJobs {
  readonly recipe: Recipe;
  /** Forks come after their parents. */
  readonly runs: ReadonlyMap<string, RunJob>;
  readonly statics: ReadonlyMap<string, StaticJob>;
}

/** Claims rest on certified eigenvalues, whatever a recipe says. */
const CERTIFIED = { certify: "all" } as const;

/**
 * @param overrides settings that stand above those of every run, such as the backend
 * @param acceptChanges whether what was begun is gone on with though data, code or versions changed
 * @param replicate which repetition with other seeds; 0 has those of the recipe
 */
export function jobsOf(
  recipe: Recipe,
  out: string,
  overrides: Partial<TrainConfig>,
  acceptChanges = false,
  replicate = 0,
): RecipeJobs {
  const common = { within: out, acceptChanges };
  const runs = new Map<string, RunJob>();
  for (const [name, own] of recipe.runs) {
    const seeded = replicateOf(own, replicate);
    const config = { ...seeded, ...overrides, ...CERTIFIED, ...checkpointsFor(name, recipe) };
    const key = settingsKey(config);
    runs.set(name, { key, config, out: join(out, "runs", folderName(config, key)), ...common });
  }
  for (const [name, { parent, at, changes }] of recipe.forks) {
    const origin = runs.get(parent)!;
    const fork = { parent: origin.out, at, changes: forkChanges(changes) };
    const config = forkConfig(origin.config, fork.changes, at);
    const key = hash([origin.key, settingsKey(config, at)]);
    const folder = join(out, "runs", folderName(config, key, at));
    runs.set(name, { key, config, fork, out: folder, ...common });
  }
  const statics = new Map<string, StaticJob>();
  for (const [name, spec] of recipe.statics) {
    const run = runs.get(spec.run)!;
    const { at, batches = null, settings } = spec;
    const bernstein = spec.bernstein === undefined ? [] : [spec.bernstein];
    const key = hash([run.key, at, batches, settings, ...bernstein]);
    statics.set(name, { key, run, spec, file: join(out, "static", `${key}.json`) });
  }
  return { recipe, runs, statics };
}

/** Each run once, parents before their forks; of equal ones one that keeps checkpoints for forks. */
export function distinctRuns(figures: readonly RecipeJobs[]): RunJob[] {
  const byKey = new Map<string, RunJob>();
  for (const job of figures.flatMap(({ runs }) => [...runs.values()])) {
    if (byKey.get(job.key)?.config.keep !== "all") byKey.set(job.key, job);
  }
  return [...byKey.values()];
}

export function distinctStatics(figures: readonly RecipeJobs[]): StaticJob[] {
  const jobs = figures.flatMap(({ statics }) => [...statics.values()]);
  return [...new Map(jobs.map((job) => [job.key, job])).values()];
}

/** A fork that begins at a checkpoint needs no training again, and measures as its parent did there. */
function checkpointsFor(name: string, { forks }: Recipe): Partial<TrainConfig> {
  const steps = [...forks.values()].filter(({ parent }) => parent === name).map(({ at }) => at);
  if (steps.length === 0) return {};
  return { "checkpoint-every": steps.reduce(greatestCommonDivisor), keep: "all" };
}

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b);
}

function forkChanges({ lr, batch, optimizer, ...settings }: ForkSpec["changes"]) {
  return {
    ...(lr !== undefined && { lr }),
    ...(batch !== undefined && { batch }),
    ...(optimizer !== undefined && { optimizer }),
    settings: { ...settings, ...CERTIFIED },
  };
}

function folderName(config: TrainConfig, key: string, forkedAt?: number): string {
  const { data, model, batch, lr, noise } = config;
  const parts = [data, model, `b${batch}`, `lr${lr}`, noise, forkedAt && `fork${forkedAt}`, key];
  return parts
    .filter(Boolean)
    .join("-")
    .replace(/[^\w.-]+/g, "-");
}
