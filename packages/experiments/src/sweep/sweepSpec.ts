import { type SourceFile, strictKeys } from "@eoss/lab/internal";
import type { TrainConfig } from "@eoss/run";
import { z } from "zod";
import { withReplicates } from "../replicates.js";
import { type SlurmSettings, slurmSchema } from "./slurm/settings.js";
import { expandRuns, runSpecSchema } from "./spec.js";

const UNITS = { M: 2 ** 20, G: 2 ** 30 } as const;

const bytes = z
  .string()
  .regex(/^\d+(\.\d+)?[MG]$/, 'memory is a number with M or G, such as "500M" or "2G"')
  .transform((text) => Number(text.slice(0, -1)) * UNITS[text.at(-1) as keyof typeof UNITS]);

const sweepSchema = strictKeys({
  ...runSpecSchema.shape,
  memory: bytes.default(UNITS.G),
  seeds: z.int().min(1).default(1),
  slurm: slurmSchema.optional(),
});

/** What a sweep is: its runs by name, and what they need. */
export interface SweepSpec {
  readonly runs: ReadonlyMap<string, TrainConfig>;
  /** The names of the settings in which runs differ, in the order of the specification. */
  readonly varied: readonly string[];
  /** Bytes that one run takes at most. */
  readonly memory: number;
  /** So many runs of each, with seeds of their own. */
  readonly seeds: number;
  readonly slurm?: SlurmSettings | undefined;
}

/**
 * Reads the specification of a sweep: `base`, `grid` and `list` as in `runSpecSchema`, `memory` of one
 * run (1G), `seeds`, how many runs of each there are (1), and `slurm`, how a cluster is to be asked.
 *
 * @param given stands in place of the `seeds` of the specification
 * @throws ConfigError naming file, line and key of what does not fit
 */
export function parseSweep(source: SourceFile, given?: number): SweepSpec {
  const { memory, slurm, seeds: own, ...spec } = source.parse(sweepSchema);
  const seeds = given ?? own;
  const runs = withReplicates(expandRuns(spec, source), seeds);
  return { runs, varied: variedSettings(runs), memory, seeds, slurm };
}

function variedSettings(runs: ReadonlyMap<string, TrainConfig>): string[] {
  const configs: ReadonlyArray<Readonly<Record<string, unknown>>> = [...runs.values()];
  const names = new Set(configs.flatMap((config) => Object.keys(config)));
  const text = (value: unknown) => JSON.stringify(value);
  return [...names].filter((name) =>
    configs.some((config) => text(config[name]) !== text(configs[0]![name])),
  );
}
