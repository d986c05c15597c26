import { readRun } from "@eoss/lab";
import { errorOf } from "@eoss/lab/internal";
import { type QuantitySummary, quantityColumns, summarize, WATCHING_SETTINGS } from "@eoss/report";
import { differingSettings } from "@eoss/report/internal";
import type { MetricRecord } from "@eoss/run";
import { incompleteText } from "@eoss/run/internal";
import { describeRun } from "../runs/describeRun.js";
import { findRuns } from "../runs/findRuns.js";

/** What runs were and what they show, one row a run. */
export interface RunTable {
  /** The batch size, the step size, and what else tells the runs apart. */
  readonly settings: readonly string[];
  /** All that was measured in any of them. */
  readonly quantities: readonly string[];
  readonly rows: readonly RunRow[];
  /** Records that were left out, because a line was cut off. */
  readonly warnings: readonly string[];
}

export interface RunRow {
  /** The folder. */
  readonly run: string;
  readonly settings: Readonly<Record<string, unknown>>;
  /** How the run ended; `running` while a process makes it, `begun` if it can be gone on with. */
  readonly state: string;
  readonly step: number | null;
  readonly seconds: number | null;
  /** What a sharpness of H is compared with at the last step; null where with nothing. */
  readonly threshold: number | null;
  /** How that follows from the settings, e.g. "2/η". */
  readonly thresholdFormula: string | null;
  readonly quantities: Readonly<Record<string, RowQuantity>>;
}

export interface RowQuantity extends QuantitySummary {
  readonly last: LastValue;
}

export interface LastValue {
  readonly step: number;
  /** Null when it was not finite. */
  readonly value: number | null;
  /** Half the width of a 95 % interval; null where no error is known. */
  readonly error: number | null;
}

/**
 * The runs in and below some folders as a table. They are read one after another; of each its row is
 * kept.
 *
 * @throws RunFolderError if there is no run, or one is damaged
 */
export function runTable(directories: readonly string[]): RunTable {
  const read = findRuns(directories).map(rowOf);
  const settings = differing(read.map(({ row }) => row.settings));
  const rows = read.map(({ row }) => ({
    ...row,
    settings: Object.fromEntries(settings.map((name) => [name, row.settings[name] ?? null])),
  }));
  return {
    settings,
    quantities: [...new Set(rows.flatMap(({ quantities }) => Object.keys(quantities)))],
    rows,
    warnings: read.flatMap(({ truncated, row }) => (truncated ? [incompleteText(row.run)] : [])),
  };
}

/** The table with a column for each number, as a file of comma-separated values has it. */
export function flatRows({ rows }: RunTable): Record<string, unknown>[] {
  return rows.map(
    ({ run, settings, state, step, seconds, threshold, thresholdFormula, quantities }) => {
      const cells = Object.entries(settings).map(([name, value]) => [name, settingCell(value)]);
      const columns = Object.entries(quantities).map((entry) => columnsOf(...entry));
      return {
        run,
        ...Object.fromEntries(cells),
        state,
        step,
        seconds,
        threshold,
        "threshold formula": thresholdFormula,
        ...Object.assign({}, ...columns),
      };
    },
  );
}

function columnsOf(name: string, quantity: RowQuantity): Record<string, unknown> {
  return {
    ...quantityColumns(name, quantity),
    [`${name} bound`]: quantity.plateau.errorBound,
    [`${name} bound kind`]: quantity.errorKind ?? null,
    [`${name} status`]: quantity.plateau.status,
    [`${name} last`]: quantity.last.value,
    [`${name} last error`]: quantity.last.error,
  };
}

function settingCell(value: unknown): unknown {
  return typeof value === "object" && value !== null ? JSON.stringify(value) : value;
}

function rowOf(directory: string): { row: RunRow; truncated: boolean } {
  const { state, step, manifest } = describeRun(directory);
  const run = readRun(directory);
  const summary = summarize(run, "");
  const last = new Map<string, MetricRecord>();
  // A step measured again, after a resume, counts once: last.
  for (const record of run.records) {
    if (record.step >= (last.get(record.quantity)?.step ?? 0)) last.set(record.quantity, record);
  }
  const quantities = Object.entries(summary.quantities).map(([name, quantity]) => {
    const record = last.get(name)!;
    const value = { step: record.step, value: record.value, error: errorOf(record) };
    return [name, { ...quantity, last: value }] as const;
  });
  const row = {
    run: directory,
    settings: manifest.config,
    state,
    step,
    seconds: Number.isFinite(summary.seconds) ? summary.seconds : null,
    threshold: Number.isNaN(summary.stabilityThreshold) ? null : summary.stabilityThreshold,
    thresholdFormula: summary.thresholdFormula,
    quantities: Object.fromEntries(quantities),
  };
  return { row, truncated: run.truncated };
}

/** How a run was watched tells no two apart. */
function differing(all: ReadonlyArray<RunRow["settings"]>): string[] {
  const always = ["batch", "lr"];
  const others = differingSettings(all).filter(
    (name) => !always.includes(name) && !WATCHING_SETTINGS.has(name),
  );
  return [...always, ...others];
}
