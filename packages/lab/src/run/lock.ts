import {
  closeSync,
  openSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { z } from "zod";
import { ConfigError } from "../configError.js";
import { readFile } from "../readFile.js";
import { writing } from "./durable.js";

/** A process on another machine cannot be asked whether it lives; one that works touches its lock. */
const SILENCE = 120_000; // ms
const TOUCH = 5_000; // ms

const ownerSchema = z.object({
  pid: z.int().positive(),
  host: z.string(),
  /** When the process started, as the system counts: a pid alone may be somebody else's by now. */
  started: z.string().nullable(),
});

type Owner = z.output<typeof ownerSchema>;

/**
 * The right to write a run folder: a file `lock` that names its owner. One that its owner left
 * behind in a crash is taken over.
 */
export class RunLock {
  #touched = Date.now();

  private constructor(readonly path: string) {}

  /** @throws ConfigError if another process has the folder */
  static acquire(directory: string): RunLock {
    const path = join(directory, "lock");
    const owner: Owner = { pid: process.pid, host: hostname(), started: startOf(process.pid) };
    for (;;) {
      try {
        const file = openSync(path, "wx");
        writing(path, () => writeFileSync(file, JSON.stringify(owner)));
        closeSync(file);
        return new RunLock(path);
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== "EEXIST") {
          writing(path, () => {
            throw error;
          });
        }
      }
      const other = readOwner(path);
      if (isAlive(path, other)) {
        throw new ConfigError(
          `${directory} is being written by another process (${
            other ? `pid ${other.pid} on ${other.host}` : "its lock is just being made"
          }): wait for it to end; watch it with "eoss watch ${directory}"`,
        );
      }
      rmSync(path, { force: true });
    }
  }

  /** Shows that the owner lives; cheap enough to call at each step. */
  touch(): void {
    const now = Date.now();
    if (now - this.#touched < TOUCH) return;
    this.#touched = now;
    try {
      utimesSync(this.path, new Date(now), new Date(now));
    } catch {
      // A full disk or a folder that was moved shows itself at the next write.
    }
  }

  release(): void {
    rmSync(this.path, { force: true });
  }
}

/** Whether a process is writing the folder now. */
export function isLocked(directory: string): boolean {
  const path = join(directory, "lock");
  return isAlive(path, readOwner(path));
}

function readOwner(path: string): Owner | undefined {
  try {
    return ownerSchema.parse(JSON.parse(readFile(path).toString()));
  } catch {
    return undefined;
  }
}

function isAlive(path: string, owner: Owner | undefined): boolean {
  const age = Date.now() - (statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0);
  // Without an owner it was cut off while it was made, now or in a crash.
  if (owner === undefined) return age < TOUCH;
  if (owner.host !== hostname()) return age < SILENCE;
  try {
    process.kill(owner.pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
  const started = startOf(owner.pid);
  return started === null || owner.started === null || started === owner.started;
}

/** Linux tells in clock ticks since boot; elsewhere nothing is known. */
function startOf(pid: number): string | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    // The name of the program, in brackets, may hold spaces; what follows it does not.
    return stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19] ?? null;
  } catch {
    return null;
  }
}
