import { checkPlan, type TrainingPlan } from "@eoss/sgd";
import { z } from "zod";
import type { PlateauRule } from "../training/plateauWatch.js";
import { count, fields, list, name, named } from "./checks.js";
import { END_REASONS } from "./ends.js";
import { RUN_FORMAT } from "./names.js";

/** What says that a file is a `run.json` at all, and of which version. */
export const manifestHeader = fields({
  format: z.literal(RUN_FORMAT),
  formatVersion: z.number().int().positive(),
});

/** A plateau at which an intervention took effect. */
const seenPlateau = fields({
  step: count,
  quantity: z.string(),
  /** Where the plateau begins. */
  since: count,
});

/** The beginning of `metrics.jsonl`: so many bytes, and their SHA-256. */
const recordsMark = fields({ bytes: count, sha256: z.string() });

const declaredThreshold = fields({
  formula: z.string().exactOptional(),
  words: z.string(),
  a: z.number().exactOptional(),
  c: z.number().exactOptional(),
});

/** What an optimizer says of itself, with some options and for every learning rate. */
const declaredTraits = fields({
  name,
  slots: list(z.string()),
  preconditions: z.boolean(),
  coupledDecay: z.number().nonnegative(),
  threshold: declaredThreshold,
  smallBatchThreshold: declaredThreshold.exactOptional(),
});

/** `run.json`. The comments are the reference of the format: the site shows them. */
export const manifestSchema = fields({
  /** `eoss-run`. */
  format: z.literal(RUN_FORMAT),
  /** Version of the layout of the folder; a reader refuses a newer one. */
  formatVersion: z.number().int().positive(),
  /** Of this run alone: its checkpoints name it. Absent in runs that older versions began. */
  id: name.exactOptional(),
  /** Every setting under its flag name, defaults included. */
  config: named(z.unknown()),
  /** A command line that repeats the run. */
  command: z.string(),
  /** What made the run, by name: eoss, Node, tfjs. */
  versions: named(z.string()),
  /** The backend of tfjs in use. */
  backend: z.string(),
  /**
   * SHA-256 of what the run is made of, by name: data as trained on, initial weights, settings, files
   * and packages of plug-ins. Absent in runs of older versions.
   */
  fingerprints: named(z.string()).exactOptional(),
  /**
   * The seed and the names of the random streams made from it; and the seeds that the initialisation, the
   * order of the data, the data and the measurements have to themselves, if they have one.
   */
  seeds: fields({
    seed: count,
    init: count.exactOptional(),
    order: count.exactOptional(),
    data: count.exactOptional(),
    measure: count.exactOptional(),
    streams: list(z.string()),
  }),
  /** The training set. */
  dataset: fields({
    name: z.string(),
    samples: count,
    inputShape: list(count),
    /** 0 where the targets are numbers. */
    classes: count,
    /** What is learnt: classification, binary, regression or sequence. Absent in older runs. */
    task: z.string().exactOptional(),
    /** Of the network, for each sample or position. Absent in older runs. */
    outputs: count.exactOptional(),
    source: z.string(),
    /** What was inferred from files: shapes, classes, task, standardisation. */
    notes: list(z.string()).exactOptional(),
  }),
  /** The network. The number of parameters is 0 where it is not known, of an imported run. */
  model: fields({ name: z.string(), parameters: count }),
  /** The batch size in samples, "full" resolved. */
  batchSize: count.positive(),
  /** The settings of training as data, with plateaus still open. */
  plan: z.custom<TrainingPlan>(isPlan, "not a training plan"),
  /**
   * What optimizers of users say of themselves, for readers without their code: one entry for each of
   * the settings in the plan. A threshold is a/η + c; without a formula there is none.
   */
  optimizers: list(
    fields({ settings: named(z.unknown()), traits: declaredTraits }),
  ).exactOptional(),
  /** The test that interventions at a plateau wait for, with all its parameters. */
  plateauRule: z.custom<PlateauRule>().exactOptional(),
  /**
   * Whether all is measured, beside the steps of `every`, where an intervention changes settings and where the run
   * diverges. Absent, for no, in runs that older versions began: they go on as they began.
   */
  measuresChanges: z.boolean().exactOptional(),
  /** Where interventions at a plateau took effect, in their order. */
  plateaus: list(seenPlateau),
  /** The measured step from which on the network had one output for every sample, if it did; see `hasCollapsed`. */
  collapsed: count.exactOptional(),
  /**
   * The threshold of the optimizer at the first step, for older versions of this software: what a
   * number is compared with at its step, `comparisonsOf` says. Null, read as infinity, with η = 0.
   */
  stabilityThreshold: z
    .number()
    .positive()
    .nullable()
    .transform((threshold) => threshold ?? Number.POSITIVE_INFINITY),
  /** Of a fork: the run that it left, and the step from which on it goes its own way. */
  parent: fields({ directory: z.string(), step: count }).exactOptional(),
  /**
   * Of a run that begins from given parameters and not from a draw: they are in
   * `initial.safetensors`, and the seed has no part in them.
   */
  initial: fields({
    /** The file that they were read from. */
    source: name,
    /** What became of each tensor of it. */
    mapping: list(z.string()),
    /** Of `initial.safetensors`. */
    sha256: z.string(),
  }).exactOptional(),
  /** Of a run that another program made: only its numbers are here, and it cannot be made again. */
  imported: fields({
    /** The file that they were read from. */
    source: name,
    /** What became of each column of it. */
    mapping: list(name),
    /** The settings as they stand there. */
    arguments: named(z.unknown()),
  }).exactOptional(),
  /**
   * Of a run that a program in Python makes and `eoss.Monitor` measures: what its parts are called there.
   * Its parameters are not here, so it is gone on with by that program alone.
   */
  measured: fields({
    /** PyTorch or JAX, and the version. */
    framework: name,
    /** Where the model is, e.g. cpu, cuda:0. */
    device: name,
    /** The loss. */
    loss: name,
    /** The optimizer. */
    optimizer: name,
    /** The script. */
    source: name,
  }).exactOptional(),
  /** `metrics.jsonl` up to where this run ended. */
  records: recordsMark.exactOptional(),
  /** When the run was resumed, from which step, and what was knowingly other than before. */
  resumes: list(
    fields({ at: z.string(), step: count, changed: list(z.string()).exactOptional() }),
  ).exactOptional(),
  /** ISO 8601, UTC. */
  startedAt: z.string(),
  /** ISO 8601, UTC; null until the run ended. */
  endedAt: z.string().nullable(),
  /** Why and where the run ended; null while it goes on, or if it was killed. */
  end: fields({ reason: z.enum(END_REASONS), step: count, message: z.string() }).nullable(),
});

/** `run.json`: everything that is needed to know what was run, and to run it again. */
export type RunManifest = z.output<typeof manifestSchema>;

/** A plateau at which an intervention took effect. */
export type SeenPlateau = z.output<typeof seenPlateau>;

/** The beginning of `metrics.jsonl`: so many bytes, and their SHA-256. */
export type RecordsMark = z.output<typeof recordsMark>;

function isPlan(plan: unknown): boolean {
  try {
    checkPlan(plan);
    return true;
  } catch {
    return false;
  }
}
