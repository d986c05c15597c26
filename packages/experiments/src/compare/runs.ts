import { SourceFile } from "@eoss/lab/internal";
import { checkTypedOptions, needed, positiveInteger, record } from "@eoss/rng/internal";
import { ConfigError, parseTrainConfig, type TrainConfig } from "@eoss/run";
import { withReplicates } from "../replicates.js";
import { expandRuns, type RunSpec, runSpecSchema } from "../sweep/spec.js";

/** Settings under their flag names: one value each, and those that have several. */
export interface GivenSettings {
  readonly base: Readonly<Record<string, unknown>>;
  readonly grid: Readonly<Record<string, readonly unknown[]>>;
  /** So many runs of each, with seeds of their own; default 1. */
  readonly seeds?: number | undefined;
}

/**
 * The runs to compare by name: every combination of the values given, with the variants of a file if
 * there is one. A setting that is given stands in place of what the file's `base` and `grid` say.
 *
 * @param file a YAML or JSON file with `base`, `grid` and `list`
 * @throws ConfigError naming the flag, or file, line and key; also if there is only one run
 */
export function comparedRuns(given: GivenSettings, file?: string): Map<string, TrainConfig> {
  checkTypedOptions("comparedRuns", given, {
    base: needed(record("of settings")),
    grid: needed(record("of lists of values")),
    seeds: positiveInteger,
  });
  const { base, grid, seeds = 1 } = given;
  const source = file === undefined ? new SourceFile("", "{}") : SourceFile.read(file);
  const own = source.parse(runSpecSchema);
  const set = new Set([...Object.keys(base), ...Object.keys(grid)]);
  const kept = Object.entries(own.grid ?? {}).filter(([name]) => !set.has(name));
  const spec: RunSpec = {
    base: { ...own.base, ...base },
    grid: { ...Object.fromEntries(kept), ...copied(grid) },
    ...(own.list && { list: own.list }),
  };
  if (file === undefined) checkFlags(spec);
  const runs = expandRuns(spec, source);
  if (runs.size > 1) return withReplicates(runs, seeds);
  throw new ConfigError(
    "there is only one run, so there is nothing to compare: give a setting several values, e.g. " +
      "--noise none,isotropic, or --batch 4,16",
  );
}

/** What is missing is a flag where there is no file. */
function checkFlags({ base, grid = {} }: RunSpec): void {
  const first = Object.entries(grid).map(([name, values]) => [name, values[0]] as const);
  parseTrainConfig({ ...base, ...Object.fromEntries(first) }, (key) => `--${key}`);
}

function copied(grid: GivenSettings["grid"]): Record<string, unknown[]> {
  return Object.fromEntries(Object.entries(grid).map(([name, values]) => [name, [...values]]));
}
