import {
  closeSync,
  fsyncSync,
  mkdirSync,
  openSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { dirname } from "node:path";

/** A file or folder of a run cannot be written; the message says why and what to do. */
export class RunWriteError extends Error {
  override readonly name = "RunWriteError";
}

const ADVICE: Readonly<Record<string, string>> = {
  ENOSPC: "the disk is full: make room",
  EDQUOT: "the disk quota is used up: make room",
  EACCES: "permission is denied: choose a folder that may be written",
  EPERM: "permission is denied: choose a folder that may be written",
  EROFS: "the file system is read-only: choose another folder",
  ENOTDIR: "a part of the path is a file: choose another folder",
};

/** Runs a piece of writing, and explains how it failed. */
export function writing<T>(path: string, write: () => T): T {
  try {
    return write();
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === undefined) throw error;
    const why = ADVICE[code] ?? message;
    throw new RunWriteError(`${path} cannot be written (${code}): ${why}`, { cause: error });
  }
}

/** Readers see the old file or the new one, never half of it, even after a power cut. */
export function writeWhole(path: string, content: string | Uint8Array): void {
  writing(path, () => {
    const temporary = `${path}.tmp`;
    try {
      const file = openSync(temporary, "w");
      try {
        writeFileSync(file, content);
        fsyncSync(file);
      } finally {
        closeSync(file);
      }
      renameSync(temporary, path);
    } catch (error) {
      // Half a file would only take the room that may be what is missing.
      rmSync(temporary, { force: true });
      throw error;
    }
    syncFolder(dirname(path));
  });
}

export function makeFolder(path: string): void {
  writing(path, () => mkdirSync(path, { recursive: true }));
}

/** Makes the names in a folder durable; not every platform can open one. */
function syncFolder(path: string): void {
  if (process.platform === "win32") return;
  const folder = openSync(path, "r");
  try {
    fsyncSync(folder);
  } finally {
    closeSync(folder);
  }
}
