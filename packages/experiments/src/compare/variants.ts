import { differingSettings, runLabels } from "@eoss/report/internal";
import { type OpenedRun, openRun, type Run } from "@eoss/run";
import { SEED_SETTINGS } from "@eoss/run/internal";
import type { ComparedWith } from "@eoss/sharpness";
import {
  type ClaimReadingOptions,
  pairedDifference,
  readingOf,
} from "../recipes/claims/reading.js";
import { type SettledValue, settledValueOf } from "./settledValue.js";

/** Runs that differ in their seeds alone. */
export interface Variant {
  /** What tells it from the others, e.g. "b = 16, noise isotropic". */
  readonly label: string;
  /** The settings in which the variants differ. */
  readonly settings: Readonly<Record<string, unknown>>;
  readonly runs: ReadonlyArray<{
    readonly directory: string;
    readonly seed: number;
    readonly end: Run["manifest"]["end"];
  }>;
  /** By name, what every run measured. */
  readonly quantities: Readonly<Record<string, VariantQuantity>>;
}

export interface VariantQuantity {
  /** Whether the numbers are divided by the threshold of each step. */
  readonly unit: ClaimReadingOptions["unit"];
  /** What the quantity is compared with at the last step of the variant's first run. */
  readonly comparison: ComparedWith;
  readonly level: SettledValue;
  /**
   * Less that of the first variant, in the same unit: step by step and seed by seed, so that what both
   * runs have in common cancels. Absent for the first itself.
   */
  readonly difference?: SettledValue;
}

/** Where each quantity settled in each variant, and how far from the first variant. */
export function variantsOf(of: readonly Run[]): Variant[] {
  const runs = of.map(openRun);
  const groups = groupsOf(runs);
  const labels = runLabels(groups.map(([first]) => first!));
  const settings = groups.map(settingsOf);
  const differing = differingSettings(settings);
  const reference = groups[0] ?? [];
  return groups.map((group, i) => ({
    label: labels[i]!,
    settings: Object.fromEntries(differing.map((name) => [name, settings[i]![name] ?? null])),
    runs: group.map(({ directory, manifest: { seeds, end } }) => ({
      directory,
      seed: seeds.seed,
      end,
    })),
    quantities: Object.fromEntries(
      quantitiesOf(group).map((quantity) => [
        quantity,
        compared(quantity, unitOf(quantity, runs), group, i > 0 ? reference : undefined),
      ]),
    ),
  }));
}

function compared(
  quantity: string,
  unit: ClaimReadingOptions["unit"],
  group: readonly OpenedRun[],
  reference: readonly OpenedRun[] | undefined,
): VariantQuantity {
  const options = { at: "plateau", unit } as const;
  const first = group[0]!;
  const comparison = first.lastComparison(quantity);
  const level = settledValueOf(group.map((run) => readingOf(run, quantity, options)));
  const pairs = group.flatMap((run) => {
    const other = reference?.find((one) => seedsOf(one) === seedsOf(run));
    return other === undefined ? [] : [[run, other] as const];
  });
  if (pairs.length === 0) return { unit, comparison, level };
  const difference = settledValueOf(pairs.map((pair) => pairedDifference(pair, quantity, options)));
  return { unit, comparison, level, difference };
}

/** By all settings but the seeds, in the order of the runs. */
function groupsOf(runs: readonly OpenedRun[]): OpenedRun[][] {
  const groups = new Map<string, OpenedRun[]>();
  for (const run of runs) {
    const settings = Object.entries(run.manifest.config);
    const key = JSON.stringify(settings.filter(([name]) => !isSeed(name)));
    groups.set(key, [...(groups.get(key) ?? []), run]);
  }
  return [...groups.values()];
}

/** What all runs of a group have, and all the seeds that they have. */
function settingsOf(group: readonly OpenedRun[]): Record<string, unknown> {
  const configs = group.map(({ manifest }) => manifest.config);
  const settings = Object.entries(configs[0]!).map(([name, value]) => {
    if (!isSeed(name)) return [name, value] as const;
    const seeds = [...new Set(configs.map((config) => config[name]))].sort();
    return [name, seeds.length === 1 ? value : seeds] as const;
  });
  return Object.fromEntries(settings);
}

const isSeed = (name: string) => (SEED_SETTINGS as readonly string[]).includes(name);

/** Equal for two runs whose random numbers are the same. */
function seedsOf({ manifest: { seeds } }: OpenedRun): string {
  const { seed, init, order, data, measure } = seeds;
  return [seed, init, order, data, measure].join();
}

function quantitiesOf(group: readonly OpenedRun[]): readonly string[] {
  return group[0]!.quantities;
}

/** A sharpness is divided by the threshold, unless one of the runs has none for it. */
function unitOf(quantity: string, runs: readonly OpenedRun[]): ClaimReadingOptions["unit"] {
  const compares = (run: OpenedRun) => Number.isFinite(run.lastComparison(quantity).value);
  return runs.every((run) => run.isSharpness(quantity) && compares(run)) ? "threshold" : "none";
}
