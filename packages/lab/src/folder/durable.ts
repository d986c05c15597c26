import { randomBytes } from "node:crypto";
import {
  closeSync,
  constants,
  fstatSync,
  fsyncSync,
  openSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { EossError } from "@eoss/rng";
import { systemErrorWords } from "@eoss/rng/internal";
import { checkName, InTheWay, OpenFolder, splitPath } from "./openFolder.js";

/** A file or folder of a run cannot be written; the message says why and what to do. */
export class RunWriteError extends EossError {
  override readonly name = "RunWriteError";
}

/** Never through a link that a stranger put there. Windows has no such links unasked, and no flag. */
const { O_APPEND, O_CREAT, O_EXCL, O_NOFOLLOW = 0, O_NONBLOCK = 0, O_RDWR, O_WRONLY } = constants;

/** Runs a piece of writing, and explains how it failed. */
export function writing<T>(path: string, write: () => T): T {
  try {
    return write();
  } catch (error) {
    if (error instanceof InTheWay) {
      throw new RunWriteError(
        `${path} cannot be written: ${error.message}; remove it, or choose another place`,
        { cause: error },
      );
    }
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === undefined) throw error;
    const why = systemErrorWords(error) ?? message;
    throw new RunWriteError(`${path} cannot be written (${code}): ${why}`, { cause: error });
  }
}

/**
 * Writes a file: readers see the old one or the new one, never half of it, even after a power cut.
 *
 * A folder may be a stranger's, with links to where nothing may be written. All is written to a new
 * file of a name that nobody can know before, in the folder that was opened, and renamed; a link or
 * a device of the file's name is refused.
 *
 * @param root the folder that the user named, if the file is deeper in it: below, no link is followed
 * @throws RunWriteError
 */
export function writeWhole(path: string, content: string | Uint8Array, root?: string): void {
  writePieces(path, (file) => writeFileSync(file, content), root);
}

/** As `writeWhole`, for what is larger than memory. @param write writes to a file that is open */
export function writePieces(path: string, write: (file: number) => void, root?: string): void {
  named(path, root, (folder, name) => {
    const temporary = `${name}.${randomBytes(6).toString("hex")}.tmp`;
    try {
      const file = openSync(folder.at(temporary), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW);
      try {
        write(file);
        fsyncSync(file);
      } finally {
        closeSync(file);
      }
      renameSync(folder.at(temporary), folder.at(name));
    } catch (error) {
      // Half a file would only take the room that may be what is missing.
      rmSync(folder.at(temporary), { force: true });
      throw error;
    }
    folder.sync();
  });
}

/**
 * Opens a file to read it and to append to it; makes it if it is not there.
 *
 * @returns its descriptor
 * @throws RunWriteError if it is no plain file, or a file of another name too: what is appended would
 *   be in both
 */
export function openToAppend(path: string, root?: string): number {
  return named(path, root, (folder, name) => {
    const file = openSync(
      folder.at(name),
      // A pipe that is there meanwhile is not waited for.
      O_RDWR | O_APPEND | O_CREAT | O_NOFOLLOW | O_NONBLOCK,
    );
    try {
      const stats = fstatSync(file);
      if (!stats.isFile()) throw new InTheWay(`${path} is not a regular file`);
      if (stats.nlink > 1) {
        throw new InTheWay(`${path} has a second name (a hard link): replace it with a copy`);
      }
      return file;
    } catch (error) {
      closeSync(file);
      throw error;
    }
  });
}

/** @param root as in `writeWhole`; default: the user named the folder itself */
export function makeFolder(path: string, root = path): void {
  writing(path, () => OpenFolder.open(path, root, true).close());
}

/** @throws RunWriteError if something else than folders, as far as they are there, leads to a folder */
export function checkFolder(path: string, root: string): void {
  writing(path, () => ifThere(() => OpenFolder.open(path, root).close()));
}

/** Removes a file, if it is there; of a link, the link. @param root as in `writeWhole` */
export function removeFile(path: string, root?: string): void {
  writing(path, () => {
    ifThere(() => inFolder(path, root, (folder, name) => rmSync(folder.at(name), { force: true })));
  });
}

function ifThere(act: () => void): void {
  try {
    act();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
  }
}

/** A file that is there already is a plain one, or `use` is not called. */
function named<T>(
  path: string,
  root: string | undefined,
  use: (folder: OpenFolder, name: string) => T,
): T {
  return writing(path, () =>
    inFolder(path, root, (folder, name) => {
      checkName(folder, name);
      return use(folder, name);
    }),
  );
}

function inFolder<T>(
  path: string,
  root: string | undefined,
  use: (folder: OpenFolder, name: string) => T,
): T {
  const [directory, name] = splitPath(path);
  const folder = OpenFolder.open(directory, root ?? directory);
  try {
    return use(folder, name);
  } finally {
    folder.close();
  }
}
