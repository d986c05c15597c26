/** Follows a run folder that another process writes. */

import { closeSync, fstatSync, readSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { abortSignal, checkTypedOptions, nonNegative } from "@eoss/rng/internal";
import type { MetricRecord, RunManifest } from "@eoss/run";
import { parseRecord } from "@eoss/run/internal";
import { isLocked } from "./lock.js";
import { readManifest } from "./read.js";
import { openFile } from "./readFile.js";

export interface WatchOptions {
  /** Milliseconds between two looks, default 500. */
  readonly interval?: number;
  readonly signal?: AbortSignal;
}

/** What came in since the last look. */
export interface Glimpse {
  readonly manifest: RunManifest;
  readonly records: readonly MetricRecord[];
  /** Whether a process is writing the folder. */
  readonly alive: boolean;
}

/**
 * Looks at a run that another process is making, again and again: first all records so far, then
 * those that came in since. Ends with the run, or when no process makes it any more.
 *
 * @throws RunFolderError if the folder is no run, or a record is damaged
 */
export async function* watchRun(
  directory: string,
  options: WatchOptions = {},
): AsyncGenerator<Glimpse> {
  checkTypedOptions("watchRun", options, { interval: nonNegative, signal: abortSignal });
  const { interval = 500, signal } = options;
  const file = join(directory, "metrics.jsonl");
  const lines = new LineReader(file);
  let read = 0;
  for (;;) {
    // In this order: a run that ends meanwhile is seen again, with all its records.
    const alive = isLocked(directory);
    const manifest = readManifest(directory);
    const records = lines.next().map((line) => parseRecord(line, `${file}, line ${++read}`));
    yield { manifest, records, alive };
    if (!alive || signal?.aborted) return;
    await wait(interval, undefined, { ref: true });
  }
}

/** The whole lines that were appended to a file since the last call. */
class LineReader {
  #offset = 0;

  constructor(readonly path: string) {}

  next(): string[] {
    let file: number;
    try {
      file = openFile(this.path);
    } catch {
      return []; // not made yet
    }
    try {
      const { size } = fstatSync(file);
      // A resumed run cuts off what it will not repeat.
      if (size < this.#offset) this.#offset = size;
      const bytes = Buffer.alloc(size - this.#offset);
      readSync(file, bytes, 0, bytes.length, this.#offset);
      const end = bytes.lastIndexOf("\n") + 1;
      this.#offset += end;
      return bytes.subarray(0, end).toString().split("\n").slice(0, -1);
    } finally {
      closeSync(file);
    }
  }
}
