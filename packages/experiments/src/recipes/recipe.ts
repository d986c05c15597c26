import { FORK_SETTINGS, STATIC_SETTINGS, type StepName } from "@eoss/lab";
import type { SourceFile } from "@eoss/lab/internal";
import { ConfigError, type TrainConfig } from "@eoss/run";
import { issueText } from "@eoss/run/internal";
import { z } from "zod";
import { checkName, expandRuns, pickSettings, runSpecSchema } from "../sweep/spec.js";
import { type Claim, claimSchema } from "./claims/registry.js";
import { type PlotSpec, plotSchema } from "./plots/schema.js";

export const scaleNames = ["digits", "small", "paper"] as const;
export type ScaleName = (typeof scaleNames)[number];

const record = z.record(z.string(), z.unknown());

/** A twin of a run that goes its own way from a step on. */
const forkSchema = z.strictObject({
  parent: z.string(),
  at: z.int().min(0),
  changes: record,
});

/** Sharpness against the batch size at one step of a run. */
const staticSchema = z.strictObject({
  run: z.string(),
  at: z.union([z.literal("init"), z.literal("final"), z.int().min(0)]),
  batches: z.array(z.int().min(1)).optional(),
  /** Samples from whose Hessians the matrix-Bernstein bound is evaluated; left out: no bound. */
  bernstein: z.int().min(1).optional(),
  settings: record.optional(),
});

const specSchema = z.strictObject({
  ...runSpecSchema.shape,
  forks: z.record(z.string(), forkSchema).optional(),
  static: z.record(z.string(), staticSchema).optional(),
});

const scaleSchema = z.strictObject({
  ...specSchema.shape,
  /** Steps of forks and the like may differ from scale to scale: what stands here counts. */
  forks: z.record(z.string(), forkSchema.partial()).optional(),
  static: z.record(z.string(), staticSchema.partial()).optional(),
});

/** A figure as data: which runs, what to draw, and what the paper says one should see. */
const recipeSchema = z.strictObject({
  ...specSchema.shape,
  figure: z.union([z.string().regex(/^[\w.-]+$/), z.int()]).transform(String),
  title: z.string().min(1),
  paper: z.string().optional(),
  see: z.string().min(1),
  scales: z.partialRecord(z.enum(scaleNames), scaleSchema),
  plots: z.array(plotSchema).min(1),
  claims: z.array(claimSchema).default([]),
});

export interface ForkSpec {
  readonly parent: string;
  readonly at: number;
  readonly changes: Partial<TrainConfig>;
}

export interface StaticSpec {
  readonly run: string;
  readonly at: StepName;
  readonly batches?: readonly number[];
  readonly bernstein?: number;
  readonly settings: Partial<TrainConfig>;
}

/** A recipe at one scale, every setting checked. */
export interface Recipe {
  readonly figure: string;
  readonly title: string;
  /** What the paper says, in a sentence. */
  readonly paper?: string;
  /** What to look for in the figure. */
  readonly see: string;
  readonly scale: ScaleName;
  readonly runs: ReadonlyMap<string, TrainConfig>;
  readonly forks: ReadonlyMap<string, ForkSpec>;
  readonly statics: ReadonlyMap<string, StaticSpec>;
  readonly plots: readonly PlotSpec[];
  readonly claims: readonly Claim[];
}

const TWIN_SETTINGS = ["lr", "batch", "optimizer", ...FORK_SETTINGS] as const;

/**
 * Reads a recipe at a scale.
 *
 * @throws ConfigError naming file, line and key of what does not fit
 */
export function parseRecipe(source: SourceFile, scale: ScaleName): Recipe {
  const { figure, title, paper, see, scales, plots, claims, ...common } =
    source.parse(recipeSchema);
  const own = scales[scale];
  checkName(Object.keys(scales), scale, source.place(["scales"]));
  const special = own!;
  const places = [["scales", scale], []];
  const at = (...path: PropertyKey[]) => {
    const paths = places.map((place) => [...place, ...path]);
    return source.place(paths.find((candidate) => source.has(candidate)) ?? paths[1]!);
  };

  const spec = {
    base: { ...common.base, ...special.base },
    grid: { ...common.grid, ...special.grid },
    list: merged(common.list, special.list),
  };
  const runs = expandRuns(spec, source, places);
  const forks = new Map<string, ForkSpec>();
  for (const [name, raw] of Object.entries(merged(common.forks, special.forks))) {
    const fork = completed(forkSchema, raw, at("forks", name));
    checkName([...runs.keys(), ...forks.keys()], fork.parent, at("forks", name, "parent"));
    const placeOf = (key: string) => at("forks", name, "changes", key);
    forks.set(name, {
      ...fork,
      changes: pickSettings(fork.changes, TWIN_SETTINGS, source.file, placeOf),
    });
  }
  const trained = [...runs.keys(), ...forks.keys()];
  const statics = new Map<string, StaticSpec>();
  for (const [name, raw] of Object.entries(merged(common.static, special.static))) {
    const { batches, bernstein, settings, ...curve } = completed(
      staticSchema,
      raw,
      at("static", name),
    );
    checkName(trained, curve.run, at("static", name, "run"));
    const placeOf = (key: string) => at("static", name, "settings", key);
    statics.set(name, {
      ...curve,
      ...(batches && { batches }),
      ...(bernstein !== undefined && { bernstein }),
      settings: pickSettings(settings ?? {}, STATIC_SETTINGS, source.file, placeOf),
    });
  }
  checkReferences("plots", plots);
  checkReferences("claims", claims);
  return {
    figure,
    title,
    ...(paper !== undefined && { paper }),
    see,
    scale,
    runs,
    forks,
    statics,
    plots,
    claims,
  };

  /** What plots and claims speak of must be there. */
  function checkReferences(key: "plots" | "claims", items: ReadonlyArray<PlotSpec | Claim>) {
    for (const [index, item] of items.entries()) {
      const named = (property: string, known: readonly string[]) => {
        const value = (item as Record<string, unknown>)[property];
        for (const wanted of value === undefined ? [] : [value].flat()) {
          checkName(known, wanted as string, source.place([key, index, property]));
        }
      };
      named("runs", trained);
      named("twin", [...forks.keys()]);
      named("static", [...statics.keys()]);
    }
  }
}

/** Entry by entry; of a setting in both, the second counts, and `changes` are merged likewise. */
function merged<T extends object>(
  common: Readonly<Record<string, T>> = {},
  special: Readonly<Record<string, Partial<T>>> = {},
): Record<string, Partial<T>> {
  const names = [...new Set([...Object.keys(common), ...Object.keys(special)])];
  const inner = (entry: Partial<T> | undefined) =>
    (entry as { changes?: object } | undefined)?.changes;
  return Object.fromEntries(
    names.map((name) => {
      const [a, b] = [common[name], special[name]];
      const changes = inner(a) && inner(b) ? { changes: { ...inner(a), ...inner(b) } } : {};
      return [name, { ...a, ...b, ...changes } as Partial<T>];
    }),
  );
}

/** An entry whose parts may stand at the scale and above it: only together they must be whole. */
function completed<T>(schema: z.ZodType<T>, raw: unknown, place: string): T {
  const result = schema.safeParse(raw);
  if (result.success) return result.data;
  const { path, message } = result.error.issues[0]!;
  const text = issueText({ path: [], message });
  throw new ConfigError(`${place}.${path.join(".")}: ${text}`);
}
