import { type OpenedRun, openRun, type Run, type RunManifest } from "@eoss/run";
import type { ComparedWith, ErrorKind, Plateau, Unit } from "@eoss/sharpness";
import { type TrendVerdict, verdictOf } from "./verdict.js";

/**
 * What a run shows, as `--json` prints it. A number that could not be estimated is NaN, in JSON
 * null, and the status beside it says why.
 */
export interface RunSummary {
  readonly directory: string;
  readonly report: string;
  readonly end: RunManifest["end"];
  /** The measured step from which on the network was collapsed; null of a living one. */
  readonly collapsed: number | null;
  /** Seconds from start to end. */
  readonly seconds: number;
  /** Samples of the training set, n. */
  readonly samples: number;
  /** b and η of the last step. */
  readonly batchSize: number;
  readonly learningRate: number;
  /** What a sharpness of H compares with at the last step: NaN, in JSON null, where with nothing. */
  readonly stabilityThreshold: number;
  /** How it follows from the settings, e.g. "2/η"; null where there is none. */
  readonly thresholdFormula: string | null;
  /** By quantity: where it settled, and what measuring it cost. */
  readonly quantities: Readonly<Record<string, QuantitySummary>>;
}

export interface QuantitySummary {
  /**
   * Mean over the last quarter of the steps since the last change of η, b or the optimizer, in the
   * unit of the quantity.
   */
  readonly plateau: Plateau;
  /** What the error bounds of its measurements say, at the least; see `errorSentences`. */
  readonly errorKind?: ErrorKind;
  /** Unknown of a quantity that is not built in, if an older version measured it. */
  readonly unit?: Unit;
  /** What it is compared with at the last step, or why with nothing. */
  readonly comparison: ComparedWith;
  /** The plateau in units of the threshold of each step: of a sharpness that compares with one. */
  readonly relative?: Plateau;
  /** Where the quantity settled since the last change, in words and numbers. */
  readonly verdict: TrendVerdict;
  readonly measurements: number;
  /** Hessian-vector products of one measurement, on average. */
  readonly products: number;
  /** Seconds of one measurement, on average. */
  readonly seconds: number;
}

export function summarize(of: Run, report: string): RunSummary {
  const run = openRun(of);
  const { manifest } = run;
  const { batchSize, learningRate } = run.lastSettings;
  const { value, formula = null } = run.lastComparison("fullbs");
  return {
    directory: run.directory,
    report,
    end: manifest.end,
    collapsed: manifest.collapsed ?? null,
    seconds: (Date.parse(manifest.endedAt ?? "") - Date.parse(manifest.startedAt)) / 1000,
    samples: manifest.dataset.samples,
    batchSize,
    learningRate,
    stabilityThreshold: value,
    thresholdFormula: formula,
    quantities: Object.fromEntries(run.quantities.map((name) => [name, quantityOf(run, name)])),
  };
}

function quantityOf(run: OpenedRun, name: string): QuantitySummary {
  const records = run.recordsOf(name);
  const unit = run.unitOf(name);
  const errorKind = run.errorKindOf(name);
  const relative = run.isSharpness(name) ? run.relativePlateauOf(name) : null;
  const mean = (key: "products" | "seconds") =>
    records.reduce((sum, record) => sum + record[key], 0) / records.length;
  return {
    plateau: run.plateauOf(name)!,
    ...(errorKind && { errorKind }),
    ...(unit && { unit }),
    comparison: run.lastComparison(name),
    ...(relative && { relative }),
    verdict: verdictOf(run, name),
    measurements: records.length,
    products: mean("products"),
    seconds: mean("seconds"),
  };
}
