import { join } from "node:path";
import { RunFolderError, type RunManifest } from "@eoss/run";
import { type Checkpoint, filesOf, newestCheckpoint } from "./checkpoint.js";
import { sha256 } from "./hash.js";
import { readFile } from "./readFile.js";

// Checkpoints, records and run.json of a folder are bound to one another: a checkpoint names the run
// that it is one of and the records up to it, run.json those up to the end. What was changed by hand,
// or comes from another run, does not fit; then nothing is written.

type Bound = Pick<RunManifest, "id" | "records">;

/**
 * The newest sound checkpoint of a run.
 *
 * @param atMost the last step that will do
 * @param warn is told of damaged ones that are passed over, and of those whose records are lost
 * @throws RunFolderError if a checkpoint is of another run, or the records are not those of the run
 */
export function usableCheckpoint(
  directory: string,
  manifest: Bound,
  atMost: number,
  warn: (message: string) => void,
): Checkpoint | undefined {
  const content = recordsIn(directory);
  const wrong = endMismatch(manifest, content);
  if (wrong !== undefined) throw unfit(directory, wrong);
  for (let last = atMost; ; ) {
    const checkpoint = newestCheckpoint(directory, last, warn);
    if (checkpoint === undefined) return undefined;
    const { step } = checkpoint.state;
    const mismatch = checkpointMismatch(manifest, checkpoint, content);
    if (mismatch === undefined) return checkpoint;
    if (mismatch !== LOST) throw unfit(filesOf(directory, step).description, mismatch, directory);
    warn(
      `${metricsOf(directory)} is shorter than at the checkpoint of step ${step}: using ` +
        "an earlier checkpoint",
    );
    last = step - 1;
  }
}

/** What a checkpoint says of records that are no longer there: the run can go back behind it. */
const LOST = "it needs records that are lost";

/** Why a checkpoint is none of a run with these records; undefined if it is one. */
export function checkpointMismatch(
  { id }: Bound,
  { run, records }: Checkpoint,
  content: Buffer,
): string | undefined {
  if (id !== undefined && run !== id) return "it is a checkpoint of another run";
  if (records.bytes > content.length) return LOST;
  const isWhole = records.bytes === 0 || content[records.bytes - 1] === LINE_FEED;
  // Older versions noted no checksum.
  const isSame = records.sha256 === undefined || records.sha256 === markOf(content, records.bytes);
  if (isWhole && isSame) return undefined;
  return "metrics.jsonl was changed after this checkpoint, which needs the original records";
}

/**
 * Why records are not those that `run.json` ends with; undefined if they are. Where some are lost,
 * checkpoints tell how far the others are right.
 */
export function endMismatch({ records }: Bound, content: Buffer): string | undefined {
  if (records === undefined || records.bytes > content.length) return undefined;
  if (markOf(content, records.bytes) === records.sha256) return undefined;
  return "metrics.jsonl was changed after the run ended";
}

/** The bytes of `metrics.jsonl`; none before the first record. */
export function recordsIn(directory: string): Buffer {
  try {
    return readFile(metricsOf(directory));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return Buffer.alloc(0);
    throw new RunFolderError(
      `${metricsOf(directory)} cannot be read: ${(error as Error).message}`,
      { cause: error },
    );
  }
}

const LINE_FEED = 10;

function markOf(content: Buffer, bytes: number): string {
  return sha256(content.subarray(0, bytes));
}

function metricsOf(directory: string): string {
  return join(directory, "metrics.jsonl");
}

function unfit(path: string, why: string, directory = path): RunFolderError {
  return new RunFolderError(
    `${path}: ${why}. Nothing was changed; "eoss repair ${directory}" moves the files that do not fit to aside/, ` +
      "and the run can be resumed from the rest",
  );
}
