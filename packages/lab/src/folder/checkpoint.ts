import { readdirSync } from "node:fs";
import { join } from "node:path";
import type { NoiseState } from "@eoss/noise";
import { decodeSafetensors } from "@eoss/run";
import { cut, encodeSafetensors, issueText, isTooDeep, type RecordsMark } from "@eoss/run/internal";
import type { SavedState, SavedTensor } from "@eoss/sgd";
import { z } from "zod";
import { makeFolder, removeFile, writeWhole, writing } from "./durable.js";
import { sha256 } from "./hash.js";
import { readFile } from "./readFile.js";

/** Everything that a run needs to go on at a step exactly as it would have without a stop. */
export interface Checkpoint {
  /** θ and the optimizer's slots after `state.step` updates. */
  readonly state: SavedState;
  /** The optimizer whose slots they are. */
  readonly optimizer: string;
  /** Steps at which plateaus were seen, in their order: the position in the training plan. */
  readonly plateaus: readonly number[];
  /** What a noise keeps between steps. */
  readonly noise?: NoiseState | undefined;
  /** Vectors that measurements keep to start from. */
  readonly memory: ReadonlyMap<string, Float32Array>;
  /** `metrics.jsonl` up to this moment; older versions noted no checksum. */
  readonly records: Pick<RecordsMark, "bytes"> & Partial<RecordsMark>;
  /** The `id` of the run that it is one of; older versions noted none. */
  readonly run?: string | undefined;
}

const FORMAT = "eoss-checkpoint";
const VERSION = 1;

const count = z.int().nonnegative();

/** What the JSON file of a checkpoint holds beside its own checksum. */
const descriptionSchema = z.object({
  format: z.literal(FORMAT),
  formatVersion: z.int().positive(),
  step: count,
  optimizer: z.object({ name: z.string(), start: count }),
  plateaus: z.array(count).readonly(),
  metricsBytes: count,
  metricsSha256: z.string().exactOptional(),
  run: z.string().exactOptional(),
  /** The step at which the noise's variance was computed. */
  noiseStep: count.exactOptional(),
  tensors: z.object({ bytes: count, sha256: z.string() }),
});

type Description = z.output<typeof descriptionSchema>;

/**
 * Writes `checkpoints/step-N.safetensors`, then `checkpoints/step-N.json`, which makes it one. Each
 * is written to a temporary file, synced and renamed.
 *
 * The tensors are `params/NAME`, `slots/SLOT/NAME`, `memory/QUANTITY` and `noise/variance`. Streams of random numbers
 * have no position: what they give is a function of the step.
 */
export function writeCheckpoint(directory: string, checkpoint: Checkpoint): void {
  const { state, optimizer, plateaus, noise, memory, records, run } = checkpoint;
  const tensors = encodeSafetensors(
    new Map([
      ...Object.entries(state.params).map(named("params")),
      ...Object.entries(state.slots).flatMap(([slot, params]) =>
        Object.entries(params).map(named(`slots/${slot}`)),
      ),
      ...[...memory].map(([name, values]) => named("memory")([name, vector(values)])),
      ...(noise ? [named("noise")(["variance", vector(noise.variance)])] : []),
    ]),
  );
  const description: Description = {
    format: FORMAT,
    formatVersion: VERSION,
    step: state.step,
    optimizer: { name: optimizer, start: state.start },
    plateaus,
    metricsBytes: records.bytes,
    ...(records.sha256 !== undefined && { metricsSha256: records.sha256 }),
    ...(run !== undefined && { run }),
    ...(noise && { noiseStep: noise.step }),
    tensors: { bytes: tensors.length, sha256: sha256(tensors) },
  };
  const files = filesOf(directory, state.step);
  makeFolder(folderOf(directory), directory);
  writeWhole(files.tensors, tensors, directory);
  const checksum = sha256(JSON.stringify(description));
  const text = `${JSON.stringify({ checksum, ...description }, null, 2)}\n`;
  writeWhole(files.description, text, directory);
}

/** The steps at which a run has checkpoints, ascending; they may still prove damaged. */
export function checkpointSteps(directory: string): number[] {
  let names: string[];
  try {
    names = readdirSync(folderOf(directory));
  } catch {
    return [];
  }
  return names
    .flatMap((name) => /^step-(\d+)\.json$/.exec(name)?.[1] ?? [])
    .map(Number)
    .sort((a, b) => a - b);
}

/**
 * The newest sound checkpoint.
 *
 * @param atMost the last step that will do
 * @param warn is told of each damaged one that is passed over
 */
