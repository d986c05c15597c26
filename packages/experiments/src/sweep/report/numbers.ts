import { holdsRun, readRun } from "@eoss/lab";
import { settingText, withoutFolders } from "@eoss/report/internal";
import { SEED_SETTINGS } from "@eoss/run/internal";
import type { PowerLawFit } from "@eoss/sharpness";
import { exponentOf } from "../../recipes/claims/exponent.js";
import { overSeeds } from "../../recipes/claims/overSeeds.js";
import { type ClaimReading, readingOf } from "../../recipes/claims/reading.js";
import { type RunStateName, stateOf } from "../runState.js";
import { readSweep, type SweepRun } from "../sweep.js";

/** What the report of a sweep follows, by the names that recipes have for it. */
export const FOLLOWED = ["minibs", "fullbs", "batch-sharpness", "minibs - fullbs"] as const;
export type Followed = (typeof FOLLOWED)[number];

/** A run of a sweep, and where its sharpness settled. */
export interface SweepRunNumbers {
  readonly name: string;
  /** The settings in which the runs of the sweep differ. */
  readonly settings: Readonly<Record<string, unknown>>;
  readonly state: RunStateName;
  readonly step: number | null;
  /** How it ended, or why it failed. */
  readonly reason: string;
  readonly samples: number | null;
  readonly batchSize: number | null;
  readonly learningRate: number;
  /** What a sharpness of H is divided by in `relative`, e.g. "2/η"; null where it compares with nothing. */
  readonly threshold: string | null;
  /** Plateaus in loss / parameter². */
  readonly plateaus: Readonly<Partial<Record<Followed, ClaimReading>>>;
  /** The same of each sharpness in units of the threshold. */
  readonly relative: Readonly<Partial<Record<Followed, ClaimReading>>>;
}

/** A quantity against one setting, the others but the seeds kept. */
export interface SweepCurve {
  readonly quantity: Followed;
  /** The settings kept, in words; empty if nothing else is varied. */
  readonly group: string;
  readonly points: readonly SweepPoint[];
  /** value ∝ x^(−exponent); null where no law could be fitted, and `note` says why. */
  readonly fit: PowerLawFit | null;
  /** Half the width of the exponent's 95 % interval, numerical errors included. */
  readonly error: number | null;
  readonly note?: string;
}

/** Where a run settled, or the mean of runs that differ in their seeds: see `overSeeds`. */
export interface SweepPoint extends ClaimReading {
  /** Names of the runs. */
  readonly runs: readonly string[];
  /** The batch size, or the step size. */
  readonly x: number;
}

export interface SweepNumbers {
  readonly directory: string;
  readonly varied: readonly string[];
  /** The settings that all runs share. */
  readonly common: Readonly<Record<string, unknown>>;
  /** In the order of the specification. */
  readonly runs: readonly SweepRunNumbers[];
  /** Against the batch size and the step size, as far as they are varied. */
  readonly curves: Readonly<Partial<Record<"batch" | "lr", readonly SweepCurve[]>>>;
}

/**
 * What the runs of a sweep show: where each settled, and power laws of that in b and η. Runs are read
 * one after another; of each its plateaus are kept.
 *
 * @throws ConfigError if the folder keeps no sweep, or a run is another than the sweep's
 */
export function sweepNumbers(directory: string): SweepNumbers {
  const { runs, varied } = readSweep(directory);
  const first = Object.entries(runs[0]?.config ?? {});
  const made = runs.map((run) => numbersOf(run, varied));
  const axes = (["batch", "lr"] as const).filter((axis) => varied.includes(axis));
  return {
    directory,
    varied,
    common: Object.fromEntries(first.filter(([name]) => !varied.includes(name))),
    runs: made,
    curves: Object.fromEntries(axes.map((axis) => [axis, curvesOf(made, axis, varied)])),
  };
}

