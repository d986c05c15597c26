import { type SourceFile, strictKeys } from "@eoss/lab/internal";
import type { TrainConfig } from "@eoss/run";
import { z } from "zod";
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
  slurm: slurmSchema.optional(),
});

/** What a sweep is: its runs by name, and what they need. */
export interface SweepSpec {
  readonly runs: ReadonlyMap<string, TrainConfig>;
  /** The names of the settings in which runs differ, in the order of the specification. */
  readonly varied: readonly string[];
  /** Bytes that one run takes at most. */
  readonly memory: number;
  readonly slurm?: SlurmSettings | undefined;
}

/**
 * Reads the specification of a sweep: `base`, `grid` and `list` as in `runSpecSchema`, `memory` of one
 * run (1G), and `slurm`, how a cluster is to be asked.
 *
 * @throws ConfigError naming file, line and key of what does not fit
 */
export function parseSweep(source: SourceFile): SweepSpec {
  const { memory, slurm, ...spec } = source.parse(sweepSchema);
  const runs = expandRuns(spec, source);
  return { runs, varied: variedSettings(runs), memory, slurm };
}

function variedSettings(runs: ReadonlyMap<string, TrainConfig>): string[] {
  const configs: ReadonlyArray<Readonly<Record<string, unknown>>> = [...runs.values()];
  const names = new Set(configs.flatMap((config) => Object.keys(config)));
  const text = (value: unknown) => JSON.stringify(value);
  return [...names].filter((name) =>
    configs.some((config) => text(config[name]) !== text(configs[0]![name])),
  );
}
