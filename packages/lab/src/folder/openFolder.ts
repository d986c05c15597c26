import {
  type BigIntStats,
  closeSync,
  constants,
  existsSync,
  fsyncSync,
  lstatSync,
  mkdirSync,
  openSync,
  statSync,
} from "node:fs";
import { basename, dirname, join, relative, sep } from "node:path";

/** Something stands where a file or folder is to be written, and is left alone. */
export class InTheWay extends Error {
  override readonly name = "InTheWay";
}

/** Where Linux reaches the names of a folder that is open, whatever has become of its path. */
const DESCRIPTORS = "/proc/self/fd";
const BY_DESCRIPTOR = process.platform === "linux" && existsSync(DESCRIPTORS);

/**
 * A folder that was opened as one, to write in. Names are reached through what was opened: a link that
 * takes its place later leads nowhere. Where the system cannot do so, the folder is looked at again
 * before each use.
 */
export class OpenFolder {
  private constructor(
    readonly path: string,
    readonly file: number | undefined,
    readonly stats: BigIntStats,
  ) {}

  /**
   * Opens a folder below another one, and what is between.
   *
   * @param root who named it may have meant a link; below it none is followed
   * @param make whether folders that are not there are made
   * @throws InTheWay if something else than a folder is on the way
   */
  static open(path: string, root: string, make = false): OpenFolder {
    if (make) makeFolders(root);
    let folder = OpenFolder.#open(root, root, true);
    try {
      for (const name of partsBelow(root, path)) {
        const inner = folder.#inner(name, make);
        folder.close();
        folder = inner;
      }
      return folder;
    } catch (error) {
      folder.close();
      throw error;
    }
  }

  /** The path by which to reach a name in this folder. @throws InTheWay if it is another folder now */
  at(name: string): string {
    if (BY_DESCRIPTOR) return `${DESCRIPTORS}/${this.file}/${name}`;
    const { dev, ino } = statSync(this.path, { bigint: true });
    if (dev !== this.stats.dev || ino !== this.stats.ino) {
      throw new InTheWay(`${this.path} was replaced by another folder in the meantime`);
    }
    return join(this.path, name);
  }

  /** Makes the names in the folder durable; not every platform can. */
  sync(): void {
    if (this.file !== undefined) fsyncSync(this.file);
  }

  close(): void {
    if (this.file !== undefined) closeSync(this.file);
  }

  #inner(name: string, make: boolean): OpenFolder {
    const [path, there] = [join(this.path, name), this.at(name)];
    if (make) {
      try {
        mkdirSync(there);
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
      }
    }
    return OpenFolder.#open(there, path, false);
  }

  /** @param shown its path as the user knows it */
  static #open(path: string, shown: string, mayBeLink: boolean): OpenFolder {
    const look = mayBeLink ? statSync : lstatSync;
    const stats = look(path, { bigint: true }) as BigIntStats;
    if (stats.isSymbolicLink())
      throw new InTheWay(`${shown} is a symbolic link, and links are not followed`);
    if (!stats.isDirectory()) throw new InTheWay(`${shown} is not a folder`);
    if (process.platform === "win32") return new OpenFolder(shown, undefined, stats);
    const { O_RDONLY, O_DIRECTORY, O_NOFOLLOW } = constants;
    const file = openSync(path, O_RDONLY | O_DIRECTORY | (mayBeLink ? 0 : O_NOFOLLOW));
    return new OpenFolder(shown, file, stats);
  }
}

/**
 * Makes a folder, and those above it that are missing. Node's own way never ends where the system says that
 * a folder is not there although its parent is, as in /proc.
 */
function makeFolders(path: string): void {
  try {
    mkdirSync(path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "EEXIST") return;
    if (code !== "ENOENT" || dirname(path) === path) throw error;
    makeFolders(dirname(path));
    mkdirSync(path);
  }
}

/** @throws InTheWay unless a name in a folder is free or that of a file; links are not followed */
export function checkName(folder: OpenFolder, name: string): void {
  const path = join(folder.path, name);
  const stats = lstatSync(folder.at(name), { throwIfNoEntry: false });
  if (stats?.isSymbolicLink())
    throw new InTheWay(`${path} is a symbolic link, and links are not followed`);
  if (stats?.isDirectory()) throw new InTheWay(`${path} is a folder`);
  if (stats && !stats.isFile()) throw new InTheWay(`${path} is not a regular file`);
}

/** The folder and the name of a file, as the path says them. */
export function splitPath(path: string): [folder: string, name: string] {
  return [dirname(path), basename(path)];
}

function partsBelow(root: string, path: string): string[] {
  const parts = relative(root, path).split(sep);
  if (parts.includes("..")) throw new Error(`${path} is not below ${root}`);
  return parts.filter((part) => part !== "");
}
