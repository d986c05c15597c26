import { randomUUID } from "node:crypto";
import {
  closeSync,
  constants,
  fstatSync,
  fsyncSync,
  linkSync,
  lstatSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { ConfigError } from "@eoss/run";
import { RunWriteError, writeWhole, writing } from "./durable.js";
import { beat } from "./heartbeat.js";
import { isAlive, nameOf, ownerHere, ownerText, parseOwner, SILENCE, tokenOf } from "./owner.js";

/**
 * The right to write a run folder: a file `lock` that names its owner, with a token that no other lock
 * has. One that its owner left behind in a crash is taken over.
 *
 * A lock is made by a hard link, which is atomic on NFS and Lustre too and never shows half a file.
 * It is replaced or removed only by whoever holds a second lock, `lock.TOKEN`, named after the token
 * of the first one and made in the same way. So of several processes that find the same stale lock
 * one gets it, and none can take another lock than the one it judged.
 */
export class RunLock {
  readonly #path: string;
  readonly #stopBeating: () => void;

  private constructor(
    readonly directory: string,
    readonly token: string,
    readonly text: string,
  ) {
    this.#path = pathIn(directory);
    this.#stopBeating = beat(this.#path, text);
  }

  /** @throws ConfigError if another process has the folder */
  static acquire(directory: string): RunLock {
    const token = randomUUID();
    const text = JSON.stringify(ownerHere(token));
    const path = pathIn(directory);
    try {
      writing(path, () => take(path, text));
    } catch (error) {
      if (!(error instanceof TakenError)) throw error;
      throw new ConfigError(
        `${directory} is being written by another process (${error.message}): wait for it to end; ` +
          `watch it with "eoss watch ${directory}"`,
      );
    }
    removeRests(directory);
    return new RunLock(directory, token, text);
  }

  /**
   * To be called before each write: a process that was stopped, or cut off from the file server, for
   * so long that another one has taken the folder over, writes no more.
   *
   * @throws RunWriteError if the folder is no longer this owner's
   */
  check(): void {
    const found = writing(this.#path, () => look(this.#path));
    if (found?.text === this.text) return;
    const other = found && parseOwner(found.text);
    const why = other
      ? `${nameOf(other)} took it over, because this process had not updated its lock for too long`
      : "its lock was removed";
    throw new RunWriteError(
      `${this.directory} is no longer locked by this process: ${why}. Nothing more is written to it`,
    );
  }

  release(): void {
    this.#stopBeating();
    const claim = `${this.#path}.${this.token}`;
    try {
      take(claim, JSON.stringify(ownerHere(randomUUID())));
    } catch (error) {
      if (error instanceof TakenError) return;
      // On a full disk no claim can be made: what is at stake is small, for this owner lives.
    }
    try {
      const found = look(this.#path);
      if (found?.text === this.text) rmSync(this.#path, { force: true });
      rmSync(claim, { force: true });
    } catch {
      // A lock that cannot be removed is stale when this process has ended.
    }
  }
}

/** Whether a process is writing the folder now. */
export function isLocked(directory: string): boolean {
  try {
    const found = look(pathIn(directory));
    return found !== undefined && isAlive(parseOwner(found.text), Date.now() - found.time);
  } catch {
    return false; // no file, hence no lock
  }
}

/** The owner of a lock lives; the message says who it is. */
class TakenError extends Error {}

function pathIn(directory: string): string {
  return join(directory, "lock");
}

/** Makes a lock, or takes over one whose owner is dead. @throws TakenError if its owner lives */
function take(path: string, text: string): void {
  for (;;) {
    const now = make(path, text);
    if (now === undefined) return;
    const found = look(path);
    if (found === undefined) continue; // just given free
    const owner = parseOwner(found.text);
    const age = now - found.time;
    if (isAlive(owner, age)) throw new TakenError(ownerText(owner, age));
    const token = tokenOf(found.text);
    const claim = `${path}.${token}`;
    take(claim, text);
    // Nobody but this process can replace the lock of this token now; it may be gone already.
    try {
      const still = look(path);
      if (still === undefined || tokenOf(still.text) !== token) continue;
      writeWhole(path, text);
      return;
    } finally {
      rmSync(claim, { force: true });
    }
  }
}

/**
 * Makes a file that is not there yet, whole at once.
 *
 * @returns undefined if it was made; else the present time by the clock of the file system
 */
function make(path: string, text: string): number | undefined {
  const temporary = `${path}.${randomUUID()}`;
  const file = openSync(temporary, "wx");
  try {
    writeFileSync(file, text);
    if (linked(temporary, path, text)) return undefined;
    fsyncSync(file);
    return fstatSync(file).mtimeMs;
  } finally {
    closeSync(file);
    rmSync(temporary, { force: true });
  }
}

function linked(temporary: string, path: string, text: string): boolean {
  try {
    linkSync(temporary, path);
    return true;
  } catch (error) {
    // NFS may have made the link and lost the answer.
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return look(path)?.text === text;
  }
  // A file system without hard links: exclusive too, but empty for a moment.
  try {
    writeFileSync(path, text, { flag: "wx" });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  }
}

/** What a lock holds, and the time of its last heartbeat; undefined: there is none. */
function look(path: string): { readonly text: string; readonly time: number } | undefined {
  const { O_RDONLY, O_NOFOLLOW = 0, O_NONBLOCK = 0 } = constants;
  let file: number;
  try {
    // Opened, and not only looked at: on NFS that asks the server. Links and pipes are no locks.
    file = openSync(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
  try {
    const stats = fstatSync(file);
    if (!stats.isFile())
      throw Object.assign(new Error("it is not a regular file"), { code: "EEXIST" });
    return { text: readFileSync(file, "utf8"), time: stats.mtimeMs };
  } finally {
    closeSync(file);
  }
}

/** Removes what processes that were killed while they took or gave a lock left beside it. */
function removeRests(directory: string): void {
  for (const name of readdirSync(directory)) {
    if (!name.startsWith("lock.")) continue;
    const path = join(directory, name);
    const stats = lstatSync(path, { throwIfNoEntry: false });
    if (stats?.isFile() && Date.now() - stats.mtimeMs > SILENCE) rmSync(path, { force: true });
  }
}