function numbersOf(run: SweepRun, varied: readonly string[]): SweepRunNumbers {
  const { name, out, within, config } = run;
  const all: Readonly<Record<string, unknown>> = config;
  const { state, step, reason } = stateOf(run);
  const common = {
    name,
    settings: Object.fromEntries(varied.map((key) => [key, all[key]])),
    state,
    step,
    reason,
    learningRate: config.lr,
  };
  if (!holdsRun(out) || state === "failed") {
    return {
      ...common,
      samples: null,
      batchSize: null,
      threshold: null,
      plateaus: {},
      relative: {},
    };
  }
  const held = readRun(out, within);
  const measured = new Set(held.quantities);
  const names = FOLLOWED.filter((name) => name.split(" - ").every((part) => measured.has(part)));
  const read = (unit: "none" | "threshold", wanted: readonly Followed[]) =>
    Object.fromEntries(
      wanted.map((name) => [name, readingOf(held, name, { at: "plateau", unit })]),
    );
  return {
    ...common,
    samples: held.manifest.dataset.samples,
    batchSize: held.manifest.batchSize,
    threshold: held.lastComparison("fullbs").formula ?? null,
    plateaus: read("none", names),
    relative: read(
      "threshold",
      names.filter((name) => held.isSharpness(name)),
    ),
  };
}

function curvesOf(
  runs: readonly SweepRunNumbers[],
  axis: "batch" | "lr",
  varied: readonly string[],
): SweepCurve[] {
  const groups = groupsOf(runs, axis, varied);
  return FOLLOWED.flatMap((quantity) =>
    [...groups].flatMap(([group, members]): SweepCurve[] => {
      const points = pointsOf(members, quantity, axis, "plateaus");
      return points.length === 0 ? [] : [{ quantity, group, points, ...lawOf(points, axis) }];
    }),
  );
}

/** Where a quantity of runs settled against b or η, those at one place as one point. */
export function pointsOf(
  runs: readonly SweepRunNumbers[],
  quantity: Followed,
  axis: "batch" | "lr",
  unit: "plateaus" | "relative",
): SweepPoint[] {
  const places = new Map<number, Array<{ name: string; reading: ClaimReading }>>();
  for (const run of runs) {
    const reading = run[unit][quantity];
    const x = axis === "lr" ? run.learningRate : run.batchSize;
    if (reading === undefined || x === null) continue;
    places.set(x, [...(places.get(x) ?? []), { name: run.name, reading }]);
  }
  return [...places].map(([x, readings]) => ({
    runs: readings.map(({ name }) => name),
    x,
    ...overSeeds(readings.map(({ reading }) => reading)),
  }));
}

/** The law of the points that are plateaus. */
function lawOf(
  points: readonly SweepPoint[],
  axis: "batch" | "lr",
): Pick<SweepCurve, "fit" | "error" | "note"> {
  const settled = points.filter(
    ({ unsettled, standardError }) => unsettled === undefined && standardError > 0,
  );
  const found = exponentOf(settled.map((point) => ({ ...point, batchSize: point.x })));
  const symbol = axis === "lr" ? "η" : "b";
  const left = points
    .filter((point) => !settled.includes(point))
    .map(({ x, unsettled }) => `${symbol} = ${x} ${unsettled ?? "has no error"}`);
  const note = [...(typeof found === "string" ? [found] : []), ...left].join("; ");
  return {
    ...(typeof found === "string"
      ? { fit: null, error: null }
      : { fit: found.fit, error: Number.isFinite(found.error) ? found.error : null }),
    ...(note !== "" && { note }),
  };
}

/**
 * The runs by what else is varied beside one setting and the seeds, in words: "η = 0.1, width 32,32";
 * empty if that is nothing.
 */
export function groupsOf(
  runs: readonly SweepRunNumbers[],
  axis: "batch" | "lr",
  varied: readonly string[],
): Map<string, SweepRunNumbers[]> {
  const kept = varied.filter(
    (name) => name !== axis && !(SEED_SETTINGS as readonly string[]).includes(name),
  );
  const groups = new Map<string, SweepRunNumbers[]>();
  for (const run of runs) {
    const words = kept.map(
      (name) => `${SYMBOLS[name] ?? `${name} `}${settingText(run.settings[name])}`,
    );
    const group = words.join(", ");
    groups.set(group, [...(groups.get(group) ?? []), run]);
  }
  return shortNamed(groups);
}

/** Without the folders of files, where the groups can be told apart without them. */
function shortNamed<T>(groups: ReadonlyMap<string, T>): Map<string, T> {
  const names = [...groups.keys()].map(withoutFolders);
  const isUnique = (name: string) => names.indexOf(name) === names.lastIndexOf(name);
  return new Map(
    [...groups].map(([name, group], i) => [isUnique(names[i]!) ? names[i]! : name, group]),
  );
}

const SYMBOLS: Readonly<Record<string, string>> = { batch: "b = ", lr: "η = " };
