import { join } from "node:path";
import type { Model } from "@eoss/models";
import { decodeSafetensors, type NamedTensors, RunFolderError, type RunManifest } from "@eoss/run";
import { encodeSafetensors, INITIAL_FILE } from "@eoss/run/internal";
import { writeWhole } from "./durable.js";
import { sha256 } from "./hash.js";
import { readFile } from "./readFile.js";

/**
 * Writes parameters that a run begins from in place of a draw. They stay for as long as the run does:
 * whatever becomes of its checkpoints, it can be made again from here as others are from the seed.
 *
 * @returns the SHA-256 of the file
 */
export function writeInitial(directory: string, tensors: NamedTensors): string {
  const bytes = encodeSafetensors(tensors);
  writeWhole(join(directory, INITIAL_FILE), bytes);
  return sha256(bytes);
}

/**
 * The parameters that a run began from, if it did not draw them.
 *
 * @throws RunFolderError if they are no longer there as they were
 */
export function readInitial(
  directory: string,
  { initial }: Pick<RunManifest, "initial">,
): NamedTensors | undefined {
  if (initial === undefined) return undefined;
  const path = join(directory, INITIAL_FILE);
  try {
    const bytes = readFile(path);
    if (sha256(bytes) !== initial.sha256) throw new Error("its checksum is wrong");
    return decodeSafetensors(bytes);
  } catch (error) {
    throw new RunFolderError(
      `${path} holds the parameters that the run started from, and cannot be read: ` +
        `${(error as Error).message}; restore it, or import ${initial.source} again`,
      { cause: error },
    );
  }
}

/** @throws RunFolderError if given parameters are not those of the network, by name and shape */
export function checkInitial(initial: NamedTensors, model: Model): void {
  const wrong = unlike(initial, model);
  if (wrong !== undefined) throw new RunFolderError(`${INITIAL_FILE}: ${wrong}`);
}

/** How tensors differ from the parameters of a network in names or shapes; undefined if they do not. */
export function unlike(tensors: NamedTensors, { name, parameters }: Model): string | undefined {
  const own = parameters.map((spec) => `${spec.name} [${spec.shape}]`).sort();
  const given = [...tensors].map(([title, { shape }]) => `${title} [${shape}]`).sort();
  if (own.join() === given.join()) return undefined;
  return `the network ${name} has the parameters ${own.join(", ")}, but the given ones are ${given.join(", ")}`;
}
