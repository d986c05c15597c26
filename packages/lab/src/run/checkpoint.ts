import { createHash } from "node:crypto";
import { readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { NoiseState } from "@eoss/noise";
import type { SavedState, SavedTensor } from "@eoss/sgd";
import { makeFolder, writeWhole, writing } from "./durable.js";
import { decodeSafetensors, encodeSafetensors } from "./safetensors.js";

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
  /** Length of `metrics.jsonl` up to this moment. */
  readonly metricsBytes: number;
}

const FORMAT = "eoss-checkpoint";
const VERSION = 1;

/** What the JSON file of a checkpoint holds beside its own checksum. */
interface Description {
  readonly format: typeof FORMAT;
  readonly formatVersion: number;
  readonly step: number;
  readonly optimizer: { readonly name: string; readonly start: number };
  readonly plateaus: readonly number[];
  readonly metricsBytes: number;
  /** The step at which the noise's variance was computed. */
  readonly noiseStep?: number;
  readonly tensors: { readonly bytes: number; readonly sha256: string };
}

/**
 * Writes `checkpoints/step-N.safetensors`, then `checkpoints/step-N.json`, which makes it one. Each
 * is written to a temporary file, synced and renamed.
 *
 * The tensors are `params/NAME`, `slots/SLOT/NAME`, `memory/QUANTITY` and `noise/variance`. Streams of random numbers
 * have no position: what they give is a function of the step.
 */
export function writeCheckpoint(directory: string, checkpoint: Checkpoint): void {
  const { state, optimizer, plateaus, noise, memory, metricsBytes } = checkpoint;
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
    metricsBytes,
    ...(noise && { noiseStep: noise.step }),
    tensors: { bytes: tensors.length, sha256: sha256(tensors) },
  };
  const files = filesOf(directory, state.step);
  makeFolder(folderOf(directory));
  writeWhole(files.tensors, tensors);
  const checksum = sha256(JSON.stringify(description));
  writeWhole(files.description, `${JSON.stringify({ checksum, ...description }, null, 2)}\n`);
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
      warn(`the checkpoint ${description} is damaged and passed over: ${(error as Error).message}`);
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
        rmSync(join(folder, name), { force: true });
      }
    }
  });
}

/** @throws Error saying what is damaged */
function readCheckpoint(directory: string, step: number): Checkpoint {
  const files = filesOf(directory, step);
  const { checksum, ...description } = JSON.parse(
    readFileSync(files.description, "utf8"),
  ) as Description & { checksum: string };
  if (checksum !== sha256(JSON.stringify(description))) throw new Error("its checksum is wrong");
  if (description.format !== FORMAT || description.formatVersion > VERSION) {
    throw new Error(`it is of format version ${description.formatVersion}; known is ${VERSION}`);
  }
  const bytes = readFileSync(files.tensors);
  if (description.tensors.sha256 !== sha256(bytes)) {
    throw new Error(`the checksum of its tensors (${bytes.length} bytes) is wrong`);
  }
  const params: Record<string, SavedTensor> = {};
  const slots: Record<string, Record<string, SavedTensor>> = {};
  const memory = new Map<string, Float32Array>();
  let variance: Float32Array | undefined;
  for (const [path, tensor] of decodeSafetensors(bytes)) {
    const [kind, rest] = split(path);
    if (kind === "params") params[rest] = tensor;
    else if (kind === "memory") memory.set(rest, tensor.values);
    else if (kind === "noise") variance = tensor.values;
    else {
      const [slot, name] = split(rest);
      slots[slot] = { ...slots[slot], [name]: tensor };
    }
  }
  const { optimizer, plateaus, metricsBytes, noiseStep } = description;
  return {
    state: { step: description.step, start: optimizer.start, params, slots },
    optimizer: optimizer.name,
    plateaus,
    ...(variance && { noise: { step: noiseStep!, variance } }),
    memory,
    metricsBytes,
  };
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

function filesOf(directory: string, step: number) {
  const stem = join(folderOf(directory), `step-${step}`);
  return { tensors: `${stem}.safetensors`, description: `${stem}.json` };
}

function sha256(content: string | Uint8Array): string {
  return createHash("sha256").update(content).digest("hex");
}