export function newestCheckpoint(
  directory: string,
  atMost: number,
  warn: (message: string) => void,
): Checkpoint | undefined {
  const steps = checkpointSteps(directory).filter((step) => step <= atMost);
  for (const step of steps.reverse()) {
    try {
      return readCheckpoint(directory, step);
    } catch (error) {
      const { description } = filesOf(directory, step);
      warn(
        `the checkpoint ${description} is damaged and skipped: ${cut((error as Error).message, 300)}`,
      );
    }
  }
  return undefined;
}

/**
 * Removes all but the newest checkpoints, and what a kill has left of one.
 *
 * @param base a step whose checkpoint stays in any case
 */
export function pruneCheckpoints(directory: string, keep: number, base?: number): void {
  const folder = folderOf(directory);
  const kept = new Set([...checkpointSteps(directory).slice(-keep), base]);
  writing(folder, () => {
    for (const name of readdirSync(folder)) {
      const step = /^step-(\d+)\./.exec(name)?.[1];
      if (step !== undefined && !(kept.has(Number(step)) && !name.endsWith(".tmp"))) {
        removeFile(join(folder, name), directory);
      }
    }
  });
}

/** @throws Error saying what is damaged */
export function readCheckpoint(directory: string, step: number): Checkpoint {
  const files = filesOf(directory, step);
  const description = parseDescription(readFile(files.description, directory).toString());
  if (description.step !== step) throw new Error(`it belongs to step ${description.step}`);
  const bytes = readFile(files.tensors, directory);
  if (description.tensors.sha256 !== sha256(bytes)) {
    throw new Error(`the checksum of its tensors (${bytes.length} bytes) is wrong`);
  }
  // Maps: a tensor may have any name.
  const params = new Map<string, SavedTensor>();
  const slots = new Map<string, Map<string, SavedTensor>>();
  const memory = new Map<string, Float32Array>();
  let variance: Float32Array | undefined;
  for (const [path, tensor] of decodeSafetensors(bytes)) {
    const [kind, rest] = split(path);
    if (kind === "params") params.set(rest, tensor);
    else if (kind === "memory") memory.set(rest, tensor.values);
    else if (kind === "noise") variance = tensor.values;
    else {
      const [slot, name] = split(rest);
      const own = slots.get(slot) ?? new Map<string, SavedTensor>();
      slots.set(slot, own.set(name, tensor));
    }
  }
  const { optimizer, plateaus, metricsBytes, metricsSha256, run, noiseStep } = description;
  if (variance && noiseStep === undefined) throw new Error("its noise has no step");
  return {
    state: {
      step,
      start: optimizer.start,
      params: Object.fromEntries(params),
      slots: Object.fromEntries([...slots].map(([slot, own]) => [slot, Object.fromEntries(own)])),
    },
    optimizer: optimizer.name,
    plateaus,
    ...(variance && noiseStep !== undefined && { noise: { step: noiseStep, variance } }),
    memory,
    records: {
      bytes: metricsBytes,
      ...(metricsSha256 !== undefined && { sha256: metricsSha256 }),
    },
    ...(run !== undefined && { run }),
  };
}

/** @throws Error saying what is damaged */
function parseDescription(text: string): Description {
  let content: unknown;
  try {
    content = JSON.parse(text);
  } catch (error) {
    throw new Error(`it is not JSON (${(error as Error).message})`);
  }
  if (typeof content !== "object" || content === null || isTooDeep(content)) {
    throw new Error("it is not the description of a checkpoint");
  }
  const { checksum, ...description } = content as { checksum?: unknown };
  if (checksum !== sha256(JSON.stringify(description))) throw new Error("its checksum is wrong");
  const { formatVersion } = description as { formatVersion?: unknown };
  if (typeof formatVersion === "number" && formatVersion > VERSION) {
    throw new Error(`its format version is ${formatVersion}; this eoss reads ${VERSION}`);
  }
  const result = descriptionSchema.safeParse(description);
  if (result.success) return result.data;
  throw new Error(issueText(result.error.issues[0]!));
}

function vector(values: Float32Array): SavedTensor {
  return { shape: [values.length], values };
}

function named(kind: string) {
  return ([name, tensor]: readonly [string, SavedTensor]) => [`${kind}/${name}`, tensor] as const;
}

/** At the first slash: names of parameters may have some of their own. */
function split(path: string): [string, string] {
  const slash = path.indexOf("/");
  return [path.slice(0, slash), path.slice(slash + 1)];
}

function folderOf(directory: string): string {
  return join(directory, "checkpoints");
}

/** The two files of a checkpoint. */
export function filesOf(directory: string, step: number) {
  const stem = join(folderOf(directory), `step-${step}`);
  return { tensors: `${stem}.safetensors`, description: `${stem}.json` };
}
