import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  renameSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";
import { ConfigError } from "../configError.js";
import type { MetricRecord, RunManifest } from "./format.js";

/**
 * Writes a run folder. Records are appended line by line, each with one write, so that a kill loses
 * at most the line being written; `run.json` is replaced by renaming, so that it is always whole.
 */
export class RunStore {
  readonly #metrics: number;
  #manifest: RunManifest;

  /** @throws ConfigError if the folder already holds a run, or cannot be written */
  constructor(
    readonly directory: string,
    manifest: RunManifest,
  ) {
    if (holdsRun(directory)) {
      throw new ConfigError(`${directory} already holds a run; choose another --out`);
    }
    try {
      mkdirSync(directory, { recursive: true });
      this.#manifest = manifest;
      this.#writeManifest();
      this.#metrics = openSync(join(directory, "metrics.jsonl"), "a");
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      throw new ConfigError(`the run folder ${directory} cannot be written (${code})`);
    }
  }

  append(record: MetricRecord): void {
    writeSync(this.#metrics, `${JSON.stringify(record)}\n`);
  }

  /** Notes how the run ended; nothing can be appended afterwards. */
  close(end: NonNullable<RunManifest["end"]>, endedAt: string): void {
    closeSync(this.#metrics);
    this.#manifest = { ...this.#manifest, end, endedAt };
    this.#writeManifest();
  }

  /** Writes a further file of the run, e.g. its report, and gives its path. */
  writeFile(name: string, content: string): string {
    const path = join(this.directory, name);
    writeWhole(path, content);
    return path;
  }

  #writeManifest(): void {
    this.writeFile("run.json", `${JSON.stringify(this.#manifest, null, 2)}\n`);
  }
}

export function holdsRun(directory: string): boolean {
  return existsSync(join(directory, "run.json")) || existsSync(join(directory, "metrics.jsonl"));
}

/** Readers see the old file or the new one, never half of it. */
export function writeWhole(path: string, content: string): void {
  const temporary = `${path}.tmp`;
  writeFileSync(temporary, content);
  renameSync(temporary, path);
}
