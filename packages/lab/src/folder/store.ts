import { createHash, type Hash } from "node:crypto";
import {
  closeSync,
  existsSync,
  fstatSync,
  fsyncSync,
  ftruncateSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import {
  ConfigError,
  type MetricRecord,
  parseRecords,
  type RunManifest,
  STEP_LOSS,
} from "@eoss/run";
import { isOver, type RecordsMark } from "@eoss/run/internal";
import { keepAside } from "./aside.js";
import type { Checkpoint } from "./checkpoint.js";
import { makeFolder, openToAppend, writeWhole, writing } from "./durable.js";
import { RunLock } from "./lock.js";
import { readManifest } from "./read.js";
import { readFile } from "./readFile.js";

/**
 * Writes a run folder. Records are appended line by line, so that a kill loses at most the line
 * being written; `run.json` is replaced by renaming, so that it is always whole. One process at a
 * time has the folder.
 *
 * A run that is resumed makes some records a second time. They are compared with the lines that are
 * there, which stay, and only what is new is appended.
 */
export class RunStore {
  readonly #file: number;
  readonly #lock: RunLock;
  readonly #warn: (message: string) => void;
  #manifest: RunManifest;
  /** Length up to which the records are those of this run, in bytes, and the hash of those. */
  #bytes: number;
  readonly #hash: Hash;
  /** The records up to there that an earlier session wrote. */
  readonly before: readonly MetricRecord[];
  /** Lines behind there that an earlier session wrote, and whether this one has made them again. */
  #known: KnownLine[];

  /**
   * A new run folder.
   *
   * @param prepare writes what must be there before `run.json` makes the folder a run
   * @throws ConfigError if the folder already holds a run
   * @throws RunWriteError if it cannot be written
   */
  static create(directory: string, manifest: RunManifest, prepare = () => {}): RunStore {
    refuseRun(directory);
    makeFolder(directory);
    return new RunStore(directory, manifest, NO_RECORDS, () => {}, prepare);
  }

  /**
   * A run folder to go on with.
   *
   * @param found `run.json` as it was read
   * @param manifest what is to stand there now
   * @param records `metrics.jsonl` at the moment from which the run goes on
   * @param warn is told when a record made again differs from the one that is there
   * @throws ConfigError if another process has the folder, or had it since `found` was read
   * @throws RunFolderError if the records up to there are damaged
   * @throws RunWriteError if it cannot be written
   */
  static reopen(
    directory: string,
    found: RunManifest,
    manifest: RunManifest,
    records: Checkpoint["records"] | undefined,
    warn: (message: string) => void,
  ): RunStore {
    return new RunStore(directory, manifest, records ?? NO_RECORDS, warn, () => {
      if (JSON.stringify(readManifest(directory)) === JSON.stringify(found)) return;
      throw new ConfigError(
        `${directory}: another process resumed the run in the meantime; give the command again`,
      );
    });
  }

  private constructor(
    readonly directory: string,
    manifest: RunManifest,
    { bytes }: Checkpoint["records"],
    warn: (message: string) => void,
    prepare: () => void,
  ) {
    this.#manifest = manifest;
    this.#bytes = bytes;
    this.#warn = warn;
    this.#lock = RunLock.acquire(directory);
    try {
      prepare();
      const path = join(directory, "metrics.jsonl");
      this.#file = openToAppend(path);
      const content = readFile(path);
      const own = content.subarray(0, bytes);
      this.before = parseRecords(own.toString(), path).records;
      this.#hash = createHash("sha256").update(own);
      // Behind the last line feed is nothing, or a line that was cut off.
      const lines = linesOf(content.subarray(bytes));
      this.#known = lines.map((line) => ({ line, made: false }));
      this.#truncate(bytes + Buffer.byteLength(textOf(lines)));
      this.#writeManifest();
    } catch (error) {
      this.#lock.release();
      throw error;
    }
  }

  get manifest(): RunManifest {
    return this.#manifest;
  }

  /** The records of this run so far. */
  get records(): RecordsMark {
    return { bytes: this.#bytes, sha256: this.#hash.copy().digest("hex") };
  }

  /**
   * Whether an earlier session measured at a step that is reached again; undefined where its lines
   * end.
   */
  measuredBefore(step: number): boolean | undefined {
    const known = this.#known.find(({ made }) => !made);
    if (known === undefined) return undefined;
    const record = parsed(known.line);
    return record?.step === step && record.quantity !== STEP_LOSS;
  }

  append(record: MetricRecord): void {
    const line = JSON.stringify(record);
    const known = this.#knownOf(record);
    if (known !== undefined && sameRecord(known.line, line)) {
      known.made = true;
      while (this.#known[0]?.made) this.#count(this.#known.shift()!.line);
      return;
    }
    if (this.#known.length > 0) {
      const isLess = known ? isLessCertified(record, known.line) : this.#isCertifiedEnd(record);
      this.#setAside(
        `the record of ${record.quantity} at step ${record.step} differs from the recorded one`,
        isLess ? () => {} : this.#warn,
      );
    }
    this.#write(line);
  }

  /**
   * The line of an earlier session for the same step and quantity. The quantities of a step may stand
   * there in another order: older versions had one of their own.
   */
  #knownOf({ step, quantity }: MetricRecord): KnownLine | undefined {
    for (const known of this.#known) {
      const record = parsed(known.line);
      if (record?.step !== step) return undefined;
      if (record.quantity === quantity && !known.made) return known;
    }
    return undefined;
  }

  /** Whether what is left of a step that is over are the numbers with which the run ended there. */
  #isCertifiedEnd({ step, quantity }: MetricRecord): boolean {
    const left = this.#known.map(({ line }) => parsed(line));
    const isOfStep = quantity === STEP_LOSS && left.every((record) => record?.step === step);
    return isOfStep && left.some((record) => record?.errorKind === "certified");
  }

  /** Takes the lines of an earlier session that were not made again out of the records, and keeps them. */
  #setAside(why: string, warn = this.#warn): void {
    this.#lock.check();
    const known = this.#known;
    const lines = known.map(({ line }) => line);
    const kept = keepAside(this.directory, "metrics.jsonl", textOf(lines));
    warn(
      `${this.#path}: ${why}; this record and those after it were replaced, and the old ones are kept in ${kept}`,
    );
    this.#known = [];
    this.#truncate(this.#bytes);
    for (const { line, made } of known) if (made) this.#write(line);
  }

  #write(line: string): void {
    this.#lock.check();
    writing(this.#path, () => writeFileSync(this.#file, textOf([line])));
    this.#count(line);
  }

  #count(line: string): void {
    this.#bytes += Buffer.byteLength(line) + 1;
    this.#hash.update(textOf([line]));
  }

  /**
   * To be called before anything else is written to the folder.
   *
   * @throws RunWriteError if another process has taken it over
   */
  check(): void {
    this.#lock.check();
  }

  /** Makes the records so far durable. */
  sync(): void {
    writing(this.#path, () => fsyncSync(this.#file));
  }

  /** Changes parts of `run.json`. */
  update(part: Partial<RunManifest>): void {
    this.#manifest = { ...this.#manifest, ...part };
    this.#writeManifest();
  }

  /**
   * Notes how the run ended, and gives the folder free. Lines of an earlier session that this one
   * has not reached again stay, unless the run came to its end without them: then they are set aside.
   */
  close(end: NonNullable<RunManifest["end"]>, endedAt: string): void {
    try {
      if (isOver({ end }) && this.#known.length > 0)
        this.#setAside("the run ended earlier than before");
      this.update({ end, endedAt, records: this.records });
    } finally {
      closeSync(this.#file);
      this.#lock.release();
    }
  }

  get #path(): string {
    return join(this.directory, "metrics.jsonl");
  }

  #truncate(bytes: number): void {
    this.#lock.check();
    writing(this.#path, () => {
      if (fstatSync(this.#file).size !== bytes) ftruncateSync(this.#file, bytes);
    });
  }

  #writeManifest(): void {
    this.#lock.check();
    writeWhole(join(this.directory, "run.json"), `${JSON.stringify(this.#manifest, null, 2)}\n`);
  }
}

