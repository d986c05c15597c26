import type { TrainingPlan } from "@eoss/sgd";
import type { ErrorKind, Matrix, Over, Parts, Unit } from "@eoss/sharpness";
import type { PlateauRule } from "../training/plateauWatch.js";

/** Version of the layout of a run folder; a reader refuses a newer one. */
export const RUN_FORMAT_VERSION = 1;

/** The parameters of step 0, in the folder of a run that did not draw them. */
export const INITIAL_FILE = "initial.safetensors";

/** Why a run ended. A run folder is valid whatever stands here, also while `end` is still null. */
export const END_REASONS = [
  "completed",
  "stop-loss",
  "stop-accuracy",
  "diverged",
  "time-limit",
  "interrupted",
  "failed",
] as const;

export type EndReason = (typeof END_REASONS)[number];

/** Ends after which a run does not go on by itself; diverging is one. */
const FINAL: ReadonlySet<EndReason | undefined> = new Set<EndReason>([
  "completed",
  "stop-loss",
  "stop-accuracy",
  "diverged",
]);

/** Whether a run has come to its end. */
export function isOver(manifest: Pick<RunManifest, "end"> | undefined): boolean {
  return FINAL.has(manifest?.end?.reason);
}

/** `run.json`: everything that is needed to know what was run, and to run it again. */
export interface RunManifest {
  readonly format: "eoss-run";
  readonly formatVersion: number;
  /** Of this run alone: its checkpoints name it. Absent in runs that older versions began. */
  readonly id?: string;
  /** Every setting under its flag name, defaults included. */
  readonly config: Readonly<Record<string, unknown>>;
  /** A command line that repeats the run. */
  readonly command: string;
  readonly versions: Readonly<Record<string, string>>;
  readonly backend: string;
  /**
   * SHA-256 of what the run is made of, by name: data as trained on, initial weights, settings, files
   * and packages of plug-ins. Absent in runs of older versions.
   */
  readonly fingerprints?: Readonly<Record<string, string>>;
  /** The seed and the names of the random streams made from it. */
  readonly seeds: { readonly seed: number; readonly streams: readonly string[] };
  readonly dataset: {
    readonly name: string;
    readonly samples: number;
    readonly inputShape: readonly number[];
    readonly classes: number;
    readonly source: string;
  };
  /** The number of parameters is 0 where it is not known, of an imported run. */
  readonly model: { readonly name: string; readonly parameters: number };
  /** The batch size in samples, "full" resolved. */
  readonly batchSize: number;
  /** The settings of training as data, with plateaus still open. */
  readonly plan: TrainingPlan;
  /** The test that interventions at a plateau wait for, with all its parameters. */
  readonly plateauRule?: PlateauRule;
  /** Where interventions at a plateau took effect, in their order. */
  readonly plateaus: readonly SeenPlateau[];
  /** The measured step from which on the network had one output for every sample, if it did; see `hasCollapsed`. */
  readonly collapsed?: number;
  /**
   * The threshold of the optimizer at the first step, for older versions of this software: what a
   * number is compared with at its step, `comparisonsOf` says.
   */
  readonly stabilityThreshold: number;
  /** Of a fork: the run that it left, and the step from which on it goes its own way. */
  readonly parent?: { readonly directory: string; readonly step: number };
  /**
   * Of a run that begins from given parameters and not from a draw: they are in
   * `initial.safetensors`, and the seed has no part in them.
   */
  readonly initial?: {
    /** The file that they were read from, and what became of each tensor of it. */
    readonly source: string;
    readonly mapping: readonly string[];
    /** Of `initial.safetensors`. */
    readonly sha256: string;
  };
  /** Of a run that another program made: only its numbers are here, and it cannot be made again. */
  readonly imported?: {
    /** The file that they were read from. */
    readonly source: string;
    /** What became of each column of it. */
    readonly mapping: readonly string[];
    /** The settings as they stand there. */
    readonly arguments: Readonly<Record<string, unknown>>;
  };
  /** `metrics.jsonl` up to where this run ended. */
  readonly records?: RecordsMark;
  /** When the run was gone on with, from which step, and what was knowingly other than before. */
  readonly resumes?: ReadonlyArray<{
    readonly at: string;
    readonly step: number;
    readonly changed?: readonly string[];
  }>;
  /** ISO 8601, UTC. */
  readonly startedAt: string;
  readonly endedAt: string | null;
  readonly end: {
    readonly reason: EndReason;
    readonly step: number;
    readonly message: string;
  } | null;
}

/** The beginning of `metrics.jsonl`: so many bytes, and their SHA-256. */
export interface RecordsMark {
  readonly bytes: number;
  readonly sha256: string;
}

/** A plateau at which an intervention took effect. */
export interface SeenPlateau {
  readonly step: number;
  readonly quantity: string;
  /** Where the plateau begins. */
  readonly since: number;
}

/** One line of `metrics.jsonl`: one measured number, how far to trust it, and what it cost. */
export interface MetricRecord {
  /** Number of parameter updates made before the measurement. */
  readonly step: number;
  /** Name of the quantity, e.g. `minibs`, `fullbs`, `batch-sharpness`, `loss`, `step-loss`. */
  readonly quantity: string;
  /** The number; null when it is not finite (JSON has no infinity), and the status says why. */
  readonly value: number | null;
  /** Unit of the value; absent in records of older versions. */
  readonly unit?: Unit | undefined;
  /** The matrix and the losses that the number is of; absent in records of older versions. */
  readonly matrix?: Matrix | undefined;
  readonly over?: Over | undefined;
  /** Standard error of a Monte Carlo mean over batches, in the unit of the value. */
  readonly standardError?: number;
  /** Half width of the 95 % interval of such a mean, the sequential stop included. */
  readonly margin?: number;
  /** Bound on the numerical error (eigensolver residual, rounding), in the unit of the value. */
  readonly errorBound?: number;
  /** What that bound says of the top eigenvalues that the number rests on; see `errorSentences`. */
  readonly errorKind?: ErrorKind | undefined;
  /** Samples that the number rests on, repeats counted. */
  readonly samples: number;
  /** Hessian-vector products spent; for `minibs` one product is one on a batch. */
  readonly products: number;
  readonly seconds: number;
  /**
   * `converged` (error within the tolerance), `budget-spent` (it is not), `exact`, `not-finite`, or
   * `imported`: of a number from another program neither error nor cost is known, and the costs are 0.
   */
  readonly status: string;
  /** Values of the single batches behind a mean, in the order drawn. */
  readonly batches?: readonly number[];
  /** Further numbers by name; null where one is not finite. */
  readonly parts?: Parts;
}