/** Whether something else than a folder has the name; what cannot be looked at is said when it is written. */
function isFile(path: string): boolean {
  try {
    return statSync(path, { throwIfNoEntry: false })?.isDirectory() === false;
  } catch {
    return false;
  }
}

interface KnownLine {
  readonly line: string;
  made: boolean;
}

const NO_RECORDS = { bytes: 0 };

function textOf(lines: readonly string[]): string {
  return lines.map((line) => `${line}\n`).join("");
}

function linesOf(content: Buffer): string[] {
  return content.toString().split("\n").slice(0, -1);
}

/** Records without run.json are a damaged run; a file for them without any is a kill before its start. */
export function holdsRun(directory: string): boolean {
  if (isFile(directory)) return false;
  const records = writing(directory, () =>
    statSync(join(directory, "metrics.jsonl"), { throwIfNoEntry: false }),
  );
  return existsSync(join(directory, "run.json")) || (records?.size ?? 0) > 0;
}

/** @throws ConfigError if the folder already holds a run, or is a file */
export function refuseRun(directory: string): void {
  if (isFile(directory)) {
    throw new ConfigError(
      `${directory} is a file; choose another --out: a folder, or a name that is free`,
    );
  }
  if (!holdsRun(directory)) return;
  throw new ConfigError(
    `${directory} already holds a run; choose another --out, or resume it with "eoss resume ${directory}"`,
  );
}

/**
 * A run ends with certified numbers, whatever its settings say. One that goes on from there measures as
 * they say: that is no other number.
 */
function isLessCertified({ errorKind }: MetricRecord, line: string): boolean {
  const isLess = errorKind !== undefined && errorKind !== "certified";
  return isLess && parsed(line)?.errorKind === "certified";
}

/** Whether two lines are the same record but for the time that it took. */
function sameRecord(a: string, b: string): boolean {
  return untimed(a) === untimed(b);
}

/** Damaged lines are equal to nothing that is written now. */
function untimed(line: string): string | undefined {
  const record = parsed(line);
  return record && JSON.stringify({ ...record, seconds: undefined });
}

function parsed(line: string): MetricRecord | undefined {
  try {
    return JSON.parse(line) as MetricRecord;
  } catch {
    return undefined;
  }
}
